"""The table: what each contender did with the kills, and how many runs a second it carries.

Invariant: a figure that was not taken is a dash, and what could not be had is said with its reason.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.durability.kills import Tally


@dataclass(slots=True, kw_only=True)
class Result:
    """One line of the table."""

    name: str
    title: str
    configured: str
    tally: Tally | None = None
    rates: list[float] = field(default_factory=list)
    #: Why there is nothing to show.
    missing: str = ""

    @property
    def rate(self) -> float:
        """Runs a second, median."""
        return statistics.median(self.rates) if self.rates else 0.0


HEAD = "| | kills | duplicates | lost | in doubt, asks | ended right by itself | runs/s |\n|---|---|---|---|---|---|---|"


def table(results: Sequence[Result], fsyncs: tuple[float, float]) -> str:
    """Markdown."""
    lines = [HEAD, *(_line(result) for result in results), ""]
    lines += [f"- {result.title}: {result.configured}." for result in results if not result.missing]
    lines += ["", f"fsyncs of this disk: {fsyncs[0]:.0f} a second before, {fsyncs[1]:.0f} after.", *_ratios(results)]
    return "\n".join(lines)


def _line(result: Result) -> str:
    if result.missing:
        return f"| {result.title} | – | – | – | – | – | {result.missing} |"
    tally = result.tally
    counts = (tally.kills, tally.duplicates, tally.losses, tally.in_doubt, tally.settled) if tally else ("–",) * 5
    rate = f"{result.rate:,.1f}" if result.rates else "–"
    return f"| {result.title} | {' | '.join(map(str, counts))} | {rate} |"


def _ratios(results: Sequence[Result]) -> list[str]:
    own = next((result.rate for result in results if result.name == "rowpact"), 0.0)
    return [
        f"Rowpact carries {own / result.rate:.1f} times the runs of {result.title}."
        for result in results
        if own and result.rates and result.name != "rowpact"
    ]
