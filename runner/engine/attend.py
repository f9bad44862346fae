"""Sees to alerts where no tick comes to its end: it failed, or nothing happens for long while a disk fills up.

Invariant: whatever goes wrong here stops nothing; a runner that only stands by for another one says nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from runner.engine.alert import alert, board_of, next_alerts
from runner.engine.seen import Seen
from runner.engine.tell import tell
from runner.engine.tick import Report
from runner.errors import LeaseHeld, LeaseLost, LedgerDamaged, LedgerUnusable, RowpactError
from runner.model import Condition
from runner.ports import World
from runner.rules.alerts import machine
from runner.rules.alerts.board import stand
from runner.rules.alerts.machine import STOPPED_GRACE, Halt
from runner.rules.alerts.message import Places

#: While nothing happens, what can go wrong without anybody's doing is looked at this often.
EVERY = timedelta(minutes=10)


def attempt(tick: Callable[[World, Seen], Report], world: World, seen: Seen) -> Report:
    """One tick. Raises what the tick raised, once whoever is named has been told."""
    try:
        return tick(world, seen)
    except (LeaseHeld, LeaseLost, LedgerDamaged):
        raise
    except Exception as error:
        with suppress(RowpactError):
            _cry_out(world, seen, error)
        raise


def look_around(world: World, seen: Seen) -> None:
    """After quiet ticks: what is new becomes a reason for the next tick to write."""
    now = world.clock.now()
    with suppress(RowpactError):
        before = board_of(world, seen).alerts
        world.ledger.acquire(world.holder, now)
        alert(world, seen, now)
        if board_of(world, seen).alerts != before:
            seen.ended = False


def _cry_out(world: World, seen: Seen, error: Exception) -> None:
    now = world.clock.now()
    try:
        world.ledger.acquire(world.holder, now)
        alert(world, seen, now, error)
        coming = [*next_alerts(world, seen, now), now + STOPPED_GRACE]
        seen.next_due = min(moment for moment in coming if moment > now)
    except LedgerUnusable as unusable:
        _from_memory(world, seen, unusable, now)


def _from_memory(world: World, seen: Seen, error: LedgerUnusable, now: datetime) -> None:
    """Nothing can be recorded: it is told all the same, and kept in mind until it can."""
    board = seen.alerts or board_of(world, seen)
    halt = Halt(
        since=min((each.raised for each in board.standing if each.condition.kind == "runner stopped"), default=now),
        why=world.secrets.redact(str(error)),
    )
    found: list[Condition] = [each.condition for each in board.standing if not each.condition.passing]
    found += machine.stopped(halt, world.workbook.name, now, world.zone, again_soon=False)
    found += machine.disks(world.alerting.disks())
    seen.alerts = tell(
        world, replace(stand(board, found, (), now), line=None), Places(workbook=world.workbook.name), now, lambda _board: None
    )[0]
