"""When a person is asked before an effect: always, by a condition, by Risk, or as a spot check.

Invariant: pure, and asked again gives the same answer: whether a run is drawn for a spot check hangs on its key alone.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from runner.errors import ConditionError
from runner.model import Effect, Names, Run, Scope, Step
from runner.ports import Action
from runner.rules import conditions
from runner.rules.pace import outside
from runner.rules.plan import Plan
from runner.values import name_key

_SPOT_CHECK = re.compile(r"(\d{1,9})\s+(?:in|of|out\s+of)\s+(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whether somebody is asked first, and why or why not."""

    first: bool
    #: "" when there is nothing to say.
    because: str = ""


NOT_ASKED = Asking(first=False)


def asking(
    step: Step, action: Action, effect: Effect, run: Run, plan: Plan, names: Names, scope: Scope, *, by_model: bool = False
) -> Asking:
    """What the step's Approval cell, the contract's Risk and its Class say about this effect. Raises ConditionError.

    `by_model`: it holds what a model wrote.
    """
    said = _by_cell(step, run, names, scope)
    if not said.first and by_model and outside(action, effect) and plan.contract.klass == "Agent-assist" and not step.approval:
        return Asking(first=True, because="it holds what a model wrote, and the contract is Agent-assist")
    if not said.first and plan.contract.risk == "High" and outside(action, effect):
        return Asking(first=True, because="the contract's risk is High")
    return said


def _by_cell(step: Step, run: Run, names: Names, scope: Scope) -> Asking:
    if not step.approval:
        return NOT_ASKED
    if step.approval == "always":
        return Asking(first=True, because="the step asks always")
    if rate := spot_check(step.approval):
        drawn = _drawn(run, step, rate)
        return Asking(first=drawn, because=f"spot check {step.approval}: {'' if drawn else 'not '}drawn by the run's key")
    condition = conditions.parse(step.approval, names)
    verdict = condition.holds(scope)
    if not verdict.yes and asked_of_model(condition.names, scope.models):
        return Asking(first=True, because="a model's answer never spares you the question")
    return Asking(first=verdict.yes, because=verdict.because if verdict.yes else "")


def asked_of_model(names: Collection[str], models: Collection[str]) -> bool:
    """Whether a condition that uses these names asks for something that a model wrote."""
    for name in names:
        root, _, rest = name.partition(".")
        source = f"steps.{name_key(rest.partition('.')[0])}" if name_key(root) == "steps" else f"row.{name_key(name)}"
        if source in models:
            return True
    return False


def spot_check(text: str) -> tuple[int, int] | None:
    """`1 in 10` → (1, 10); None when the text is no spot check. Raises ConditionError for `0 in 10` or `11 in 10`."""
    found = _SPOT_CHECK.fullmatch(text.strip())
    if found is None:
        return None
    some, many = int(found[1]), int(found[2])
    if not 1 <= some <= many:
        raise ConditionError(f"“{text}” is no spot check. Write for example 1 in 10.")
    return some, many


def _drawn(run: Run, step: Step, rate: tuple[int, int]) -> bool:
    """By contract, key and step: the same for every try, on every machine, whatever the runs are numbered."""
    some, many = rate
    named = f"{run.contract}\x1f{run.key}\x1f{step.name}"
    return int.from_bytes(hashlib.sha256(named.encode("utf-8", "surrogatepass")).digest()) % many < some
