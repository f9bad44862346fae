"""Every statement of the ledger, built once: building one anew for each call would cost more than the disk does.

Invariant: each statement names the workbook, so workbooks that share a ledger never see each other.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from adapters.ledgers import schema
from runner.model import RunState
from runner.rules.replay import EDIT, EFFECT, KINDS, RUN, Kind

_Select: TypeAlias = "sa.Select[*tuple[Any, ...]]"

_ENDED = [state.value for state in RunState if state.ended]
_RUN: sa.BindParameter[str] = sa.bindparam("run")


def add_all(connection: sa.Connection, insert: sa.Insert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Execute the insert for many rows, columns in the table's order. They go to the driver as they are: it takes them so."""
    connection.exec_driver_sql(_text(connection.dialect, insert), rows)


@cache
def _text(dialect: sa.Dialect, insert: sa.Insert) -> str:
    return str(insert.compile(dialect=dialect))


@cache
def put(dialect: str, table: sa.Table, fixed: tuple[str, ...] = ()) -> sa.Insert:
    """Insert a row, or replace the one with the same key. `fixed`: columns that stay: an index over them is left in peace."""
    insert = _insert(dialect, table)
    rest = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key and column.name not in fixed}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=rest)


@cache
def put_once(dialect: str, table: sa.Table) -> sa.Insert:
    """Insert a row, or leave the one with the same key as it is."""
    return _insert(dialect, table).on_conflict_do_nothing()


def _insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _of(table: sa.Table, *columns: str) -> _Select:
    return sa.select(*(table.c[name] for name in columns)).where(table.c.workbook == sa.bindparam("workbook"))


def _live(kind: Kind) -> _Select:
    table = schema.DOCUMENTS[kind]
    query = _of(table, "id", "doc")
    if kind is EDIT:
        return query.where(table.c.landed.is_(False))
    if kind is EFFECT:
        runs = schema.DOCUMENTS[RUN]
        joined = sa.and_(runs.c.workbook == table.c.workbook, runs.c.id == table.c.run)
        return query.join(runs, joined).where(runs.c.state.not_in(_ENDED))
    if kind.fields[-1] == "archived":  # the last of a document can be seen without reading it; whoever reads it looks once more
        return query.where(table.c.doc.not_like('%"archived":true}'))
    return query


APPEND = sa.insert(schema.EVENTS)
CLAIM_KEY = sa.insert(schema.DEDUPE)
LEASE = _of(schema.LEASES, "holder", "fence", "until").with_for_update()
#: Keeps, or gives back, a lease that is still ours.
RENEW = (
    sa.update(schema.LEASES)
    .where(schema.LEASES.c.workbook == sa.bindparam("ours"), schema.LEASES.c.fence == sa.bindparam("mine"))
    .values(holder=sa.bindparam("holder"), until=sa.bindparam("until"))
)
HEAD = _of(schema.EVENTS, "seq", "hash").order_by(schema.EVENTS.c.seq.desc()).limit(1)
COUNTERS = _of(schema.COUNTERS, "name", "value")
#: The documents that belong in memory.
LIVE = {kind: _live(kind) for kind in KINDS}
#: All documents, in memory or not.
EVERY = {kind: _of(schema.DOCUMENTS[kind], "id", "doc").order_by(schema.DOCUMENTS[kind].c.id) for kind in KINDS}
#: Audit lines of these runs that want something written, oldest first.
WISHES = (
    _of(schema.EVENTS, "seq", "data")
    .where(schema.EVENTS.c.run.in_(sa.bindparam("runs", expanding=True)), schema.EVENTS.c.data.contains('"edit', autoescape=True))
    .order_by(schema.EVENTS.c.seq)
)
EFFECTS_OF_RUN = _of(schema.DOCUMENTS[EFFECT], "id", "doc").where(schema.DOCUMENTS[EFFECT].c.run == _RUN)
DOC_OF_RUN = _of(schema.DOCUMENTS[RUN], "doc").where(schema.DOCUMENTS[RUN].c.id == _RUN)
KNOWN = _of(schema.DEDUPE, "key", "run").where(
    schema.DEDUPE.c.contract == sa.bindparam("contract"), schema.DEDUPE.c.key.in_(sa.bindparam("keys", expanding=True))
)
PLAN = _of(schema.PLANS, "text").where(schema.PLANS.c.digest == sa.bindparam("digest"))
NOTE = _of(schema.NOTES, "value").where(schema.NOTES.c.name == sa.bindparam("name"))

_AFTER = _of(schema.EVENTS, *schema.EVENTS.c.keys()).where(schema.EVENTS.c.seq > sa.bindparam("after"))
#: The next audit lines, of all runs or of one.
PAGE = _AFTER.order_by(schema.EVENTS.c.seq).limit(sa.bindparam("many"))
PAGE_OF_RUN = _AFTER.where(schema.EVENTS.c.run == _RUN).order_by(schema.EVENTS.c.seq).limit(sa.bindparam("many"))


def everything(table: sa.Table) -> _Select:
    """Every row of the workbook, all columns."""
    return _of(table, *table.c.keys())
