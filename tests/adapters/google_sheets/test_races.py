"""People are faster than the runner between its last look and its write: each status finds its row, nothing of theirs is lost."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.workbooks.google_sheets import GoogleWorkbook
from runner.errors import WorkbookBusy, WorkbookChanged
from runner.model import RowEdit, Snapshot
from tests.adapters.google_sheets.conftest import GoogleDesk
from tests.conftest import NOW, FixedClock
from tests.servers.sheets import PersonTab, SheetsServer

HEADERS = ["Row ID", "Name", "Run", "Note"]
CALLS = ("values.batchGetByDataFilter", "spreadsheets.batchUpdate")


def insert(tab: PersonTab, pick: int) -> None:
    tab.insert_row(2 + pick % len(tab.rows))


def delete(tab: PersonTab, pick: int) -> None:
    if len(tab.records) > 2:
        tab.delete_row(2 + pick % (len(tab.rows) - 1))


def sort(tab: PersonTab, pick: int) -> None:
    tab.sort(("Name", "Note", "Row ID")[pick % 3], downwards=bool(pick % 2))


def move_row(tab: PersonTab, pick: int) -> None:
    tab.move_row(2 + pick % (len(tab.rows) - 1), 2 + pick // 3 % len(tab.rows))


def move_column(tab: PersonTab, pick: int) -> None:
    tab.move_column(1 + pick % 4, 1 + pick // 4 % 4)


def insert_column(tab: PersonTab, pick: int) -> None:
    tab.insert_column(1 + pick % 4)


def rename(tab: PersonTab, pick: int) -> None:
    tab.rename(("Leads", "Prospects")[pick % 2])


DOINGS: tuple[Callable[[PersonTab, int], None], ...] = (insert, delete, sort, move_row, move_column, insert_column, rename)
Strike = st.tuples(st.sampled_from(CALLS), st.sampled_from(DOINGS), st.integers(0, 30))


def say(book: GoogleWorkbook, snapshot: Snapshot) -> None:
    """Every row's status, wherever it is missing."""
    tab = snapshot.tab("Leads") or snapshot.tab("Prospects")
    assert tab
    edits = [
        RowEdit(tab=tab.name, row=row.number, cells={"Run": f"of {row.text('Row ID')}"})
        for row in tab.rows
        if row.text("Row ID") and row.text("Run") != f"of {row.text('Row ID')}"
    ]
    book.write(edits, snapshot)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rounds=st.lists(st.lists(Strike, max_size=2, unique_by=lambda strike: strike[0]), min_size=1, max_size=4))
def test_every_status_finds_its_row_and_nothing_of_theirs_is_lost(rounds: list[list[tuple[str, Callable[..., None], int]]]) -> None:
    with SheetsServer() as google:
        desk = GoogleDesk(google, FixedClock(NOW))
        book = desk.lay_out({"Leads": [HEADERS, *([f"L-{n}", f"n{n}", None, f"note {9 - n}"] for n in range(6))]})
        leads = desk.sheet.tab("Leads")
        expected = {f"L-{n}": (f"n{n}", f"note {9 - n}") for n in range(6)}
        for strikes in [*rounds, [], [], []]:
            waiting = list(strikes)

            def between(call: str, waiting: list[tuple[str, Callable[..., None], int]] = waiting) -> None:
                for strike in [each for each in waiting if each[0] == call][:1]:
                    waiting.remove(strike)
                    strike[1](leads, strike[2])
                    there = {str(row["Row ID"]) for row in leads.records if row.get("Row ID")}
                    for gone in expected.keys() - there if strike[1] is delete else ():
                        del expected[gone]

            snapshot = book.read()
            google.between = between
            with suppress(WorkbookChanged, WorkbookBusy):
                say(book, snapshot)
            google.between = None
            wrong = [row for row in leads.records if row["Run"] not in (None, f"of {row['Row ID']}")]
            assert wrong == []
        rows = {str(row["Row ID"]): (row["Name"], row["Note"]) for row in leads.records if row["Row ID"]}
        assert rows == expected
        assert {row["Run"] for row in leads.records if row["Row ID"]} == {f"of {row_id}" for row_id in expected}
        assert all(row["Run"] == f"of {row['Row ID']}" for row in leads.records if row["Row ID"])
        assert google.violations == []
