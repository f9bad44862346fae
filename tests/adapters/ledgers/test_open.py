"""Opening: a new file, an old one, a newer one, somebody else's, and one that is damaged."""

import os
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapters.ledgers import migrations, schema
from adapters.ledgers.database import connect, place
from adapters.ledgers.migrations import upgrade
from adapters.ledgers.sentences import sentence
from adapters.ledgers.sql import SqlLedger
from runner.errors import LedgerUnusable


def tables_of(path: Path) -> dict[str, tuple[object, ...]]:
    """Every table's columns, keys and indexes, and every trigger's text, whatever the spelling of its DDL."""
    connection = sqlite3.connect(path)
    found: dict[str, tuple[object, ...]] = {}
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        if kind == "table":
            found[name] = (connection.execute(f"PRAGMA table_info({name})").fetchall(),)
        elif sql:
            found[name] = (" ".join(sql.split()),)
    connection.close()
    return found


def as_before_the_first_migration(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.commit()
    connection.close()


def test_the_migrations_make_exactly_the_tables_of_a_new_ledger(tmp_path):
    migrated, new = tmp_path / "migrated.ledger", tmp_path / "new.ledger"
    as_before_the_first_migration(migrated)
    connect(migrated).dispose()
    engine = connect(new)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()
    assert {name: made for name, made in tables_of(migrated).items() if name != "alembic_version"} == {
        name: made for name, made in tables_of(new).items() if name != "alembic_version"
    }


def test_the_versions_named_in_the_schema_are_the_migrations_there_are():
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == schema.VERSIONS


def test_a_ledger_of_an_earlier_version_is_brought_up_to_date_and_used(path, clock, story):
    as_before_the_first_migration(path)
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.record(story.life(1))
    assert ledger.verify() == []
    ledger.close()


def test_an_upgrade_that_is_not_due_changes_nothing(path):
    engine = connect(path)
    before = tables_of(path)
    upgrade(engine)
    engine.dispose()
    assert tables_of(path) == before


def test_a_ledger_of_a_newer_version_is_left_alone(path):
    connect(path).dispose()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerUnusable, match=r"business\.ledger was made by a newer Rowpact.*Update this Rowpact"):
        connect(path)


def test_another_programs_database_is_left_alone(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerUnusable, match="another program"):
        connect(path)
    assert list(tables_of(path)) == ["songs"]


def test_a_file_of_garbage_is_said_to_be_damaged(path, clock):
    path.write_bytes(b"PK\x03\x04" + os.urandom(5000))
    with pytest.raises(LedgerUnusable, match=r"business\.ledger is damaged\. Put the newest backup"):
        SqlLedger(path, "business.xlsx", clock)


@pytest.mark.parametrize("kept", [50, 4096, 30_000])
def test_a_truncated_file_is_said_to_be_damaged(path, clock, story, kept):
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.record([event for number in range(1, 60) for event in story.life(number)])
    ledger.release()
    ledger.close()
    assert path.stat().st_size > 60_000
    os.truncate(path, kept)
    with pytest.raises(LedgerUnusable, match=r"business\.ledger is damaged"):
        SqlLedger(path, "business.xlsx", clock)


def test_an_empty_file_becomes_a_ledger(path, clock):
    path.touch()
    SqlLedger(path, "business.xlsx", clock).close()
    assert "events" in tables_of(path)


def test_a_record_that_was_changed_past_reading_is_named(path, clock, story):
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.record([story.started(1)])
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET doc = substr(doc, 1, 40)")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerUnusable, match="holds about run R-0001 was changed from outside"):
        SqlLedger(path, "business.xlsx", clock)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LedgerUnusable, match=r"there is no folder .*nowhere"):
        connect(tmp_path / "nowhere" / "business.ledger")


def test_a_folder_in_place_of_the_file_is_said_to_be_one(tmp_path):
    with pytest.raises(LedgerUnusable, match="it is a folder"):
        connect(tmp_path)


@pytest.mark.usefixtures("ordinary_user")
def test_a_read_only_file_is_said_to_be_one(path, clock):
    connect(path).dispose()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(LedgerUnusable, match=r"read-only|may not"):
            SqlLedger(path, "business.xlsx", clock).acquire("here:1:a", clock.now())
    finally:
        path.parent.chmod(0o755)


def test_an_unknown_sort_of_database_is_refused():
    with pytest.raises(LedgerUnusable, match="unknown sort"):
        connect("mysql://ana@127.0.0.1/business")


def test_a_file_may_also_be_named_as_a_url(path):
    connect(f"sqlite:///{path}").dispose()
    assert "events" in tables_of(path)


def test_a_missing_driver_is_named_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnusable, match="pip install"):
        connect("postgresql://ana@127.0.0.1/business")


def test_what_nobody_foresaw_is_said_in_the_databases_own_words():
    odd = sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("the moon is full\nsecond line"))
    assert sentence("a.ledger", odd) == "The ledger a.ledger cannot be used just now. The database says: the moon is full"


def test_a_password_is_never_shown():
    assert place("postgresql://ana:hunter2@127.0.0.1/business") == "postgresql://ana:***@127.0.0.1/business"


def test_a_server_that_is_not_there_is_said_to_be_away():
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    with pytest.raises(LedgerUnusable, match="cannot be reached") as caught:
        connect("postgresql://ana:hunter2@127.0.0.1:1/business")
    assert "hunter2" not in str(caught.value)


def test_every_commit_is_on_disk_before_it_is_acknowledged(path):
    """A kill cannot show this, only a power cut could: in WAL mode anything below FULL (2) leaves the last commits to luck."""
    engine = connect(path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_two_that_make_the_same_new_ledger_at_once_both_get_it(path, monkeypatch):
    """The first look of the second comes before the tables of the first."""
    from adapters.ledgers import database

    seen = iter([None])
    first = connect(path)
    monkeypatch.setattr(database, "_version", lambda _engine: next(seen))
    second = connect(path)
    with second.connect() as connection:
        assert "events" in sa.inspect(connection).get_table_names()
    first.dispose()
    second.dispose()


def test_a_backup_is_whole_while_the_ledger_is_in_use(path, tmp_path, clock, story):
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.record([*story.life(1), story.started(2)])
    ledger.backup(tmp_path / "copy.ledger")
    ledger.record([story.intent(2)])
    copy = SqlLedger(tmp_path / "copy.ledger", "business.xlsx", clock)
    assert len(list(copy.events())) == 5
    assert copy.verify() == []
    copy.close()
    assert list(tmp_path.glob("*.part*")) == []
    with pytest.raises(LedgerUnusable, match="could not be copied"):
        ledger.backup(tmp_path / "nowhere" / "copy.ledger")
    ledger.close()


def test_a_ledger_on_a_server_says_how_it_is_backed_up(where, ledger, tmp_path):
    if "://" not in where:
        ledger.backup(tmp_path / "copy.ledger")
        return
    with pytest.raises(LedgerUnusable, match="pg_dump"):
        ledger.backup(tmp_path / "copy.ledger")
