"""What a contract that is Enabled as Shadow leaves behind: runs under a name of their own, and results that nobody fetched.

Invariant: a shadow run's key never stands in the way of the real run of the same event.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.model import Ask, Contract, Run, Step
from runner.ports import Action
from runner.rules.plan import Plan
from runner.values import name_key

SUFFIX = " (shadow)"
#: A result as later cells name it: `steps.score.points`, `steps.lookup.json.id`.
_USE = re.compile(r"\bsteps\s*\.\s*(\w+)((?:\s*\.\s*\w+)+)")
#: What a step that goes well would give, where a branch is likely to ask.
_GOES_WELL: Mapping[str, Any] = {"status": 200, "found": True, "passed": True}


def run_name(contract: Contract) -> str:
    """The name under which the contract's runs stand in Runs, and under which their keys are known."""
    return f"{contract.name}{SUFFIX}" if contract.shadow else contract.name


def is_shadow(one: Run | Ask) -> bool:
    """Whether the run only previews, or the question is about one that does."""
    return one.contract.endswith(SUFFIX)


def placeholders(step: Step, action: Action, plan: Plan) -> dict[str, Any]:
    """Results of a step that is not done, so that later steps can be previewed: every name that they may use."""
    made: dict[str, Any] = {name: _value(step, [name]) for name in action.results_with(step.settings) or ()}
    for used, tail in (match for text in _texts(plan) for match in _USE.findall(text)):
        if name_key(used) == name_key(step.name):
            _put(made, [part.strip() for part in tail.split(".") if part.strip()], step)
    return made


def _put(results: dict[str, Any], path: list[str], step: Step) -> None:
    """The value at the path; a result that has parts is no text."""
    inner = results
    for part in path[:-1]:
        held = inner.get(part)
        inner[part] = inner = held if isinstance(held, dict) else {}
    inner.setdefault(path[-1], _value(step, path))


def _value(step: Step, path: list[str]) -> Any:
    return _GOES_WELL.get(path[-1], f"‹{step.name}: {'.'.join(path)}›")


def _texts(plan: Plan) -> Iterator[str]:
    """Every cell of the contract that may name a result."""
    for step in plan.contract.steps:
        yield from (step.condition, step.approval, *step.settings.values())
    for route in plan.contract.routes:
        yield route.condition
    for template in plan.templates.values():
        yield from (template.subject, template.body)
