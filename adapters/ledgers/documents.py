"""What stands in the tables as what the runner works with: a record as a row and back, an audit line as an event.

Invariant: the same record always gives the same row, so the ledger's own check compares rows, not meanings.
"""

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.ledgers import schema
from adapters.ledgers.chain import storable
from runner.errors import LedgerDamaged
from runner.model import Event
from runner.rules.replay import EFFECT, Change, Kind, Record, whole
from runner.values import dump, load

#: Kind → the columns that copy a text field or a yes/no field of the record.
_COPIES = {
    kind: tuple(name for name in table.c.keys() if name not in ("workbook", "id", "doc"))  # noqa: SIM118
    for kind, table in schema.DOCUMENTS.items()
}
_NUMBERED = re.compile(r"([A-Z]+)-(\d{1,15})").fullmatch


def row(workbook: str, kind: Kind, key: str, record: Record) -> tuple[Any, ...]:
    """The record's row: the values of its table's columns, in their order, `doc` last."""
    values = [getattr(record, name) for name in _COPIES[kind]]
    copies = [value if isinstance(value, bool) else storable(str(value)) for value in values]
    return (workbook, storable(key), *copies, storable(dump(whole(record))))


def restore(kind: Kind, key: str, doc: str, ledger: str) -> Any:
    """The record of a row. Raises `LedgerDamaged` when the document is not what was stored."""
    try:
        return kind.make(None, load(doc))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LedgerDamaged(
            f"What the ledger {ledger} holds about {kind.name} {key} was changed from outside and cannot be read.",
            "Put the newest backup of the ledger in its place: `rowpact run` does so by itself where it has kept one.",
        ) from None


def event(line: "sa.Row[Any]") -> Event:
    """The event of an audit line. Raises ValueError when its facts are no JSON."""
    fields = {name: value for name, value in line._mapping.items() if name not in ("workbook", "previous")}  # noqa: SLF001
    return Event(**fields | {"time": datetime.fromisoformat(line.time), "data": load(line.data)})


def numbered(change: Change) -> tuple[str, int]:
    """Letter and number of the record's id; `("", 0)` when it is not of that form, or has no id of its own."""
    found = None if change.kind is EFFECT else _NUMBERED(change.key.rpartition("/")[2])
    return (found[1], int(found[2])) if found else ("", 0)
