"""Reading: true addresses, formula errors, merged cells, and files that are being saved just now."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from adapters.workbooks.excel import ExcelWorkbook
from runner.errors import WorkbookUnreadable
from runner.values import ErrorValue
from tests.adapters.excel.by_hand import PatientClock, parts_of, text_cell, worksheet
from tests.adapters.excel.conftest import Handmade

Opened = Callable[[Path], ExcelWorkbook]


def test_rows_and_columns_keep_their_places_when_the_sheet_begins_with_blanks(handmade: Handmade, opened: Opened) -> None:
    rows = f'<row r="1">{text_cell("C1", "Name")}{text_cell("D1", "Score")}</row><row r="7"><c r="D7"><v>5</v></c></row>'
    tab = opened(handmade(worksheet(rows))).read().tabs["leads"]
    assert tab.headers == ("", "", "Name", "Score")
    assert [(row.number, row.address("Score"), row.get("Score")) for row in tab.rows] == [(7, "Leads!D7", 5)]


def test_a_sheet_without_a_header_row_has_no_columns(handmade: Handmade, opened: Opened) -> None:
    tab = opened(handmade(worksheet('<row r="3"><c r="B3"><v>5</v></c></row>'))).read().tabs["leads"]
    assert tab.columns == {}
    assert [row.number for row in tab.rows] == [3]


def test_formula_errors_are_errors_and_not_blanks(handmade: Handmade, opened: Opened) -> None:
    rows = (
        f'<row r="1">{text_cell("A1", "Name")}{text_cell("B1", "Due")}</row>'
        '<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="A3"><v>1</v></c><c r="B3" t="e"><v>#N/A</v></c></row>'
        '<row r="9"><c r="A9" t="e"><f>Leads!#REF!</f><v>#REF!</v></c></row>'
    )
    tab = opened(handmade(worksheet(rows))).read().tabs["leads"]
    found = {row.number: (row.get("Name"), row.get("Due")) for row in tab.rows}
    assert found == {2: (ErrorValue("#DIV/0!"), None), 3: (1, ErrorValue("#N/A")), 9: (ErrorValue("#REF!"), None)}


def test_formula_errors_are_found_without_references_and_with_prefixes(handmade: Handmade, opened: Opened) -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>A</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>B</x:t></x:is></x:c></x:row>'
        "<x:row><x:c><x:v>1</x:v></x:c><x:c t='e'><x:v>#NAME?</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    tab = opened(handmade(sheet)).read().tabs["leads"]
    assert tab.rows[0].get("B") == ErrorValue("#NAME?")


def test_cached_results_of_formulas_are_read(handmade: Handmade, opened: Opened) -> None:
    rows = (
        f'<row r="1">{text_cell("A1", "Total")}{text_cell("B1", "Who")}{text_cell("C1", "Due")}</row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c>'
        '<c r="B2" t="str"><f>B9</f><v>ab</v></c><c r="C2" s="1"><v>46348.5</v></c></row>'
    )
    row = opened(handmade(worksheet(rows))).read().tabs["leads"].rows[0]
    assert row.cells == (2, "ab", datetime(2026, 11, 22, 12, 0))


def test_merged_cells_under_headers_are_named(tmp_path: Path, opened: Opened) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    sheet.append(["Name", "Score", None, "Run"])
    sheet.append(["Ana", 1])
    for merged in ("A2:B3", "C5:C6", "D7:E8"):
        sheet.merge_cells(merged)
    title = book.create_sheet("Start here")
    title.append(["Welcome to your workbook"])
    title.merge_cells("A1:F1")
    book.save(tmp_path / "merged.xlsx")
    (problem,) = opened(tmp_path / "merged.xlsx").read().problems
    assert problem.tab == "Leads"
    assert problem.where == "Leads!A2:B3"
    assert "A2:B3, D7:E8" in problem.message
    assert "C5" not in problem.message
    assert "Unmerge" in problem.fix


def test_hidden_tabs_are_read_and_charts_are_not(tmp_path: Path, opened: Opened) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Leads"
    hidden = book.create_sheet("Lists")
    hidden["A1"] = "City"
    hidden.sheet_state = "veryHidden"
    book.create_chartsheet("Chart")
    book.save(tmp_path / "book.xlsx")
    assert set(opened(tmp_path / "book.xlsx").read().tabs) == {"leads", "lists"}


def test_dates_from_1904_are_the_right_days(handmade: Handmade, opened: Opened) -> None:
    rows = f'<row r="1">{text_cell("A1", "Due")}</row><row r="2"><c r="A2" s="1"><v>44886</v></c></row>'
    path = handmade(worksheet(rows))
    plain = opened(path).read().tabs["leads"].rows[0].get("Due")
    path_1904 = handmade(worksheet(rows), parts=_as_1904(path), name="mac.xlsx")
    shifted = opened(path_1904).read().tabs["leads"].rows[0].get("Due")
    assert (plain, shifted) == (date(2022, 11, 21), date(2026, 11, 22))


def _as_1904(path: Path) -> dict[str, bytes]:
    return {"xl/workbook.xml": parts_of(path)["xl/workbook.xml"].replace(b"<sheets>", b'<workbookPr date1904="1"/><sheets>')}


def test_a_file_that_comes_back_within_a_second_is_read(handmade: Handmade, clock: PatientClock, opened: Opened) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'))
    away = path.rename(path.with_suffix(".away"))
    clock.meanwhile = lambda: shutil.copy(away, path) if len(clock.slept) == 2 else None
    assert opened(path).read().tabs["leads"].headers == ("Name",)
    assert len(clock.slept) == 2


def test_a_half_written_file_is_looked_at_again(handmade: Handmade, clock: PatientClock, opened: Opened) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    clock.meanwhile = lambda: path.write_bytes(whole)
    assert opened(path).read().tabs["leads"].headers == ("Name",)


def test_a_file_that_never_rests_is_given_up_after_a_second(
    handmade: Handmade, clock: PatientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'))
    looks = iter(range(1000))
    # Every look at the file sees another one, as when a program saves without end
    monkeypatch.setattr(sys.modules["adapters.workbooks.excel.read"], "version_of", lambda _path: (0, 0, next(looks)))
    with pytest.raises(WorkbookUnreadable, match="changes again and again"):
        ExcelWorkbook(path, clock=clock).read()
    assert 0.9 <= sum(clock.slept) <= 1.1


def test_the_version_belongs_to_what_was_read(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(""))
    snapshot = opened(path).read()
    status = path.stat()
    assert snapshot.version == (status.st_ino, status.st_size, status.st_mtime_ns)
