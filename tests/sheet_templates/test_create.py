"""The workbooks as other programs see them: calamine, openpyxl and LibreOffice read what `create` made."""

import shutil
import subprocess
import sys
import zipfile
from datetime import date

import openpyxl
import pytest
import python_calamine

import sheet_templates
from adapters.workbooks.excel.create import create
from runner.errors import RowpactError
from runner.tabs import STANDARD_TABS
from runner.values import name_key
from sheet_templates.look import MOODS, Mood

TODAY = date(2026, 11, 22)
NAMES = sheet_templates.names()


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Every template as a workbook with its samples: name → path."""
    folder = tmp_path_factory.mktemp("books")
    paths = {name: folder / f"{name}.xlsx" for name in NAMES}
    for name, path in paths.items():
        create(sheet_templates.load(name), path, today=TODAY, samples=True)
    return paths


def expected(name):
    """Tab → its header row and the rows below, as a reader should see them."""
    sheets = sheet_templates.load(name).with_samples(TODAY).sheets()
    return {
        sheet.name: [[c.name for c in sheet.columns], *([row.get(c.name) for c in sheet.columns] for row in sheet.rows)]
        for sheet in sheets
    }


def read(path):
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names if name != "Start here"
    }


def plain(grid):
    """Blanks as None, rows and lines of blanks cut off at the end, so that readers can be compared."""
    rows = [[None if cell == "" else cell for cell in row] for row in grid]
    rows = [row[: max((i + 1 for i, cell in enumerate(row) if cell is not None), default=0)] for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_finds_every_header_and_row(books, name):
    seen = read(books[name])
    wanted = expected(name)
    assert list(seen) == list(wanted)
    for tab, grid in wanted.items():
        assert plain(seen[tab]) == plain(grid), tab


@pytest.mark.parametrize("name", NAMES)
def test_every_tab_is_a_table_with_a_frozen_header(books, name):
    book = openpyxl.load_workbook(books[name])
    for page in book.worksheets[1:]:
        (table,) = page.tables.values()
        assert table.ref == page.dimensions
        assert table.column_names == [cell.value for cell in page[1]]
        assert page.max_row >= 2
        assert page.freeze_panes == "B2"
        assert (page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight) == ("landscape", 1, 0)
        assert page.print_title_rows == "$1:$1"
    assert book.active.title == "Start here"


def test_nothing_is_protected_merged_or_a_formula(books):
    for path in books.values():
        for page in openpyxl.load_workbook(path).worksheets:
            assert not page.protection.sheet
            assert not page.merged_cells.ranges
            assert not [cell.coordinate for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_text_that_looks_like_a_formula_stays_text_even_when_it_is_edited(books):
    page = openpyxl.load_workbook(books["lead-to-cash"])["Leads"]
    (cell,) = [cell for cell in page["A"] if str(cell.value).startswith("=")]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_tabs_of_one_kind_share_a_colour(books):
    book = openpyxl.load_workbook(books["lead-to-cash"])
    colours = {page.title: page.sheet_properties.tabColor.rgb for page in book.worksheets}
    assert (
        colours["Leads"]
        == colours["Invoices"]
        != colours["Contracts"]
        == colours["Lead score"]
        != colours["Runs"]
        == colours["Runner"]
    )


def rules(page, column):
    """The column's validation, by its header."""
    letter = next(cell.column_letter for cell in page[1] if cell.value == column)
    found = [rule for rule in page.data_validations.dataValidation if str(rule.sqref) == f"{letter}2:{letter}5000"]
    return found[0] if found else None


def test_drop_downs_offer_and_warn_but_never_forbid(books):
    book = openpyxl.load_workbook(books["lead-to-cash"])
    enabled = rules(book["Contracts"], "Enabled")
    assert (enabled.formula1, enabled.errorStyle, enabled.showErrorMessage) == ('"Yes,No,Shadow"', "warning", True)
    assert rules(book["Contracts"], "Tab").formula1 == '"Leads,Clients,Milestones,Invoices"'
    assert rules(book["Steps"], "Contract").formula1 == "Contracts!$A$2:$A$500"
    assert not rules(book["Contracts"], "Trigger").showErrorMessage
    decision = rules(book["Approvals"], "Decision")
    assert (decision.formula1, decision.showErrorMessage) == ('"APPROVE,REJECT,RELEASE,SKIP"', False)
    every = [rule for page in book.worksheets for rule in page.data_validations.dataValidation]
    assert all(rule.errorStyle == "warning" for rule in every if rule.type and rule.showErrorMessage)


def test_every_hint_is_shown_when_a_cell_is_selected(books):
    book = openpyxl.load_workbook(books["lead-to-cash"])
    for page in book.worksheets[1:]:
        standard = STANDARD_TABS.get(name_key(page.title))
        for column in standard.columns if standard else ():
            if column.hint:
                rule = rules(page, column.name)
                assert rule.showInputMessage
                assert rule.prompt == column.hint


def test_the_colours_reach_rows_that_do_not_exist_yet(books):
    book = openpyxl.load_workbook(books["lead-to-cash"])
    found = {
        str(cells.sqref): [rule.formula[0] for rule in page_rules]
        for cells, page_rules in book["Runs"].conditional_formatting._cf_rules.items()
    }
    assert all(area.endswith("5000") for area in found)
    assert sum("AWAITING_APPROVAL" in formula for formula in found["D2:D5000"]) == 1
    (well,) = [
        rule
        for page_rules in book["Leads"].conditional_formatting._cf_rules.values()
        for rule in page_rules
        if '"DONE"' in rule.formula[0]
    ]
    assert well.dxf.fill.bgColor.rgb.endswith(MOODS[Mood.WELL].fill)


def test_a_note_beside_a_step_has_not_the_colour_of_a_mistake(books):
    page = openpyxl.load_workbook(books["lead-to-cash"])["Steps"]
    check = next(cell.column_letter for cell in page[1] if cell.value == "Check")
    rules = page.conditional_formatting[f"{check}2:{check}5000"]
    fills = {rule.formula[0]: rule.dxf.fill.bgColor.rgb[2:] for rule in sorted(rules, key=lambda rule: rule.priority) if rule.dxf}
    assert [fills[formula] for formula in list(fills)[:3]] == [MOODS[mood].fill for mood in (Mood.WELL, Mood.GOING_ON, Mood.WRONG)]
    assert "CHAR(10)" in list(fills)[1]


def test_the_first_page_links_to_tabs_that_are_there(books):
    for path in books.values():
        book = openpyxl.load_workbook(path)
        links = [cell.hyperlink.location for row in book["Start here"].iter_rows() for cell in row if cell.hyperlink]
        assert len(links) > len(book.sheetnames) - 1
        assert {link.split("!")[0].strip("'") for link in links} == set(book.sheetnames) - {"Start here"}


def test_a_row_with_long_text_is_high_and_still_fits_itself_when_edited(books):
    with zipfile.ZipFile(books["lead-to-cash"]) as file:
        steps = next(part for part in file.namelist() if b"{{ settings.crm_url }}/leads" in file.read(part))
        body = file.read(steps).split(b"<sheetData>")[1]
    first = body.split(b"<row ")[2].split(b">")[0]
    assert b'ht="' in first
    assert b"customHeight=" not in first or b'customHeight="0"' in first


def test_without_samples_the_tabs_are_ready_and_empty(tmp_path):
    path = tmp_path / "new.xlsx"
    create(sheet_templates.load("lead-to-cash"), path, today=TODAY, samples=False)
    seen = read(path)
    assert len(plain(seen["Leads"])) == 1
    assert len(plain(seen["Contracts"])) == 7
    assert openpyxl.load_workbook(path)["Leads"].tables["Leads"].ref == "A1:N2"


def test_an_existing_file_is_never_overwritten(tmp_path):
    path = tmp_path / "mine.xlsx"
    path.write_text("my work")
    with pytest.raises(RowpactError, match=r"There is already a file .*mine\.xlsx\. Nothing was changed"):
        create(sheet_templates.load("blank"), path, today=TODAY, samples=False)
    assert path.read_text() == "my work"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RowpactError, match=r"There is no folder .*nowhere\. Make it first"):
        create(sheet_templates.load("blank"), tmp_path / "nowhere" / "b.xlsx", today=TODAY, samples=False)


def test_a_place_that_refuses_is_named(tmp_path):
    with pytest.raises(RowpactError, match=r"cannot be written: .+\. Choose another place"):
        create(sheet_templates.load("blank"), tmp_path / ("x" * 300), today=TODAY, samples=False)


def test_openpyxl_is_loaded_only_to_make_a_workbook():
    code = "import sys, adapters.workbooks.excel.create; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_and_keeps_every_workbook(books, tmp_path):
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, *map(str, books.values())], check=True, capture_output=True, timeout=240)
    for name in NAMES:
        again = tmp_path / f"{name}.xlsx"
        assert {tab: plain(grid) for tab, grid in read(again).items()} == {tab: plain(grid) for tab, grid in expected(name).items()}
        book = openpyxl.load_workbook(again)
        assert rules_and_colours(book) == rules_and_colours(openpyxl.load_workbook(books[name]))


def rules_and_colours(book):
    """Per tab: whether it still has its drop-downs and its colours, and how many formulas."""
    return {
        page.title: (
            bool(page.data_validations.dataValidation),
            bool(page.conditional_formatting),
            sum(cell.data_type == "f" for row in page.iter_rows() for cell in row),
        )
        for page in book.worksheets
    }


def test_a_row_is_as_high_as_its_longest_wrapped_text_also_beside_a_column_of_the_same_width(books):
    page = openpyxl.load_workbook(books["lead-to-cash"])["Checks"]
    heights = {str(page.cell(row, 3).value)[:8]: page.row_dimensions[row].height for row in range(2, page.max_row + 1)}
    assert heights["100..150"] == 15
    assert heights["no words"] == heights["names: N"] == 30
