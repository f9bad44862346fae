"""Shows what would happen: which rows would start a run at a moment, and every effect that the run would have.

Invariant: nothing is done and nothing is written; the world it works in has a ledger that keeps nothing, and its workbook is only
read. The decisions are the engine's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from runner.engine.admit import admit
from runner.engine.adopt import adopt
from runner.engine.briefing import desk_of
from runner.engine.execute import Execution
from runner.engine.gather import gather
from runner.engine.journal import Journal
from runner.engine.schedule import Schedules
from runner.engine.seen import Seen
from runner.events import EventKind
from runner.model import Book, Contract, Event, Problem, Run, RunState, Snapshot
from runner.ports import World
from runner.rules.chosen import choose
from runner.rules.overlay import SheetView
from runner.rules.schedule import following, parse_schedule


class Sort(StrEnum):
    """What a line of a trace is about."""

    #: It reaches a person, a cell or the outside.
    EFFECT = "effect"
    #: A person is asked before it.
    ASK = "ask"
    #: Looked up, passed over or decided on the way.
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that would happen, or is decided on the way."""

    sort: Sort
    step: str
    what: str


#: More runs of one contract than this are named and not followed.
MOST = 500
#: How Audit begins a line about an approval that would be asked for.
_ASK = "would: ask first ("


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One event and what its run would do."""

    run: Run
    #: `Leads row 7`; "" for an event that is no row.
    place: str
    #: Why it would not start at once; "" when it would.
    held: str
    lines: tuple[Line, ...]
    #: How it would end, as far as that can be known.
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One contract at that moment."""

    contract: Contract
    traces: tuple[Trace, ...]
    #: (place, why) of rows that start nothing yet.
    waits: tuple[tuple[str, str], ...]
    #: Rows whose run there has been already.
    ran: int
    #: When its schedule comes next; None for other triggers.
    coming: datetime | None


def simulate(world: World, name: str, at: datetime | None) -> tuple[list[Outlook], list[Problem]]:
    """(what each contract would do, what is wrong). `name`: one contract, even one that is switched off; "" for all that are on.

    `world.clock` must be one that can be set: it is set to `at`. Raises `RowpactError` for a name that is not there.
    """
    seen = Seen()
    gather(world, seen)
    snapshot = seen.snapshot or Snapshot(tabs={}, version=None)
    contracts, problems = choose(name, snapshot, seen.book)
    wanted = [contract for contract in contracts if name or contract.live]
    journal = Journal(world.ledger, world.secrets.redact, lambda _line: None)
    adopt(world, seen, desk_of(world, seen.book, world.clock.now()), journal, world.clock.now())
    _look_ahead(world, replace(seen.book, contracts={one.name: replace(one, enabled=True) for one in wanted}), at)
    return [_outlook(world, seen, contract) for contract in wanted], problems


def _look_ahead(world: World, book: Book, at: datetime | None) -> None:
    """A schedule that nobody has kept yet is kept from now on, so that it is due at a later moment."""
    schedules = Schedules(world.ledger, world.clock.now().astimezone(world.zone))
    if at is None:
        return
    for contract in book.contracts.values():
        list(schedules.due(contract, book))
    schedules.remember(book)
    world.clock.sleep((at - world.clock.now()).total_seconds())


def _outlook(world: World, whole: Seen, contract: Contract) -> Outlook:
    """The contract alone, switched on, as if nothing were paused."""
    settings = {key: value for key, value in whole.book.settings.items() if key != "pause"}
    others = {
        other.name: replace(other, enabled=other.trigger == "Called", shadow=False) for other in whole.book.contracts.values()
    }
    own = replace(contract, enabled=True, shadow=False)
    book = replace(whole.book, contracts=others | {own.name: own}, settings=settings)
    seen = replace(whole, book=book)
    journal = Journal(world.ledger, world.secrets.redact, lambda _line: None)
    before = set(world.ledger.books.runs)
    admit(world, seen, journal, world.clock.now())
    new = [run for name, run in world.ledger.books.runs.items() if name not in before and run.contract == own.name]
    held = {run.id: run.error for run in new if run.state is RunState.HELD}
    freed = [_freed(run, journal) for run in new]
    journal.commit()
    view = SheetView(seen.snapshot or Snapshot(tabs={}, version=None), world.ledger.books, seen.row_ids)
    execution = Execution(world, seen, view, desk_of(world, book, world.clock.now()), journal, preview=True)
    execution.carry([run for run in freed if run.state is RunState.RUNNING][:MOST])
    places = {run: (tab, number) for (tab, number), run in seen.row_runs.items() if tab}
    new.sort(key=lambda run: places.get(run.id, ("", 0)))
    named = {run: f"{tab} row {number}" for run, (tab, number) in places.items()}
    traces = (_trace(run.id, world, named.get(run.id, ""), held.get(run.id, "")) for run in new)
    ran = sum(name in before for (tab, _), name in seen.row_runs.items() if tab)
    waits = tuple((f"{tab} row {number}", because) for (tab, number), because in seen.row_says.items() if tab)
    return Outlook(contract=own, traces=tuple(traces), waits=waits, ran=ran, coming=_coming(own, world))


def _freed(run: Run, journal: Journal) -> Run:
    """A run that would be held is shown as it goes on once somebody lets it."""
    if run.state is not RunState.HELD:
        return run
    on = replace(run, state=RunState.RUNNING, ask="", error="", next_try=None)
    return journal.change(EventKind.RESUMED, run, on)


def _trace(name: str, world: World, place: str, held: str) -> Trace:
    run = world.ledger.books.runs[name]
    events = list(world.ledger.events(run=name))
    return Trace(run=run, place=place, held=held, lines=tuple(_lines(events)), ends=_ends(run, events))


def _lines(events: Sequence[Event]) -> Iterator[Line]:
    for place, event in enumerate(events):
        match event.kind:
            case EventKind.SHADOW if event.detail.startswith(_ASK):
                yield Line(sort=Sort.ASK, step=event.step, what=_asked(event, events[place + 1 :]))
            case EventKind.SHADOW:
                yield Line(sort=Sort.EFFECT, step=event.step, what=event.detail.removeprefix("would: "))
            case EventKind.RECEIPT:
                yield Line(sort=Sort.NOTE, step=event.step, what=event.detail or "done")
            case EventKind.SKIPPED:
                yield Line(sort=Sort.NOTE, step=event.step, what=f"passed over: {event.detail}")
            case EventKind.ROUTED if event.detail:
                yield Line(sort=Sort.NOTE, step=event.step, what=event.detail)


def _asked(event: Event, later: Sequence[Event]) -> str:
    """`ask first (Amount 28500 >= 25000)`, without the text of the effect where that is the next line anyway."""
    following = next((each.detail.removeprefix("would: ") for each in later if each.kind == EventKind.SHADOW), "")
    return event.detail.removeprefix("would: ").removesuffix(f": {following}" if following else "")


def _ends(run: Run, events: Sequence[Event]) -> str:
    if run.state is RunState.INVALID:
        return run.error
    said = next((event.detail for event in reversed(events) if event.kind == EventKind.ENDED), "")
    if run.state is RunState.RUNNING:
        return f"Not followed: {MOST} others show what it does."
    if run.error and "‹" in run.error:
        return f"What comes next depends on what ‹…› will be, which is known only once that step has run. ({run.error})"
    return said


def _coming(contract: Contract, world: World) -> datetime | None:
    if contract.trigger != "Schedule":
        return None
    return following(parse_schedule(contract.when), world.clock.now().astimezone(world.zone)).astimezone(UTC)
