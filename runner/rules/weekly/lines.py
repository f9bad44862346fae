"""What ran: one line a contract.

Invariant: pure; counts runs as the failure rate does, so that the lines add up to it.
"""

from dataclasses import dataclass

from runner.model import RunState
from runner.rules.weekly.letter import Line
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.words import clipped

_NO_OUTCOME = (RunState.INVALID, RunState.CANCELLED)


@dataclass(slots=True)
class Tally:
    """One contract in one week."""

    runs: int = 0
    failed: int = 0
    waiting: int = 0
    #: Minutes that done runs saved.
    saved: float = 0.0
    critical: bool = False


def tallies(sources: Sources) -> dict[str, Tally]:
    """Contract → what it did in the week, and what is open now."""
    found: dict[str, Tally] = {}
    for run in sources.runs.values():
        contract, failed = sources.contracts[run.id], run.id in sources.failures
        counted = sources.within(sources.outcome(run)) and (failed or run.state not in _NO_OUTCOME)
        if not (counted or not run.state.ended or sources.within(run.ended)):
            continue
        tally = found.setdefault(run.contract, Tally())
        tally.runs += counted
        tally.failed += counted and failed
        tally.waiting += not run.state.ended
        tally.saved += contract.minutes_saved if run.state is RunState.DONE and sources.within(run.ended) else 0.0
        tally.critical |= contract.severity in ("P0", "P1")
    return found


def lines(found: dict[str, Tally]) -> list[Line]:
    """Most failures first, then most runs."""
    order = sorted(found.items(), key=lambda item: (-item[1].failed, -item[1].runs, item[0]))
    return [
        Line(
            contract=clipped(name),
            runs=tally.runs,
            failed=tally.failed,
            rate=f"{100 * tally.failed / tally.runs:.1f}%" if tally.runs else "",
            waiting=tally.waiting,
            saved=f"{tally.saved / 60:.1f} h" if tally.saved else "",
            critical=tally.critical,
        )
        for name, tally in order
    ]
