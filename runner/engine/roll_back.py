"""Turns a run round, and asks a person to reverse what no step reverses.

Invariant: adds to the journal and returns the run as it is now; what is left to reverse is on disk with the same commit.
"""

from collections.abc import Mapping

from runner.engine.record import Recorder
from runner.events import EventKind
from runner.model import Ask, AskKind, EffectRecord, Run, RunState
from runner.ports import Action
from runner.rules.advance import ByHand
from runner.rules.plan import Plan
from runner.rules.project import said
from runner.rules.replay import altered, whole


def ask_by_hand(
    run: Run, move: ByHand, plan: Plan, record: Recorder, effects: Mapping[str, EffectRecord], action: Action | None, task: str
) -> Run:
    """A row in Tasks for the rollback owner; the roll-back goes on when it is done."""
    step = move.step.name
    ask = Ask(
        id=task,
        kind=AskKind.TASK,
        run=run.id,
        contract=run.contract,
        step=step,
        what=f"Undo by hand: “{step}” for {run.key}. {_done(run, step, effects, action)}",
        owner=run.rollback_owner or run.owner,
        sop=plan.contract.sop,
        asked=record.now,
    )
    waiting = altered(run, state=RunState.AWAITING_TASK, step=step, ask=ask.id, updated=record.now)
    detail = f"{ask.owner or 'somebody'} is to: {ask.what}"
    return record.journal.change(
        EventKind.ASKED, run, waiting, plan.contract, result=ask.id, detail=detail, data={"ask": whole(ask)}
    )


def _done(run: Run, step: str, effects: Mapping[str, EffectRecord], action: Action | None) -> str:
    """What the step did, and what it gave, in the owner's words."""
    tries = [effect for effect in effects.values() if effect.run == run.id and effect.step == step and effect.state == "done"]
    last = max(tries, key=lambda effect: effect.attempt, default=None)
    done = f"What was done: {action.describe(last.request)}" if last and action else "It was done by hand."
    gave = said(run.results.get(step, {}))
    return f"{done}\nIt gave: {gave}" if gave else done
