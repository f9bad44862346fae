"""Everything there ever was, for whoever counts it: records that have left memory too.

Invariant: read page by page, in one moment of the ledger, locking nobody out.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from adapters.ledgers import statements
from adapters.ledgers.documents import restore
from adapters.ledgers.sentences import usable
from adapters.ledgers.trail import PAGE
from runner.rules.replay import Kind


def every(reads: sa.Engine, workbook: str, kind: Kind, name: str) -> Iterator[Any]:
    """Every record of the kind, archived ones too, in order of their ids."""
    query = statements.EVERY[kind].execution_options(yield_per=PAGE)
    with usable(name), reads.connect() as connection:
        for key, doc in connection.execute(query, {"workbook": workbook}):
            yield restore(kind, key, doc, name)
