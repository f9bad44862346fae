"""Reading the audit trail line by line, however long it is.

Invariant: no more than one page of lines is in memory.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import sqlalchemy as sa

from adapters.ledgers import statements

#: A stored audit line; its columns are those of `schema.EVENTS`.
Line: TypeAlias = sa.Row[Any]
#: Lines read at a time.
PAGE = 500


def page(connection: sa.Connection, workbook: str, *, after: int = 0, run: str = "", many: int = PAGE) -> list[Line]:
    """At most `many` lines that follow line `after`, of all runs or of one."""
    query = statements.PAGE_OF_RUN if run else statements.PAGE
    return list(connection.execute(query, {"workbook": workbook, "after": after, "run": run, "many": many}).all())


def lines(connection: sa.Connection, workbook: str, run: str = "", *, after: int = 0) -> Iterator[Line]:
    """Every line after this one, of all runs or of one, as the connection's transaction sees them."""
    while found := page(connection, workbook, after=after, run=run):
        yield from found
        after = found[-1].seq
