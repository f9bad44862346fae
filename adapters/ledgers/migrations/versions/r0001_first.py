"""The first tables: the audit trail and what it adds up to, dedupe keys, plans, leases, counters, notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_REFUSAL = "the audit trail can only be added to"


def upgrade() -> None:
    """Make the tables."""
    _table("events", _key("workbook"), _key("seq", sa.BigInteger()), *_EVENT_COLUMNS)
    op.create_index("events_of_run", "events", ["workbook", "run"])
    _append_only()
    _documents("runs", _text("contract"), _text("state"), index="state")
    _documents("effects", _text("run"), _text("state"), index="run")
    _documents("asks", _text("run"), _text("state"), index="state")
    _documents("edits", _text("tab"), _landed(), index="landed")
    _documents("rows", _text("tab"), _landed(), index="landed")
    _table("dedupe", _key("workbook"), _key("contract"), _key("key"), _text("run"))
    _table("plans", _key("workbook"), _key("digest"), _text("text"))
    _table("leases", _key("workbook"), _text("holder"), _number("fence"), _text("until"))
    _table("counters", _key("workbook"), _key("name"), _number("value"))
    _table("notes", _key("workbook"), _key("name"), _text("value"))


def _key(name: str, kind: "sa.types.TypeEngine[str] | sa.types.TypeEngine[int] | None" = None) -> "sa.Column[object]":
    return sa.Column(name, kind or sa.Text(), primary_key=True, autoincrement=False)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _landed() -> "sa.Column[bool]":
    return sa.Column("landed", sa.Boolean(), nullable=False)


_EVENT_COLUMNS = (
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
)


def _table(name: str, *columns: "sa.Column[object] | sa.Column[str] | sa.Column[int] | sa.Column[bool]") -> None:
    op.create_table(name, *columns)


def _documents(name: str, *columns: "sa.Column[str] | sa.Column[bool]", index: str) -> None:
    _table(name, _key("workbook"), _key("id"), *columns, _text("doc"))
    op.create_index(f"{name}_by_{index}", name, ["workbook", index])


def _append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(f"CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$")
    op.execute("CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_refuse()")
    op.execute("CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()")
