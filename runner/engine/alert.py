"""Looks what is not as it should be, and tells whoever config.toml names: at the end of a tick, and when a tick could not end.

Invariant: what stands is on disk before anybody is told of it, and that somebody was told only after a channel took it; so a
kill costs a second message at most, with the same id, and a restart tells nothing again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

from runner.engine.board import board_note, keep_board, read_board
from runner.engine.halted import goes_on, halt_of, halted
from runner.engine.journal import Journal, mask
from runner.engine.listen import silences
from runner.engine.probe import probed
from runner.engine.safeguard import unsound
from runner.engine.seen import Seen, plan_of
from runner.engine.tell import tell
from runner.engine.write_back import waiting_since
from runner.errors import RowpactError
from runner.events import EventKind
from runner.model import AlertBoard, Condition, Contract, Event, Run, Trouble
from runner.ports import ONE_TICK, World
from runner.rules import answers
from runner.rules.alerts import machine
from runner.rules.alerts.board import next_end, stand
from runner.rules.alerts.cells import acknowledged, highest_number
from runner.rules.alerts.lateness import late
from runner.rules.alerts.message import Places
from runner.rules.alerts.notices import notices
from runner.rules.alerts.questions import questions
from runner.rules.alerts.telling import next_news
from runner.rules.alerts.view import View

#: Before the first look, events this old are no news any more.
_FRESH = timedelta(hours=1)


def alert(world: World, seen: Seen, now: datetime, error: Exception | None = None) -> None:
    """One look. Whoever is to hear of something now is told, in bounded time. `error`: why the tick could not end."""
    try:
        _alert(world, seen, now, error)
    except RowpactError:
        raise
    except Exception as mistake:  # noqa: BLE001 - alerts are no reason to leave work undone
        world.say(
            f"Alerts could not be looked at ({type(mistake).__name__}: {mistake}). They are looked at again at the next tick."
        )


def _alert(world: World, seen: Seen, now: datetime, error: Exception | None) -> None:
    if error:
        halted(world.ledger, error, now)
    elif not seen.ended:
        goes_on(world.ledger, read=True)
    before = _latest(world, seen)
    view, events = _view(world, seen, now), _events(world, seen, before, now)
    news = notices(events, view, _runs(events, world))
    lasting = [*questions(view), *late(view), *(_redacted(each, world) for each in _machine(world, now))]
    numbers = max(before.last, highest_number(seen.snapshot))  # a ledger put back from a copy knows too few
    known = replace(before, last=numbers, troubles=_troubles(world, before))
    conditions = [*lasting, *machine.channels(known), *news]
    board = stand(known, conditions, acknowledged(before, seen.snapshot), now)
    seen.alerts = replace(board, line=world.ledger.head()[0])
    if news or board != before:
        _keep(world, seen, seen.alerts)
    _tell(world, seen, lasting, now)


def _tell(world: World, seen: Seen, lasting: list[Condition], now: datetime) -> None:
    """Whoever is to hear of something now; that a channel fails is itself something to hear of, by the others."""
    board = board_of(world, seen)
    coming = next_news(board, world.alerting, now, world.zone)
    if coming is None or coming > now:
        return
    world.ledger.keep_hold()
    seen.alerts, heard = tell(world, board, _places(world, seen), now, lambda told: _keep(world, seen, told))
    failing = list(machine.channels(seen.alerts))
    if failing != list(machine.channels(board)):
        seen.alerts = stand(seen.alerts, [*lasting, *failing], (), now)
        _keep(world, seen, seen.alerts)
    _record(world, heard)


def _troubles(world: World, board: AlertBoard) -> dict[str, Trouble]:
    """What is wrong with channels that config.toml still names."""
    return {name: trouble for name, trouble in board.troubles.items() if name in world.alerting.channels}


def _record(world: World, heard: list[str]) -> None:
    """Who was told of what for the first time, in the audit."""
    if heard:
        journal = Journal(world.ledger, world.secrets.redact, world.say)
        journal.note(EventKind.ALERTED, detail="; ".join(heard))
        journal.commit()


def board_of(world: World, seen: Seen) -> AlertBoard:
    """The alerts as they stand."""
    return read_board(world.ledger) if seen.alerts is None else seen.alerts


def _latest(world: World, seen: Seen) -> AlertBoard:
    """The same before a look: between two ticks another runner may have told somebody. What only memory knows stays."""
    if (note := board_note(world.ledger)) != seen.alerts_note and not (seen.alerts and seen.alerts.line is None):
        seen.alerts, seen.alerts_note = read_board(world.ledger), note
    return board_of(world, seen)


def _keep(world: World, seen: Seen, board: AlertBoard) -> None:
    seen.alerts_note = keep_board(world.ledger, board)


def next_alerts(world: World, seen: Seen, now: datetime) -> Iterator[datetime]:
    """The moments at which somebody is to be told something, or a wait becomes a condition."""
    board = board_of(world, seen)
    yield from next_end(board)
    if moment := next_news(board, world.alerting, now, world.zone):
        yield moment
    since = waiting_since(world.ledger)
    if since and since + machine.WAITING_GRACE > now:
        yield since + machine.WAITING_GRACE


def _redacted(condition: Condition, world: World) -> Condition:
    """What others say of themselves may hold a secret: it leaves without."""
    redact = world.secrets.redact
    return replace(condition, what=redact(condition.what), brief=redact(condition.brief), where=redact(condition.where))


def _machine(world: World, now: datetime) -> Iterator[Condition]:
    """What is wrong with the runner itself."""
    halt, ledger = halt_of(world.ledger), world.ledger
    again_soon = world.mode != ONE_TICK
    yield from machine.stopped(halt, world.workbook.name, now, world.zone, again_soon=again_soon)
    yield from machine.waiting(ledger.note("waiting"), waiting_since(world.ledger), now, world.zone)
    yield from machine.disks(world.alerting.disks())
    yield from machine.credentials(probed(ledger))
    yield from machine.ledger(unsound(ledger))


def _events(world: World, seen: Seen, board: AlertBoard, now: datetime) -> list[Event]:
    """The events that were not looked at yet, in order."""
    trail = reversed(seen.trail(world.ledger))
    if board.line is None:
        return list(takewhile(lambda event: event.time and event.time > now - _FRESH, trail))[::-1]
    line = board.line
    return list(takewhile(lambda event: event.seq > line, trail))[::-1]


def _runs(events: list[Event], world: World) -> Mapping[str, Run]:
    """Those that the events are about, as far as they have not left."""
    runs = world.ledger.books.runs
    return {event.run: runs[event.run] for event in events if event.run in runs}


def _view(world: World, seen: Seen, now: datetime) -> View:
    ledger = world.ledger

    def started_with(run: Run) -> Contract | None:
        try:
            return plan_of(run, ledger).contract
        except KeyError:  # a run that was taken over from the workbook alone
            return seen.book.contracts.get(run.contract)

    return View(
        now=now,
        zone=world.zone,
        runs=ledger.books.runs,
        asks=ledger.books.asks,
        book=seen.book,
        started_with=started_with,
        clean=lambda text, run: world.secrets.redact(mask(text, run, started_with(run)) if run else text),
        silences=silences(ledger),
        budget=world.budget,
    )


def _places(world: World, seen: Seen) -> Places:
    def cell(name: str) -> tuple[str, str] | None:
        ask = world.ledger.books.asks.get(name)
        row = answers.rows_of({name: ask}, seen.snapshot, world.zone).get(name) if ask and seen.snapshot else None
        if ask is None or row is None:
            return None
        tab, _, address = row.address(answers.DESKS[ask.kind].cell).rpartition("!")
        return (tab, address) if address.isalnum() else None

    return Places(workbook=world.workbook.name, cell=cell, link=world.workbook.link)
