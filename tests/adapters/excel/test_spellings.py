"""Sheets in every spelling that programs write: prefixes, missing references, shared formulas, arrays, merged cells."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.excel.styles import shows
from runner.errors import WorkbookUnreadable
from runner.model import RowEdit, TabEdit
from tests.adapters.excel.by_hand import HEAD, MAIN, OFFICE, STYLES, cell_in, parts_of, sheet_of, text_cell, worksheet
from tests.adapters.excel.conftest import Handmade

Opened = Callable[[Path], ExcelWorkbook]
HEADER = f'<row r="1" spans="1:2">{text_cell("A1", "Name")}{text_cell("B1", "Run")}</row>'


def write(book: ExcelWorkbook, *edits: RowEdit | TabEdit) -> None:
    book.write(edits, book.read())


def values(book: ExcelWorkbook) -> dict[int, tuple[object, ...]]:
    return {row.number: (row.get("Name"), row.get("Run")) for row in book.read().tabs["leads"].rows}


def test_rows_and_cells_without_references_are_counted(handmade: Handmade, opened: Opened) -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    header = f"<row>{cell('Name')}{cell('Other')}{cell('Run')}</row>"
    rows = f"{header}<row>{cell('Ana')}{cell('x')}</row><row/><row>{cell('Bo')}<c/><c><v>1</v></c></row>"
    book = opened(handmade(worksheet(rows)))
    write(
        book,
        RowEdit(tab="Leads", row=2, cells={"Run": "R-1"}),
        RowEdit(tab="Leads", row=3, cells={"Name": "In between"}),
        RowEdit(tab="Leads", row=4, cells={"Run": "R-2"}),
        RowEdit(tab="Leads", row=None, cells={"Name": "Cy"}),
    )
    assert values(book) == {2: ("Ana", "R-1"), 3: ("In between", None), 4: ("Bo", "R-2"), 5: ("Cy", None)}
    assert [cell.value for cell in openpyxl.load_workbook(book._path)["Leads"]["C"]] == ["Run", "R-1", None, "R-2", None]


def test_a_prefix_is_used_for_what_is_new(handmade: Handmade, opened: Opened) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:dimension ref="A1:B2"/><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>Name</x:t></x:is></x:c>'
        '<x:c r="B1" t="inlineStr"><x:is><x:t>Run</x:t></x:is></x:c></x:row>'
        '<x:row r="2"><x:c r="A2"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    book = opened(handmade(sheet))
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": "R-1"}), RowEdit(tab="Leads", row=None, cells={"Name": "Cy", "Run": 7}))
    assert values(book) == {2: (5, "R-1"), 3: ("Cy", 7)}
    assert '<x:c r="B2" t="inlineStr"><x:is><x:t>R-1</x:t></x:is></x:c>' in sheet_of(book._path)
    assert openpyxl.load_workbook(book._path)["Leads"]["B3"].value == 7


@pytest.mark.parametrize(
    "sheet_data", ["<sheetData/>", "<sheetData></sheetData>", '<sheetData>\n<row r="1" spans="1:1"/>\n</sheetData>']
)
def test_an_empty_sheet_takes_a_header_and_rows(handmade: Handmade, opened: Opened, sheet_data: str) -> None:
    book = opened(handmade(f'<worksheet xmlns="{MAIN}">{sheet_data}<printOptions gridLines="1"/></worksheet>'))
    write(book, TabEdit(tab="Leads", headers=("Name", "Run")), RowEdit(tab="Leads", row=None, cells={"Run": 1}))
    assert book.read().tabs["leads"].headers == ("Name", "Run")
    assert values(book) == {2: (None, 1)}
    assert sheet_of(book._path).endswith('<printOptions gridLines="1"/></worksheet>')


def test_dimension_and_spans_grow_with_what_is_written(handmade: Handmade, opened: Opened) -> None:
    book = opened(
        handmade(worksheet(f'{HEADER}<row r="2" spans="1:1"><c r="A2"><v>1</v></c></row>', before='<dimension ref="A1:B2"/>'))
    )
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": "x"}), RowEdit(tab="Leads", row=9, cells={"Name": "far"}))
    sheet = sheet_of(book._path)
    assert '<dimension ref="A1:B9"/>' in sheet
    assert '<row r="2" spans="1:2">' in sheet


def test_attributes_before_the_reference_do_not_hide_a_row(handmade: Handmade, opened: Opened) -> None:
    rows = f"{HEADER}<row spans='1:2' ht='20' r='5'><c s='2' r='A5'><v>1</v></c></row><row ht='9' r='7'/>"
    book = opened(handmade(worksheet(rows)))
    write(book, *(RowEdit(tab="Leads", row=number, cells={"Run": number}) for number in (7, 6, 5, 3)))
    assert values(book) == {3: (None, 3), 5: (1, 5), 6: (None, 6), 7: (None, 7)}
    tags = [part.split(">")[0] for part in sheet_of(book._path).split("<row ")[1:]]
    assert [("3" in tag, "5" in tag, "6" in tag, "7" in tag) for tag in tags[1:]] == [
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    ]


def test_a_new_cell_takes_the_style_of_its_row_or_column(handmade: Handmade, opened: Opened) -> None:
    rows = f'{HEADER}<row r="2" s="2" customFormat="1"/><row r="3"><c r="A3"><v>1</v></c></row>'
    book = opened(handmade(worksheet(rows, before='<cols><col min="2" max="3" width="9" style="1"/></cols>')))
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": 1}), RowEdit(tab="Leads", row=3, cells={"Run": "text"}))
    sheet = sheet_of(book._path)
    assert cell_in(sheet, "B2") == '<c r="B2" s="2"><v>1</v></c>'
    assert 's="1"' in cell_in(sheet, "B3")


def test_merged_cells_are_left_alone_and_the_rest_is_written(handmade: Handmade, opened: Opened) -> None:
    rows = f'{HEADER}<row r="2"><c r="A2"><v>1</v></c><c r="B2"/></row><row r="3"/>'
    book = opened(handmade(worksheet(rows, after='<mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells>')))
    write(book, RowEdit(tab="Leads", row=2, cells={"Name": 5, "Run": "lost"}), RowEdit(tab="Leads", row=3, cells={"Run": "kept"}))
    assert values(book) == {2: (5, None), 3: (None, "kept")}
    (problem,) = book.refused
    assert (problem.where, problem.tab) == ("Leads!B2", "Leads")
    assert "A2:B2" in problem.message
    write(book, RowEdit(tab="Leads", row=3, cells={"Run": "again"}))
    assert book.refused == []


def test_a_row_that_would_fall_into_merged_cells_is_not_added_by_halves(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(HEADER, after='<mergeCells count="1"><mergeCell ref="A2:B9"/></mergeCells>')))
    before = book.read()
    assert book.write([RowEdit(tab="Leads", row=None, cells={"Name": "Cy", "Run": "x"})], before) == before.version
    assert [problem.where for problem in book.refused] == ["Leads!row 2"]


FORMULAS = (
    f'{HEADER}<row r="2"><c r="A2"><f t="shared" ref="A2:A4" si="0">ROW()</f><v>2</v></c>'
    '<c r="B2" cm="1"><f t="array" ref="B2:B3">A2:A3</f><v>2</v></c></row>'
    '<row r="3"><c r="A3"><f t="shared" si="0"/><v>3</v></c><c r="B3"><v>3</v></c></row>'
    '<row r="4"><c r="A4"><f t="shared" si="0"/><v>4</v></c><c r="B4" t="str"><f>"a"</f><v>a</v></c></row>'
)


def test_formulas_that_others_depend_on_are_never_overwritten(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(FORMULAS)))
    write(book, *(RowEdit(tab="Leads", row=number, cells={"Name": "n", "Run": "r"}) for number in (2, 3, 4)))
    assert [problem.where for problem in book.refused] == ["Leads!A2", "Leads!B2", "Leads!B3"]
    assert values(book) == {2: (2, 2), 3: ("n", 3), 4: ("n", "r")}


CHAIN = {
    "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="B4" i="1"/></calcChain>',
}


def with_chain(path: Path) -> dict[str, str | bytes]:
    parts = parts_of(path)
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    types, arrows = parts["[Content_Types].xml"], parts["xl/_rels/workbook.xml.rels"]
    content = f'<Override PartName="/xl/calcChain.xml" ContentType="{OFFICE}.spreadsheetml.calcChain+xml"/></Types>'.encode()
    return {
        **CHAIN,
        "[Content_Types].xml": types.replace(b"</Types>", content),
        "xl/_rels/workbook.xml.rels": arrows.replace(
            b"</Relationships>", b'<Relationship Id="rId9" Type="%s" Target="calcChain.xml"/></Relationships>' % kind
        ),
    }


def test_the_list_of_formulas_goes_when_a_formula_goes(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(FORMULAS), parts=with_chain(handmade(worksheet(FORMULAS))))
    book = opened(path)
    write(book, RowEdit(tab="Leads", row=4, cells={"Run": "typed over"}))
    parts = parts_of(path)
    assert "xl/calcChain.xml" not in parts
    assert not any(b"calcChain" in data for data in parts.values())
    assert values(book)[4] == (4, "typed over")


def test_the_list_of_formulas_stays_when_no_formula_goes(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(FORMULAS), parts=with_chain(handmade(worksheet(FORMULAS))))
    write(opened(path), RowEdit(tab="Leads", row=9, cells={"Run": "new"}))
    assert parts_of(path)["xl/calcChain.xml"].decode() == CHAIN["xl/calcChain.xml"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '</sheets><calcPr fullCalcOnLoad="1"/></workbook>'),
        ('<calcPr calcId="191029"/>', '</sheets><calcPr calcId="191029" fullCalcOnLoad="1"/></workbook>'),
        ('<calcPr fullCalcOnLoad="0"/><extLst/>', '</sheets><calcPr fullCalcOnLoad="1"/><extLst/></workbook>'),
        ("<definedNames></definedNames><extLst/>", '<definedNames></definedNames><calcPr fullCalcOnLoad="1"/><extLst/></workbook>'),
    ],
)
def test_excel_is_asked_to_compute_anew(handmade: Handmade, opened: Opened, before: str, after: str) -> None:
    book = opened(handmade(worksheet(HEADER), workbook=before))
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": "x"}))
    assert parts_of(book._path)["xl/workbook.xml"].decode().endswith(after)


def test_rows_prepared_with_formulas_are_filled_from_the_first(handmade: Handmade, opened: Opened) -> None:
    prepared = "".join(f'<row r="{n}"><c r="C{n}" t="str"><f>IF(A{n}="","",1)</f><v></v></c></row>' for n in range(2, 30))
    rows = f'<row r="1">{text_cell("A1", "Name")}{text_cell("B1", "Run")}{text_cell("C1", "Sum")}</row>{prepared}'
    book = opened(handmade(worksheet(rows)))
    write(book, RowEdit(tab="Leads", row=None, cells={"Name": "first"}), RowEdit(tab="Leads", row=None, cells={"Name": "second"}))
    assert values(book) == {2: ("first", None), 3: ("second", None)}
    assert "<f>IF(A2=" in cell_in(sheet_of(book._path), "C2")


def test_a_sheet_filter_follows_new_rows(handmade: Handmade, opened: Opened) -> None:
    name = '<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">Leads!$A$1:$B$2</definedName>'
    rows = f'{HEADER}<row r="2"><c r="A2"><v>1</v></c></row>'
    book = opened(handmade(worksheet(rows, after='<autoFilter ref="A1:B2"/>'), workbook=f"<definedNames>{name}</definedNames>"))
    write(book, *(RowEdit(tab="Leads", row=None, cells={"Name": n}) for n in range(3)))
    parts = parts_of(book._path)
    assert b'<autoFilter ref="A1:B5"/>' in parts["xl/worksheets/sheet1.xml"]
    assert b"Leads!$A$1:$B$5</definedName>" in parts["xl/workbook.xml"]


@pytest.mark.parametrize(
    "sheet", [worksheet(f"{HEADER}<!-- made by hand -->"), worksheet(HEADER).replace("<row", "<![CDATA[]]><row", 1)]
)
def test_a_sheet_that_bytes_cannot_be_trusted_in_is_left_alone(handmade: Handmade, opened: Opened, sheet: str) -> None:
    book = opened(handmade(sheet))
    before = book.read()
    assert book.write([RowEdit(tab="Leads", row=2, cells={"Run": "x"})], before) == before.version
    assert [problem.where for problem in book.refused] == ["Leads"]
    assert "no spreadsheet program writes" in book.refused[0].message


def test_times_take_a_format_that_shows_them_and_numbers_lose_it(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(HEADER)))
    for value in (
        datetime(2026, 11, 22, 9, 30),
        7.5,
        time(9, 30),
        date(2026, 11, 22),
        timedelta(hours=40),
        3,
        "text",
        datetime(2026, 1, 2, 3, 4),
    ):
        write(book, RowEdit(tab="Leads", row=2, cells={"Run": value}))
        assert values(book)[2][1] == value
    assert openpyxl.load_workbook(book._path)["Leads"]["B2"].is_date


def test_an_owners_date_format_is_kept(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(f'{HEADER}<row r="2"><c r="B2" s="1"/></row>')))
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": datetime(2026, 11, 22, 9, 30)}))
    assert 's="1"' in cell_in(sheet_of(book._path), "B2")
    assert parts_of(book._path)["xl/styles.xml"].decode() == STYLES


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")  # openpyxl about the sparing one
@pytest.mark.parametrize(
    "styles", ["", f'{HEAD}<styleSheet xmlns="{MAIN}"><dxfs count="0"/></styleSheet>'], ids=["none", "sparing"]
)
def test_a_workbook_without_formats_gets_those_that_are_needed(handmade: Handmade, opened: Opened, styles: str) -> None:
    parts = {"xl/styles.xml": styles} if styles else {}
    book = opened(handmade(worksheet(HEADER), parts=parts, styles=bool(styles)))
    write(book, TabEdit(tab="Runs", headers=("Run",)), RowEdit(tab="Leads", row=2, cells={"Run": datetime(2026, 11, 22, 9, 30)}))
    assert values(book)[2][1] == datetime(2026, 11, 22, 9, 30)
    assert openpyxl.load_workbook(book._path)["Leads"]["B2"].is_date


def test_dates_from_1904_are_written_as_such(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(HEADER))
    workbook = parts_of(path)["xl/workbook.xml"].replace(b"<sheets>", b'<workbookPr date1904="true"/><sheets>')
    book = opened(handmade(worksheet(HEADER), parts={"xl/workbook.xml": workbook}))
    write(book, RowEdit(tab="Leads", row=2, cells={"Run": date(2026, 11, 22)}))
    assert values(book)[2][1] == date(2026, 11, 22)
    assert "<v>44886</v>" in cell_in(sheet_of(book._path), "B2")


def test_a_long_text_is_cut_where_excel_would_refuse_it(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(HEADER)))
    write(
        book,
        RowEdit(tab="Leads", row=2, cells={"Name": "x" * 32_767, "Run": "y" * 32_768}),
        RowEdit(tab="Leads", row=3, cells={"Run": "😀" * 20_000}),
    )
    found = values(book)
    assert found[2] == ("x" * 32_767, "y" * 32_766 + "…")
    assert found[3][1] == "😀" * 16_383 + "…"


def test_numbers_that_excel_cannot_hold_are_written_as_text(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(HEADER)))
    write(
        book,
        RowEdit(tab="Leads", row=2, cells={"Name": 2**60, "Run": float("inf")}),
        RowEdit(tab="Leads", row=3, cells={"Run": date(1850, 1, 1)}),
    )
    assert values(book) == {2: (str(2**60), "inf"), 3: (None, "1850-01-01")}


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("General", "number"),
        ("@", "number"),
        ('0.00 "days"', "number"),
        ("[Red]0.0", "number"),
        ("yyyy-mm-dd hh:mm", "date"),
        ("mmm", "date"),
        ("[$-409]d mmm yyyy;@", "date"),
        ("h:mm AM/PM", "clock"),
        ("mm:ss", "clock"),
        ("[h]:mm", "span"),
        ("[mm]:ss", "span"),
    ],
)
def test_number_formats_are_told_apart(code: str, meaning: str) -> None:
    assert shows(code).value == meaning


@pytest.mark.parametrize("name", ["", "x" * 32, "a/b", "'quoted'", "History"])
def test_a_name_that_excel_refuses_makes_no_tab(handmade: Handmade, opened: Opened, name: str) -> None:
    book = opened(handmade(worksheet(HEADER)))
    row = RowEdit(tab=name, row=None, cells={"Run": 1})
    write(book, TabEdit(tab=name, headers=("Run",)), row, RowEdit(tab="Leads", row=2, cells={"Run": "x"}))
    assert values(book) == {2: (None, "x")}
    assert len(book.refused) == 1


def test_a_damaged_part_stops_the_write_with_a_sentence(handmade: Handmade, opened: Opened) -> None:
    book = opened(handmade(worksheet(HEADER), parts={"xl/styles.xml": '<styleSheet><cellXfs count="0"></cellXfs></styleSheet>'}))
    before = book.read()
    with pytest.raises(WorkbookUnreadable, match="damaged"):
        book.write([RowEdit(tab="Leads", row=2, cells={"Run": "x"})], before)
    assert book.version() == before.version
