"""What keeps ticks from ending, remembered from one tick to the next and over restarts.

Invariant: only a tick that ended clears it; who merely stands by for another runner is not halted.
"""

from datetime import datetime

from runner.errors import RowpactError, WorkbookUnreadable
from runner.ports import Ledger
from runner.rules.alerts.machine import Halt
from runner.values import dump, load

_NOTE = "halted"


def halted(ledger: Ledger, error: Exception, now: datetime) -> None:
    """A tick could not end."""
    before, unreadable = halt_of(ledger), isinstance(error, WorkbookUnreadable)
    why = str(error) if isinstance(error, RowpactError) else f"{type(error).__name__}: {error}"
    if before is None or (before.why, before.unreadable) != (why, unreadable):
        ledger.note(_NOTE, dump({"since": before.since if before else now, "why": why, "unreadable": unreadable}))


def goes_on(ledger: Ledger, *, read: bool = False) -> bool:
    """A tick has ended, or has only `read` the workbook, which clears nothing else. Whether there was something to clear."""
    halt = halt_of(ledger)
    if halt is None or (read and not halt.unreadable):
        return False
    ledger.note(_NOTE, "")
    return True


def halt_of(ledger: Ledger) -> Halt | None:
    """What keeps ticks from ending; None when nothing does."""
    kept = ledger.note(_NOTE)
    return Halt(**load(kept)) if kept else None
