"""People edit a Google sheet at the same moment: between our look and our write, and while we write."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock

import pytest

from adapters.workbooks.google_sheets import GoogleWorkbook
from runner.errors import WorkbookChanged
from runner.model import RowEdit, TabEdit
from runner.values import ErrorValue, Value
from tests.adapters.google_sheets.conftest import GoogleDesk
from tests.conftest import NOW
from tests.servers.sheets import PersonTab

LEADS: list[list[Value]] = [
    ["Name", "State", "Run", "Note"],
    ["Ana", "New", None, "a"],
    ["Bo", "Won", "R-7 DONE", "b"],
    ["Cy", "Lost", None, "c"],
]
WRITE = "spreadsheets.batchUpdate"


@pytest.fixture
def book(google_desk: GoogleDesk) -> GoogleWorkbook:
    """Three leads."""
    return google_desk.lay_out({"Leads": LEADS, "Orders": [["Order"], ["O-1"]]})


def just_before_the_write(desk: GoogleDesk, act: Callable[[PersonTab], object]) -> None:
    """A person acts after our last look, when the write is on its way."""
    tab = desk.sheet.tab("Leads")
    done: list[str] = []

    def between(name: str) -> None:
        if name == WRITE and not done:
            done.append(name)
            act(tab)

    desk.google.between = between


class TestWhatPeopleType:
    def test_a_date_that_a_person_typed_is_a_date_and_a_number_is_a_number(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Bills": [["Due date", "Amount", "At", "Took"], ["x"], [46_000, 46_000, 0.5, None], [None]]})
        book.read()
        tab = google_desk.sheet.tab("Bills")
        tab.type(2, "Due date", date(2026, 11, 30))
        tab.type(2, "Amount", 46_356)
        tab.type(2, "At", clock(9, 30))
        tab.type(2, "Took", timedelta(hours=30))
        tab.type(4, "Due date", datetime(2026, 12, 1, 12, 15))  # noqa: DTZ001 - as a cell keeps it
        rows = book.read().tabs["bills"].rows
        assert rows[0].values() == {
            "Due date": date(2026, 11, 30), "Amount": 46_356, "At": clock(9, 30), "Took": timedelta(hours=30),
        }  # fmt: skip
        assert rows[1].values() == {"Due date": 46_000, "Amount": 46_000, "At": 0.5, "Took": None}
        assert rows[2].get("Due date") == datetime(2026, 12, 1, 12, 15)  # noqa: DTZ001

    def test_dates_stay_dates_when_rows_are_sorted_columns_moved_and_the_runner_starts_anew(self, google_desk: GoogleDesk) -> None:
        due = [date(2026, 11, 30), date(1950, 3, 2), date(2026, 12, 24)]
        book = google_desk.lay_out({"Bills": [["No", "Due"], *([number, day] for number, day in enumerate(due))]})
        assert [row.get("Due") for row in book.read().tabs["bills"].rows] == due
        tab = google_desk.sheet.tab("Bills")
        tab.sort("Due")
        tab.move_column("Due", 1)
        assert [row.get("Due") for row in book.read().tabs["bills"].rows] == sorted(due)
        assert [row.get("Due") for row in google_desk.open().read().tabs["bills"].rows] == sorted(due)

    def test_what_is_known_of_numbers_does_not_outgrow_the_sheet(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Bills": [["Due", "Amount"], [NOW.date(), 0]]})
        for number in range(30):
            google_desk.sheet.tab("Bills").type(2, "Amount", 46_000 + number)
            book.write([RowEdit(tab="Bills", row=2, cells={"Due": NOW.date() + timedelta(days=number)})], book.read())
        book.read()
        assert {len(values) for values in book._kinds._known.values()} == {1}

    def test_an_error_of_a_formula_is_no_text_and_the_same_text_is_none(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Leads": [["Name", "Score"], ["Ana"], ["Bo", 5], ["#N/A"]]})
        google_desk.sheet.tab("Leads").formula(2, "Score", "=VLOOKUP(1,2,3)", ErrorValue("#N/A"))
        rows = book.read().tabs["leads"].rows
        assert rows[0].get("Score") == ErrorValue("#N/A")
        assert rows[2].get("Name") == "#N/A"

    def test_unticked_boxes_down_a_column_are_no_rows(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Leads": [["Name", "Called"], ["Ana", True], *([None, False] for _ in range(50))]})
        snapshot = book.read()
        assert [row.number for row in snapshot.tabs["leads"].rows] == [2]
        book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Bo"})], snapshot)
        assert google_desk.sheet.tab("Leads").rows[2] == ["Bo", False]

    def test_a_date_goes_over_a_number_and_a_number_over_a_date(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Bills": [["Due", "Amount"], [date(2026, 11, 30), 46_000]]})
        book.write([RowEdit(tab="Bills", row=2, cells={"Due": 46_000, "Amount": date(2026, 1, 1)})], book.read())
        assert google_desk.sheet.tab("Bills").rows[1] == [46_000, date(2026, 1, 1)]
        (row,) = google_desk.open().read().tabs["bills"].rows
        assert row.values() == {"Due": 46_000, "Amount": date(2026, 1, 1)}

    def test_the_owners_own_format_of_a_date_stays(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Bills": [["Due"], [date(2026, 11, 30)]]})
        grid = google_desk.sheet.tab("Bills").grid
        own = {"numberFormat": {"type": "DATE", "pattern": "dd.mm.yyyy"}}
        grid.put(1, 0, type(grid.cell(1, 0))(value=grid.cell(1, 0).value, format=own))
        book.write([RowEdit(tab="Bills", row=2, cells={"Due": date(2026, 12, 24)})], book.read())
        assert grid.cell(1, 0).format == own

    def test_a_full_grid_grows(self, google_desk: GoogleDesk) -> None:
        book = google_desk.lay_out({"Leads": [["Name"], ["Ana"]]})
        google_desk.sheet.tab("Leads").grid.size = (2, 1)
        edits: list[RowEdit | TabEdit] = [TabEdit(tab="Leads", headers=("Row ID",))]
        edits += [RowEdit(tab="Leads", row=None, cells={"Name": f"N{number}", "Row ID": number}) for number in range(5)]
        book.write(edits, book.read())
        assert google_desk.sheet.tab("Leads").rows[-1] == ["N4", 4]


class TestBetweenLookAndWrite:
    def test_a_row_that_moved_is_not_written_by_its_old_number(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        before = book.read()
        google_desk.sheet.tab("Leads").insert_row(2)
        with pytest.raises(WorkbookChanged, match="changed the tab Leads"):
            book.write([RowEdit(tab="Leads", row=4, cells={"Run": "R-8"})], before)
        assert "R-8" not in str(google_desk.sheet.tab("Leads").rows)

    def test_what_happens_in_other_rows_and_tabs_holds_nothing_up(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        before = book.read()
        google_desk.sheet.tab("Leads").type(2, "Note", "typed just now")
        google_desk.sheet.tab("Orders").insert_row(2)
        book.write([RowEdit(tab="Leads", row=4, cells={"Run": "R-8"})], before)
        assert google_desk.sheet.tab("Leads").records[0]["Note"] == "typed just now"
        assert google_desk.sheet.tab("Leads").records[2]["Run"] == "R-8"

    @pytest.mark.parametrize(
        "act",
        [
            lambda tab: tab.rename("Prospects"),
            lambda tab: tab.delete(),
            lambda tab: tab.insert_column(1),
            lambda tab: tab.type(5, "Name", "somebody's new row"),
        ],
        ids=["renamed", "deleted", "column", "new row"],
    )
    def test_tabs_columns_and_ends_that_changed_are_read_anew(
        self, google_desk: GoogleDesk, book: GoogleWorkbook, act: Callable[[PersonTab], None]
    ) -> None:
        before = book.read()
        act(google_desk.sheet.tab("Leads"))
        with pytest.raises(WorkbookChanged):
            book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Dee"})], before)
        assert "Dee" not in str([google_desk.sheet.tab(title).rows for title in google_desk.sheet.titles])
        book.read()

    def test_a_renamed_tab_goes_on_being_read_under_its_new_name(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        book.read()
        google_desk.sheet.tab("Leads").rename("It's new!")
        snapshot = book.read()
        assert snapshot.tab("Leads") is None
        assert [row.text("Name") for row in snapshot.tabs["it_s_new"].rows] == ["Ana", "Bo", "Cy"]

    def test_a_tab_that_is_deleted_is_gone_from_the_next_read(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        for refuses in (True, False):
            google_desk.sheet.book.refuses_lost_tabs = refuses
            extra = google_desk.sheet.add_tab(f"Extra {refuses}", [["Name"]])
            book = google_desk.open()
            assert len(book.read().tabs) == 3
            extra.delete()
            assert len(book.read().tabs) == 2


class TestWhileWeWrite:
    """The person is faster than the write that is on its way."""

    @pytest.mark.parametrize(
        "act",
        [
            lambda tab: tab.sort("Name", downwards=True),
            lambda tab: tab.insert_row(2),
            lambda tab: tab.insert_row(3, ["Zoe", "New"]),
            lambda tab: tab.delete_row(2),
            lambda tab: tab.move_row(2, 5),
            lambda tab: tab.insert_column(1, "Extra"),
            lambda tab: tab.move_column("Note", 1),
        ],
        ids=["sort", "insert", "new row", "delete", "move", "column", "move column"],
    )
    def test_cells_that_land_beside_their_row_are_taken_back(
        self, google_desk: GoogleDesk, book: GoogleWorkbook, act: Callable[[PersonTab], None]
    ) -> None:
        before = book.read()
        expected = google_desk.google.sheet("Copy", {"Leads": LEADS}).tab("Leads")
        act(expected)
        just_before_the_write(google_desk, act)
        meant = {"Ana": {"State": "Done", "Run": "R-8"}, "Bo": {"State": "Won", "Run": "R-9"}}
        edits = [RowEdit(tab="Leads", row=row, cells=cells) for row, cells in enumerate(meant.values(), 2)]
        with pytest.raises(WorkbookChanged, match="taken back"):
            book.write(edits, before)
        landed = []
        for row, stands in zip(expected.records, google_desk.sheet.tab("Leads").records, strict=True):
            if meant.get(str(row["Name"]), {"": ""}).items() <= stands.items():
                landed.append(row["Name"])
            due = row | (meant[str(row["Name"])] if row["Name"] in landed else {})
            # of a row that was typed in that very moment nobody knows what stood under our cells
            assert stands == due or row["Name"] == "Zoe"
            assert stands["Run"] == due["Run"]
        assert len(landed) < 2

    def test_what_a_person_typed_into_the_same_row_in_that_moment_stays(
        self, google_desk: GoogleDesk, book: GoogleWorkbook
    ) -> None:
        before = book.read()
        just_before_the_write(google_desk, lambda tab: tab.type(2, "Note", "typed just then"))
        book.write([RowEdit(tab="Leads", row=2, cells={"Run": "R-8"})], before)
        assert google_desk.sheet.tab("Leads").rows[1] == ["Ana", "New", "R-8", "typed just then"]

    @pytest.mark.parametrize("rows", [1, 2])
    def test_a_row_that_was_pushed_under_ours_gets_its_cells_back(
        self, google_desk: GoogleDesk, book: GoogleWorkbook, rows: int
    ) -> None:
        before = book.read()
        just_before_the_write(google_desk, lambda tab: [tab.insert_row(3) for _ in range(rows)])
        edits = [RowEdit(tab="Leads", row=None, cells={"Name": name, "State": "New", "Run": "R-8"}) for name in ("Dee", "Eve")]
        with pytest.raises(WorkbookChanged):
            book.write(edits, before)
        assert [row for row in google_desk.sheet.tab("Leads").rows if row] == LEADS

    def test_a_last_row_that_somebody_deletes_stays_deleted(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        before = book.read()
        just_before_the_write(google_desk, lambda tab: tab.delete_row(4))
        book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Dee"})], before)
        assert [row[0] for row in google_desk.sheet.tab("Leads").rows if row] == ["Name", "Ana", "Bo", "Dee"]

    def test_rows_are_added_below_though_somebody_sorts(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        before = book.read()
        just_before_the_write(google_desk, lambda tab: tab.sort("Name", downwards=True))
        book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Dee"})], before)
        assert [row[0] for row in google_desk.sheet.tab("Leads").rows] == ["Name", "Cy", "Bo", "Ana", "Dee"]

    def test_a_header_under_a_new_column_of_ours_comes_back(self, google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
        before = book.read()
        just_before_the_write(google_desk, lambda tab: tab.insert_column(2))
        with pytest.raises(WorkbookChanged):
            book.write([TabEdit(tab="Leads", headers=("Row ID",))], before)
        assert google_desk.sheet.tab("Leads").rows[0] == ["Name", None, "State", "Run", "Note"]
