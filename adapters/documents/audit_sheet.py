"""Audit lines as a workbook that is pleasant to look through: header frozen and bold, columns wide enough, a filter.

Invariant: a text is a text, whatever it begins with; no cell is a formula or a link.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runner import tabs
from runner.values import Value, show

_TIME = "yyyy-mm-dd hh:mm:ss"
#: What a cell can hold.
_MOST = 32_767


def audit_sheet(rows: Sequence[Sequence[Value]]) -> bytes:
    """The bytes of an .xlsx file with the tab Audit: its columns, and these rows in the order of them."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook(write_only=True)
    sheet = book.create_sheet(tabs.AUDIT.name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(tabs.AUDIT.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(column.width, 19 if column.format == "time" else 0)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(tabs.AUDIT.columns))}{len(rows) + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.append([_text(sheet, header, font=Font(name="Calibri", size=11, bold=True)) for header in tabs.AUDIT.headers])
    for number, row in enumerate(rows, 2):
        sheet.row_dimensions[number].height = 15  # one line of each: who wants the others goes into the cell
        sheet.append([_cell(sheet, value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cell(sheet: Any, value: Value) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return _made(sheet, value.replace(tzinfo=None), number_format=_TIME)
    return _text(sheet, show(value))


def _text(sheet: Any, text: str, **looks: Any) -> Any:
    """A cell with this text, never a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment

    if "\n" in text:
        looks["alignment"] = Alignment(wrap_text=True, vertical="top")
    return _made(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:_MOST], data_type="s", **looks)


def _made(sheet: Any, value: Any, **looks: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=value)
    for name, look in looks.items():
        setattr(cell, name, look)
    return cell
