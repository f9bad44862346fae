"""How many calls a Google sheet costs, and what is never called."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.workbooks.google_sheets import GoogleWorkbook
from runner.model import RowEdit, TabEdit
from runner.values import Value
from tests.adapters.google_sheets.conftest import GoogleDesk

ROOT = Path(__file__).parents[3]
READ, IDS, WRITE, LIST, FORMATS = (
    "values.batchGetByDataFilter",
    "values.batchGetByDataFilter",
    "spreadsheets.batchUpdate",
    "spreadsheets.get",
    "spreadsheets.getByDataFilter",
)
TABS: dict[str, list[list[Value]]] = {f"Tab {number}": [["Name", "Run"], ["Ana"], ["Bo"]] for number in range(12)}


@pytest.fixture
def book(google_desk: GoogleDesk) -> GoogleWorkbook:
    """Twelve tabs, looked at once."""
    made = google_desk.lay_out(TABS)
    made.read()
    google_desk.google.calls.clear()
    return made


def test_a_look_at_twelve_tabs_is_one_call_and_reading_it_costs_no_other(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    assert book.version() == book.read().version
    assert google_desk.google.counts() == {READ: 1}


def test_the_list_of_tabs_is_read_at_the_start_and_then_every_five_minutes(google_desk: GoogleDesk) -> None:
    book = google_desk.lay_out(TABS)
    for _ in range(5):
        book.version()
        google_desk.clock.sleep(59)
    assert google_desk.google.counts() == {LIST: 1, READ: 5}
    google_desk.sheet.add_tab("New", [["Name"]])
    google_desk.clock.sleep(60)
    assert book.read().tab("New") is not None
    assert google_desk.google.counts()[LIST] == 2


def test_a_write_into_all_tabs_is_one_look_and_one_call(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    before = book.read()
    google_desk.google.calls.clear()
    edits: list[TabEdit | RowEdit] = [RowEdit(tab=tab, row=2, cells={"Run": "R-1"}) for tab in TABS]
    edits += [TabEdit(tab="Approvals", headers=("Approval", "Asked")), RowEdit(tab="Tab 3", row=None, cells={"Name": "Cy"})]
    book.write(edits, before)
    assert google_desk.google.counts() == {READ: 1, WRITE: 1}
    after = book.read()
    assert google_desk.google.counts() == {READ: 2, WRITE: 1}
    assert {tab.rows[0].text("Run") for key, tab in after.tabs.items() if key != "approvals"} == {"R-1"}


def test_only_the_tabs_that_are_written_are_looked_at_again(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    before = book.read()
    google_desk.google.calls.clear()
    book.write([RowEdit(tab="Tab 3", row=2, cells={"Run": "x"})], before)
    assert [len(call.body["dataFilters"]) for call in google_desk.google.calls if call.name == IDS] == [1]


def test_numbers_never_seen_before_are_asked_for_once_and_unlikely_dates_not_at_all(
    google_desk: GoogleDesk, book: GoogleWorkbook
) -> None:
    tab = google_desk.sheet.tab("Tab 3")
    tab.type(1, 3, "Budget")
    tab.type(2, 3, 500)
    book.read()
    tab.type(3, 3, 46_000)
    book.read()
    assert google_desk.google.counts() == {READ: 2, FORMATS: 2}
    tab.sort("Budget", downwards=True)
    tab.type(4, 3, 900)
    snapshot = book.read()
    assert google_desk.google.counts() == {READ: 3, FORMATS: 2}
    assert [row.get("Budget") for row in snapshot.tabs["tab_3"].rows] == [46_000, 500, 900]


def test_a_tab_that_a_contract_names_is_found_at_once(google_desk: GoogleDesk) -> None:
    book = google_desk.lay_out({"Contracts": [["Contract", "Tab"], ["Hello", ""]]})
    book.read()
    google_desk.sheet.add_tab("Leads", [["Name"], ["Ana"]])
    google_desk.sheet.tab("Contracts").type(2, "Tab", "Leads")
    found = book.read().tab("Leads")
    assert found is not None
    assert found.rows[0].text("Name") == "Ana"


def test_calls_are_held_back_before_google_would_and_are_told(google_desk: GoogleDesk) -> None:
    google_desk.google.quota = (60, 60)
    google_desk.google.minutes = lambda: 0.0  # Google's minute never ends: a call too many is refused
    book = google_desk.lay_out({"Leads": [["Name"]]})
    begun = google_desk.clock.now()
    for _ in range(59):
        book.version()
    assert google_desk.clock.now() == begun
    assert book.facts["calls to Google"] == "60 reads and 0 writes in the last minute, of 60 each"
    google_desk.google.quota = None
    book.version()
    assert (google_desk.clock.now() - begun).total_seconds() == 60


#: What types as a person would, and what puts rows where Google thinks best.
FORBIDDEN = r"USER_ENTERED|\bupdate_a?cell\b|\bappend_rows?\b|values_append|values:append|\bappendCells\b|formulaValue"


def test_nothing_is_ever_typed_as_a_person_would_or_put_where_google_thinks_best() -> None:
    google = [path for path in (ROOT / "adapters").rglob("*.py") if "gspread" in path.read_text(encoding="utf-8")]
    rooms = {*(ROOT / "runner").rglob("*.py"), *(ROOT / "adapters" / "workbooks" / "google_sheets").rglob("*.py"), *google}
    assert len(rooms) > 100
    assert len(google) > 5
    assert [path.name for path in rooms if re.search(FORBIDDEN, path.read_text(encoding="utf-8"))] == []


def test_an_excel_workbook_needs_nothing_of_google() -> None:
    of_google = ("gspread", "google.auth", "requests")
    code = (
        f"import sys, runner.wiring, runner.cli.run, adapters.workbooks.excel; print([m for m in {of_google} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    assert ran.stdout.strip() == "[]"
