"""Opening a ledger where config.toml says it is: a file, or an address in PostgreSQL with the password in place of its mark.

Invariant: the password goes to the server of that very address, which config.toml must name for it; no sentence shows it.
"""

from pathlib import Path

import sqlalchemy as sa

from adapters.ledgers.backup import copy_files
from adapters.ledgers.database import place
from adapters.ledgers.sql import SqlLedger
from runner.errors import ActionFailed, LedgerUnusable
from runner.ports import Clock, Secrets


def revealed(where: str, secrets: Secrets) -> str:
    """What `SqlLedger` opens. Raises `LedgerUnusable`."""
    url = sa.make_url(where) if "://" in where else None
    if url is None or not url.password:
        return where
    try:
        # put in as a part of the address, not into its text: a password may hold any sign
        password = secrets.reveal(str(url.password), f"{url.host or 'localhost'}:{url.port or 5432}")
    except ActionFailed as error:
        raise LedgerUnusable(f"The ledger {place(where)} cannot be opened. {error}") from None
    return url.set(password=password).render_as_string(hide_password=False)


def to_read_from(where: str, workbook: str, clock: Clock, folder: Path) -> SqlLedger | None:
    """The ledger, or a copy of its file in `folder`, because opening a file would change it. None when there is none yet."""
    if "://" in where:
        return SqlLedger(where, workbook, clock)
    return SqlLedger(copy_files(Path(where), folder), workbook, clock) if Path(where).exists() else None
