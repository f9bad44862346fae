"""Holds back what is too much at once, with one question for all of it, and takes the answer.

Invariant: one answer for all runs of a hold, taken once; nothing that is held starts without it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import plan_of
from runner.engine.start import Hold
from runner.events import EventKind
from runner.model import Ask, AskKind, Contract, HoldKind, Run, RunState, Step
from runner.ports import World
from runner.rules import answers, guards
from runner.rules.intake import Candidate
from runner.rules.project import local
from runner.rules.replay import altered, changes, whole
from runner.values import Value


def too_many(
    contract: Contract, events: list[Candidate], most: int, world: World, journal: Journal, now: datetime, unsure: str = ""
) -> Hold | None:
    """One question for all events that would start now, when they are more than `most`; None when they may start.

    `unsure`: why they may have been carried out already; then however few they are.
    """
    if not events or (len(events) <= most and not unsure):
        return None
    ask = Ask(
        id=world.ledger.next_id("A"),
        kind=AskKind.APPROVAL,
        hold=HoldKind.BULK,
        run="",
        contract=contract.name,
        step="",
        what=guards.bulk_question(contract, [event.key for event in events], most, unsure),
        risk=contract.risk,
        owner=contract.owner,
        asked=now,
    )
    why = unsure or f"{len(events)} new runs at once, and the Bulk limit is {most}:"
    detail = f"{why} {'all of them wait' if len(events) > 1 else 'one new run waits'} for RELEASE or SKIP"
    journal.note(EventKind.ASKED, contract=contract.name, result=ask.id, detail=detail, ask=whole(ask))
    with_ = f" with {len(events) - 1} others that came at once" if len(events) > 1 else ""
    return Hold(because=f"Held{with_}: see {ask.id} in Approvals.", ask=ask.id)


def over_budget(
    contract: Contract, events: int, settings: Mapping[str, Value], world: World, journal: Journal, now: datetime
) -> tuple[int, Hold]:
    """(how many of the events may start today, why the others wait until tomorrow). Said once a day."""
    today, tomorrow = guards.day_of(now.astimezone(world.zone))
    most = guards.runs_per_day(settings)
    ours = [run for run in world.ledger.books.runs.values() if run.contract == contract.name and run.started]
    begun = sum(run.started >= today for run in ours if run.started and run.state not in (RunState.HELD, RunState.INVALID))
    free = max(0, most - begun)
    hold = Hold(because=f"Held until tomorrow: Runs per day in Settings is {most}.", until=tomorrow.astimezone(UTC))
    if events > free and not any(run.state is RunState.HELD and run.next_try == hold.until for run in ours):
        detail = f"{most} runs have started today, as many as Runs per day in Settings allows: the others wait until tomorrow"
        journal.note(EventKind.HELD, contract=contract.name, detail=detail)
    return free, hold


def decide_hold(given: answers.Answer, record: Recorder, world: World) -> None:
    """RELEASE lets every run of the hold go on; SKIP ends those that had not begun, and parks those that had."""
    runs = [run for run in world.ledger.books.runs.values() if run.ask == given.ask.id]
    released = given.word == "RELEASE"
    said = f"{'Released' if released else 'Skipped'}: {len(runs)} run{'s' * (len(runs) != 1)},"
    closed = answers.closed(given, "released" if released else "skipped", said, local(record.now, world.zone))
    free = [altered(run, **_freed(run), ask="", error="", updated=record.now) for run in runs]
    record.journal.note(
        EventKind.ANSWERED,
        contract=given.ask.contract,
        who=closed.by,
        result=given.word,
        detail=f"{given.word} in {given.where}: {len(runs)} runs",
        ask=changes(given.ask, closed),
        runs=[changes(run, now) for run, now in zip(runs, free, strict=True)],
    )
    for run in free:
        if not released and run.state is not RunState.PAUSED:
            _skip(run, given.ask.id, record, world)


def ask_again(ask: Ask, because: str, record: Recorder, world: World) -> None:
    """The same question under a new number; what the old one holds, the new one holds."""
    fresh = altered(ask, id=world.ledger.next_id("A"), asked=record.now)
    closed = altered(ask, state="void", result=f"Void: {because}. See the newer row.")
    runs = [run for run in world.ledger.books.runs.values() if run.ask == ask.id]
    held = [altered(run, ask=fresh.id, error=run.error.replace(ask.id, fresh.id)) for run in runs]
    record.journal.note(
        EventKind.VOIDED,
        contract=ask.contract,
        result=ask.id,
        detail=because,
        ask=changes(ask, closed),
        runs=[changes(run, now) for run, now in zip(runs, held, strict=True)],
    )
    record.journal.note(EventKind.ASKED, contract=ask.contract, result=fresh.id, detail=f"{ask.id} again", ask=whole(fresh))


def _freed(run: Run) -> dict[str, Any]:
    """Where it stands when nothing holds it any more; what was held before it began is for `admit` to start."""
    match run.state:
        case RunState.HELD:
            return {"state": RunState.HELD}
        case RunState.PAUSED:
            return {"state": RunState.PAUSED, "resumes": run.under_way.value}
    return {"state": run.under_way}


def _skip(run: Run, ask: str, record: Recorder, world: World) -> None:
    because = f"Skipped with the others of {ask}."
    if run.state is RunState.HELD:
        ended = altered(run, state=RunState.CANCELLED, error=because, ended=record.now, updated=record.now)
        record.journal.change(EventKind.ENDED, run, ended, result=ended.state.value, detail=because)
        return
    plan = plan_of(run, world.ledger)
    step = plan.contract.step(run.step) or Step(name=run.step, action="")
    record.park(run, step, plan, because, RunState.DEAD_LETTER, world.ledger.next_id("D"), "")
