"""The way back: which finished steps of a run are reversed, in which order, and by whom.

Invariant: pure. What is left to reverse is in the run, so a runner that is stopped goes on with the same step, and none is
reversed twice.
"""

from datetime import datetime

from runner.model import Run, RunState, Step
from runner.ports import Action
from runner.rules import calls
from runner.rules.pace import outside
from runner.rules.plan import Plan
from runner.rules.replay import altered
from runner.values import name_key

#: What these wrote stands in the owner's own tabs, in plain sight; it is not reversed unless a step is named for it.
STAYS = ("sheet.add", "sheet.set")


def begin(run: Run, plan: Plan, because: str, now: datetime) -> Run:
    """The run as it turns round; one that was closed on its way back goes on where it stood."""
    left = run.undoing or finished_steps(run, plan)
    return altered(
        run,
        state=RunState.ROLLING_BACK,
        undoing=left,
        undo_because=because,
        step=place(left, plan) or run.step,
        finished=run.finished if run.undoing else "",
        moment=now,
        tries=0,
        next_try=None,
        ask="",
        approved="",
        resumes="",
        error=because,
        ended=None,
        updated=now,
    )


def finished_steps(run: Run, plan: Plan) -> tuple[str, ...]:
    """The steps that have given something, last first: results keep the order in which they came."""
    undoing = plan.contract.undo_steps
    return tuple(name for name in reversed(list(run.results)) if name_key(name) not in undoing)


def place(undoing: tuple[str, ...], plan: Plan) -> str:
    """The step that the run is at when these are left to reverse: the one that reverses the first, else the first itself."""
    if not undoing:
        return ""
    undo = undo_of(undoing[0], plan)
    return undo.name if undo else undoing[0]


def undo_of(name: str, plan: Plan) -> Step | None:
    """The step that reverses this one."""
    step = plan.contract.step(name)
    return plan.contract.step(step.undo) if step and step.undo else None


def needs_hand(step: Step, action: Action | None) -> bool:
    """Whether the step reached beyond the workbook, or started a run: it has to be reversed though no step is named for it."""
    return action is None or step.action == calls.ACTION or outside(action, action.effect(step.settings))
