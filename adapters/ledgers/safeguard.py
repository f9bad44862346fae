"""Proves that the ledger is sound and keeps a copy of it beside it.

Invariant: no copy is kept of a ledger that says anything is wrong with it.
"""

from pathlib import Path

from adapters.ledgers.backup import keep
from adapters.ledgers.sql import SqlLedger

#: Up to so many audit lines everything is gone through, which takes seconds; beyond, the newest ones and the file itself.
ALL = 20_000


def safeguard(ledger: SqlLedger, where: str | Path) -> list[str]:
    """A sentence for each thing that is wrong with the trail. Raises `LedgerDamaged`; `LedgerUnusable` when no copy can be made."""
    ledger.examine()
    wrong = ledger.verify() if ledger.lines <= ALL else []
    if not wrong and "://" not in str(where):
        keep(ledger.backup, Path(where))
    return wrong
