"""What only the ledger's history says: everything there ever was, and what came before what.

Invariant: read page by page, in one moment of the ledger, locking nobody out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from adapters.ledgers import statements
from adapters.ledgers.documents import restore
from adapters.ledgers.sentences import usable
from adapters.ledgers.trail import PAGE
from runner.model import Edit
from runner.rules.replay import EDIT, Kind
from runner.values import load


def every(reads: sa.Engine, workbook: str, kind: Kind, name: str) -> Iterator[Any]:
    """Every record of the kind, archived ones too, in order of their ids."""
    query = statements.EVERY[kind].execution_options(yield_per=PAGE)
    with usable(name), reads.connect() as connection:
        for key, doc in connection.execute(query, {"workbook": workbook}):
            yield restore(kind, key, doc, name)


def as_wanted(connection: sa.Connection, workbook: str, edits: Mapping[str, Edit]) -> dict[str, Edit]:
    """The edits in the order in which they were first wanted: the later one writes over the earlier, and a table keeps no order."""
    if len(edits) < 2:
        return dict(edits)
    since: dict[str, tuple[int, int]] = {}
    runs = sorted({edit.run for edit in edits.values()})
    for start in range(0, len(runs), PAGE):
        values = {"workbook": workbook, "runs": runs[start : start + PAGE]}
        for seq, text in connection.execute(statements.WISHES, values):
            data = load(text)
            for place, wanted in enumerate([data.get(EDIT.name) or {}, *data.get(EDIT.plural, ())]):
                since.setdefault(wanted.get("id", ""), (seq, place))
    return dict(sorted(edits.items(), key=lambda item: since.get(item[0], (0, 0))))
