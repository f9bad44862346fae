"""Law 10: an owner's workbook comes back as it was, but for the cells that are ours."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import etree  # type: ignore[import-untyped]
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from adapters.workbooks.excel import ExcelWorkbook
from runner.model import RowEdit, TabEdit
from tests.adapters.excel.by_hand import cell_in, parts_of, sheet_of

Opened = Callable[[Path], ExcelWorkbook]
#: openpyxl about what it would lose.
pytestmark = pytest.mark.filterwarnings("ignore:Unknown extension is not supported")
SHEET = "xl/worksheets/sheet1.xml"
#: One red dot.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    """A workbook with nearly everything that openpyxl can make, and more parts put in by hand."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    sheet.append(["Name", "Amount", "Due", "Run"])
    sheet.append(["Ana", 12.5, datetime(2026, 11, 30), None])
    sheet.append(["Bo", 7, datetime(2026, 12, 1), "R-1"])
    sheet["F2"] = "=SUM(B2:B3)"
    sheet["A2"].comment = Comment("Call her first", "Owner")
    sheet["B3"].number_format = '#,##0.00 "€"'
    sheet["B3"].fill = PatternFill("solid", fgColor="FFFF00")
    red = PatternFill("solid", bgColor="FF0000")
    rule = CellIsRule(operator="greaterThan", formula=["10"], fill=red)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add("B2:B3", rule)
    check = DataValidation(type="list", formula1='"R-1,R-2"')
    check.add("D2:D3")
    sheet.add_data_validation(check)
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    sheet.row_dimensions[3].height = 40
    sheet.column_dimensions["A"].width = 33
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "H2")
    other = book.create_sheet("Prices")
    for line in (["Item", "Price"], ["Bolt", 3]):
        other.append(line)
    other.add_table(Table(displayName="Prices", ref="A1:B2"))
    book.create_sheet("Secret").sheet_state = "veryHidden"
    book.defined_names["Rate"] = DefinedName("Rate", attr_text="Prices!$B$2")
    book.save(tmp_path / "plain.xlsx")
    return _with_more(tmp_path / "plain.xlsx", tmp_path / "rich.xlsm")


def _with_more(plain: Path, path: Path) -> Path:
    """With macros, a picture, a part nobody knows, a stored entry, an attribute and an extension of a later Excel."""
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "[Content_Types].xml":
                data = data.replace(
                    b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"
                )
                macros = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
                data = data.replace(b"</Types>", macros)
            if info.filename == SHEET:
                extension = b'<extLst><ext uri="{01}" xmlns:x9="urn:later"><x9:thing a="1 &gt; 0"/></ext></extLst></worksheet>'
                data = data.replace(b"</worksheet>", extension).replace(
                    b'<row r="3"', b'<row r="3" x9a:mark="7" xmlns:x9a="urn:later"'
                )
            new.writestr(info, data)
        new.writestr("xl/vbaProject.bin", bytes(range(256)) * 40)
        new.writestr("xl/media/dot.png", PICTURE, zipfile.ZIP_STORED)
        new.writestr("customXml/item1.xml", "<mine>  kept <!-- as it is --> </mine>")
    return path


def raw_entries(path: Path) -> dict[str, bytes]:
    """The packed bytes of every part as they lie in the file."""
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {}
        for info in archive.infolist():
            start = info.header_offset + 30 + int.from_bytes(data[info.header_offset + 26 :][:2], "little")
            start += int.from_bytes(data[info.header_offset + 28 :][:2], "little")
            found[info.filename] = data[start : start + info.compress_size]
        return found


def test_parts_that_are_not_ours_stay_byte_for_byte(rich: Path, opened: Opened) -> None:
    before = raw_entries(rich)
    book = opened(rich)
    book.write(
        [RowEdit(tab="Leads", row=2, cells={"Run": "R-2"}), RowEdit(tab="Leads", row=None, cells={"Name": "Cy"})], book.read()
    )
    after = raw_entries(rich)
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET}


def test_of_our_sheet_only_our_cells_change(rich: Path, opened: Opened) -> None:
    before = sheet_of(rich)
    book = opened(rich)
    book.write([RowEdit(tab="Leads", row=2, cells={"Run": "R-2"}), RowEdit(tab="Leads", row=3, cells={"Run": None})], book.read())
    after = sheet_of(rich)
    assert cell_in(after, "D2") == '<c r="D2" t="inlineStr"><is><t>R-2</t></is></c>'
    assert cell_in(after, "D3") == '<c r="D3"/>'
    undone = after.replace(cell_in(after, "D2"), cell_in(before, "D2")).replace(cell_in(after, "D3"), cell_in(before, "D3"))
    assert undone == before


def test_a_new_row_leaves_every_other_element_as_it_was(rich: Path, opened: Opened) -> None:
    before = etree.fromstring(parts_of(rich)[SHEET])
    book = opened(rich)
    book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Cy", "Amount": 5})], book.read())
    after = etree.fromstring(parts_of(rich)[SHEET])
    row = after.find("{*}sheetData")[-1]
    assert [cell.get("r") for cell in row] == ["A4", "B4", "C4"]
    row.getparent().remove(row)
    dimension = after.find("{*}dimension")
    assert dimension.get("ref") == "A1:F4"
    dimension.set("ref", before.find("{*}dimension").get("ref"))
    assert etree.tostring(after, method="c14n") == etree.tostring(before, method="c14n")


def test_a_new_row_looks_like_the_one_above(rich: Path, opened: Opened) -> None:
    book = opened(rich)
    book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Cy", "Amount": 5})], book.read())
    sheet = openpyxl.load_workbook(rich)["Leads"]
    assert sheet["B4"].number_format == '#,##0.00 "€"'
    assert sheet["B4"].fill.fgColor.rgb == "00FFFF00"
    assert sheet["C4"].number_format == sheet["C3"].number_format
    assert sheet["C4"].value is None


def test_formulas_and_their_results_stay(rich: Path, tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "results.xlsx"
    with zipfile.ZipFile(rich) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"(<f>SUM\(B2:B3\)</f>)<v ?/?>(</v>)?", rb"\1<v>19.5</v>", old.read(name)))
    book = opened(path)
    book.write([RowEdit(tab="Leads", row=2, cells={"Amount": 100})], book.read())
    assert book.read().tabs["leads"].rows[0].cells[5] == 19.5
    assert b'fullCalcOnLoad="1"' in parts_of(path)["xl/workbook.xml"]


def test_what_a_person_sees_in_openpyxl_survives_many_writes(rich: Path, opened: Opened) -> None:
    book = opened(rich)
    sizes = []
    for number in range(12):
        book.write(
            [
                RowEdit(tab="Leads", row=2, cells={"Run": f"=R-{number}", "Name": datetime(2026, 11, 22, 9, number + 1)}),
                TabEdit(tab="Runs", headers=("Run", "State")),
                RowEdit(tab="Runs", row=None, cells={"Run": f"R-{number}", "State": number}),
            ],
            book.read(),
        )
        sizes.append(len(parts_of(rich)["xl/styles.xml"]))
    assert len(set(sizes)) == 1, "the list of formats must not grow with every write"
    reopened = openpyxl.load_workbook(rich, keep_vba=True)
    sheet = reopened["Leads"]
    assert reopened.sheetnames == ["Leads", "Prices", "Secret", "Runs"]
    assert reopened["Secret"].sheet_state == "veryHidden"
    assert sheet["A2"].comment is not None
    assert [str(rule.sqref) for rule in sheet.conditional_formatting] == ["B2:B3"]
    assert sheet.freeze_panes == "B2"
    assert "Rate" in reopened.defined_names
    assert reopened["Prices"].tables["Prices"].ref == "A1:B2"
    assert reopened["Runs"].max_row == 13


def test_text_like_a_formula_is_marked_as_text_for_the_next_typing(rich: Path, opened: Opened) -> None:
    book = opened(rich)
    book.write([RowEdit(tab="Leads", row=2, cells={"Run": "=1+1"})], book.read())
    cell = openpyxl.load_workbook(rich)["Leads"]["D2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_macro_workbook_keeps_its_macros(rich: Path, opened: Opened) -> None:
    book = opened(rich)
    book.write([TabEdit(tab="Runs", headers=("Run",))], book.read())
    parts = parts_of(rich)
    assert parts["xl/vbaProject.bin"] == bytes(range(256)) * 40
    assert b"macroEnabled" in parts["[Content_Types].xml"]
