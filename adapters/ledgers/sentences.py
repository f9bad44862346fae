"""What a database can say, as what an owner can do.

Invariant: every failure of the ledger's database ends in one `LedgerUnusable` that names the ledger and the way out.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from runner.errors import LedgerDamaged, LedgerUnusable


@contextmanager
def usable(name: str) -> Iterator[None]:
    """Around anything that asks the database. Raises `LedgerUnusable`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise unusable(name, error) from error
    except UnicodeDecodeError as error:  # the driver lets it through where even the database's complaint quotes damaged bytes
        raise damaged(name, "text in it is no text any more") from error


def damaged(name: str, why: str = "") -> LedgerDamaged:
    """What is said of a ledger that is not as it was written; `why`: how that was seen."""
    return LedgerDamaged(f"The ledger {name} is damaged{f' ({why})' if why else ''}.", _PUT_BACK)


def sentence(name: str, error: SQLAlchemyError) -> str:
    """The words of `unusable`."""
    return str(unusable(name, error))


def unusable(name: str, error: SQLAlchemyError) -> LedgerUnusable:
    """One sentence of what happened to the ledger of this name, and one of how to mend it."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    lowered = said.lower()
    for marks, what in _SENTENCES:
        if any(mark in lowered for mark in marks):
            return damaged(name) if what is _DAMAGED else LedgerUnusable(what.format(name=name))
    first = said.splitlines()[0] if said else "no reason was given"
    return LedgerUnusable(f"The ledger {name} cannot be used just now. The database says: {first}")


_PUT_BACK = (
    "Put the newest backup in its place: `rowpact run` does so by itself where it has kept one. Without a backup, move the file "
    "away, and Rowpact makes a new ledger from what the sheet's own Runs and Audit tabs say."
)
_DAMAGED = "damaged"
_FULL = (
    "The disk of the ledger {name} is full or refuses to write. What was to be recorded just now was not, and nothing of it was "
    "begun. Make room on the disk; Rowpact goes on by itself at the next tick."
)
_READ_ONLY = "The ledger {name} cannot be written: the file or its folder is read-only. Allow writing to both."
_SHUT = (
    "The ledger {name} cannot be opened: it is a folder, or this user may not read and write it. Mend that, or name another file "
    "under ledger."
)
_LOCKED = "Another program keeps the ledger {name} locked. Close it (a database viewer, a backup or a sync program), and try again."
_AWAY = "The PostgreSQL server of the ledger {name} cannot be reached. See that it runs and that the address is right."
_STRANGER = "The PostgreSQL server of the ledger {name} does not accept the user or password."

#: Words of SQLite, PostgreSQL and its driver → what they mean; the first that match.
_SENTENCES = (
    (("not a database", "malformed", "file is encrypted", "unsupported file format"), _DAMAGED),
    (("disk is full", "disk i/o error", "no space left"), _FULL),
    (("readonly", "read-only"), _READ_ONLY),
    (("unable to open",), _SHUT),
    (("database is locked", "table is locked"), _LOCKED),
    (("password authentication failed", "no password supplied"), _STRANGER),
    (("refused", "could not connect", "could not translate host", "failed to resolve", "closed the connection", "is lost"), _AWAY),
)
