"""One tick of one workbook: gather, decide, apply, write back. Read this first.

Invariant: may be called twice, late, or after a crash at any line; what was begun is settled, what is done is not done again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.engine.admit import admit, paused
from runner.engine.adopt import adopt
from runner.engine.alert import alert, next_alerts
from runner.engine.answer import answer
from runner.engine.appraise import appraise
from runner.engine.archive import archive
from runner.engine.briefing import desk_of
from runner.engine.catch_up import catch_up
from runner.engine.deliver import deliver
from runner.engine.dispatch import reports_go_out
from runner.engine.drift import put_back
from runner.engine.execute import Execution
from runner.engine.gather import gather, look
from runner.engine.halted import goes_on
from runner.engine.journal import Journal
from runner.engine.listen import listen
from runner.engine.look_again import look_again, next_looks
from runner.engine.obey import obey
from runner.engine.recover import recover
from runner.engine.safeguard import safeguard
from runner.engine.seen import Seen, due_times, wake_times
from runner.engine.status_page import show_status
from runner.engine.wake import wake
from runner.engine.watch import watch
from runner.engine.write_back import write_back
from runner.model import Run, Snapshot
from runner.ports import World
from runner.rules.overlay import SheetView
from runner.rules.own import is_own

#: A wait up to this long is sat out; longer ones are left to a later tick.
SIT_OUT = timedelta(seconds=5)
#: All waits of one tick together.
SIT_OUT_IN_ALL = timedelta(seconds=30)
#: A long tick writes what it has this often.
SHOW_EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a tick found and did."""

    #: Nothing had changed and nothing was due.
    quiet: bool = False
    #: Ids of runs that were carried on.
    moved: tuple[str, ...] = ()
    #: Why the sheet does not show it yet; "" when it does.
    waiting: str = ""


def tick(world: World, seen: Seen) -> Report:
    """Read the workbook, carry every run as far as it can go now, and write back what happened."""
    now = world.clock.now()
    if is_quiet(world, seen, now):
        return Report(quiet=True)
    seen.ended, seen.looked = False, now
    world.ledger.acquire(world.holder, now)
    with reports_go_out(world, seen, now):
        gather(world, seen)
    view = SheetView(seen.snapshot or Snapshot(tabs={}, version=None), world.ledger.books, seen.row_ids)
    desk = desk_of(world, seen.book, now)
    journal = Journal(world.ledger, world.secrets.redact, world.say)

    adopt(world, seen, desk, journal, now)
    catch_up(world, seen, desk, journal, now)
    put_back(world, seen, journal, now)
    recover(world, seen, view, journal, now)
    look_again(world, seen, view, journal, now)
    obey(world, seen, view, desk, journal, now)
    answer(world, seen, view, desk, journal, now)
    admit(world, seen, journal, now)
    deliver(world, seen, journal, now)
    view.know(seen.row_ids)
    moved = _carry_on(world, seen, Execution(world, seen, view, desk, journal, _shower(world, seen, now)))
    watch(world, journal, world.clock.now())
    listen(world, seen, journal, world.clock.now())
    appraise(world, seen, world.clock.now())
    alert(world, seen, world.clock.now())

    write_back(world, seen, world.clock.now())
    archive(world, seen, journal, now)
    safeguard(world, journal, now)
    books, wakes = world.ledger.books, wake_times(_live(world, seen))
    coming = (*seen.coming, *next_looks(world), *next_alerts(world, seen, now))
    seen.next_due = min((*wakes, *due_times(books.runs, books.asks), *coming), default=None)
    show_status(world, seen, world.clock.now())
    seen.ended = not goes_on(world.ledger)  # that it is over is told by another whole tick
    return Report(moved=moved, waiting=seen.waiting)


def is_quiet(world: World, seen: Seen, now: datetime) -> bool:
    """Nothing to read, nothing due, nothing to write: costs one look, which for a file is a stat."""
    seen.version = None
    if seen.snapshot is None or seen.in_passing or not seen.ended or seen.is_due(now):
        return False
    if seen.looked and now < seen.looked:  # moments that seemed far may be near
        return False
    if seen.waiting and not world.workbook.busy():
        return False
    return look(world, seen) == seen.snapshot.version


def _carry_on(world: World, seen: Seen, execution: Execution) -> tuple[str, ...]:
    """Every run that may go on goes on; short waits are sat out."""
    moved: dict[str, None] = {}
    patience = SIT_OUT_IN_ALL
    while not world.clock.stopped:
        wake(world, _live(world, seen), seen.book, execution.journal, world.clock.now())
        runs = [run for run in _live(world, seen).values() if run.state.goes_on]
        moved |= dict.fromkeys(run.id for run in runs)
        execution.carry(runs)
        pause = _next_wait(_live(world, seen), world.clock.now())
        if pause is None or pause > min(SIT_OUT, patience):
            break
        patience -= pause
        world.clock.sleep(pause.total_seconds())
    return tuple(moved)


def _live(world: World, seen: Seen) -> Mapping[str, Run]:
    """The runs that may go on: all of them, or while everything is paused Rowpact's own."""
    runs = world.ledger.books.runs
    return {run.id: run for run in runs.values() if is_own(run.contract)} if paused(seen) else runs


def _next_wait(runs: Mapping[str, Run], now: datetime) -> timedelta | None:
    """How long until the next run may go on; None when none waits for a time."""
    moment = min(wake_times(runs), default=None)
    return max(moment - now, timedelta()) if moment else None


def _shower(world: World, seen: Seen, now: datetime) -> Callable[[], None]:
    """Writes back at most every ten seconds during a long tick."""
    shown = now

    def show() -> None:
        nonlocal shown
        if not timedelta() <= world.clock.now() - shown < SHOW_EVERY:
            shown = world.clock.now()
            write_back(world, seen, shown)
            show_status(world, seen, shown)

    return show
