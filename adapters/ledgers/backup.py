"""A copy of the ledger while it is in use.

Invariant: the copy is complete and of one moment, or the place where it was to stand is untouched.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from runner.errors import LedgerUnusable


def back_up(engine: sa.Engine, name: str, to: Path) -> None:
    """Copy the SQLite ledger to `to`, replacing what is there. Raises `LedgerUnusable`."""
    if engine.dialect.name != "sqlite":
        raise LedgerUnusable(f"The ledger {name} is in PostgreSQL. Back it up there: pg_dump --schema=rowpact.")
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        part.replace(to)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise LedgerUnusable(f"The ledger {name} could not be copied to {to}: {error}. The ledger itself is unharmed.") from error
