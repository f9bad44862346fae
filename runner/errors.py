"""Everything that can stop the runner, each with a sentence that says what to do. Mistakes in cells are `Problem` values."""

from datetime import timedelta
from decimal import Decimal


class RowpactError(Exception):
    """Something stopped Rowpact; the message says what, where and how to mend it. Shown without a traceback."""


class ConfigError(RowpactError):
    """config.toml cannot be used."""


class WorkbookUnreadable(RowpactError):
    """The workbook is not there, is not a workbook, is encrypted or is damaged. Nothing was changed."""


class WorkbookBusy(RowpactError):
    """A person or program has the workbook open, or its service takes nothing now: writes wait until that is over."""


class WorkbookChanged(RowpactError):
    """The workbook changed between the read and the write: read again, decide again, write again."""


class LedgerUnusable(RowpactError):
    """The ledger cannot be opened, is damaged, or was made by a newer version."""


class LedgerDamaged(LedgerUnusable):
    """The ledger's file is damaged, or was taken away; `what` says so, the whole message says how to mend it too."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(f"{what} {mend}".strip())
        self.what = what


class LeaseHeld(RowpactError):
    """Another runner holds this workbook."""


class LeaseLost(RowpactError):
    """Another runner took this workbook over; nothing more is recorded or sent from here, or written into it."""


class TemplateError(RowpactError):
    """A template in a cell could not be filled; the message names what is missing."""


class ConditionError(RowpactError):
    """A condition in a cell cannot be read, or cannot be answered yes or no for this row."""


class ActionFailed(RowpactError):
    """An action did not do its work, and it is certain that nothing happened outside.

    `permanent`: trying again will not help. `retry_after`: the other side said how long to wait.
    `cost`: what it cost all the same.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: timedelta | None = None, cost: Decimal = Decimal()
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.cost = cost


class ActionInDoubt(RowpactError):
    """The effect was begun and its end was not seen: it may or may not have happened."""
