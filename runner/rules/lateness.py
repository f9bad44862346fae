"""What is late: questions that nobody answers, and runs past their SLA.

Invariant: pure; a moment that has been said is never due again.
"""

from datetime import datetime

from runner.model import Ask, AskKind, Run, RunState
from runner.rules.spans import show_span


def half_time(ask: Ask) -> datetime | None:
    """When whoever is to approve is reminded: half way to the end. None when there is nothing to remind of, or no more."""
    if ask.kind is not AskKind.APPROVAL or ask.state != "open" or ask.reminded or not (ask.asked and ask.expires):
        return None
    return ask.asked + (ask.expires - ask.asked) / 2


def crossings(run: Run) -> tuple[datetime, ...]:
    """The moments at which the run's SLA is crossed: when it is due, and when twice the time has gone."""
    if run.due is None or run.started is None:
        return ()
    return (run.due, run.due + (run.due - run.started))


def crossed(run: Run, now: datetime) -> int:
    """How many of them have gone by; for a run that has ended, by its end.

    Runs that are held share one question, which is what the owner has to see: they are late when they are released.
    """
    end = run.ended or now
    if run.due is None or end < run.due or run.state is RunState.HELD:
        return 0
    return sum(moment <= end for moment in crossings(run))


def next_crossing(run: Run) -> datetime | None:
    """The next moment at which the run's SLA will have to be looked at."""
    looked_at = not run.state.ended and run.state is not RunState.HELD
    return next(iter(crossings(run)[run.late :]), None) if looked_at else None


def late_sentence(run: Run) -> str:
    """What is said of a run that has crossed its SLA: how long it had, and where it stands."""
    if run.due is None or run.started is None:
        return ""
    length = show_span(run.due - run.started)
    if run.ended:
        return f"It ended {run.state.value} after {show_span(run.ended - run.started)}; its SLA is {length}."
    times = "twice its SLA" if run.late > 1 else "its SLA"
    at = f" at “{run.step}”" if run.step else ""
    return f"Not done within {times} of {length}: it is {run.state.value}{at}."
