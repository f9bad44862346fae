"""Settles what a dead process, or a tick that broke off, left behind: intents without a receipt, each by its effect class.

Invariant: law 2. Nothing that happens once is repeated without proof that it did not happen.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from runner.engine.journal import Journal
from runner.engine.look import Doubt, ending, in_doubt, look
from runner.engine.record import Recorder
from runner.engine.seen import Seen, plan_of
from runner.events import Settled
from runner.model import EffectRecord
from runner.ports import Done, Probed, World
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan


def recover(
    world: World, seen: Seen, view: SheetView, journal: Journal, now: datetime, whose: Callable[[str], bool] = lambda _name: True
) -> None:
    """Before anything else is done: between two ticks nothing is under way, so what is still called begun was cut off.

    `whose`: only runs of contracts with such a name.
    """
    record = Recorder(journal, now, seen.book)
    doubts = []
    for effect in [effect for effect in world.ledger.books.effects.values() if effect.state == "begun"]:
        run = world.ledger.books.runs[effect.run]
        if not whose(run.contract):
            continue
        plan = plan_of(run, world.ledger)
        if effect.effect.may_repeat:
            because = "The runner was stopped in the middle of this step; it is done again."
            record.interrupted(run, effect, plan, Settled.AGAIN, because)
        else:
            doubts.append(Doubt(run=run, plan=plan, effect=effect, over=_over(effect, plan, now)))
    found = look(doubts, world, seen, view, now)
    for doubt in doubts:
        _settle(doubt, found.get(doubt.effect.id), world, record)
    journal.commit()


def _over(effect: EffectRecord, plan: Plan, now: datetime) -> datetime:
    """When the try had certainly ended: its process is dead, and it could not last longer than its time-out."""
    step = plan.contract.step(effect.step)
    return min(now, (effect.begun or now) + (step.timeout if step else timedelta()))


def _settle(doubt: Doubt, probed: Probed | None, world: World, record: Recorder) -> None:
    run, effect, plan = doubt.run, doubt.effect, doubt.plan
    match ending(probed) if probed else None:
        case Done() as done:
            record.done(run, effect, plan, done, result=Settled.FOUND)
        case None:
            step = plan.contract.step(effect.step)
            action = world.actions.get(step.action) if step else None
            message = "The runner was stopped while this was being done, so it may or may not have happened."
            message += " Find out, then type DONE or RETRY."
            letter, payload = world.ledger.next_id("D"), action.describe(effect.request) if action else ""
            record.doubt(run, effect, plan, in_doubt(message, doubt, probed, world), letter, payload)
        case error:
            record.interrupted(run, effect, plan, Settled.ABSENT, f"The runner was stopped before this. {error} It is done now.")
