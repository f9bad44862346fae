"""Opening the ledger's database, SQLite or PostgreSQL, so that what is committed is on disk.

Invariant: a database that cannot be used ends in one `LedgerUnusable` sentence that names it; a password is never shown.
"""

import os
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapters.ledgers import schema
from adapters.ledgers.sentences import usable
from runner.errors import LedgerDamaged, LedgerUnusable

#: Execution option of a connection that only reads, and so need not wait for the one that writes.
READS = "rowpact_reads"
#: How long another process may keep the file to itself, in seconds.
PATIENCE = 10


def place(where: str | Path) -> str:
    """What the ledger is called in sentences: the file, or the URL without its password."""
    return sa.make_url(str(where)).render_as_string(hide_password=True) if "://" in str(where) else str(where)


class OpenedFile:
    """The file that was opened: what is written into one that was deleted or replaced since is lost."""

    def __init__(self, where: str | Path) -> None:
        self._path = None if "://" in str(where) else str(where)
        self._inode = self._stands()

    def refuse_another(self) -> None:
        """Raises `LedgerDamaged` when it stands there no more. Costs one stat."""
        if self._stands() != self._inode:
            raise LedgerDamaged(f"The ledger {self._path} was taken away or replaced while Rowpact ran.", "Start Rowpact again.")

    def _stands(self) -> int | None:
        try:
            return os.stat(self._path).st_ino if self._path else None  # noqa: PTH116 - asked before every effect
        except OSError:
            return None


def connect(where: str | Path) -> sa.Engine:
    """An engine for the file or URL, with the newest tables in place. Raises `LedgerUnusable`."""
    name, deadline = place(where), time.monotonic() + PATIENCE
    with usable(name):
        while True:
            engine = _engine(where, name)
            try:
                _bring_up_to_date(engine, name)
            except sa.exc.OperationalError as error:
                engine.dispose()
                # SQLite does not wait by itself for a process that is just opening or closing the same file
                if "database is locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            except BaseException:
                engine.dispose()
                raise
            else:
                return engine


def _engine(where: str | Path, name: str) -> sa.Engine:
    if "://" not in str(where):
        if not Path(where).absolute().parent.is_dir():
            raise LedgerUnusable(
                f"The ledger {name} cannot be made: there is no folder {Path(where).absolute().parent}. Make it first."
            )
        return _sqlite(sa.URL.create("sqlite", database=str(where)))
    url = sa.make_url(str(where))
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "postgresql":
        raise LedgerUnusable(
            f'The ledger {name} is of an unknown sort. Give a file name, or a URL that begins with "postgresql://".'
        )
    try:
        return _postgresql(url)
    except ModuleNotFoundError:
        raise LedgerUnusable(
            f'The ledger {name} is in PostgreSQL, but the driver for it is not installed. Run: pip install "psycopg[binary]"'
        ) from None


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE}, paramstyle="qmark")

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver at the first write
        connection.execute("PRAGMA journal_mode=WAL")
        # NORMAL does not sync at commit in WAL mode: a power cut could take an intent back after its effect.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone stops at the disk's own cache

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READS) else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, pool_pre_ping=True, paramstyle="format")

    # Before SQLAlchemy's own first look, so that it too finds the tables in their room and not beside another program's.
    @sa.event.listens_for(engine, "connect", insert=True)
    def _configure(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            if cursor.execute("SELECT to_regnamespace('rowpact')").fetchone()[0] is None:
                cursor.execute("CREATE SCHEMA IF NOT EXISTS rowpact")
            cursor.execute("SET search_path TO rowpact")
            cursor.execute("SET synchronous_commit TO on")
        connection.commit()

    return engine


def reading(engine: sa.Engine) -> sa.Engine:
    """The same database for reads: each transaction sees one moment and locks nobody out."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READS: True})
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _bring_up_to_date(engine: sa.Engine, name: str) -> None:
    version = _version(engine)
    if version is None:
        with engine.begin() as connection:  # of two that start at once, the second finds the tables here
            _lock_creation(connection)
            tables = sa.inspect(connection).get_table_names()
            if tables and schema.VERSION.name not in tables:
                raise LedgerUnusable(
                    f"{name} is a database of another program, not a Rowpact ledger. Nothing was changed. "
                    "Name another file under ledger."
                )
            if not tables:
                schema.create(connection)
    elif version not in ("", *schema.VERSIONS):
        raise LedgerUnusable(
            f"The ledger {name} was made by a newer Rowpact (its tables are version {version}). Nothing was changed. "
            "Update this Rowpact."
        )
    elif version != schema.VERSIONS[-1]:
        from adapters.ledgers.migrations import upgrade  # takes a while to import, and is due only after an update

        upgrade(engine)


def _lock_creation(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7271)")


def _version(engine: sa.Engine) -> str | None:
    """The version of the tables: None when they do not say, "" when they are about to be made by a migration."""
    with reading(engine).connect() as connection:
        try:
            return connection.execute(sa.select(schema.VERSION.c.version_num)).scalar() or ""
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            if "alembic_version" not in str(error.orig):
                raise
            return None
