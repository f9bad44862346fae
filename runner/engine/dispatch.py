"""Carries Rowpact's own runs where no tick can: while the workbook cannot be read, or when somebody wants a report now.

Invariant: no run of the owner's moves, no cell is written; what was begun is settled before anything is begun.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from runner.engine.briefing import desk_of
from runner.engine.deliver import deliver
from runner.engine.execute import Execution
from runner.engine.gather import gather
from runner.engine.journal import Journal
from runner.engine.recover import recover
from runner.engine.seen import Seen
from runner.engine.wake import wake
from runner.errors import WorkbookUnreadable
from runner.model import Snapshot
from runner.ports import World
from runner.rules.overlay import SheetView
from runner.rules.own import is_own


@contextmanager
def reports_go_out(world: World, seen: Seen, now: datetime) -> Iterator[None]:
    """A workbook that cannot be read within stops everything but the weekly report."""
    try:
        yield
    except WorkbookUnreadable as error:
        if world.post_room is not None and not world.clock.stopped:
            _carry(world, seen, now, _without(error))
        raise


def carry_now(world: World) -> None:
    """Once, with the workbook as it is; the lease must be held, and is given back."""
    seen, now = Seen(), world.clock.now()
    try:
        gather(world, seen)
        missing = ""
    except WorkbookUnreadable as error:
        missing = _without(error)
    try:
        _carry(world, seen, now, missing)
    finally:
        world.ledger.release()


def _without(error: WorkbookUnreadable) -> str:
    """What the report says of that."""
    from runner.engine.report import without_workbook

    return without_workbook(str(error))


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
