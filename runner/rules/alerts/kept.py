"""The board as text, for the ledger's note.

Invariant: `read(text(board)) == board`; a text that cannot be read is no board, and alerts are raised anew.
"""

from dataclasses import asdict
from typing import Any

from runner.model import Alert, AlertBoard, Condition, Trouble
from runner.values import dump, load


def text(board: AlertBoard) -> str:
    """JSON."""
    return dump(asdict(board))


def read(kept: str) -> AlertBoard:
    """The board that was kept; an empty one where none was."""
    if not kept:
        return AlertBoard()
    try:
        facts: dict[str, Any] = load(kept)
        return AlertBoard(
            alerts=tuple(map(_alert, facts["alerts"])),
            last=facts["last"],
            line=facts["line"],
            troubles={name: Trouble(**trouble) for name, trouble in facts["troubles"].items()},
        )
    except (ValueError, TypeError, KeyError):  # another version's
        return AlertBoard()


def _alert(facts: dict[str, Any]) -> Alert:
    condition = facts["condition"]
    lists = {name: tuple(condition[name]) for name in ("steps", "runs")}
    return Alert(**{**facts, "condition": Condition(**{**condition, **lists}), "told_over": tuple(facts["told_over"])})
