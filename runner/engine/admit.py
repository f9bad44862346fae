"""Gives rows their ids and turns rows and moments that are events into runs.

Invariant: one event, one run, for ever: the ledger is asked for every key before a run is started.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.name import exact_copies, name_rows, untouched_copy
from runner.engine.record import state_edit
from runner.engine.schedule import Schedules
from runner.engine.seen import Seen, keep_plan
from runner.events import EventKind
from runner.model import Contract, NamedRow, Row, Run, RunState, Snapshot
from runner.ports import World
from runner.rules.advance import first_step
from runner.rules.intake import Candidate, Verdict, candidates, row_match
from runner.rules.plan import thaw
from runner.rules.replay import whole
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
    for contract in seen.book.contracts.values():
        if contract.enabled and not paused(seen):
            _contract(contract, world, seen, snapshot, schedules, journal, now)
    journal.commit()
    schedules.remember(seen.book)


def paused(seen: Seen) -> bool:
    """Whether the owner has stopped everything: Settings, `Pause` = Yes."""
    return bool(parse_yes_no(seen.book.settings.get("pause")))


def _contract(
    contract: Contract, world: World, seen: Seen, snapshot: Snapshot, schedules: Schedules, journal: Journal, now: datetime
) -> None:
    ids: dict[Row, str] = {}
    if seen.row_ids and (tab := snapshot.tab(contract.tab)):
        ids = {row: seen.row_ids[tab.name, row.number] for row in tab.rows if (tab.name, row.number) in seen.row_ids}
    plan = keep_plan(contract.name, seen.book, world.ledger)
    found = [*candidates(contract, snapshot, seen.book, ids, now.astimezone(world.zone)), *schedules.due(contract, seen.book)]
    known = dict(world.ledger.known(contract.name, [candidate.key for candidate in found if candidate.key]))
    books = world.ledger.books
    copies = exact_copies(books)
    for candidate in found:
        place = (candidate.row.tab.name, candidate.row.number) if candidate.row else NO_ROW
        if candidate.key in known:
            seen.row_runs[place] = known[candidate.key]
            _again(books.runs.get(known[candidate.key]), candidate, plan, world, journal, now)
        elif candidate.verdict is Verdict.WAITS:
            seen.row_says.setdefault(place, candidate.because)
            if candidate.row is None:
                journal.note(EventKind.NOTED, detail=f"{contract.name} does not run. {_told(candidate)}")
        elif candidate.row and (because := untouched_copy(candidate.row, contract.name, _copy(candidate.row, ids, copies), books)):
            seen.row_says.setdefault(place, because)
        else:
            run = start_run(candidate, ids, plan, world, journal, now)
            known[candidate.key] = seen.row_runs[place] = run.id
    coming = [candidate.at for candidate in found if candidate.at and candidate.at > now]
    seen.coming += sorted([*coming, *schedules.next(contract)])[:1]


def _copy(row: Row, ids: dict[Row, str], copies: dict[str, NamedRow]) -> NamedRow | None:
    return copies.get(ids.get(row) or row.text(ROW_ID))


def start_run(candidate: Candidate, ids: Mapping[Row, str], plan: str, world: World, journal: Journal, now: datetime) -> Run:
    """Record the run of a new event."""
    contract, row = candidate.contract, candidate.row
    invalid = candidate.verdict is Verdict.INVALID
    row_id = (ids.get(row) or row.text(ROW_ID)) if row else candidate.row_id
    run = Run(
        id=world.ledger.next_id("R"),
        contract=contract.name,
        key=candidate.key,
        state=RunState.INVALID if invalid else RunState.RUNNING,
        plan=plan,
        step="" if invalid else first_step(thaw(world.ledger.plan(plan))),
        moment=now,
        due=now + contract.sla if contract.sla else None,
        owner=contract.owner,
        rollback_owner=contract.rollback_owner,
        risk=contract.risk,
        depth=candidate.depth,
        tab=row.tab.name if row else contract.tab if row_id else "",
        row_id=row_id,
        match=row_match(contract, row, row_id) if row and not row_id else {},
        input=dict(candidate.values),
        error=candidate.because if invalid else "",
        started=now,
        updated=now,
        ended=now if invalid else None,
    )
    if invalid:
        return journal.start(EventKind.REFUSED, run, contract, detail=candidate.because)
    edits = [whole(state_edit(run, contract.entry_state))] if contract.entry_state and run.tab else []
    return journal.start(EventKind.STARTED, run, contract, detail=_told(candidate), result=_version(plan), edits=edits)


def _version(plan: str) -> str:
    """Which contract the run works with, short: it keeps it whatever happens to the sheet."""
    return f"contract {plan[:8]}"


def _told(candidate: Candidate) -> str:
    """What started the run."""
    contract = candidate.contract
    trigger = f"State is {contract.trigger_state}" if contract.trigger_state else contract.trigger
    place = (
        f" in {candidate.row.tab.name}" if candidate.row else f" by {candidate.caller}" if candidate.caller else f" {contract.when}"
    )
    return f"{trigger}{place}: {candidate.key}" + (f", {candidate.because}" if candidate.because else "")


def _again(run: Run | None, candidate: Candidate, plan: str, world: World, journal: Journal, now: datetime) -> None:
    """A row that was INVALID runs once its value is mended; any other known event stays what it is."""
    if run is None or run.state is not RunState.INVALID or candidate.verdict is Verdict.WAITS:
        return
    contract = candidate.contract
    if candidate.verdict is Verdict.INVALID:
        if run.error != candidate.because:
            told = replace(run, error=candidate.because, input=dict(candidate.values), updated=now)
            journal.change(EventKind.REFUSED, run, told, contract, detail=candidate.because)
        return
    mended = replace(
        run,
        state=RunState.RUNNING,
        plan=plan,
        step=first_step(thaw(world.ledger.plan(plan))),
        moment=now,
        input=dict(candidate.values),
        error="",
        ended=None,
        updated=now,
    )
    edits = [whole(state_edit(mended, contract.entry_state))] if contract.entry_state else []
    journal.change(
        EventKind.RESUMED, run, mended, contract, detail="the row was mended", result=_version(plan), data={"edits": edits}
    )
