"""Whether the ledger is sound: a look that costs little, at every start of the runner and once a day.

Invariant: bounded, however long the trail is: SQLite's own quick check of its pages, and the newest lines of the chain. `verify`
goes through everything.
"""

import sqlalchemy as sa

from adapters.ledgers import schema, statements
from adapters.ledgers.chain import COVERED, link
from adapters.ledgers.trail import lines

#: How many of the newest audit lines are recomputed.
NEWEST = 1000


def examine(connection: sa.Connection, workbook: str) -> str:
    """What is wrong with the ledger, as the end of a sentence; "" when nothing was found."""
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            return f"its file says {' '.join(str(said).split())}"
    head = connection.execute(statements.HEAD, {"workbook": workbook}).one_or_none()
    counters = {name: int(value) for name, value in connection.execute(statements.COUNTERS, {"workbook": workbook})}
    written = counters.get(schema.AUDIT, 0)
    if written != (head.seq if head else 0):
        return f"{written} audit lines were written, and the last one there is {head.seq if head else 0}"
    last = None
    for line in lines(connection, workbook, after=max(0, written - NEWEST)):
        columns = line._mapping  # noqa: SLF001
        if link(line.previous, tuple(columns[name] for name in COVERED), line.data) != line.hash:
            return f"audit line {line.seq} is not as it was written"
        if last is not None and line.previous != last.hash:
            return f"audit line {line.seq} does not follow from the one before it"
        last = line
    return ""
