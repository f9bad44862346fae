"""Carries Rowpact's own runs where no tick can: while the workbook cannot be read, or when somebody wants a report now.

Invariant: no run of the owner's moves, no cell is written; what was begun is settled before anything is begun.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from runner.engine.briefing import desk_of
from runner.engine.deliver import ASKED, deliver, reported, why_not_written
from runner.engine.execute import Execution
from runner.engine.gather import gather
from runner.engine.journal import Journal
from runner.engine.recover import recover
from runner.engine.report import without_workbook
from runner.engine.seen import Seen
from runner.engine.wake import wake
from runner.errors import ConfigError, LeaseHeld, WorkbookUnreadable
from runner.model import RunState, Snapshot
from runner.ports import World
from runner.rules.kpi.score import last_full
from runner.rules.kpi.weeks import Week
from runner.rules.overlay import SheetView
from runner.rules.own import is_own
from runner.rules.project import local

#: Seconds that are waited for another runner: longer than a lease lasts that nobody renews.
PATIENCE = 40


@contextmanager
def reports_go_out(world: World, seen: Seen, now: datetime) -> Iterator[None]:
    """A workbook that cannot be read within stops everything but the weekly report."""
    try:
        yield
    except WorkbookUnreadable as error:
        if world.post_room is not None and not world.clock.stopped:
            _carry(world, seen, now, without_workbook(str(error)))
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a report that somebody wanted sent."""

    week: str
    #: "" when it has none.
    run: str = ""
    #: Whether it left by this.
    left: bool = False
    #: What became of it, and what to do next.
    said: str


def send_now(world: World, wanted: Week | None) -> Sent:
    """Send the report of that week by hand, or of the last one that is over. Raises `ConfigError` when nobody is named."""
    if world.post_room is None or not world.post_room.to:
        raise ConfigError("Nobody gets the report: name somebody in config.toml [report] to.")
    now, zone = world.clock.now(), world.zone
    week = wanted or last_full(now, zone)
    if week.ends(zone) > now:
        return Sent(week=week.name, said=f"{week.name} is not over yet. `rowpact report --preview week.html` shows how it stands.")
    if name := reported(world.ledger, week):
        return Sent(week=week.name, run=name, said=_why_not(world, week, name))
    world.ledger.note(ASKED, week.name)
    _carry_when_free(world, week)
    name = reported(world.ledger, week)
    run = world.ledger.run(name) if name else None
    if run is None:
        return Sent(week=week.name, said=_not_begun(world, week))
    if run.state is RunState.DONE:
        to = run.input.get("to")
        return Sent(week=week.name, run=name, left=True, said=f"The report of {week.name} was sent to {to} ({name}).")
    return Sent(week=week.name, run=name, said=_why_not(world, week, name))


def _why_not(world: World, week: Week, name: str) -> str:
    """How it stands with a week whose report has a run already."""
    run = world.ledger.run(name)
    what, state = f"The report of {week.name}", run.state if run else RunState.CLOSED
    moment = local(run.next_try if run and run.next_try else run.updated if run else None, world.zone)
    match state:
        case RunState.DONE:
            return f"{what} left on {moment:%Y-%m-%d at %H:%M} ({name}). It is not sent twice."
        case RunState.IN_DOUBT:
            return f"{what} may have left already ({name}): find out, and type DONE or RETRY beside it in Dead letters."
        case RunState.DEAD_LETTER:
            return f"{what} could not be sent: {run.error if run else ''} Mend that, and type RETRY beside {name} in Dead letters."
        case RunState.RETRYING:
            why = run.error if run else ""
            return f"{what} could not be sent yet: {why} `rowpact run` tries it again, next at {moment:%Y-%m-%d %H:%M} ({name})."
        case _ if state.ended:
            return f"{what} was given up by hand ({name} is {state}). It stands in {_place(world)}/{week.name}.html."
        case _:
            return f"{what} is under way ({name} is {state}): `rowpact run` goes on with it."


def _not_begun(world: World, week: Week) -> str:
    if world.ledger.note(ASKED):
        return f"Another Rowpact is busy with this workbook. It sends the report of {week.name} as soon as it gets to it."
    return why_not_written(world.ledger, week) or f"The report of {week.name} was not sent."


def _place(world: World) -> str:
    return world.post_room.letters.place if world.post_room else ""


def _carry_when_free(world: World, week: Week) -> None:
    """Once no other runner has the workbook, or until one has seen to it; waits longer than a lease lasts."""
    for second in range(PATIENCE):
        try:
            world.ledger.acquire(world.holder, world.clock.now())
        except LeaseHeld as held:
            if second == 0:
                world.say(f"{held} Waiting for it.")
            if world.clock.stopped or _at_rest(world, week):
                return
            world.clock.sleep(1)
        else:
            _carry_now(replace(world, say=lambda _line: None))  # whoever asked is told at the end
            return


def _at_rest(world: World, week: Week) -> bool:
    """Whether another runner has done what it can for that week's report."""
    run = world.ledger.run(name) if (name := reported(world.ledger, week)) else None
    return run is not None and not run.state.goes_on


def _carry_now(world: World) -> None:
    seen, now = Seen(), world.clock.now()
    try:
        gather(world, seen)
        missing = ""
    except WorkbookUnreadable as error:
        missing = without_workbook(str(error))
    try:
        _carry(world, seen, now, missing)
    finally:
        world.ledger.release()


def _carry(world: World, seen: Seen, now: datetime, missing: str) -> None:
    """Settle, start and carry on the runner's own work."""
    view = SheetView((None if missing else seen.snapshot) or Snapshot(tabs={}, version=None), world.ledger.books, {})
    journal, runs = Journal(world.ledger, world.secrets.redact, world.say), world.ledger.books.runs
    recover(world, seen, view, journal, now, is_own)
    deliver(world, seen, journal, now, missing)
    wake(world, {run.id: run for run in runs.values() if is_own(run.contract)}, seen.book, journal, now)
    ours = [run for run in runs.values() if is_own(run.contract) and run.state.goes_on]
    if ours:
        Execution(world, seen, view, desk_of(world, seen.book, now), journal).carry(ours)
    seen.coming = []  # what is due is found anew by the next whole tick
