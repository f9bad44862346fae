"""Asks the outside whether tries whose end was not seen happened.

Invariant: takes seconds, raises nothing and records nothing. “It did not happen” counts only once the try has certainly ended and
the other side had time to finish; before that the answer is that nobody can say.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runner.engine.briefing import call_for
from runner.engine.seen import Seen
from runner.errors import ActionFailed, RowpactError
from runner.model import EffectRecord, Run, Step
from runner.ports import Action, Done, Probed, World
from runner.rules.looks import PROMISE
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan

#: What one look may take, and all looks of one go: together less than the ledger's lease lasts.
PATIENCE = timedelta(seconds=10)
PATIENCE_IN_ALL = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A try whose end was not seen."""

    run: Run
    plan: Plan
    effect: EffectRecord
    #: When it had ended for certain, however it ended.
    over: datetime


def probing(doubt: Doubt, world: World) -> Action | None:
    """The action that can be asked about it; None when there is none."""
    step = doubt.plan.contract.step(doubt.effect.step)
    action = world.actions.get(step.action) if step else None
    there = action and action.probe and action.kept_in == doubt.effect.kept_in
    return action if action and there and action.probes(doubt.effect.request) else None


def look(doubts: Sequence[Doubt], world: World, seen: Seen, view: SheetView, now: datetime) -> dict[str, Probed]:
    """Effect id → what the outside says, for those that could be asked in time; side by side."""
    asked = [(doubt, action) for doubt in doubts if (action := probing(doubt, world))]
    if not asked:
        return {}
    pool = ThreadPoolExecutor(min(world.workers, len(asked)), thread_name_prefix="look")
    try:
        answers = {pool.submit(_ask, doubt, action, world, seen, view, now): doubt for doubt, action in asked}
        ended, _ = wait(answers, timeout=PATIENCE_IN_ALL.total_seconds())
        return {answers[future].effect.id: future.result() for future in ended}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ask(doubt: Doubt, action: Action, world: World, seen: Seen, view: SheetView, now: datetime) -> Probed:
    step = doubt.plan.contract.step(doubt.effect.step) or Step(name=doubt.effect.step, action="")
    quick = replace(step, timeout=min(step.timeout, PATIENCE))
    call = call_for(doubt.run, quick, doubt.effect.key, doubt.effect.attempt, world, seen.book, view, now)
    try:
        probed = action.probe(doubt.effect.request, call) if action.probe else Probed(happened=None, said="nobody can be asked")
    except RowpactError as error:
        return Probed(happened=None, said=str(error))
    except Exception as error:  # noqa: BLE001 - a bug in a probe must not stop the tick
        return Probed(happened=None, said=f"{action.name} could not ask: {type(error).__name__}: {error}")
    if probed.happened is False and not _settled(doubt, action, seen, now):
        return Probed(happened=None, said=f"{probed.said}, which may still change")
    return probed


def _settled(doubt: Doubt, action: Action, seen: Seen, now: datetime) -> bool:
    """Whether what has not happened by now will not happen any more."""
    hung = seen.hung.get(doubt.effect.id)
    return (hung is None or hung.done()) and now - doubt.over >= action.settles_after


def ending(probed: Probed) -> Done | ActionFailed | None:
    """How the try ended, by what the outside says; None when that is not known."""
    match probed.happened:
        case True:
            return Done(result=probed.result, said=f"it did happen, though its end was not seen: {probed.said}")
        case False:
            return ActionFailed(f"It did not happen: {probed.said}.")
        case None:
            return None


def in_doubt(message: str, doubt: Doubt, probed: Probed | None, world: World) -> str:
    """The sentence for a person: what is not known, what the outside said, and that it is asked again."""
    said = f" When Rowpact asked, it heard: {probed.said.rstrip('.')}." if probed else ""
    return f"{message}{said} {PROMISE if probing(doubt, world) else ''}".strip()
