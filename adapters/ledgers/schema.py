"""The ledger's tables, each described once; `migrations` builds the same ones step by step, and a test compares the two.

Invariant: `events` is only ever added to, and the database itself refuses anything else. Every row says whose workbook it is of.
"""

import sqlalchemy as sa

from runner.rules.replay import ASK, EDIT, EFFECT, ROW, RUN, TEXT, Kind

#: Every version of the tables, oldest first: the names of the migrations.
VERSIONS = ("0001", "0002")

metadata = sa.MetaData()


def _key(name: str, kind: type[sa.types.TypeEngine[str] | sa.types.TypeEngine[int]] = sa.Text) -> "sa.Column[object]":
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False)


#: The audit trail. `time` is ISO in UTC, `data` canonical JSON, `hash` covers every other column and the hash before it.
EVENTS = sa.Table(
    "events",
    metadata,
    _key("workbook"),
    _key("seq", sa.BigInteger),
    _text("time"),
    _text("kind"),
    _text("run"),
    _text("contract"),
    _text("step"),
    _number("attempt"),
    _text("result"),
    _text("who"),
    _text("detail"),
    _text("data"),
    _text("previous"),
    _text("hash"),
    sa.Index("events_of_run", "workbook", "run"),
)


def _documents(kind: Kind, *columns: "sa.Column[str] | sa.Column[bool]", index: str) -> sa.Table:
    """Present state of one kind of record: `doc` is the whole record as JSON, the other columns are copies to search by."""
    name = kind.plural
    return sa.Table(
        name, metadata, _key("workbook"), _key("id"), *columns, _text("doc"), sa.Index(f"{name}_by_{index}", "workbook", index)
    )


def _landed() -> "sa.Column[bool]":
    return sa.Column("landed", sa.Boolean, nullable=False)


#: Kind of record → the table with its present state.
DOCUMENTS = {
    RUN: _documents(RUN, _text("contract"), _text("state"), index="state"),
    EFFECT: _documents(EFFECT, _text("run"), _text("state"), index="run"),
    ASK: _documents(ASK, _text("run"), _text("state"), index="state"),
    EDIT: _documents(EDIT, _text("tab"), _landed(), index="landed"),
    ROW: _documents(ROW, _text("tab"), _landed(), index="landed"),
    TEXT: _documents(TEXT, _text("run"), index="run"),
}

#: Two events with one key are one event, for ever: kept longer than the run.
DEDUPE = sa.Table("dedupe", metadata, _key("workbook"), _key("contract"), _key("key"), _text("run"))

#: Contract texts under their SHA-256.
PLANS = sa.Table("plans", metadata, _key("workbook"), _key("digest"), _text("text"))

#: Who may write for a workbook, until when (ISO, UTC); `fence` grows with every new holder. A free one has no holder.
LEASES = sa.Table("leases", metadata, _key("workbook"), _text("holder"), _number("fence"), _text("until"))

#: The last number given of each letter, and under `AUDIT` the last line written: a trail cut short is noticed.
AUDIT = "audit"
COUNTERS = sa.Table("counters", metadata, _key("workbook"), _key("name"), _number("value"))

#: Small facts about the runner itself, outside the chain.
NOTES = sa.Table("notes", metadata, _key("workbook"), _key("name"), _text("value"))

VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))

_REFUSAL = "the audit trail can only be added to"
#: What makes the database itself refuse to change or remove an audit line: dialect → statements.
APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        f"CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_refuse()",
        "CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()",
    ),
}


def create(connection: sa.Connection) -> None:
    """Make every table of the newest version in an empty database, and say which version it is."""
    metadata.create_all(connection)
    for statement in APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    VERSION.create(connection)
    connection.execute(sa.insert(VERSION), {"version_num": VERSIONS[-1]})
