"""One tab: cells in rows, its size, and what hangs on it (rules, protections, charts, tables).

Invariant: a copy shares cells with its origin and never sees what is done to the other; rows are replaced, not changed.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.sheets.a1 import Area
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.cells import EMPTY, Cell

MOST_CELLS = 10_000_000


@dataclass(slots=True)
class Grid:
    """`rows` is ragged; what is not there is empty. `size` is (rows, columns) of the tab.

    `below` is what cells look like further down, by column, so that a rule for a whole column is one entry and not a thousand.
    """

    id: int
    title: str
    size: tuple[int, int] = (1000, 26)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    #: SheetProperties beyond id, title, index and size, as JSON.
    properties: dict[str, Any] = field(default_factory=dict)
    #: `protectedRanges`, `conditionalFormats`, `charts`, `tables`, `bandedRanges`, `merges`, `basicFilter`: as JSON.
    things: dict[str, Any] = field(default_factory=dict)
    #: (`ROWS` or `COLUMNS`, index) → DimensionProperties.
    dimensions: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    below: dict[int, Cell] = field(default_factory=dict)

    def copied(self) -> "Grid":
        """The same, to be changed on its own."""
        return Grid(
            self.id, self.title, self.size, list(self.rows), copy.deepcopy(self.properties), copy.deepcopy(self.things),
            copy.deepcopy(self.dimensions), dict(self.below),
        )  # fmt: skip

    # --------------------------------------------------------------------------------------------------- reading

    def cell(self, row: int, column: int) -> Cell:
        """Counted from 0."""
        if row >= len(self.rows):
            return self.below.get(column, EMPTY)
        cells = self.rows[row]
        return cells[column] if column < len(cells) else EMPTY

    def whole(self, area: Area) -> Area:
        """The area with both ends. Raises `Refused` when it begins outside the tab."""
        if area.top >= self.size[0] or area.left >= self.size[1]:
            raise invalid(f"Range ({area.within(10**9, 10**9).echo(self.title)}) exceeds grid limits. {self._limits()}")
        return area.within(*self.size)

    def _limits(self) -> str:
        return f"Max rows: {self.size[0]}, max columns: {self.size[1]}"

    def lines(self, area: Area) -> Iterator[tuple[Cell, ...]]:
        """The cells of each row of the area as far as they go, down to the last row that is there."""
        for row in range(area.top, min(area.bottom or 0, len(self.rows))):
            yield self.rows[row][area.left : area.right]

    def used_rows(self) -> int:
        """How many rows there are down to the last one that holds a value."""
        filled = (number for number, row in enumerate(self.rows, 1) if any(cell.value is not None or cell.formula for cell in row))
        return max(filled, default=0)

    # --------------------------------------------------------------------------------------------------- cells

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Replace one cell. Raises `Refused` outside the tab."""
        if row >= self.size[0] or column >= self.size[1]:
            place = Area(top=row, left=column, bottom=row + 1, right=column + 1).echo(self.title)
            raise invalid(f"Range ({place}) exceeds grid limits. {self._limits()}")
        self._reach(row + 1)
        cells = list(self.rows[row])
        cells += [EMPTY] * (column + 1 - len(cells))
        cells[column] = cell
        self.rows[row] = tuple(cells)

    def _reach(self, row: int) -> None:
        """Have at least that many rows."""
        looks = tuple(self.below.get(column, EMPTY) for column in range(max(self.below, default=-1) + 1))
        self.rows += [looks] * (row - len(self.rows))

    def change(self, area: Area, change: Callable[[Cell], Cell]) -> None:
        """Replace every cell of the area."""
        area = self.whole(area)
        bottom, columns = area.bottom or 0, range(area.left, area.right or 0)
        if bottom == self.size[0]:
            self._reach(area.top)
            bottom = len(self.rows)
            self.below |= {column: change(self.below.get(column, EMPTY)) for column in columns}
        for row in range(area.top, bottom):
            for column in columns:
                old = self.cell(row, column)
                if (new := change(old)) is not old:
                    self.put(row, column, new)

    def sort(self, area: Area, keys: list[tuple[int, bool]]) -> None:
        """By (column, downwards): numbers, then text, then booleans, blanks last; equal rows keep their order."""
        area = self.whole(area)
        width = (area.right or 0) - area.left
        body = [tuple(self.cell(row, area.left + offset) for offset in range(width)) for row in range(area.top, area.bottom or 0)]
        for column, downwards in reversed(keys):
            filled = [cells for cells in body if cells[column - area.left].value is not None]
            blank = [cells for cells in body if cells[column - area.left].value is None]
            filled.sort(key=lambda cells: _rank(cells[column - area.left]), reverse=downwards)
            body = filled + blank
        for row, cells in enumerate(body, area.top):
            for offset, cell in enumerate(cells):
                if self.cell(row, area.left + offset) is not cell:
                    self.put(row, area.left + offset, cell)

    # --------------------------------------------------------------------------------------------------- dimensions

    def insert(self, dimension: str, start: int, count: int) -> None:
        """Empty rows or columns before `start`."""
        if dimension == "ROWS":
            if start < len(self.rows):
                self.rows[start:start] = [()] * count
            self.size = (self.size[0] + count, self.size[1])
        else:
            self.rows = [_spread(row, start, count) for row in self.rows]
            self.below = {column + count * (column >= start): cell for column, cell in self.below.items()}
            self.size = (self.size[0], self.size[1] + count)
        if self.size[0] * self.size[1] > MOST_CELLS:
            raise invalid(f"This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells.")
        self._shift(dimension, start, count)

    def delete(self, dimension: str, start: int, end: int) -> None:
        """Rows or columns from `start` to before `end`."""
        rows, columns = self.size
        if dimension == "ROWS":
            del self.rows[start:end]
            rows -= end - start
        else:
            self.rows = [row[:start] + row[end:] for row in self.rows]
            kept = {column: cell for column, cell in self.below.items() if not start <= column < end}
            self.below = {column - (end - start) * (column >= end): cell for column, cell in kept.items()}
            columns -= end - start
        if not rows or not columns:
            raise invalid("You can't delete all the rows or columns on the sheet.")
        self.size = (rows, columns)
        self._shift(dimension, start, start - end)

    def move(self, dimension: str, start: int, end: int, to: int) -> None:
        """Rows or columns to before `to`, as counted before the move."""
        count = self.size[0 if dimension == "ROWS" else 1]
        order = list(range(count))
        block = order[start:end]
        order = [each for each in order[:to] if each not in block] + block + [each for each in order[to:] if each not in block]
        if dimension == "ROWS":
            self._reach(max(end, min(to, count)))
            self.rows = [self.rows[each] for each in order if each < len(self.rows)]
        else:
            self.below = {order.index(column): cell for column, cell in self.below.items()}
            self.rows = [_trimmed(tuple(row[each] if each < len(row) else EMPTY for each in order)) for row in self.rows]
        self.dimensions = {
            (axis, order.index(at) if axis == dimension else at): value for (axis, at), value in self.dimensions.items()
        }

    def _shift(self, dimension: str, start: int, by: int) -> None:
        """Ranges that hang on the tab move with its rows and columns."""
        low, high = ("startRowIndex", "endRowIndex") if dimension == "ROWS" else ("startColumnIndex", "endColumnIndex")
        for place in ranges_in(self.things):
            if place.get(low, 0) >= start and low in place:
                place[low] = max(start, place[low] + by)
            if place.get(high, 0) > start:
                place[high] = max(start, place[high] + by)
        kept = {}
        for (axis, at), value in self.dimensions.items():
            if axis != dimension or at < start:
                kept[axis, at] = value
            elif at + by >= start:
                kept[axis, at + by] = value
        self.dimensions = kept


def ranges_in(thing: Any) -> Iterator[dict[str, Any]]:
    """Every GridRange inside a message."""
    if isinstance(thing, dict):
        if "sheetId" in thing and ({"startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"} & thing.keys()):
            yield thing
        for inner in thing.values():
            yield from ranges_in(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from ranges_in(inner)


def _spread(row: tuple[Cell, ...], start: int, count: int) -> tuple[Cell, ...]:
    return row if start >= len(row) else (*row[:start], *[EMPTY] * count, *row[start:])


def _trimmed(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(row)
    while end and row[end - 1] is EMPTY:
        end -= 1
    return row[:end]


def _rank(cell: Cell) -> tuple[int, Any]:
    value = cell.value
    if isinstance(value, bool):
        return 2, value
    return (0, value) if isinstance(value, float) else (1, str(value).casefold())


def properties_of(grid: Grid, index: int) -> Mapping[str, Any]:
    """SheetProperties: id and index are printed even when they are 0."""
    shape = {"rowCount": grid.size[0], "columnCount": grid.size[1], **grid.properties.get("gridProperties", {})}
    rest = {name: value for name, value in grid.properties.items() if name != "gridProperties" and value}
    shape = {name: value for name, value in shape.items() if value}
    return {"sheetId": grid.id, "title": grid.title, "index": index, "sheetType": "GRID", "gridProperties": shape, **rest}
