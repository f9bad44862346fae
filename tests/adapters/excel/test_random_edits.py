"""Whatever is written, only that changes: random workbooks and random edits, compared with another program's reading."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font, PatternFill

from adapters.workbooks.excel import ExcelWorkbook
from runner.model import RowEdit, Snapshot, column_letter
from runner.values import Value
from tests.adapters.excel.by_hand import PatientClock, parts_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOMENTS = st.datetimes(datetime(1900, 3, 1), datetime(2199, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(10**12), 10**12),
    st.floats(-1e12, 1e12).map(lambda number: round(number, 4)),
    st.booleans(),
    MOMENTS,
    MOMENTS.map(datetime.date),
    st.times().map(lambda clock: clock.replace(microsecond=0)),
    st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
)
#: What openpyxl can write; it refuses control characters.
TYPED = st.one_of(
    st.none(),
    st.text("abcä &<>'\"_x0041", max_size=8),
    st.integers(-999, 999),
    st.sampled_from(["=1+1", "=SUM(A1:B2)"]),
    MOMENTS,
    st.booleans(),
)
FORMATS = st.sampled_from(["General", "0.00", "yyyy-mm-dd", "[h]:mm", "hh:mm", '#,##0 "€"', "@"])
COLUMNS = 5
HEADERS = tuple(f"Column {letter}" for letter in "ABCDE")


@st.composite
def sheets(draw: st.DrawFn) -> dict[int, list[tuple[Value, str, bool]]]:
    """Row number → cells (value, number format, with a fill), with holes."""
    numbers = draw(st.lists(st.integers(2, 30), unique=True, max_size=8))
    cell = st.tuples(TYPED, FORMATS, st.booleans())
    return {number: draw(st.lists(cell, max_size=COLUMNS)) for number in sorted(numbers)}


EDITS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(2, 40)), st.dictionaries(st.sampled_from(HEADERS), VALUES, min_size=1)),
    min_size=1,
    max_size=8,
)


def lay_out(path: Path, rows: dict[int, list[tuple[Value, str, bool]]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Data"
    for column, header in enumerate(HEADERS, 1):
        sheet.cell(1, column, header).font = Font(bold=True)
    for number, cells in rows.items():
        for column, (value, code, filled) in enumerate(cells, 1):
            cell = sheet.cell(number, column)
            cell.value = value  # type: ignore[assignment]  # what TYPED draws, openpyxl takes
            cell.number_format = code
            if filled:
                cell.fill = PatternFill("solid", fgColor="FFFF00")
    book.create_sheet("Other")["B2"] = "=Data!A2"
    book.save(path)


def facts(path: Path) -> dict[tuple[int, int], tuple[object, str, object, bool]]:
    """(row, column) → value, number format, fill and weight of every cell of Data that has any of them."""
    sheet = openpyxl.load_workbook(path)["Data"]
    cells = (cell for row in sheet.iter_rows() for cell in row if isinstance(cell, Cell))
    return {(c.row, c.column): (c.value, c.number_format, c.fill.fgColor.rgb, bool(c.font.b)) for c in cells}


def places(edits: list[tuple[int | None, dict[str, Value]]], snapshot: Snapshot, path: Path) -> dict[tuple[int, int], Value]:
    """Where each value should stand in the end, worked out apart from the program."""
    last = max((row.number for row in snapshot.tabs["data"].rows), default=1)
    formulas = {place for place, (value, *_) in facts(path).items() if isinstance(value, str) and value.startswith("=")}
    expected: dict[tuple[int, int], Value] = {}
    used = {row.number for row in snapshot.tabs["data"].rows}
    for number, cells in edits:
        columns = {HEADERS.index(header) + 1: value for header, value in cells.items()}
        if number is None:
            last += 1
            while last in used or any((last, column) in formulas for column in columns):
                last += 1
        row = number or last
        if any(value not in (None, "") for value in columns.values()):
            used.add(row)
        expected |= {(row, column): value for column, value in columns.items()}
    return expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=sheets(), edits=EDITS)
def test_random_edits_change_their_cells_and_no_others(
    rows: dict[int, list[tuple[Value, str, bool]]], edits: list[tuple[int | None, dict[str, Value]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.xlsx"
        lay_out(path, rows)
        before, parts = facts(path), parts_of(path)
        workbook = ExcelWorkbook(path, clock=PatientClock())
        snapshot = workbook.read()
        expected = places(edits, snapshot, path)
        workbook.write([RowEdit(tab="Data", row=number, cells=cells) for number, cells in edits], snapshot)
        assert workbook.refused == []
        after, new_parts = facts(path), parts_of(path)
        for place in before.keys() | after.keys():
            if place not in expected:
                assert after.get(place, (None,))[0] == before.get(place, (None,))[0], place
                if place in before and before[place][1:] != ("General", "00000000", False):
                    assert after[place] == before[place], place
        read = {row.number: row.cells for row in workbook.read().tabs["data"].rows}
        for (number, column), value in expected.items():
            cells = read.get(number, ())
            assert (cells[column - 1] if column <= len(cells) else None) == as_read(value), (
                number,
                column_letter(column - 1),
                value,
            )
        touched = {"xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"}
        assert {name for name in parts if parts[name] != new_parts[name]} <= touched
        assert parts.keys() == new_parts.keys()


def as_read(value: Value) -> Value:
    """A moment at midnight is a date in a sheet, and empty text is no text."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    return None if value == "" else value
