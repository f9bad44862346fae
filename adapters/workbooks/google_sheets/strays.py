"""After a write: whether people moved rows or columns in the very moment, and what puts their cells back.

Invariant: a cell of another row than the one that was meant gets back what it held; cells that landed where they were meant, and
what people typed since, stay.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.workbooks.google_sheets.page_patch import PagePatch
from adapters.workbooks.google_sheets.reading import Cells, Page, trimmed
from adapters.workbooks.google_sheets.serials import Cell, Raw, is_empty, told_raw
from runner.values import name_key

Rows = Mapping[int, Cells]


def rows_told(answer: Mapping[str, Any]) -> dict[int, dict[int, Cells]]:
    """Tab's id → row number → cells, from the answer to a write."""
    found: dict[int, dict[int, Cells]] = {}
    for sheet in answer.get("updatedSpreadsheet", {}).get("sheets", ()):
        rows = found.setdefault(sheet.get("properties", {}).get("sheetId", 0), {})
        for block in sheet.get("data", ()):
            for number, row in enumerate(block.get("rowData", ()), block.get("startRow", 0) + 1):
                raws = [told_raw(cell.get("effectiveValue", {})) for cell in row.get("values", ())]
                rows[number] = next(iter(trimmed([raws])), ())
    return found


def put_back(patch: PagePatch, rows: Rows) -> list[dict[str, Any]]:
    """The requests that give strayed cells back what they held; none when every cell landed where it was meant."""
    if not rows:
        return []
    before, expected = patch.page, patch.after()
    headers = _headers(before, rows.get(1, ()), patch.added)
    strays: dict[tuple[int, int], Raw] = {}
    for row in patch.touched:
        own = {column for number, column in patch.puts if number == row}
        stands = rows.get(row, ())
        came_from = _source(before, row, stands, headers, own)
        for column in own:
            origin = headers.get(column)
            if (came_from, origin) != (row, column):
                held = before.row(came_from) if came_from else ()
                strays[row, column] = held[origin] if origin is not None and origin < len(held) else None
    strays |= _run_over(patch, rows, headers)
    if rows.get(1, ()) != expected.row(1):
        strays |= {(1, column): header for column, header in _lost_headers(before, rows.get(1, ()), patch.added)}
    return [_request(before.sheet_id, place, raw) for place, raw in sorted(strays.items())]


def _run_over(patch: PagePatch, rows: Rows, headers: Mapping[int, int]) -> dict[tuple[int, int], Raw]:
    """Rows were inserted above, so the last ones stood where ours were added: what those held."""
    before, last = patch.page, patch.page.used
    pushed = _pushed(patch, rows, headers) if last > 1 and last in rows else 0
    found: dict[tuple[int, int], Raw] = {}
    for row, column in patch.puts if pushed else ():
        if row in patch.appended:
            came_from, origin = row - pushed, headers.get(column)
            found[row, column] = _at(before.row(came_from), origin) if came_from <= last and origin is not None else None
    return found


def _pushed(patch: PagePatch, rows: Rows, headers: Mapping[int, int]) -> int:
    """By how many rows the end of the tab moved down: as many as are missing there, unless somebody deleted those."""
    before, after, last = patch.page, patch.after(), patch.page.used
    compared = list(headers.items())
    shown = [cells for number, cells in rows.items() if 1 < number <= last]

    def stands(number: int, cells: Cells) -> bool:
        return any(_likeness(cells, page.row(number), compared) == len(compared) for page in (before, after))

    missing = 0
    while last - missing > 1 and not any(stands(last - missing, cells) for cells in shown):
        missing += 1
    if not missing:
        return 0
    if rows[last] and last - missing > 1:
        return missing if stands(last - missing, rows[last]) else 0
    kept = [
        _at(rows.get(row, ()), now) == _at(before.row(row - missing), was)
        for row in patch.appended
        if row - missing <= last
        for now, was in compared
        if (row, now) not in patch.puts and _at(before.row(row - missing), was) is not None
    ]
    return missing if kept and all(kept) else 0


def _headers(before: Page, now: Cells, added: Mapping[int, str]) -> dict[int, int]:
    """Column as it stands now → the column it was; those that we added stay what they are."""
    was = {name_key(str(header)): index for index, header in reversed(list(enumerate(before.headers))) if not is_empty(header)}
    found = {index: was[key] for index, cell in enumerate(now) if not is_empty(cell) and (key := name_key(str(cell))) in was}
    return {column: column for column, header in added.items() if column < len(now) and now[column] == header} | found


def _source(before: Page, row: int, stands: Cells, headers: Mapping[int, int], own: set[int]) -> int:
    """The row that now stands at this place: its number before; 0 for one that was not there."""
    compared = [(now, was) for now, was in headers.items() if now not in own]
    likeness = {row: _likeness(stands, before.row(row), compared)}
    if likeness[row] == len(compared):
        return row
    for number, cells in enumerate(before.rows[1:], 2):
        likeness[number] = _likeness(stands, cells, compared)
    best = max(likeness, key=lambda number: (likeness[number], number == row))
    # formulas may follow what we wrote, and a person types one cell in a moment: half of the row is enough to know it by
    filled = [(now, was) for now, was in compared if _at(before.row(best), was) is not None]
    return best if 2 * _likeness(stands, before.row(best), filled) >= max(1, len(filled)) else 0


def _likeness(stands: Cells, cells: Cells, compared: list[tuple[int, int]]) -> int:
    return sum(_at(stands, now) == _at(cells, was) for now, was in compared)


def _lost_headers(before: Page, now: Cells, added: Mapping[int, str]) -> Iterator[tuple[int, Raw]]:
    """Headers over which one of ours came to stand, in their order."""
    there = {name_key(str(cell)) for cell in now if not is_empty(cell)}
    lost = [header for header in before.headers if not is_empty(header) and name_key(str(header)) not in there]
    written = [column for column, header in added.items() if column < len(now) and now[column] == header]
    yield from zip(written, lost, strict=False)


def _at(cells: Cells, column: int) -> Raw:
    return cells[column] if column < len(cells) else None


def _request(sheet_id: int, place: tuple[int, int], raw: Raw) -> dict[str, Any]:
    row, column = place
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": row - 1, "columnIndex": column},
            "rows": [{"values": [Cell(raw=raw).message(formatted=False)]}],
            "fields": "userEnteredValue",
        }
    }
