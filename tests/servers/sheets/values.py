"""The values API: cells as plain JSON, without looks.

Invariant: empty rows and columns at the end are never told, and a range without a value is told without `values`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from runner.model.sheet import column_letter
from tests.servers.sheets.a1 import Area
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.book import Book
from tests.servers.sheets.cells import EMPTY, Cell, entered, of
from tests.servers.sheets.grid import Grid

Json = Mapping[str, Any]


def get(book: Book, text: str, options: Json) -> dict[str, Any]:
    """ValueRange."""
    tab, place = book.find(text)
    return _told(tab, place, options)


def batch_get(book: Book, ranges: Iterable[str], options: Json) -> dict[str, Any]:
    """BatchGetValuesResponse: one range that cannot be read refuses all."""
    return {"spreadsheetId": book.id, "valueRanges": [get(book, text, options) for text in ranges]}


def batch_get_by_filter(book: Book, body: Json) -> dict[str, Any]:
    """BatchGetValuesByDataFilterResponse."""
    found = [
        {"valueRange": _told(tab, place, body), "dataFilters": filters}
        for tab, place, filters in book.filtered(body.get("dataFilters") or [])
    ]
    return {"spreadsheetId": book.id} | ({"valueRanges": found} if found else {})


def update(book: Book, text: str, body: Json, options: Json) -> dict[str, Any]:
    """UpdateValuesResponse."""
    tab, place = book.find(text)
    return {"spreadsheetId": book.id} | _write(tab, place, body, options)[0]


def batch_update(book: Book, body: Json) -> dict[str, Any]:
    """BatchUpdateValuesResponse; in the order of the list."""
    places = [book.find(each.get("range", "")) for each in body.get("data") or []]
    written = [_write(tab, place, each, body) for (tab, place), each in zip(places, body.get("data") or [], strict=True)]
    return _totals(book, places, written, [{"spreadsheetId": book.id} for _ in written])


def batch_update_by_filter(book: Book, body: Json) -> dict[str, Any]:
    """BatchUpdateValuesByDataFilterResponse."""
    places, written, asked = [], [], []
    for each in body.get("data") or []:
        for tab, place, filters in book.filtered([each["dataFilter"]]):
            places.append((tab, place))
            written.append(_write(tab, place, each, body))
            asked.append({"dataFilter": filters[0]})
    return _totals(book, places, written, asked)


def clear(book: Book, ranges: Iterable[str]) -> dict[str, Any]:
    """BatchClearValuesResponse: values go, looks stay."""
    places = [book.find(text) for text in ranges]
    for tab, place in places:
        tab.change(place, lambda cell: _with_value(cell, EMPTY) if cell.value is not None else cell)
    return {"spreadsheetId": book.id, "clearedRanges": [place.echo(tab.title) for tab, place in places]}


# ------------------------------------------------------------------------------------------------------- inside


def _told(tab: Grid, place: Area, options: Json) -> dict[str, Any]:
    render = options.get("valueRenderOption") or "FORMATTED_VALUE"
    dates = options.get("dateTimeRenderOption") or "SERIAL_NUMBER"
    rows: list[list[Any]] = []
    for cells in tab.lines(place):
        row = [cell.shown(render, dates) for cell in cells]
        while row and row[-1] == "":
            row.pop()
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    major = options.get("majorDimension") or "ROWS"
    if major == "COLUMNS":
        width = max(map(len, rows), default=0)
        columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
        rows = [_ragged(column) for column in columns]
    return {"range": place.echo(tab.title), "majorDimension": major} | ({"values": rows} if rows else {})


def _ragged(line: list[Any]) -> list[Any]:
    while line and line[-1] == "":
        line.pop()
    return line


def _write(tab: Grid, place: Area, body: Json, options: Json) -> tuple[dict[str, Any], set[int]]:
    """What was updated, and the columns of it. `null` skips a cell, "" empties it."""
    option = options.get("valueInputOption")
    if option not in ("RAW", "USER_ENTERED"):
        raise invalid("'valueInputOption' is required but not specified")
    lines = body.get("values") or []
    if body.get("majorDimension") == "COLUMNS":
        depth = max(map(len, lines), default=0)
        lines = [[column[at] if at < len(column) else None for column in lines] for at in range(depth)]
    rows: set[int] = set()
    columns: set[int] = set()
    count = 0
    height, width = (place.bottom or 0) - place.top, (place.right or 0) - place.left
    single = height == 1 and width == 1
    for down, line in enumerate(lines):
        for across, value in enumerate(line):
            if not single and (down >= height or across >= width):
                _beyond(tab, place, down, across, height)
            if value is None:
                continue
            row, column = place.top + down, place.left + across
            tab.put(row, column, _with_value(tab.cell(row, column), entered(value) if option == "USER_ENTERED" else of(value)))
            rows.add(row)
            columns.add(column)
            count += 1
    size = max(map(len, lines), default=1)
    reach = place
    if single:
        reach = replace(place, bottom=place.top + max(len(lines), 1), right=place.left + max(size, 1))
    elif lines:
        reach = replace(
            place, bottom=min(place.bottom or 0, place.top + len(lines)), right=min(place.right or 0, place.left + size)
        )
    told = {"updatedRange": reach.echo(tab.title), "updatedRows": len(rows), "updatedColumns": len(columns), "updatedCells": count}
    told = {name: value for name, value in told.items() if value}
    if options.get("includeValuesInResponse") in (True, "true"):
        render = options.get("responseValueRenderOption")
        dates = options.get("responseDateTimeRenderOption") or "SERIAL_NUMBER"
        told["updatedData"] = _told(tab, reach, {"valueRenderOption": render, "dateTimeRenderOption": dates})
    return told, columns


def _beyond(tab: Grid, place: Area, down: int, across: int, height: int) -> None:
    what = f"row [{place.top + down + 1}]" if down >= height else f"column [{column_letter(place.left + across)}]"
    raise invalid(f"Requested writing within range [{place.echo(tab.title)}], but tried writing to {what}")


def _with_value(old: Cell, new: Cell) -> Cell:
    """The new value in the old cell's looks; an automatic format becomes that of a typed moment."""
    looks = old.format if old.kind or not new.format else {**old.format, **new.format}
    return replace(new, format=looks, rule=old.rule, note=old.note)


def _totals(
    book: Book, places: list[tuple[Grid, Area]], written: list[tuple[dict[str, Any], set[int]]], asked: list[dict[str, Any]]
) -> dict[str, Any]:
    touched = [(tab.id, told, columns) for (tab, _), (told, columns) in zip(places, written, strict=True)]
    sums = {
        "totalUpdatedRows": sum(told.get("updatedRows", 0) for _, told, _ in touched),
        "totalUpdatedColumns": len({(tab, column) for tab, _, columns in touched for column in columns}),
        "totalUpdatedCells": sum(told.get("updatedCells", 0) for _, told, _ in touched),
        "totalUpdatedSheets": len({tab for tab, told, _ in touched if told.get("updatedCells")}),
    }
    answers = [extra | told for extra, (told, _) in zip(asked, written, strict=True)]
    told = {name: value for name, value in sums.items() if value}
    return {"spreadsheetId": book.id, **told} | ({"responses": answers} if answers else {})
