"""Copies of the ledger while it is in use: one on demand, and two that the runner keeps beside it.

Invariant: a copy is complete and of one moment, or the place where it was to stand is untouched; never more than two are kept.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from adapters.folders import sync_folder
from runner.errors import LedgerUnusable

#: How often a ledger that is being written is copied anew.
ATTEMPTS = 20
#: How many are kept, of different days.
KEPT = 2


def copy_files(ledger: Path, folder: Path) -> Path:
    """Copy a SQLite ledger with what is not merged into it yet, without opening it: not a byte of it changes, nor of its log.

    Raises `LedgerUnusable` when it cannot be read, or is written without a pause.
    """
    log = ledger.with_name(f"{ledger.name}-wal")
    try:
        for _ in range(ATTEMPTS):
            before = _look(ledger), _look(log)
            copies = [shutil.copyfile(file, folder / file.name) for file in (ledger, log) if file.exists()]
            if before == (_look(ledger), _look(log)):
                return copies[0]
            (folder / log.name).unlink(missing_ok=True)
    except OSError as error:
        raise LedgerUnusable(f"The ledger {ledger} cannot be read: {error.strerror or error}.") from error
    raise LedgerUnusable(f"The ledger {ledger} is being written all the time: try again in a moment.")


def _look(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return (found.st_mtime_ns, found.st_size)


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
        raise _failed(name, to, error) from error


def keep(copy: Callable[[Path], None], ledger: Path) -> None:
    """The newest of the kept copies is of now, and the one before it is kept too. `copy`: makes one. Raises `LedgerUnusable`."""
    newest, before = places(ledger)
    fresh = newest.with_name(f"{ledger.name}.backup-new")
    copy(fresh)
    try:
        if newest.exists():
            newest.replace(before)
        fresh.replace(newest)
        sync_folder(ledger.parent)
    except OSError as error:
        raise _failed(str(ledger), newest, error) from error


def places(ledger: Path) -> list[Path]:
    """Where the kept copies stand, the newest first."""
    return [ledger.with_name(f"{ledger.name}.backup-{number}") for number in range(1, KEPT + 1)]


def _failed(name: str, to: Path, error: Exception) -> LedgerUnusable:
    return LedgerUnusable(f"The ledger {name} could not be copied to {to}: {error}. The ledger itself is unharmed.")
