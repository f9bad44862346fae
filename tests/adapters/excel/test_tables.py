"""Excel Tables: they grow with what is written, and are left alone where they cannot."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.excel.tables import can_be_filled
from runner.model import RowEdit, TabEdit
from runner.values import Value
from tests.adapters.excel.by_hand import cell_in, parts_of, sheet_of

Opened = Callable[[Path], ExcelWorkbook]
TABLE = "xl/tables/table1.xml"
HOURS = "Leads[[#This Row],[Hours]]*2"


def lay_out(
    path: Path,
    rows: list[list[Any]],
    *,
    reference: str,
    totals: int = 0,
    formula: str = HOURS,
    below: Mapping[str, Any] | None = None,
) -> Path:
    """A tab `Leads` whose columns Name, Hours and Price (computed) are a table."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    sheet.append(["Name", "Hours", "Price"])
    for row in rows:
        sheet.append(row)
    for cell, value in (below or {}).items():
        sheet[cell] = value
    table = Table(displayName="Leads", ref=reference, tableStyleInfo=TableStyleInfo(name="TableStyleMedium2", showRowStripes=True))
    table._initialise_columns()  # type: ignore[attr-defined]
    for column, header in zip(table.tableColumns, ("Name", "Hours", "Price"), strict=True):
        column.name = header
    price: TableColumn = table.tableColumns[2]
    price.calculatedColumnFormula = TableFormula(attr_text=formula)
    if totals:
        table.totalsRowCount = totals
        assert table.autoFilter is not None
        table.autoFilter.ref = reference.replace(reference[-1], str(int(reference[-1]) - 1))
    sheet.add_table(table)
    book.save(path)
    return path


def add(book: ExcelWorkbook, *rows: Mapping[str, Value]) -> None:
    book.write([RowEdit(tab="Leads", row=None, cells=cells) for cells in rows], book.read())


def names(book: ExcelWorkbook) -> dict[int, Value]:
    return {row.number: row.get("Name") for row in book.read().tabs["leads"].rows if row.get("Name")}


def test_new_rows_join_the_table_with_its_formulas(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 2, f"={HOURS}"]], reference="A1:C2")
    book = opened(path)
    add(book, {"Name": "Bo", "Hours": 3}, {"Name": "Cy"})
    assert names(book) == {2: "Ana", 3: "Bo", 4: "Cy"}
    table = parts_of(path)[TABLE].decode()
    assert table.count('ref="A1:C4"') == 2
    assert cell_in(sheet_of(path), "C4") == f'<c r="C4"><f>{HOURS}</f></c>'
    assert openpyxl.load_workbook(path)["Leads"].tables["Leads"].ref == "A1:C4"


def test_a_blank_row_of_the_table_is_filled_first(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [[None, None, f"={HOURS}"]], reference="A1:C2")
    book = opened(path)
    add(book, {"Name": "Ana", "Hours": 1})
    assert names(book) == {2: "Ana"}
    assert b'ref="A1:C2"' in parts_of(path)[TABLE]
    assert HOURS in cell_in(sheet_of(path), "C2")
    add(book, {"Name": "Bo"})
    assert names(book) == {2: "Ana", 3: "Bo"}
    assert b'ref="A1:C3"' in parts_of(path)[TABLE]


def test_a_row_that_its_formula_alone_fills_counts_as_blank(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2], [None, None, 0], [None, None, 0]], reference="A1:C4")
    book = opened(path)
    add(book, {"Name": "Bo"}, {"Name": "Cy"}, {"Name": "Di"})
    assert names(book) == {2: "Ana", 3: "Bo", 4: "Cy", 5: "Di"}
    assert b'ref="A1:C5"' in parts_of(path)[TABLE]


def test_a_row_of_totals_is_not_written_over(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2], ["Total", 1, 2]], reference="A1:C3", totals=1)
    book = opened(path)
    snapshot = book.read()
    book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Bo"}), RowEdit(tab="Leads", row=2, cells={"Hours": 9})], snapshot)
    assert names(book) == {2: "Ana", 3: "Total"}
    assert book.read().tabs["leads"].rows[0].get("Hours") == 9
    (problem,) = book.refused
    assert problem.where == "Leads!row 3"
    assert "totals" in problem.message
    assert b'ref="A1:C3"' in parts_of(path)[TABLE]


def test_blank_rows_above_the_totals_are_filled(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2], [None, None, None], ["Total", 1, 2]], reference="A1:C4", totals=1)
    book = opened(path)
    add(book, {"Name": "Bo"}, {"Name": "Cy"})
    assert names(book) == {2: "Ana", 3: "Bo", 4: "Total"}
    assert [problem.where for problem in book.refused] == ["Leads!row 4"]


def test_what_stands_below_a_table_is_not_written_over(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2]], reference="A1:C2", below={"B4": "a note"})
    book = opened(path)
    add(book, {"Name": "Bo"}, {"Name": "Cy"})
    assert names(book) == {2: "Ana", 3: "Bo"}
    assert [problem.where for problem in book.refused] == ["Leads!row 4"]
    assert "right below the table Leads" in book.refused[0].message
    assert openpyxl.load_workbook(path)["Leads"]["B4"].value == "a note"


def test_rows_that_were_typed_right_below_a_table_join_it_with_the_next_one(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [[None, None, None]], reference="A1:C2", below={"A3": "Ana", "A4": "Bo", "A7": "far"})
    book = opened(path)
    add(book, {"Name": "Cy"})
    assert names(book) == {3: "Ana", 4: "Bo", 5: "Cy", 7: "far"}
    assert b'ref="A1:C5"' in parts_of(path)[TABLE]
    assert book.refused == []


def test_a_note_beside_a_table_does_not_push_rows_down(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2]], reference="A1:C2", below={"F40": "a note"})
    book = opened(path)
    add(book, {"Name": "Bo"})
    assert names(book) == {2: "Ana", 3: "Bo"}


def test_a_new_column_joins_the_table(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2]], reference="A1:C2")
    book = opened(path)
    book.write(
        [
            TabEdit(tab="Leads", headers=('Run & "so"', "State")),
            RowEdit(tab="Leads", row=None, cells={"Name": "Bo", "State": "Won"}),
            RowEdit(tab="Leads", row=2, cells={'Run & "so"': "R-1"}),
        ],
        book.read(),
    )
    table = openpyxl.load_workbook(path)["Leads"].tables["Leads"]
    assert (table.ref, table.autoFilter.ref) == ("A1:E3", "A1:E3")
    assert table.column_names == ["Name", "Hours", "Price", 'Run & "so"', "State"]
    assert [column.id for column in table.tableColumns] == [1, 2, 3, 4, 5]
    assert book.read().tabs["leads"].rows[1].get("State") == "Won"


@pytest.mark.parametrize("cell", ["D2", "D1"])
def test_a_new_column_stands_apart_when_the_place_beside_the_table_is_taken(tmp_path: Path, opened: Opened, cell: str) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, 2]], reference="A1:C2", below={cell: "mine"})
    book = opened(path)
    book.write([TabEdit(tab="Leads", headers=("Run",)), RowEdit(tab="Leads", row=2, cells={"Run": "R-1"})], book.read())
    sheet = openpyxl.load_workbook(path)["Leads"]
    assert (sheet["E1"].value, sheet["E2"].value, sheet[cell].value) == ("Run", "R-1", "mine")
    assert sheet.tables["Leads"].ref == "A1:C2"


def test_a_formula_that_names_cells_by_place_is_not_guessed(tmp_path: Path, opened: Opened) -> None:
    path = lay_out(tmp_path / "t.xlsx", [["Ana", 1, "=B2*2"]], reference="A1:C2", formula="B2*2")
    book = opened(path)
    add(book, {"Name": "Bo"})
    assert names(book) == {2: "Ana", 3: "Bo"}
    assert "<f>" not in cell_in(sheet_of(path), "C3")
    assert book.refused[0].where == "Leads!C3"
    assert book.refused[0].fix == "Fill it down."


@pytest.mark.parametrize(
    ("formula", "fills"),
    [
        ("Leads[[#This Row],[Hours]]*2", True),
        ("Leads[[#This Row],[A1 or B2]]+$B$1", True),
        ('IF([@Name]="B2",LOG10(5),0)', True),
        ("B2*2", False),
        ("$B2*2", False),
        ("Prices!B2", False),
    ],
)
def test_formulas_that_may_be_filled_down_name_columns(formula: str, *, fills: bool) -> None:
    assert can_be_filled(formula) is fills
