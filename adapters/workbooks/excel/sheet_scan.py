"""What the fast reader does not say, looked up in a worksheet part's bytes: formula errors, and how far the sheet reaches."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from adapters.workbooks.excel.markup import unescape
from adapters.workbooks.excel.package import BadPackage
from adapters.workbooks.excel.reference import column_index
from adapters.workbooks.excel.sheet_xml import SheetXml, Unpatchable
from runner.values import ErrorValue

#: Row → zero-based column → the error that stands there.
Errors: TypeAlias = Mapping[int, Mapping[int, ErrorValue]]

#: Cells from A1 to the last used one. Reading sets memory aside for each, blank or not.
MAX_CELLS = 20_000_000

_ERRORS = (b' t="e"', b" t='e'")


def scan(tab: str, data: bytes) -> Errors:
    """The tab's formula errors. Raises `BadPackage` when a stray cell makes the tab too large to read.

    A part in another encoding or with XML comments is read without this: its errors look blank.
    """
    try:
        sheet = SheetXml(data)
        _refuse_far_cells(tab, sheet)
        return _errors(sheet)
    except (Unpatchable, ValueError):
        return {}


def _refuse_far_cells(tab: str, sheet: SheetXml) -> None:
    rows, data = sheet.last_row, sheet.data
    # Columns of two letters begin at 27, of three at 703: mostly one quick search says that there are no such cells
    wide = rb' r="[A-Z]{3}\d' if rows * 702 <= MAX_CELLS else rb' r="[A-Z]{2,3}\d'
    if rows * 26 <= MAX_CELLS and not re.search(wide, data):
        return
    letters = {match[1].decode() for match in re.finditer(rb' r="([A-Z]{1,3})\d', data)}
    widest = max(letters, key=column_index, default="A")
    if rows * (column_index(widest) + 1) > MAX_CELLS:
        raise BadPackage(
            f"the tab {tab} reaches to row {rows:,} and column {widest}, mostly blank. "
            "Press Ctrl+End in it, delete the stray rows and columns there, and save"
        )


def _errors(sheet: SheetXml) -> Errors:
    found: dict[int, dict[int, ErrorValue]] = {}
    if not any(mark in sheet.data for mark in _ERRORS):
        return found
    result = sheet.pattern(rb"<{p}v(?:\s[^>]*)?>([^<]*)</")
    for number, row in sheet.index.items():
        if any(sheet.data.find(mark, row.body, row.end) >= 0 for mark in _ERRORS):
            for cell in sheet.cells(row):
                value = result.search(cell.inner)
                if cell.attributes.get("t") == b"e" and value:
                    found.setdefault(number, {})[cell.column] = ErrorValue(unescape(value[1]))
    return found
