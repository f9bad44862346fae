"""What a run does next: the one place that knows how a contract is carried out.

Invariant: pure. The same run, plan, sheet and time always give the same move, and every move says because of what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from runner.errors import ActionFailed, ConditionError, TemplateError
from runner.model import Effect, Names, Run, RunState, Scope, Step
from runner.ports import Action
from runner.rules import conditions, confidence, roll_back, taint
from runner.rules.approval import NOT_ASKED, Asking, asking
from runner.rules.breaker import stopped_by
from runner.rules.desk import Desk
from runner.rules.intake import contract_facts
from runner.rules.pace import Later, held_back, outside
from runner.rules.plan import Plan
from runner.rules.request import filled_settings, key_of, request_of
from runner.values import digest, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Carry out the step: this effect, exactly."""

    step: Step
    action: Action
    effect: Effect
    request: Mapping[str, Any]
    digest: str
    key: str
    #: It reaches beyond the workbook: Hours and Limit hold it back.
    outside: bool = False
    #: Names of the settings that hold what a model wrote; `*` when the results will.
    by_model: tuple[str, ...] = ()
    #: Why nobody was asked first, where that was decided; "" otherwise.
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFirst:
    """Ask a person before this effect."""

    step: Step
    what: str
    digest: str
    because: str
    #: Why a model is not sure of what it wrote; "" when it is, or nobody wanted to know.
    doubt: str = ""
    #: The effect's own, where its contract is not riskier.
    risk: str = "Low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Go on with another step, without acting."""

    to: str
    because: str
    #: The step was passed over, not finished.
    skipped: bool = False
    set_state: str = ""
    #: What is left to reverse after this; None for a run that goes forward.
    undoing: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Nothing more to do."""

    state: RunState
    because: str
    set_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The step cannot be carried out as things are; nothing was begun."""

    step: Step
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """Ask a person to reverse what this step did: no step is named for it."""

    step: Step


Move = Act | Later | AskFirst | Go | End | Fail | ByHand


def advance(run: Run, plan: Plan, desk: Desk) -> Move:
    """The next move of a run that may go on: the routes of the step it has finished, else the step it is at; or one step back."""
    try:
        if run.reverses:
            return _back(run, plan, desk)
        if run.finished:
            return _after(run.finished, run, plan, desk)
        step = plan.contract.step(run.step)
        if step is None:
            return End(state=RunState.DONE, because="all steps are done")
        return _at(step, run, plan, desk)
    except (ConditionError, TemplateError) as error:
        step = plan.contract.step(run.finished or run.step)
        return Fail(step=step or Step(name=run.step, action=""), message=str(error))


def scope_of(run: Run, plan: Plan, desk: Desk, step_key: str = "") -> Scope:
    """The values that the run's conditions and templates see; with `step_key`, those in the cells of that step."""
    return Scope(
        columns=run.input,
        settings=desk.book.settings,
        steps={name_key(name): results for name, results in run.results.items()},
        run={"id": run.id, "key": run.key},
        contract=contract_facts(plan.contract),
        step_key=step_key,
        now=(run.moment or desk.now).astimezone(desk.zone),
        models=taint.sources(run, desk.texts),
    )


def _at(step: Step, run: Run, plan: Plan, desk: Desk) -> Move:
    key = key_of(run, step, desk.workbook)
    names, scope = _names(run, plan, desk), scope_of(run, plan, desk, key)
    if step.condition:
        verdict = conditions.parse(step.condition, names).holds(scope)
        if not verdict.yes:
            return Go(to=following(step, plan), because=f"its If is not true: {verdict.because}", skipped=True)
    action = desk.actions.get(step.action)
    if action is None:
        return Fail(step=step, message=f"There is no action “{step.action}” in this version.")
    if not plan.contract.shadow and (scouting := action.scout(step.settings)):
        return Act(step=step, action=action, effect=Effect.READ, request=scouting, digest=digest(scouting), key=key)
    effect = action.effect(step.settings)
    settings = filled_settings(step, action, plan, scope)
    if unfit := taint.refusal(action, effect, settings, run):
        return Fail(step=step, message=unfit)
    try:
        request = request_of(step, action, run, plan, desk, settings, key)
    except ActionFailed as error:
        return Fail(step=step, message=str(error))
    bound = digest({"action": step.action, "request": request})
    words = taint.settings_by_model(action, effect, settings)
    asked = NOT_ASKED
    unsure = confidence.doubt(run, settings.values(), desk.book.settings) if outside(action, effect) else ""
    if run.approved != bound:
        asked = asking(step, action, effect, run, plan, names, scope, by_model=bool(words))
        if not asked.first and unsure:
            asked = Asking(first=True, because=unsure)
        if not asked.first and (why := action.asks(request, step.approval, bool(run.ask))):
            asked = Asking(first=True, because=why)
    if asked.first:
        what, risk = action.describe(request), action.risk(request)
        return AskFirst(step=step, what=what, digest=bound, because=asked.because, doubt=unsure, risk=risk)
    if later := _not_yet(step, action, effect, run, plan, desk):
        return later
    return Act(
        step=step,
        action=action,
        effect=effect,
        request=request,
        digest=bound,
        key=key,
        because=asked.because,
        outside=outside(action, effect),
        by_model=words,
    )


def _not_yet(step: Step, action: Action, effect: Effect, run: Run, plan: Plan, desk: Desk) -> Later | None:
    """Why it may not be done now: a stopped contract, Hours, Limit, or the budget."""
    if outside(action, effect):
        if ask := desk.stopped.get(run.contract):
            return Later(step=step, ask=ask, because=stopped_by(ask))
        if later := held_back(step, run, plan.contract, desk.pace, desk.now, desk.zone):
            return later
    return desk.purse.held_back(step, desk.now, desk.zone) if action.paid and effect is not Effect.PURE else None


def _back(run: Run, plan: Plan, desk: Desk) -> Move:
    """The next move of a run that is reversed: its finished steps, last first, each by the step that its Undo names."""
    if not run.undoing:
        return End(state=RunState.ROLLED_BACK, because=run.undo_because)
    name, rest = run.undoing[0], run.undoing[1:]
    on = partial(Go, to=roll_back.place(rest, plan), undoing=rest)
    step, undo = plan.contract.step(name), roll_back.undo_of(name, plan)
    if run.finished:
        return on(because=f"“{name}” is reversed")
    if undo:
        move = _at(undo, run, plan, desk)
        return on(because=move.because, skipped=True) if isinstance(move, Go) else move
    if step is None or roll_back.needs_hand(step, desk.actions.get(step.action)):
        return ByHand(step=step or Step(name=name, action=""))
    return on(because=f"“{name}” wrote into the workbook; that stays" if step.action in roll_back.STAYS else "")


def _after(finished: str, run: Run, plan: Plan, desk: Desk) -> Move:
    """The first route that is true, else the next step."""
    step = plan.contract.step(finished)
    for route in plan.contract.routes:
        if name_key(route.after) != name_key(finished):
            continue
        verdict = _verdict(route.condition, run, plan, desk) if route.condition else None
        if verdict and not verdict.yes:
            continue
        because = verdict.because if verdict else f"after “{finished}”"
        match name_key(route.go_to):
            case "end":
                return End(state=RunState.DONE, because=because, set_state=route.set_state)
            case "stop":
                return End(state=RunState.CANCELLED, because=f"stopped: {because}", set_state=route.set_state)
            case "review" if step is not None:
                bound = digest(["review", run.id, finished, run.results.get(finished)])
                if run.approved != bound:
                    what = f"Go on after “{finished}”? It gave: {_short(run.results.get(finished))}"
                    return AskFirst(step=step, what=what, digest=bound, because=because)
                return Go(to=following(step, plan), because="reviewed", set_state=route.set_state)
            case "":
                return Go(to=following(step, plan) if step else "", because=because, set_state=route.set_state)
        return Go(to=route.go_to, because=because, set_state=route.set_state)
    then = following(step, plan) if step else ""
    return Go(to=then, because="") if then else End(state=RunState.DONE, because="all steps are done")


def straight_on(finished: str, run: Run, plan: Plan) -> str:
    """The step after this one, where no route asks; "" where one does, at the end, and on the way back."""
    step = plan.contract.step(finished)
    if step is None or run.reverses or any(name_key(route.after) == name_key(finished) for route in plan.contract.routes):
        return ""
    return following(step, plan)


def _verdict(condition: str, run: Run, plan: Plan, desk: Desk) -> conditions.Verdict:
    return conditions.parse(condition, _names(run, plan, desk)).holds(scope_of(run, plan, desk))


def following(step: Step, plan: Plan) -> str:
    """The next step in row order, without those that only undo another; "" at the end."""
    names, undoing = [other.name for other in plan.contract.steps], plan.contract.undo_steps
    later = names[names.index(step.name) + 1 :]
    return next((name for name in later if name_key(name) not in undoing), "")


def first_step(plan: Plan) -> str:
    """The step that a new run begins with."""
    undoing = plan.contract.undo_steps
    return next((step.name for step in plan.contract.steps if name_key(step.name) not in undoing), "")


def _names(run: Run, plan: Plan, desk: Desk) -> Names:
    """What the run's cells may name; step results that are not there yet are found missing when they are looked up."""
    columns = tuple(run.input)
    key = (run.plan, *columns)
    if key not in desk.names:
        steps = {step.name: None for step in plan.contract.steps}
        desk.names[key] = Names(columns=columns, settings=tuple(desk.book.settings), steps=steps)
    return desk.names[key]


def _short(results: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name}: {str(value)[:200]}" for name, value in (results or {}).items())
