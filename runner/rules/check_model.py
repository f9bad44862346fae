"""What can be known before any run about words of a model: where they would go, and what stands in their way.

Invariant: law 7. A contract in which such words could reach the outside unchecked is not passed; what only turns up at run time, in
a cell or a call, is stopped there by `rules.taint`.
"""

from collections.abc import Collection, Iterator, Mapping

from runner.errors import ConditionError
from runner.model import Contract, MailTemplate, Names, Step
from runner.ports import Action
from runner.rules import conditions, fill
from runner.rules.approval import asked_of_model, spot_check
from runner.rules.check_undo import Finding
from runner.rules.named_templates import texts_of
from runner.rules.pace import outside
from runner.rules.taint import is_owners
from runner.values import name_key


def step_findings(
    contract: Contract, step: Step, names: Names, actions: Mapping[str, Action], templates: Mapping[str, MailTemplate]
) -> Iterator[Finding]:
    """Mistakes of one row of Steps that have to do with what a model wrote in a step before."""
    action, writers = actions.get(step.action), _writers(contract, actions)
    if action is None or not writers:
        return
    checked = _checked_before(contract, step)
    goes_out = action.guarded or outside(action, action.effect(step.settings))
    words = False
    for setting, text in _texts(step, templates):
        used = [name for name in fill.names_in(text) if writer_of(name) in writers]
        words = words or bool(used)
        for name in used:
            if is_owners(action, setting):
                message = f"{setting}: {name} is written by a model, and a model may not say to whom, where or which file."
                yield "With", message, "Take it from the row, or write it yourself."
            elif goes_out and _key(name) not in checked:
                message = f"{setting}: {name} is written by a model, and no check passes it before it leaves."
                yield "With", message, f"Put a step with the action check and text: {{{{ {name} }}}} before this one."
    if words and goes_out and contract.klass == "Agent-assist" and not step.approval and contract.risk != "High":
        message = "An Agent-assist contract asks a person before what a model wrote leaves."
        yield "Approval", message, "Write Always, or a spot check: 1 in 10."
    if _hangs_on_model(step, names, writers):
        message = "Whether you are asked hangs on what a model wrote. It may not spare you the question."
        yield "Approval", message, "Name columns of the row, or write Always or 1 in 10."


def _writers(contract: Contract, actions: Mapping[str, Action]) -> frozenset[str]:
    """`name_key` of the steps whose results a model wrote, or that hold what one wrote."""
    return frozenset(name_key(step.name) for step in contract.steps if (one := actions.get(step.action)) and one.by_model)


def _texts(step: Step, templates: Mapping[str, MailTemplate]) -> Iterator[tuple[str, str]]:
    yield from step.settings.items()
    yield from ((setting, text) for setting, _, _, text in texts_of(step, templates))


def _key(name: str) -> str:
    """The name as every spelling of it: `steps["Draft reply"].body` → steps.draft_reply.body."""
    return ".".join(name_key(part) for part in name.replace('["', ".").replace('"]', "").split("."))


def writer_of(name: str) -> str:
    """The step whose result it is, as `name_key` gives it; "" for a name that is no result."""
    root, _, rest = _key(name).partition(".")
    return rest.partition(".")[0] if root == "steps" else ""


def _checked_before(contract: Contract, step: Step) -> frozenset[str]:
    """The results that a check above the step looks at, and the texts that such checks hand on."""
    checked: set[str] = set()
    for other in contract.steps:
        if other is step:
            break
        if other.action == "check" and (text := other.settings.get("text")):
            checked |= {_key(name) for name in fill.names_in(text)}
            checked.add(f"steps.{name_key(other.name)}.text")
    return frozenset(checked)


def _hangs_on_model(step: Step, names: Names, writers: Collection[str]) -> bool:
    try:
        if step.approval in ("", "always") or spot_check(step.approval) is not None:
            return False
        condition = conditions.parse(step.approval, names)
    except ConditionError:
        return False
    return asked_of_model(condition.names, frozenset(f"steps.{name}" for name in writers))
