"""Makes a new Excel workbook from a template: real tables, drop-downs, hints, colours by state, and a first page that explains.

Invariant: an existing file is never overwritten, and text from a template is never a formula.
"""

import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, cast

from adapters.workbooks.excel.charts import add_charts
from adapters.workbooks.excel.new_tab import name_refusal
from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.workbook_xml import WorkbookXml
from runner.errors import RowpactError
from runner.tabs import KPI_WEEKS, KPIS, Column
from runner.values import ErrorValue, Value, name_key, show
from sheet_templates.charts import CHARTS, corner
from sheet_templates.colours import header_tone
from sheet_templates.look import BANDS, FONT, HEADERS, INK, NUMBER_FORMATS, TAB_COLOURS, row_height
from sheet_templates.template import DataColumn, Group, Sheet, Template

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.styles.styleable import StyleableObject
    from openpyxl.worksheet.worksheet import Worksheet

#: Drop-downs, hints and colours reach down to this row; appended rows do not carry them along.
LAST_ROW = 5000
_TABLE_STYLES = {Group.DATA: "TableStyleLight5", Group.RULES: "TableStyleLight6", Group.RUNNER: "TableStyleLight7"}
_TABLE_NAME = re.compile(r"[^\W\d]\w*")
_LANDSCAPE_A4 = {"orientation": "landscape", "paperSize": 9, "fitToWidth": 1, "fitToHeight": 0}


def create(template: Template, path: Path, *, today: date, samples: bool) -> None:
    """Write the workbook to `path`, which must not exist yet. With `samples`: the sample rows too, dated from `today`.

    Raises `RowpactError` when there is such a file already, or when it cannot be written.
    """
    save(build(template.with_samples(today) if samples else template, today), path)


def save(book: "Workbook", path: Path) -> None:
    """Write it to a file that must not exist yet. Raises `RowpactError` when there is one, or when it cannot be written."""
    content = io.BytesIO()
    book.save(content)
    try:
        with path.open("xb") as file:
            _with_charts(content, book).copy_to(file)
    except FileExistsError:
        message = f"There is already a file {path}. Nothing was changed: choose another name, or move that file away."
        raise RowpactError(message) from None
    except FileNotFoundError:
        message = f"There is no folder {path.parent}. Make it first, or choose another place."
        raise RowpactError(message) from None
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}. Choose another place, or mend that and try again."
        raise RowpactError(message) from None


def _with_charts(content: io.BytesIO, book: "Workbook") -> Package:
    """The saved workbook, and on its tab KPIs the charts, where their numbers have a tab."""
    package = Package(content)
    if KPIS.name in book.sheetnames and KPI_WEEKS.name in book.sheetnames:
        headers = next(book[KPI_WEEKS.name].iter_rows(max_row=1, values_only=True))
        columns = {name_key(str(header)): at for at, header in enumerate(headers)}
        entry = next(sheet for sheet in WorkbookXml(package).sheets if sheet.name == KPIS.name)
        add_charts(package, entry.part, columns)
    return package


def build(template: Template, today: date) -> "Workbook":
    """The workbook in memory; `today` is its date of making."""
    from adapters.workbooks.excel import guide_page

    book = of_sheets(template.sheets(), template.title, today)
    guide_page.fill(book.create_sheet(index=0), template)
    book.active = 0
    return book


def of_sheets(sheets: Iterable[Sheet], title: str, today: date) -> "Workbook":
    """A workbook of these tabs alone. Raises `RowpactError` for a tab's name that Excel does not take."""
    from openpyxl import Workbook

    book = Workbook()
    book.loaded_theme = _theme()
    book.properties.creator, book.properties.title = "Rowpact", title
    book.properties.created = datetime.combine(today, datetime.min.time())
    book.remove(book.worksheets[0])
    for sheet in sheets:
        if reason := name_refusal(sheet.name, book.sheetnames):
            raise RowpactError(f"The tab “{sheet.name}” cannot be in an Excel workbook. {reason} Rename it first.")
        _add(book, sheet)
    return book


def _theme() -> bytes:
    """The Office theme with our colours: strong ones first, for the owner's charts; pale ones for the bands of tables."""
    from openpyxl.writer.theme import theme_xml

    theme = theme_xml
    ours = [*(tone.fill for tone in HEADERS.values()), *BANDS.values()]
    for was, now in zip(("4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646"), ours, strict=True):
        theme = theme.replace(f'"{was}"', f'"{now}"')
    return theme.encode()


def _add(book: "Workbook", sheet: Sheet) -> None:
    from adapters.workbooks.excel import cell_rules

    page = book.create_sheet(sheet.name)
    page.sheet_properties.tabColor = TAB_COLOURS[sheet.group]
    page.freeze_panes = "B2"
    _headers(page, sheet)
    _rows(page, sheet)
    _table(page, sheet)
    _print_setup(page)
    cell_rules.validate(page, sheet, LAST_ROW)
    cell_rules.colour(page, sheet, LAST_ROW)


def _headers(page: "Worksheet", sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    page.row_dimensions[1].height = 30
    for number, column in enumerate(sheet.columns, 1):
        tone = header_tone(sheet, column)
        cell = page.cell(1, number, column.name or None)
        cell.font = Font(name=FONT, size=11, bold=True, color=tone.ink)
        cell.fill = PatternFill("solid", fgColor=tone.fill)
        cell.alignment = Alignment(horizontal="left", vertical="center", indent=1, wrap_text=True)
        whole = page.column_dimensions[get_column_letter(number)]
        # the button of the filter hides the end of a header that just fits
        whole.width = max(column.width, len(column.name) + 5)
        _style(whole, column)


def _style(cell: "StyleableObject", column: Column | DataColumn) -> None:
    """What holds for the column's cells, whether they are filled or not."""
    from openpyxl.styles import Alignment, Font

    side = "right" if column.format in ("money", "number") else "left"
    cell.font = Font(name=FONT, size=11, color=INK)
    cell.number_format = NUMBER_FORMATS.get(column.format, "General")
    cell.alignment = Alignment(horizontal=side, vertical="top", indent=1, wrap_text=column.format == "wrap")


def _rows(page: "Worksheet", sheet: Sheet) -> None:
    # a table needs a row below its header: one blank row where there is nothing to show
    for number, line in enumerate(sheet.lines or ((),), 2):
        pairs = list(zip_longest(sheet.columns, line))
        for index, (column, value) in enumerate(pairs, 1):
            cell = cast("Cell", page.cell(number, index))
            _style(cell, column)
            put(cell, value)
        wrapped = [(column.width, show(value)) for column, value in pairs if column.format == "wrap"]
        _set_height(page, number, row_height(wrapped))


def _set_height(page: "Worksheet", number: int, points: float) -> None:
    """A height that is only a first guess: both programs fit the row anew when somebody edits it.

    Without any height LibreOffice shows one line of a wrapped text (measured with 7.4).
    """
    from openpyxl.worksheet.dimensions import RowDimension

    class Guessed(RowDimension):
        customHeight = False  # noqa: N815 - the attribute's name in the file

    page.row_dimensions[number] = Guessed(page, index=number, ht=points)


def put(cell: "Cell", value: Value) -> None:
    """The value as itself. Text stays text, however much it looks like a formula, also when it is edited later."""
    cell.value = str(value) if isinstance(value, ErrorValue) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "'")


def _table(page: "Worksheet", sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    name, headers = sheet.name.replace(" ", "_"), {column.name.casefold() for column in sheet.columns}
    if not _TABLE_NAME.fullmatch(name) or len(headers) < len(sheet.columns) or "" in headers:
        return
    last = f"{get_column_letter(len(sheet.columns))}{max(len(sheet.lines), 1) + 1}"
    table = Table(displayName=name, ref=f"A1:{last}")
    table.tableStyleInfo = TableStyleInfo(name=_TABLE_STYLES[sheet.group], showRowStripes=True)
    page.add_table(table)


def _print_setup(page: "Worksheet") -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
    from openpyxl.worksheet.properties import PageSetupProperties

    for name, value in _LANDSCAPE_A4.items():
        setattr(page.page_setup, name, value)
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "1:1"
    if page.title == KPIS.name:  # texts that reach over the last column would shrink the page
        page.print_area = f"A1:{get_column_letter(page.max_column)}{corner(len(CHARTS))[0]}"
    page.oddFooter = HeaderFooterItem(left=_HeaderFooterPart("&A"), right=_HeaderFooterPart("Page &P of &N"))
