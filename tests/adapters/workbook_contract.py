"""What every kind of workbook promises, as one suite: a backend's test file inherits it and says how to lay out and type."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from runner.errors import WorkbookChanged
from runner.model import RowEdit, Snapshot, TabEdit
from runner.ports import Workbook
from runner.values import ErrorValue, Value

Grid = Sequence[Sequence[Value]]

LEADS: Grid = (
    ("Name", "Fit score", "Due date", "Run", "My own notes"),
    ("Ana", 81, date(2026, 11, 30), None, "calls back"),
    (None, None, None, None, None),
    ("Bo", 12.5, datetime(2026, 12, 1, 9, 30), "R-0001 DONE", None),
)


class Desk(Protocol):
    """A place where workbooks of one kind are laid out and where a person types into them."""

    def lay_out(self, tabs: Mapping[str, Grid]) -> Workbook:
        """A workbook with these tabs, from A1 on."""

    def type(self, tab: str, row: int, column: int, value: Value) -> None:
        """A person types into a cell (both from 1), with another program than ours."""


def grid(snapshot: Snapshot, tab: str) -> dict[int, tuple[Value, ...]]:
    """Row number → cells without the blanks at their end."""
    found = snapshot.tab(tab)
    assert found is not None
    rows = {1: found.headers} | {row.number: row.cells for row in found.rows}
    return {number: _trimmed(cells) for number, cells in rows.items()}


def _trimmed(cells: tuple[Value, ...]) -> tuple[Value, ...]:
    while cells and cells[-1] in (None, ""):
        cells = cells[:-1]
    return cells


class WorkbookContract:
    """Inherit it and give a fixture `desk`."""

    @pytest.fixture
    def desk(self) -> Desk:
        raise NotImplementedError

    @pytest.fixture
    def book(self, desk: Desk) -> Workbook:
        return desk.lay_out({"Leads": LEADS, "Orders": (("Order", "Total"), ("O-1", 5))})

    def test_rows_come_with_their_numbers_and_values_as_they_are(self, book: Workbook) -> None:
        snapshot = book.read()
        assert grid(snapshot, "Leads") == {
            1: LEADS[0],
            2: ("Ana", 81, date(2026, 11, 30), None, "calls back"),
            4: ("Bo", 12.5, datetime(2026, 12, 1, 9, 30), "R-0001 DONE"),
        }
        ana = snapshot.tabs["leads"].rows[0]
        assert type(ana.get("fit-score")) is int
        assert ana.get("Run") is None

    def test_the_version_stays_until_somebody_types(self, desk: Desk, book: Workbook) -> None:
        before = book.version()
        assert book.version() == before == book.read().version
        desk.type("Leads", 2, 1, "Anna")
        assert book.version() != before

    def test_only_the_named_cells_change(self, book: Workbook) -> None:
        before = book.read()
        book.write([RowEdit(tab="leads", row=4, cells={" RUN ": "R-0002 RUNNING"})], before)
        after = book.read()
        expected = grid(before, "Leads") | {4: ("Bo", 12.5, datetime(2026, 12, 1, 9, 30), "R-0002 RUNNING")}
        assert grid(after, "Leads") == expected
        assert grid(after, "Orders") == grid(before, "Orders")

    def test_write_returns_the_version_that_stands_afterwards(self, book: Workbook) -> None:
        before = book.read()
        after = book.write([RowEdit(tab="Leads", row=2, cells={"Run": "x"})], before)
        assert after == book.version() != before.version

    def test_nothing_to_write_changes_nothing(self, book: Workbook) -> None:
        before = book.read()
        assert book.write([], before) == before.version == book.version()
        assert book.write([TabEdit(tab="Leads", headers=("Name", "RUN"))], before) == before.version

    @pytest.mark.parametrize(
        "value",
        [
            "plain",
            " blanks around ",
            "two\nlines",
            "tab\tand\r\nreturn",
            "<b>&amp;</b> \"quoted\" 'too'",
            "_x000D_ typed so",
            "Zoë 漢字 😀",
            "'apostrophe",
            7,
            -3,
            0,
            2.25,
            1e-9,
            True,
            False,
            date(2026, 11, 22),
            date(1900, 1, 1),
            datetime(2026, 11, 22, 15, 5, 1),
            datetime(1999, 12, 31, 23, 59, 59),
            time(17, 45, 10),
            timedelta(hours=30, minutes=5),
        ],
        ids=repr,
    )
    def test_a_value_reads_back_as_it_was_written(self, book: Workbook, value: Value) -> None:
        book.write(
            [
                RowEdit(tab="Leads", row=2, cells={"Run": value, "Name": value}),
                RowEdit(tab="Orders", row=None, cells={"Total": value}),
            ],
            book.read(),
        )
        snapshot = book.read()
        leads, orders = snapshot.tabs["leads"], snapshot.tabs["orders"]
        found = leads.rows[0].get("Run"), leads.rows[0].get("Name"), orders.rows[-1].get("Total")
        assert found == (value, value, value)
        assert {type(each) for each in found} == {type(value)}

    def test_exact_money_reads_back_as_the_same_number(self, book: Workbook) -> None:
        book.write([RowEdit(tab="Orders", row=2, cells={"Total": Decimal("1234.50")})], book.read())
        assert book.read().tabs["orders"].rows[0].get("Total") == 1234.5

    @pytest.mark.parametrize("text", ["=1+1", "+1 555 0100", "-5 degrees", "@everyone", '=HYPERLINK("http://127.0.0.1")', "#REF!"])
    def test_text_never_becomes_a_formula(self, book: Workbook, text: str) -> None:
        book.write([RowEdit(tab="Leads", row=2, cells={"Run": text})], book.read())
        assert book.read().tabs["leads"].rows[0].get("Run") == text

    def test_an_error_value_is_written_as_its_text(self, book: Workbook) -> None:
        book.write([RowEdit(tab="Leads", row=2, cells={"Run": ErrorValue("#N/A")})], book.read())
        assert book.read().tabs["leads"].rows[0].get("Run") == "#N/A"

    def test_none_empties_a_cell(self, book: Workbook) -> None:
        book.write([RowEdit(tab="Leads", row=4, cells={"Run": None, "Name": ""})], book.read())
        assert grid(book.read(), "Leads")[4] == (None, 12.5, datetime(2026, 12, 1, 9, 30))

    def test_rows_are_appended_below_the_last_one_in_their_order(self, book: Workbook) -> None:
        edits = [RowEdit(tab="Leads", row=None, cells={"Name": name, "Fit score": score}) for score, name in enumerate("CDE")]
        book.write([*edits, RowEdit(tab="Leads", row=2, cells={"Run": "x"})], book.read())
        after = grid(book.read(), "Leads")
        assert (after[5], after[6], after[7]) == (("C", 0), ("D", 1), ("E", 2))
        assert max(after) == 7

    def test_a_missing_tab_is_made_and_takes_rows_at_once(self, book: Workbook) -> None:
        edits: list[TabEdit | RowEdit] = [
            RowEdit(tab="Approvals", row=None, cells={"Approval": "A-0001", "Asked": datetime(2026, 11, 22, 9, 0, 5)}),
            TabEdit(tab="Approvals", headers=("Approval", "Run", "Asked", "Decision")),
            RowEdit(tab="Approvals", row=None, cells={"Approval": "A-0002"}),
        ]
        book.write(edits, book.read())
        after = book.read()
        assert grid(after, "Approvals") == {
            1: ("Approval", "Run", "Asked", "Decision"),
            2: ("A-0001", None, datetime(2026, 11, 22, 9, 0, 5)),
            3: ("A-0002",),
        }
        assert grid(after, "Leads")[1] == LEADS[0]

    def test_missing_columns_are_added_at_the_right_and_nothing_moves(self, book: Workbook) -> None:
        before = book.read()
        edits: list[TabEdit | RowEdit] = [
            TabEdit(tab="Leads", headers=("Row ID", "name", "State")),
            RowEdit(tab="Leads", row=2, cells={"State": "Won", "Row ID": "k3"}),
        ]
        book.write(edits, before)
        after = book.read()
        assert after.tabs["leads"].headers == (*LEADS[0], "Row ID", "State")
        assert grid(after, "Leads")[2] == (*LEADS[1], "k3", "Won")
        assert grid(after, "Leads")[4] == grid(before, "Leads")[4]

    def test_an_empty_tab_gets_its_header(self, desk: Desk) -> None:
        book = desk.lay_out({"Runs": (), "Leads": LEADS})
        book.write(
            [TabEdit(tab="Runs", headers=("Run", "State")), RowEdit(tab="Runs", row=None, cells={"State": "DONE"})], book.read()
        )
        assert grid(book.read(), "Runs") == {1: ("Run", "State"), 2: (None, "DONE")}

    def test_a_workbook_that_somebody_changed_is_not_written(self, desk: Desk, book: Workbook) -> None:
        before = book.read()
        desk.type("Leads", 2, 1, "Anna")
        with pytest.raises(WorkbookChanged, match="changed"):
            book.write([RowEdit(tab="Leads", row=2, cells={"Run": "x"})], before)
        assert grid(book.read(), "Leads")[2] == ("Anna", *LEADS[1][1:])

    @pytest.mark.parametrize(
        "edit",
        [
            RowEdit(tab="Leads", row=2, cells={"No such column": 1}),
            RowEdit(tab="No such tab", row=2, cells={"Name": 1}),
            RowEdit(tab="Leads", row=2, cells={"Run": datetime(2026, 11, 22, 9, tzinfo=UTC)}),
        ],
        ids=["header", "tab", "time zone"],
    )
    def test_a_mistake_of_the_caller_writes_nothing(self, book: Workbook, edit: RowEdit) -> None:
        before = book.read()
        with pytest.raises(ValueError, match=r"TabEdit|time zone"):
            book.write([RowEdit(tab="Leads", row=2, cells={"Name": "changed"}), edit], before)
        assert book.version() == before.version

    def test_nobody_has_it_open(self, book: Workbook) -> None:
        assert book.busy() == ""
