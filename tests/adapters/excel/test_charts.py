"""The tab KPIs in a workbook: charts that draw its numbers, and words in colours; nothing else is touched for them."""

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

import sheet_templates
from adapters.workbooks.excel import ExcelWorkbook, create
from runner import tabs
from runner.model import RowEdit, Snapshot, TabEdit
from runner.rules.kpi.cells import kpi_cells, week_cells
from runner.rules.kpi.definitions import KPIS
from runner.rules.kpi.score import Kept
from runner.rules.kpi.weeks import Week
from runner.rules.project import _keyed
from tests.adapters.excel.by_hand import HEAD, MAIN
from tests.adapters.excel.drawn import drawn

Opened = Callable[[Path], ExcelWorkbook]
HOURS = (0, 1.5, None, 4.2, 6, 5.5, 8, 9.2)
KEPT = Kept(
    at=datetime(2026, 11, 23, tzinfo=UTC),
    line=1,
    week=Week(date(2026, 11, 23)),
    trends={kpi.key: tuple(float(number) for number in range(8)) for kpi in KPIS} | {"hours_returned": HOURS},
)
WEEKS = ["5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"]


def numbers(snapshot: Snapshot) -> list[TabEdit | RowEdit]:
    """What the runner writes after a count."""
    return [*_keyed(tabs.KPIS, snapshot, kpi_cells(KEPT, snapshot)), *_keyed(tabs.KPI_WEEKS, snapshot, week_cells(KEPT))]


def count(path: Path, opened: Opened) -> None:
    book = opened(path)
    snapshot = book.read()
    book.write(numbers(snapshot), snapshot)
    assert book.refused == []
    assert numbers(book.read()) == []


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A workbook of one tab, which knows nothing of KPIs."""
    book = openpyxl.Workbook()
    book.active.title = "Leads"  # type: ignore[union-attr]
    book["Leads"].append(["Name"])
    book.save(tmp_path / "plain.xlsx")
    return tmp_path / "plain.xlsx"


def assert_drawn(path: Path) -> None:
    charts = drawn(path)
    assert list(charts) == ["Hours returned", "Failure rate, %", "Lead response, minutes", "Days to get paid"]
    assert charts["Hours returned"] == {"Hours returned": list(HOURS), "axis": WEEKS}
    assert list(charts["Failure rate, %"]) == ["Failure rate, critical path", "axis", "Failure rate, all contracts"]
    assert all(chart["axis"] == WEEKS for chart in charts.values())


def test_a_tab_that_the_runner_makes_has_charts_of_the_numbers(plain: Path, opened: Opened) -> None:
    count(plain, opened)
    assert_drawn(plain)
    assert [len(sheet._charts) for sheet in openpyxl.load_workbook(plain)] == [0, 4, 0]


def test_so_has_a_new_workbook_before_anything_was_counted(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "new.xlsx"
    create.create(sheet_templates.load("lead-to-cash"), path, today=date(2026, 11, 23), samples=False)
    sheet = openpyxl.load_workbook(path)["KPIs"]
    assert len(sheet._charts) == 4
    assert [row[0].value for row in sheet.iter_rows(min_row=2, max_row=12)] == [kpi.name for kpi in KPIS]
    count(path, opened)
    assert_drawn(path)


def test_columns_that_stand_elsewhere_are_drawn_where_they_stand(plain: Path, opened: Opened) -> None:
    book = openpyxl.load_workbook(plain)
    book.create_sheet("KPI weeks").append(["Mine", *reversed(tabs.KPI_WEEKS.headers)])
    book.save(plain)
    count(plain, opened)
    assert_drawn(plain)


def test_a_tab_kpis_that_is_there_stays_as_it_is(plain: Path, opened: Opened) -> None:
    book = openpyxl.load_workbook(plain)
    book.create_sheet("KPIs").append(["KPI", "Target"])
    book.save(plain)
    count(plain, opened)
    assert drawn(plain) == {}


def test_parts_that_are_not_ours_stay_byte_for_byte_and_no_second_write_draws_again(plain: Path, opened: Opened) -> None:
    with zipfile.ZipFile(plain) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}
    count(plain, opened)
    with zipfile.ZipFile(plain) as archive:
        after = {name: archive.read(name) for name in archive.namelist()}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"}
    book = opened(plain)
    snapshot = book.read()
    book.write([RowEdit(tab="KPIs", row=2, cells={"This week": 99})], snapshot)
    with zipfile.ZipFile(plain) as archive:
        assert set(archive.namelist()) == set(after)


DXF = '<dxf><font><color rgb="FF112233"/></font></dxf>'


@pytest.mark.parametrize(
    ("had", "kept"),
    [("", 0), ('<dxfs count="0"/>', 0), ('<dxfs count="0"></dxfs>', 0), (f'<dxfs count="2">{DXF}{DXF}</dxfs>', 2)],
)
def test_status_has_its_colours_and_the_owners_own_keep_their_numbers(
    plain: Path, tmp_path: Path, opened: Opened, had: str, kept: int
) -> None:
    styles = (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="1"><xf xfId="0"/></cellXfs>'
        f'<cellStyles count="1"><cellStyle name="Normal" xfId="0"/></cellStyles>{had}<tableStyles count="0"/></styleSheet>'
    )
    path = tmp_path / "styled.xlsx"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, styles if name == "xl/styles.xml" else old.read(name))
    count(path, opened)
    book = openpyxl.load_workbook(path)
    assert len(book._differential_styles.styles) == kept + 3
    rules = [rule for area in book["KPIs"].conditional_formatting for rule in area.rules]
    said = {rule.formula[0]: rule.dxf.fill.bgColor.rgb for rule in rules}
    assert said['OR(H2="On target",H2="Better than before")'] == "FFDDF3E4"
    assert said['OR(H2="Off target",H2="Worse than before")'] == "FFFBDDD9"
