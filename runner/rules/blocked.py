"""What a contract of class Blocked does instead of its steps: one task for its owner, which names what it lacks.

Invariant: none of the contract's own steps is left, so nothing of it can ever act.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from runner.model import Contract, Effect, Step
from runner.ports import Action
from runner.values import name_key

BY_HAND = "By hand"
#: Settings that say to whom something goes.
_ADDRESSES = ("to", "cc", "bcc", "url")


def by_hand(contract: Contract, actions: Mapping[str, Action]) -> Contract:
    """The contract with one task in place of its steps; done by a person, it ends as the contract would."""
    title = f"{contract.name} for {{{{ run.key }}}}: do it by hand. Its Class is Blocked, so nothing was done."
    if contract.steps:
        title += f"\nSteps: {', '.join(f'{step.name} ({step.action})' for step in contract.steps)}."
    lacking = list(missing(contract, actions))
    title += "\nMissing before it may act by itself:\n" if lacking else "\nNo guard rail is missing: it may get another Class."
    title += "\n".join(f"- {rail}" for rail in lacking)
    settings = {"title": _literal(title, keep="{{ run.key }}")}
    if contract.sop:
        settings["title"] += "\nChecklist:"
        settings["sop"] = contract.sop
    return replace(contract, steps=(Step(name=BY_HAND, action="task", settings=settings),), routes=())


def missing(contract: Contract, actions: Mapping[str, Action]) -> Iterator[str]:
    """Every guard rail that the contract lacks, as what to write and where."""
    if not contract.owner:
        yield "an Owner: who handles it"
    if not contract.rollback_owner:
        yield "a Rollback owner: who cleans up when it fails"
    if not contract.sop:
        yield "an SOP: the checklist for when it halts"
    if not contract.dedupe_key:
        yield "a Dedupe key: without one, a copied row is a second event"
    if not contract.steps:
        yield "its steps, in the tab Steps"
    for step in contract.steps:
        if is_irreversible(step, actions) and not step.undo and not step.approval and contract.risk != "High":
            yield f"an Approval or an Undo for “{step.name}”, which cannot be taken back"
        if step.action.startswith("ai.") and not any(other.action == "check" for other in contract.steps):
            yield f"a check of what “{step.name}” writes"
        for setting in _unchecked_addresses(step, contract):
            yield f"a row in Fields for what stands under “{setting}” in “{step.name}”: it says where things go"


def is_irreversible(step: Step, actions: Mapping[str, Action]) -> bool:
    """Whether the step does something outside that cannot be taken back by doing nothing more."""
    action = actions.get(step.action)
    if action is None or action.inline:
        return False
    verb = step.action in ("email.send", "http.post", "http.patch", "http.delete")
    return verb or action.effect(step.settings) is Effect.ONCE


def not_hands_free(contract: Contract, actions: Mapping[str, Action]) -> str:
    """The step for which a Deterministic contract asks a person each time, against its promise; "" when there is none."""
    if contract.klass != "Deterministic" or contract.risk != "High":
        return ""
    return next((step.name for step in contract.steps if is_irreversible(step, actions) and not step.undo), "")


def _unchecked_addresses(step: Step, contract: Contract) -> Iterator[str]:
    checked = [name_key(rule.field) for rule in contract.fields]
    for name, text in step.settings.items():
        if name_key(name) in _ADDRESSES and "{{" in text and not any(field in name_key(text) for field in checked):
            yield name


def _literal(text: str, *, keep: str) -> str:
    """The text as a template that says just this: whatever the owner's names hold, only `keep` is filled."""
    return keep.join(part.replace("{", "(").replace("}", ")") for part in text.split(keep))
