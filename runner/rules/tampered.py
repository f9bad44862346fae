"""Whether an answer stands beside what was really asked: in a row that somebody changed, a person has read something else.

Invariant: pure; an approval counts only beside the words that the ledger has put there.
"""

from datetime import tzinfo

from runner.model import AskKind, Row
from runner.rules.answers import Answer
from runner.rules.project import ask_cells, same

#: What tells a person what an approval is for.
_READ = ("Run", "Contract", "Step", "What will happen", "Risk")


def misread(given: Answer, row: Row, zone: tzinfo) -> str:
    """Why whoever answered an approval cannot have read what is asked; "" when they can."""
    if given.ask.kind is not AskKind.APPROVAL:
        return ""
    asked = ask_cells(given.ask, zone)
    changed = next((header for header in _READ if not same(row.get(header), asked[header])), "")
    return f"{row.address(changed)} had been changed by hand when {given.word} was typed" if changed else ""
