"""Gives rows their ids and turns rows and moments that are events into runs.

Invariant: one event, one run, for ever: the ledger is asked for every key before a run is started.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from runner.engine.catch_up import UNSURE
from runner.engine.hold import over_budget, too_many
from runner.engine.journal import Journal
from runner.engine.name import exact_copies, name_rows, untouched_copy
from runner.engine.schedule import Schedules
from runner.engine.seen import Seen, keep_plan
from runner.engine.start import Hold, Starter, may_start, released, told
from runner.events import EventKind
from runner.model import Contract, NamedRow, Row, Run, RunState, Snapshot
from runner.ports import World
from runner.rules import guards, shadow
from runner.rules.echo import Echoes
from runner.rules.intake import Candidate, Verdict, candidates
from runner.rules.overlay import SheetView
from runner.rules.request import own_row
from runner.rules.spans import parse_yes_no
from runner.tabs import ROW_ID

#: Where a candidate that is no row stands; nothing is shown there.
NO_ROW = ("", 0)


def admit(world: World, seen: Seen, journal: Journal, now: datetime) -> None:
    """Name rows, then start a run for every new event; rows that wait or repeat are told why."""
    snapshot = seen.snapshot
    if snapshot is None:
        return
    name_rows(world, seen, snapshot, journal)
    seen.row_runs, seen.row_says, seen.coming = {}, {}, []
    schedules = Schedules(world.ledger, now.astimezone(world.zone))
    held = [run for run in world.ledger.books.runs.values() if run.state is RunState.HELD and not run.ask]
    for contract in seen.book.contracts.values():
        if contract.live and not paused(seen):
            ours = [run for run in held if run.contract == shadow.run_name(contract)]
            seen.coming += sorted(run.next_try for run in ours if run.next_try and run.next_try > now)[:1]
            free = [run for run in ours if may_start(run, now)]
            _contract(contract, free, world, seen, snapshot, schedules, journal, now)
    journal.commit()
    schedules.remember(seen.book)
    if not paused(seen) and world.ledger.note(UNSURE):
        world.ledger.note(UNSURE, "")


def paused(seen: Seen) -> bool:
    """Whether the owner has stopped everything: Settings, `Pause` = Yes."""
    return bool(parse_yes_no(seen.book.settings.get("pause")))


def _contract(
    contract: Contract,
    free: Sequence[Run],
    world: World,
    seen: Seen,
    snapshot: Snapshot,
    schedules: Schedules,
    journal: Journal,
    now: datetime,
) -> None:
    ids: dict[Row, str] = {}
    if seen.row_ids and (tab := snapshot.tab(contract.tab)):
        ids = {row: seen.row_ids[tab.name, row.number] for row in tab.rows if (tab.name, row.number) in seen.row_ids}
    found = [*candidates(contract, snapshot, seen.book, ids, now.astimezone(world.zone)), *schedules.due(contract, seen.book)]
    ours, books = shadow.run_name(contract), world.ledger.books
    known = dict(world.ledger.known(ours, [candidate.key for candidate in found if candidate.key]))
    runs = {key: books.runs.get(run) for key, run in known.items()}
    echoes = Echoes.of(run for run in books.runs.values() if run.wrote and run.contract == ours)
    copies = exact_copies(books)
    coming: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.key in known:
            if _comes_back(runs[candidate.key], candidate, now):
                coming.setdefault(candidate.key, candidate)
        elif candidate.verdict is Verdict.WAITS:
            seen.row_says.setdefault(_place(candidate), candidate.because)
            if candidate.row is None:
                journal.note(EventKind.NOTED, contract=contract.name, detail=f"{contract.name} does not run. {told(candidate)}")
        elif candidate.row and (writer := echoes.writer(candidate.row, ids)):
            seen.row_says.setdefault(_place(candidate), f"written by {writer} of {contract.name} itself: starts no run of it")
        elif candidate.row and (because := untouched_copy(candidate.row, ours, _copy(candidate.row, ids, copies), books)):
            seen.row_says.setdefault(_place(candidate), because)
        else:
            coming.setdefault(candidate.key, candidate)
    starter = Starter(contract, keep_plan(contract.name, seen.book, world.ledger), ids, world, journal, now)
    known |= _start(starter, coming, runs, seen)
    seen.row_runs |= {_place(candidate): known[candidate.key] for candidate in found if candidate.key in known}
    view = SheetView(snapshot, world.ledger.books, seen.row_ids)
    for run in free:
        if run.key in known:
            continue
        if run.tab:  # its row is no event now
            starter.stray(run, view.find_row(run.tab, own_row(run)))
        else:  # a moment of a schedule that has passed meanwhile, or a call: no row can be gone
            starter.again(run, Candidate(contract=contract, row=None, verdict=Verdict.EVENT, key=run.key, values=run.input), None)
    moments = [candidate.at for candidate in found if candidate.at and candidate.at > now]
    seen.coming += sorted([*moments, *schedules.next(contract)])[:1]


def _copy(row: Row, ids: dict[Row, str], copies: dict[str, NamedRow]) -> NamedRow | None:
    return copies.get(ids.get(row) or row.text(ROW_ID))


def _place(candidate: Candidate) -> tuple[str, int]:
    return (candidate.row.tab.name, candidate.row.number) if candidate.row else NO_ROW


def _comes_back(run: Run | None, candidate: Candidate, now: datetime) -> bool:
    """Whether a known event has to be looked at again: what held it is over, or what was wrong with it is not the same now."""
    if run is None or run.state is not RunState.INVALID:
        return run is not None and may_start(run, now)
    wrong_as_before = candidate.verdict is Verdict.INVALID and run.error == candidate.because
    return candidate.verdict is not Verdict.WAITS and not wrong_as_before


def _start(starter: Starter, coming: Mapping[str, Candidate], runs: Mapping[str, Run | None], seen: Seen) -> dict[str, str]:
    """Start what comes, or hold it when it is too much; returns key → run id."""
    holds = {} if starter.contract.shadow else _holds(starter, coming, runs, seen)
    started: dict[str, str] = {}
    for key, candidate in coming.items():
        run, hold = runs.get(key), holds.get(key)
        started[key] = (starter.again(run, candidate, hold) if run else starter.start(candidate, hold)).id
    seen.coming += [hold.until for hold in holds.values() if hold.until][:1]
    return started


def _holds(starter: Starter, coming: Mapping[str, Candidate], runs: Mapping[str, Run | None], seen: Seen) -> dict[str, Hold]:
    """Key → why that event does not start now. What a person has released is not held again."""
    world, journal, settings = starter.world, starter.journal, seen.book.settings
    events = {key: runs.get(key) for key, candidate in coming.items() if candidate.verdict is Verdict.EVENT}
    counted = [key for key, run in events.items() if not (run and released(run))]
    new = [coming[key] for key in counted if not (run := events[key]) or run.state is RunState.INVALID]
    unsure = world.ledger.note(UNSURE) if new else ""
    flood = too_many(starter.contract, new, guards.limit(settings, "bulk_limit"), world, journal, starter.now, unsure)
    holds = {candidate.key: flood for candidate in new} if flood else {}
    left = [key for key in counted if key not in holds]
    if left:
        free, tomorrow = over_budget(starter.contract, len(left), settings, world, journal, starter.now)
        holds |= dict.fromkeys(left[free:], tomorrow)
    return holds
