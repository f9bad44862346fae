"""Settles what a dead process, or a tick that broke off, left behind: intents without a receipt, each by its effect class.

Invariant: law 2. Nothing that happens once is repeated without proof that it did not happen.
"""

from datetime import datetime

from runner.engine.briefing import call_for
from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen, plan_of
from runner.errors import RowpactError
from runner.model import EffectRecord, Run
from runner.ports import Action, Done, World
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan


def recover(world: World, seen: Seen, view: SheetView, journal: Journal, now: datetime) -> None:
    """Before anything else is done: between two ticks nothing is under way, so what is still called begun was cut off."""
    record = Recorder(journal, now, seen.book)
    for effect in [effect for effect in world.ledger.books.effects.values() if effect.state == "begun"]:
        run = world.ledger.books.runs[effect.run]
        _settle(run, effect, plan_of(run, world.ledger), world, seen, view, record)
    journal.commit()


def _settle(run: Run, effect: EffectRecord, plan: Plan, world: World, seen: Seen, view: SheetView, record: Recorder) -> None:
    step = plan.contract.step(effect.step)
    action = world.actions.get(step.action) if step else None
    if effect.effect.may_repeat:
        record.interrupted(run, effect, plan, "The runner was stopped in the middle of this step; it is done again.")
        return
    happened = _probe(action, effect, run, world, seen, view, record) if action else None
    if happened:
        known = {name: effect.request[name] for name in (action.results or ()) if name in effect.request} if action else {}
        record.done(run, effect, plan, Done(result=known, said="found outside: it had happened before the runner was stopped"))
    elif happened is False:
        record.interrupted(
            run, effect, plan, "The runner was stopped before this happened, as the outside confirms; it is done now."
        )
    else:
        describe = action.describe(effect.request) if action else ""
        message = "The runner was stopped while this was being done, so it may or may not have happened."
        message += " Find out, then type DONE or RETRY."
        record.doubt(run, effect, plan, message, world.ledger.next_id("D"), describe)


def _probe(
    action: Action, effect: EffectRecord, run: Run, world: World, seen: Seen, view: SheetView, record: Recorder
) -> bool | None:
    if action.probe is None:
        return None
    plan = plan_of(run, world.ledger)
    step = plan.contract.step(effect.step)
    if step is None:
        return None
    try:
        return action.probe(effect.request, call_for(run, step, effect.key, effect.attempt, world, seen.book, view, record.now))
    except RowpactError:
        return None
