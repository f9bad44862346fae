"""Looks again for effects that are in doubt, while nobody has said what became of them; and before a RETRY is believed.

Invariant: law 2, also against a person: what the outside says did happen is not done again because somebody typed RETRY.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from runner.engine.journal import Journal
from runner.engine.look import Doubt, ending, look, probing
from runner.engine.record import Recorder
from runner.engine.seen import Seen, plan_of
from runner.errors import ActionFailed
from runner.events import Settled
from runner.model import Ask, RunState
from runner.ports import Done, Probed, World
from runner.rules import answers
from runner.rules.looks import next_look
from runner.rules.overlay import SheetView
from runner.rules.project import local
from runner.rules.replay import changes
from runner.values import dump, load

#: Note: effect id → when it was last looked for.
_LOOKED = "looked"
#: Who settles a doubt that nobody had to settle.
RUNNER = "Rowpact"


def look_again(world: World, seen: Seen, view: SheetView, journal: Journal, now: datetime) -> None:
    """Ask the outside about every doubt whose time has come, and about every one beside which RETRY stands."""
    doubts = list(_doubts(world))
    seen.unasked = frozenset()
    if not doubts:
        return
    looked, typed = _looked(world), _typed(doubts, world, seen)
    retried = {doubt.run.ask for doubt in doubts if typed.get(doubt.run.ask) == "RETRY"}
    due = [doubt for doubt in doubts if doubt.run.ask in retried]
    due += [doubt for doubt in doubts if doubt.run.ask not in typed and _is_due(doubt, looked, now)]
    found = look(due, world, seen, view, now)
    record = Recorder(journal, now, seen.book)
    for doubt in due:
        if probed := found.get(doubt.effect.id):
            _settle(doubt, probed, world, record, retried=doubt.run.ask in retried)
    journal.commit()
    seen.unasked = frozenset(retried - {doubt.run.ask for doubt in due if doubt.effect.id in found})
    _remember(world, {doubt.effect.id for doubt in doubts}, looked, dict.fromkeys(found, now.isoformat()))


def next_looks(world: World) -> Iterator[datetime]:
    """The moments at which the outside will be asked again."""
    doubts = list(_doubts(world))
    looked = _looked(world) if doubts else {}
    for doubt in doubts:
        if moment := next_look(doubt.over, _when(looked.get(doubt.effect.id))):
            yield moment


def _doubts(world: World) -> Iterator[Doubt]:
    """Every doubt that a person was asked about and that the outside can be asked about."""
    for effect in world.ledger.books.effects.values():
        run = world.ledger.books.runs.get(effect.run) if effect.state == "in doubt" else None
        if run is None or run.state is not RunState.IN_DOUBT:
            continue
        doubt = Doubt(run=run, plan=plan_of(run, world.ledger), effect=effect, over=effect.ended or world.clock.now())
        if probing(doubt, world):
            yield doubt


def _is_due(doubt: Doubt, looked: dict[str, str], now: datetime) -> bool:
    moment = next_look(doubt.over, _when(looked.get(doubt.effect.id)))
    return moment is not None and moment <= now


def _typed(doubts: list[Doubt], world: World, seen: Seen) -> dict[str, str]:
    """Question → what somebody typed beside it, DONE or RETRY."""
    books = world.ledger.books
    asked = {doubt.run.ask: books.asks[doubt.run.ask] for doubt in doubts if doubt.run.ask in books.asks}
    if seen.snapshot is None:
        return {}
    rows = answers.rows_of(asked, seen.snapshot, world.zone)
    return {given.ask.id: given.word for given in answers.answers(asked, rows)}


def _settle(doubt: Doubt, probed: Probed, world: World, record: Recorder, *, retried: bool) -> None:
    """Record what the outside knows, close the question, and let the run go on. `retried`: somebody asks for another try."""
    run, effect, plan = doubt.run, doubt.effect, doubt.plan
    ask = world.ledger.books.asks.get(run.ask)
    match ending(probed):
        case Done() as done:
            said = f"{'Not tried again: it' if retried else 'It'} did happen, {probed.said}."
            record.done(run, effect, plan, done, result=Settled.FOUND, **_closed(ask, said, world, record.now))
        case ActionFailed() as error if not retried:
            failed = record.failed(run, effect, plan, error, **_closed(ask, str(error), world, record.now))
            step, action = plan.contract.step(effect.step), probing(doubt, world)
            if step and action:
                record.refuse(failed, step, plan, action, error, world.ledger.next_id("D"), action.describe(effect.request))


def _closed(ask: Ask | None, said: str, world: World, now: datetime) -> dict[str, Any]:
    if ask is None:
        return {}
    result = f"{said} Settled by {RUNNER}, {local(now, world.zone):%Y-%m-%d %H:%M}."
    return {"ask": changes(ask, replace(ask, state="settled", by=RUNNER, result=result))}


# ------------------------------------------------------------------------------------------------ when it was looked for


def _looked(world: World) -> dict[str, str]:
    kept: dict[str, str] = load(world.ledger.note(_LOOKED) or "{}")
    return kept


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _remember(world: World, open_doubts: set[str], before: dict[str, str], now: dict[str, str]) -> None:
    kept = {effect: moment for effect, moment in (before | now).items() if effect in open_doubts}
    if kept != before:
        world.ledger.note(_LOOKED, dump(kept))
