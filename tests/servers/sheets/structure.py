"""Requests that change which tabs, rows and columns there are, and what stands in them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.servers.sheets.a1 import Area
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.book import Book
from tests.servers.sheets.cells import NOTHING, Cell, entered
from tests.servers.sheets.discovery import sheets_api
from tests.servers.sheets.grid import Grid, properties_of
from tests.servers.sheets.masks import Mask, merge, parse, wants

Json = Mapping[str, Any]


def add_sheet(book: Book, details: Json, place: str) -> dict[str, Any]:
    """A tab; its id is ours to choose unless it is given."""
    wanted = details.get("properties") or {}
    taken = {tab.id for tab in book.tabs}
    number = wanted.get("sheetId")
    if number is None:
        number = next(each for each in range(1000 + len(taken), 10**9) if each not in taken)
    title = wanted.get("title") or f"Sheet{len(book.tabs) + 1}"
    if number in taken:
        raise invalid(f"{place}: Sheet with id {number} already exists.")
    _free(book, title, place)
    shape = dict(wanted.get("gridProperties") or {})
    grid = Grid(number, title, (shape.pop("rowCount", 1000), shape.pop("columnCount", 26)))
    grid.properties = {k: v for k, v in wanted.items() if k not in ("sheetId", "title", "index", "gridProperties", "sheetType")}
    grid.properties["gridProperties"] = shape
    index = wanted.get("index")
    book.tabs.insert(len(book.tabs) if index is None else index, grid)
    return {"properties": dict(properties_of(grid, book.tabs.index(grid)))}


def _free(book: Book, title: str, place: str, but: Grid | None = None) -> None:
    if any(tab is not but and tab.title.casefold() == title.casefold() for tab in book.tabs):
        raise invalid(f'{place}: A sheet with the name "{title}" already exists. Please enter another name.')


def delete_sheet(book: Book, details: Json, place: str) -> None:
    """Not the last one."""
    tab = book.tab(details.get("sheetId"), place)
    if len(book.tabs) == 1:
        raise invalid(f"{place}: You can't remove all the sheets in a document.")
    book.tabs.remove(tab)


def update_sheet_properties(book: Book, details: Json, place: str) -> None:
    """Title, place, size, frozen rows, colour, hidden."""
    wanted = details.get("properties") or {}
    tab = book.tab(wanted.get("sheetId"), place)
    index = book.tabs.index(tab)
    mask = _mask(details, "SheetProperties", place)
    new = merge(properties_of(tab, index), wanted, mask)
    _free(book, new["title"], place, tab)
    tab.title = new["title"]
    shape = dict(new.pop("gridProperties", {}))
    _resize(tab, (shape.pop("rowCount", tab.size[0]), shape.pop("columnCount", tab.size[1])))
    tab.properties = {k: v for k, v in new.items() if k not in ("sheetId", "title", "index", "sheetType")} | {
        "gridProperties": shape
    }
    if all(each.properties.get("hidden") for each in book.tabs):
        raise invalid(f"{place}: You can't hide all the sheets in a document.")
    if wants(mask, "index") and (to := wanted.get("index")) is not None:
        book.tabs.remove(tab)
        book.tabs.insert(to - (to > index), tab)


def _resize(tab: Grid, size: tuple[int, int]) -> None:
    tab.rows = [row[: size[1]] for row in tab.rows[: size[0]]]
    tab.size = size


def update_cells(book: Book, details: Json, place: str) -> None:
    """Fields of cells, from `start` on or filling `range`; cells of the range that no row covers lose these fields."""
    mask = _mask(details, "CellData", place)
    rows = [row.get("values") or [] for row in details.get("rows") or []]
    if "start" in details:
        start = details["start"]
        tab = book.tab(start.get("sheetId"), place)
        area = Area(top=start.get("rowIndex") or 0, left=start.get("columnIndex") or 0)
        area = replace(area, bottom=area.top + len(rows), right=area.left + max(map(len, rows), default=0))
    else:
        tab = book.tab(details["range"].get("sheetId"), place)
        area = tab.whole(Area.of_grid_range(details["range"]))
    for down in range((area.bottom or 0) - area.top):
        cells = rows[down] if down < len(rows) else []
        width = len(cells) if "start" in details else (area.right or 0) - area.left
        for across in range(width):
            message = cells[across] if across < len(cells) else {}
            row, column = area.top + down, area.left + across
            tab.put(row, column, changed(tab.cell(row, column), message or {}, mask))


def changed(cell: Cell, message: Json, mask: Mask) -> Cell:
    """The cell with the masked fields of a CellData."""
    if wants(mask, "userEnteredValue"):
        plain = _value(message.get("userEnteredValue") or {})
        cell = replace(cell, value=plain.value, formula=plain.formula)
    if wants(mask, "userEnteredFormat"):
        cell = replace(cell, format=merge(cell.format, message.get("userEnteredFormat") or {}, mask.get("userEnteredFormat", {})))
    if wants(mask, "dataValidation"):
        cell = replace(cell, rule=message.get("dataValidation") or NOTHING)
    if wants(mask, "note"):
        cell = replace(cell, note=message.get("note") or "")
    return cell


def _value(message: Json) -> Cell:
    if "formulaValue" in message:
        return entered(message["formulaValue"])
    if "numberValue" in message:
        return Cell(value=float(message["numberValue"]))
    return Cell(value=message.get("stringValue", message.get("boolValue")) if message else None)


def append_cells(book: Book, details: Json, place: str) -> None:
    """Below the last row with a value; the tab grows."""
    tab = book.tab(details.get("sheetId"), place)
    rows = details.get("rows") or []
    first = tab.used_rows()
    tab.size = max(tab.size[0], first + len(rows)), tab.size[1]
    start = {"sheetId": tab.id, "rowIndex": first, "columnIndex": 0}
    update_cells(book, {"rows": rows, "fields": details["fields"], "start": start}, place)


def repeat_cell(book: Book, details: Json, place: str) -> None:
    """The same fields for every cell of a range."""
    tab = book.tab(details["range"].get("sheetId"), place)
    mask = _mask(details, "CellData", place)
    tab.change(Area.of_grid_range(details["range"]), lambda cell: changed(cell, details.get("cell") or {}, mask))


def insert_dimension(book: Book, details: Json, place: str) -> None:
    """Empty rows or columns, in the looks of the neighbour before them when that is asked for."""
    span = details["range"]
    tab = book.tab(span.get("sheetId"), place)
    start, end = span.get("startIndex") or 0, span["endIndex"]
    extent = tab.size[span["dimension"] == "COLUMNS"]
    if start > extent or end <= start:
        raise invalid(f"{place}: range.startIndex must be in the sheet")
    if details.get("inheritFromBefore") and not start:
        raise invalid(f"{place}: inheritFromBefore cannot be set to true when inserting at the first index")
    tab.insert(span["dimension"], start, end - start)
    if details.get("inheritFromBefore"):
        _inherit(tab, span["dimension"], start, end)


def _inherit(tab: Grid, dimension: str, start: int, end: int) -> None:
    for at in range(start, end):
        for across in range(tab.size[dimension == "ROWS"]):
            before, here = ((start - 1, across), (at, across)) if dimension == "ROWS" else ((across, start - 1), (across, at))
            looks = tab.cell(*before)
            if looks.format or looks.rule:
                tab.put(*here, Cell(format=looks.format, rule=looks.rule))


def append_dimension(book: Book, details: Json, place: str) -> None:
    """Empty rows or columns at the end."""
    tab = book.tab(details.get("sheetId"), place)
    tab.insert(details["dimension"], tab.size[details["dimension"] == "COLUMNS"], details["length"])


def delete_dimension(book: Book, details: Json, place: str) -> None:
    """Rows or columns with all that stands there."""
    span = details["range"]
    tab = book.tab(span.get("sheetId"), place)
    tab.delete(span["dimension"], span.get("startIndex") or 0, span.get("endIndex", tab.size[span["dimension"] == "COLUMNS"]))


def move_dimension(book: Book, details: Json, place: str) -> None:
    """Rows or columns to another place of the tab."""
    span = details["source"]
    tab = book.tab(span.get("sheetId"), place)
    tab.move(span["dimension"], span.get("startIndex") or 0, span["endIndex"], details.get("destinationIndex") or 0)


def sort_range(book: Book, details: Json, place: str) -> None:
    """Cells move, what hangs on the rows stays."""
    tab = book.tab(details["range"].get("sheetId"), place)
    keys = [(each.get("dimensionIndex") or 0, each.get("sortOrder") == "DESCENDING") for each in details.get("sortSpecs") or []]
    tab.sort(Area.of_grid_range(details["range"]), keys)


def update_spreadsheet_properties(book: Book, details: Json, place: str) -> None:
    """Title, locale, time zone."""
    book.shape(details.get("properties") or {}, _mask(details, "SpreadsheetProperties", place))


def _mask(details: Json, schema: str, place: str) -> Mask:
    if not details.get("fields"):
        raise invalid(f"{place}: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    return parse(details["fields"], sheets_api(), schema)


KINDS: Mapping[str, Callable[[Book, Json, str], dict[str, Any] | None]] = {
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateSpreadsheetProperties": update_spreadsheet_properties,
    "updateCells": update_cells,
    "appendCells": append_cells,
    "repeatCell": repeat_cell,
    "insertDimension": insert_dimension,
    "appendDimension": append_dimension,
    "deleteDimension": delete_dimension,
    "moveDimension": move_dimension,
    "sortRange": sort_range,
}
