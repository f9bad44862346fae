"""The table: what each contender did with the kills, and how many runs a second it carries.

Invariant: a figure that was not taken is a dash, and what could not be had is said with its reason.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.durability.kills import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One round of runs without a kill."""

    runs_s: float
    #: Of the worker's process, a run; what a database or server beside it needs is not in it.
    cpu_ms: float


@dataclass(slots=True, kw_only=True)
class Result:
    """One line of the table."""

    name: str
    title: str
    configured: str
    tally: Tally | None = None
    rates: list[Rate] = field(default_factory=list)
    #: Why there is nothing to show.
    missing: str = ""

    @property
    def rate(self) -> float:
        """Runs a second, median."""
        return statistics.median(rate.runs_s for rate in self.rates)

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU a run, median."""
        return statistics.median(rate.cpu_ms for rate in self.rates)


STEPS = 5
COLUMNS = ("", "kills", "duplicates", "lost", "in doubt, asks", "ended right by itself", "runs/s", "CPU ms a run")


def table(results: Sequence[Result], fsyncs: Sequence[float]) -> str:
    """Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *(_line(result) for result in results), ""]
    lines += [f"- {result.title}: {result.configured}." for result in results if not result.missing]
    lines += ["", _limit(fsyncs), *_ratios(results)]
    return "\n".join(lines)


def _limit(fsyncs: Sequence[float]) -> str:
    taken = ", ".join(f"{rate:.0f}" for rate in fsyncs)
    alone = statistics.median(fsyncs) / STEPS
    return f"fsyncs of this disk a second, as time went on: {taken}. One for each step, alone, would allow {alone:.0f} runs/s."


def _line(result: Result) -> str:
    if result.missing:
        return f"| {result.title} | – | – | – | – | – | {result.missing} | – |"
    tally = result.tally
    counts = (tally.kills, tally.duplicates, tally.losses, tally.in_doubt, tally.settled) if tally else ("–",) * 5
    rate = f"{result.rate:,.1f} | {result.cpu:.2f}" if result.rates else "– | –"
    return f"| {result.title} | {' | '.join(map(str, counts))} | {rate} |"


def _ratios(results: Sequence[Result]) -> list[str]:
    own = next((result for result in results if result.name == "rowpact" and result.rates), None)
    return [
        f"Rowpact: {own.rate / result.rate:.1f} times the runs of {result.title}, each with {own.cpu / result.cpu:.2f} of its CPU."
        for result in results
        if own and result.rates and result is not own
    ]
