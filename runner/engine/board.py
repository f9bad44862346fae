"""The alerts as the ledger keeps them: the note that `runner.engine.alert` writes, and whoever shows alerts reads.

Invariant: one note, bounded (`runner.rules.alerts.board`).
"""

from runner.model import AlertBoard
from runner.ports import Ledger
from runner.rules.alerts import kept

_NOTE = "alerts"


def read_board(ledger: Ledger) -> AlertBoard:
    """As it was kept last; an empty one where none was."""
    return kept.read(ledger.note(_NOTE))


def keep_board(ledger: Ledger, board: AlertBoard) -> str:
    """On disk when it returns; gives the note that it is now."""
    return ledger.note(_NOTE, kept.text(board))


def board_note(ledger: Ledger) -> str:
    """What tells whether another runner has kept a board since."""
    return ledger.note(_NOTE)
