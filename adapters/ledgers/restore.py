"""A ledger that is damaged, or gone, is put back from the newest copy that is sound; what the damage left is kept aside.

Invariant: nothing is deleted; a kill at any line leaves either the old file or the restored one in place, and the next start
goes on. A restored ledger says so to whoever opens it: it is older than the truth, and `runner.engine.catch_up` sees to that.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from adapters.folders import sync_folder
from adapters.ledgers.backup import places
from adapters.ledgers.holder import Holder
from adapters.ledgers.sql import SqlLedger
from runner.errors import LedgerDamaged, LedgerUnusable
from runner.ports import RESTORED, Clock

#: What SQLite keeps beside a database; moved first: on another file than their own they would do harm.
_BESIDE = ("-wal", "-shm")
#: A damaged file fails as a database, or gives back text that is no text.
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


def open_sound(where: str | Path, workbook: str, clock: Clock, say: Callable[[str], None]) -> SqlLedger:
    """The ledger, examined; put back from a copy when it is damaged or gone and there is one. Raises `LedgerUnusable`."""
    if "://" in str(where):
        return _examined(where, workbook, clock)
    path = Path(where)
    try:
        _refuse_gone(path)
        return _with_lines(_examined(path, workbook, clock), path)
    except LedgerDamaged as damage:
        try:
            with _alone(path):
                _restore(path, workbook, clock, damage, say)
        except (OSError, sqlite3.Error) as error:
            raise LedgerUnusable(f"{damage.what} It could not be put back: {error}. Mend that, and start Rowpact again.") from error
        return _examined(path, workbook, clock)


def _examined(where: str | Path, workbook: str, clock: Clock) -> SqlLedger:
    ledger = SqlLedger(where, workbook, clock)
    try:
        ledger.examine()
    except BaseException:
        ledger.close()
        raise
    return ledger


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _refuse_gone(path: Path) -> None:
    if not _holds_something(path) and _copies(path):
        raise LedgerDamaged(f"The ledger {path} is gone.")


def _with_lines(ledger: SqlLedger, path: Path) -> SqlLedger:
    """A ledger that was deleted is made anew, empty, by any command that looks into it."""
    if not ledger.lines and any(_lines_in(copy) for copy in _copies(path)) and not _lines_in(path):
        ledger.close()
        raise LedgerDamaged(f"The ledger {path} is empty.")
    return ledger


def _lines_in(file: Path) -> bool:
    """Whether it holds an audit line of any workbook; False for what is no ledger."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None
    except _UNREADABLE:
        return False


def _copies(path: Path) -> list[Path]:
    return [copy for copy in places(path) if _holds_something(copy)]


def _restore(path: Path, workbook: str, clock: Clock, damage: LedgerDamaged, say: Callable[[str], None]) -> None:
    """Raises `damage` again when nothing can be put back."""
    with suppress(LedgerUnusable):
        if _holds_something(path):
            _with_lines(_examined(path, workbook, clock), path).close()
            return  # another runner has put it back meanwhile
    _refuse_while_in_use(path, damage, clock.now())
    part = path.with_name(f"{path.name}.restored")
    for copy in _copies(path):
        taken = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
        if _made_ready(copy, part, workbook, clock, f"{damage.what} It was put back as it was on {taken:%Y-%m-%d %H:%M} UTC."):
            aside = _set_aside(path, clock.now())
            part.replace(path)
            sync_folder(path.parent)
            kept = f" What was left of it is kept as {aside.name}." if aside else ""
            say(f"{damage.what} It was put back from {copy.name} of {taken:%Y-%m-%d %H:%M} UTC, and what is newer is read from the "
                f"workbook.{kept}")  # fmt: skip
            return
    raise damage


def _made_ready(copy: Path, part: Path, workbook: str, clock: Clock, because: str) -> bool:
    """A copy of the copy, on disk, that says what it is; False when the copy is not sound either."""
    try:
        _sweep(part)
        shutil.copyfile(copy, part)
        ledger = SqlLedger(part, workbook, clock)
        try:
            ledger.examine()
            if ledger.verify():
                return False
            ledger.note(RESTORED, because)
        finally:
            ledger.close()
    except LedgerUnusable:
        return False
    with part.open("rb") as ready:
        os.fsync(ready.fileno())
    return not any(part.with_name(part.name + suffix).exists() for suffix in _BESIDE)


def _sweep(part: Path) -> None:
    for suffix in ("", *_BESIDE):
        part.with_name(part.name + suffix).unlink(missing_ok=True)


def _set_aside(path: Path, now: datetime) -> Path | None:
    """The damaged file under a dated name, with what SQLite kept beside it; None when nothing was there."""
    base = f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}"
    free = next(name for number in range(1, 1000) if not path.with_name(name := base + f"-{number}" * (number > 1)).exists())
    aside = path.with_name(free)
    for suffix in (*_BESIDE, ""):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.replace(aside.with_name(aside.name + suffix))
    return aside if aside.exists() else None


def _refuse_while_in_use(path: Path, damage: LedgerDamaged, now: datetime) -> None:
    """As far as the file can still say who has it: nobody's ledger is put back under him."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            leases = connection.execute("SELECT holder, until FROM leases").fetchall()
    except _UNREADABLE:
        return
    here = Holder.here()
    for written, until in leases:
        holder = Holder.parse(str(written))
        if holder and holder != here and not holder.dead and _moment(str(until)) > now:
            raise LedgerDamaged(f"{damage.what} {holder.named} still works with it: stop that one first.") from damage


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time puts a ledger back. The lock ends with its process, however that ends."""
    place = path.with_name(f"{path.name}.restoring")
    with closing(sqlite3.connect(place, timeout=60, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    with suppress(OSError):
        place.unlink(missing_ok=True)
