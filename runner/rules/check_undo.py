"""What can be known to be wrong with the way back before any run: which step reverses which.

Invariant: a step that reverses another is named by an Undo cell and by nothing else.
"""

from collections.abc import Iterator

from runner.model import Contract, Step
from runner.rules.findings import did_you_mean
from runner.values import name_key

#: (header of the cell, what is wrong, how to mend it)
Finding = tuple[str, str, str]


def step_findings(contract: Contract, step: Step) -> Iterator[Finding]:
    """Mistakes of one row of Steps that have to do with Undo."""
    if step.undo:
        yield from _undo(contract, step)
    if step.on_failure.startswith("go to ") and name_key(step.on_failure[6:]) in contract.undo_steps:
        yield _only_back("On failure", step.on_failure[6:])
    if name_key(step.name) in contract.undo_steps and step.on_failure != "dead letter":
        message = f"“{step.name}” reverses another step; when it fails, a person has to look."
        yield "On failure", message, "Empty the cell: it goes to Dead letters."


def _undo(contract: Contract, step: Step) -> Iterator[Finding]:
    undo = contract.step(step.undo)
    if undo is None:
        others = [other.name for other in contract.steps if other is not step]
        yield "Undo", f"There is no step “{step.undo}” in this contract.", did_you_mean(step.undo, others)
    elif name_key(undo.name) == name_key(step.name):
        yield "Undo", "A step cannot reverse itself.", "Name another step, or empty the cell."
    elif undo.undo:
        message = f"“{undo.name}” reverses this step and has an Undo of its own."
        yield "Undo", message, f"Empty the Undo of “{undo.name}”: what reverses a step is not reversed."


def route_findings(contract: Contract, after: str, go_to: str) -> Iterator[Finding]:
    """Mistakes of one row of Routes that have to do with Undo."""
    if name_key(after) in contract.undo_steps:
        yield "After", f"“{after}” only runs to reverse another step, so nothing follows it.", "Name another step."
    if name_key(go_to) in contract.undo_steps:
        yield _only_back("Go to", go_to)


def _only_back(header: str, name: str) -> Finding:
    return header, f"“{name}” only runs to reverse another step.", "Go to another step."


def before(contract: Contract, index: int) -> tuple[Step, ...]:
    """The steps whose results the step at this place may name: those above it, or, for a reversal, those it may have to reverse."""
    step, undoing = contract.steps[index], contract.undo_steps
    if name_key(step.name) in undoing:
        reversed_ = [place for place, other in enumerate(contract.steps) if name_key(other.undo) == name_key(step.name)]
        index = min(reversed_) + 1
    return tuple(other for other in contract.steps[:index] if name_key(other.name) not in undoing)
