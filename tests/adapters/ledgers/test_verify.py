"""The audit trail cannot be changed, and when it is changed all the same, verify says where."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.ledgers import schema
from adapters.ledgers.chain import COVERED, link
from adapters.ledgers.database import connect
from adapters.ledgers.sql import SqlLedger
from runner.model import Edit, Event, ModelText, NamedRow
from runner.rules.replay import whole
from runner.values import digest, dump


@pytest.fixture
def full(path: Path, clock, story) -> SqlLedger:
    """A ledger in a file, with something in every table."""
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.keep_plan(digest("plan"), dump("plan"))
    ledger.record([*story.life(1), story.started(2), story.intent(2), story.asked(2)])
    facts = {"edit": whole(Edit(id="E-0001", tab="Leads", match={"Row ID": "L-1"}, cells={"State": "Won"}))}
    ledger.record(
        [
            Event(kind="acted", data={**facts, "row": whole(NamedRow(id="L-1", tab="Leads")), "text": whole(ModelText(id="m"))}),
            story.receipt(2),
        ]
    )
    assert ledger.verify() == []
    yield ledger
    ledger.close()


@pytest.fixture
def tamper(path: Path) -> Callable[..., int]:
    """Runs SQL past the runner, with the database's own refusals taken away first."""

    def run(statement: str, *values: object) -> int:
        connection = sqlite3.connect(path)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        changed = connection.execute(statement, values).rowcount
        connection.commit()
        connection.close()
        return changed

    return run


@pytest.mark.parametrize("statement", ["UPDATE events SET detail = 'x' WHERE seq = 1", "DELETE FROM events WHERE seq = 2"])
def test_the_database_itself_refuses_to_change_an_audit_line(where, ledger, workbook, story, statement):
    ledger.record(story.life(1))
    engine = connect(where)
    with pytest.raises(sa.exc.DBAPIError, match="can only be added to"), engine.begin() as connection:
        connection.exec_driver_sql(f"{statement} AND workbook = '{workbook}'")
    engine.dispose()
    assert ledger.verify() == []


@pytest.mark.parametrize("column", [column.name for column in schema.EVENTS.columns if column.name != "seq"])
def test_one_changed_character_in_any_column_of_a_line_is_found(full, tamper, column):
    expected = "Audit line 3 was changed after it was written." if column != "workbook" else "Audit line 3 is missing."
    new = "attempt + 1" if column == "attempt" else f"{column} || ' '"
    assert tamper(f"UPDATE events SET {column} = {new} WHERE seq = 3") == 1
    assert full.verify()[0] == expected


@pytest.mark.parametrize("seq", range(1, 10))
def test_a_changed_result_is_found_in_whatever_line_it_stands(full, tamper, seq):
    tamper("UPDATE events SET result = 'nothing' WHERE seq = ?", seq)
    assert full.verify() == [f"Audit line {seq} was changed after it was written."]


def test_a_line_taken_out_is_found(full, tamper):
    tamper("DELETE FROM events WHERE seq IN (4, 5)")
    assert full.verify()[0] == "Audit lines 4 to 5 are missing."


def test_a_line_moved_elsewhere_is_found(full, tamper):
    tamper("UPDATE events SET seq = 99 WHERE seq = 3")
    said = full.verify()
    assert said[0] == "Audit line 3 is missing."
    assert "Audit lines 10 to 98 are missing." in said


def test_a_trail_cut_short_is_found(full, tamper):
    tamper("DELETE FROM events WHERE seq = 9")
    assert "The audit trail was cut short: 9 lines were written, the last one there is 8." in full.verify()


def test_a_line_replaced_with_a_hash_that_fits_it_is_found(full, tamper):
    connection = sqlite3.connect(full._name)
    previous, data, *columns = connection.execute(
        f"SELECT previous, data, {', '.join(COVERED)} FROM events WHERE seq = 3"
    ).fetchone()
    connection.close()
    columns[COVERED.index("detail")] = "Nothing was sent."
    tamper("UPDATE events SET detail = ?, hash = ? WHERE seq = 3", "Nothing was sent.", link(previous, columns, data))
    assert full.verify() == ["Audit line 4 does not follow from the line before it: one of the two was replaced."]


def test_a_line_whose_facts_cannot_be_read_ends_the_comparison(full, tamper):
    tamper("UPDATE events SET data = '{' WHERE seq = 2")
    said = full.verify()
    assert said[0] == "Audit line 2 was changed after it was written."
    assert said[1].startswith("Audit line 2 cannot be read back")


def test_rows_of_an_older_version_which_lack_what_came_later_are_sound(full, tamper):
    assert tamper("UPDATE runs SET doc = replace(doc, ',\"spent\":{}', '')") > 0
    assert full.verify() == []
    tamper("UPDATE runs SET doc = replace(doc, ',\"key\":', ',\"clef\":')")
    assert full.verify() != []


@pytest.mark.parametrize(
    ("table", "column"),
    [(table.name, column.name) for table in schema.DOCUMENTS.values() for column in table.columns if column.name != "workbook"],
)
def test_a_change_to_any_column_of_the_state_is_found(full, tamper, table, column):
    new = f"1 - {column}" if column == "landed" else f"{column} || ' '"
    assert tamper(f"UPDATE {table} SET {column} = {new}") > 0
    assert any(f" {table[:-1]} " in said for said in full.verify())


@pytest.mark.parametrize("table", [table.name for table in schema.DOCUMENTS.values()])
def test_a_record_taken_away_is_found(full, tamper, table):
    assert tamper(f"DELETE FROM {table}") > 0
    assert any(said.startswith(f"The ledger no longer holds {table[:-1]} ") for said in full.verify())


def test_a_forgotten_and_an_invented_key_are_found(full, tamper):
    tamper("DELETE FROM dedupe WHERE key = 'lead-1'")
    tamper("INSERT INTO dedupe VALUES ('business.xlsx', 'Follow up', 'lead-9', 'R-0009')")
    said = full.verify()
    assert "The key lead-1 of Follow up is no longer kept for run R-0001: the same event could be carried out again." in said
    assert "The key lead-9 of Follow up is kept for run R-0009, but the audit lines do not say so." in said


def test_a_count_set_back_is_found(full, tamper):
    tamper("UPDATE counters SET value = 1 WHERE name = 'R'")
    assert full.verify() == ["The count for numbers that begin with R was changed: R-0002 could be given again."]


def test_a_changed_contract_text_is_found(full, tamper):
    tamper("UPDATE plans SET text = 'other'")
    assert full.verify()[0].endswith("was changed after it was written.")


def test_a_ledger_that_is_wrong_everywhere_is_not_told_line_by_line(path, clock):
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("here:1:a", clock.now())
    ledger.record([Event(kind="noted") for _ in range(80)])
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("UPDATE events SET who = 'Somebody'")
    connection.commit()
    connection.close()
    said = ledger.verify()
    assert len(said) == 51
    assert said[-1].startswith("There are more")
    ledger.close()


def test_a_file_with_damaged_pages_is_said_to_be_damaged(full, path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_of_run'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    full.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    said = full.verify()
    assert len(said) == 1
    assert said[0].startswith("The file of the ledger is damaged")
