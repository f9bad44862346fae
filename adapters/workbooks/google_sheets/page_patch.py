"""The edits of one tab as cells at fixed places: columns found or added by header, rows written or added below the last one.

Invariant: a cell that nobody asked for is not touched, not even its format.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

from adapters.workbooks.google_sheets.kinds import Kinds
from adapters.workbooks.google_sheets.reading import Cells, Page, trimmed
from adapters.workbooks.google_sheets.serials import Cell, Kind, cell_of
from runner.values import Value, name_key

#: Rows that a grid grows by, so that it does not grow at every write.
_SPARE_ROWS = 100
Place = tuple[int, int]
#: Tab's id, row from 1, column from 0.
Spot = tuple[int, int, int]


class PagePatch:
    """Takes the edits of one tab in their order. Rows count from 1, columns from 0."""

    def __init__(self, page: Page, kinds: Kinds, barred: Collection[Spot] = ()) -> None:
        self.page = page
        self._kinds, self._barred = kinds, barred
        self._columns = dict(page.columns)
        self._free = max((len(cells) for cells in page.rows), default=0)
        self._next = max(page.used, 1) + 1
        self.puts: dict[Place, Cell] = {}
        #: The headers that were added: zero-based column → header.
        self.added: dict[int, str] = {}
        #: Rows of people that are written into; those added below are not among them.
        self.touched: set[int] = set()

    @property
    def columns(self) -> Mapping[str, int]:
        """Header's key → its column, those that were added too."""
        return self._columns

    def add_columns(self, headers: tuple[str, ...]) -> None:
        """Add the missing ones right of everything that stands in the tab."""
        for header in headers:
            if name_key(header) not in self._columns:
                self._columns[name_key(header)] = self._free
                self.added[self._free] = header
                self.puts[1, self._free] = Cell(raw=header)
                self._free += 1

    def set_row(self, row: int, cells: Mapping[str, Value]) -> None:
        """Write cells of a row that is there. Raises ValueError for a header that is not."""
        self.touched.add(row)
        self._put(row, cells)

    def add_row(self, cells: Mapping[str, Value]) -> None:
        """Write a row below the last one that holds a value."""
        self._put(self._next, cells)
        self._next += 1

    def _put(self, row: int, cells: Mapping[str, Value]) -> None:
        for header, value in cells.items():
            column = self._columns.get(name_key(header))
            if column is None:
                message = f"{self.page.title} has no column {header}: ask for it with a TabEdit first"
                raise ValueError(message)
            cell = cell_of(value)
            if (self.page.sheet_id, row, column) not in self._barred:
                self.puts[row, column] = cell

    @property
    def appended(self) -> range:
        """The rows that are added below."""
        return range(max(self.page.used, 1) + 1, self._next)

    def after(self) -> Page:
        """The tab as it stands when all is written."""
        rows = [list(cells) for cells in self.page.rows]
        for (row, column), cell in self.puts.items():
            rows += [[] for _ in range(row - len(rows))]
            cells = rows[row - 1]
            cells += [None] * (column + 1 - len(cells))
            cells[column] = cell.raw
        height, width = self._size()
        return Page(sheet_id=self.page.sheet_id, title=self.page.title, rows=trimmed(rows), height=height, width=width)

    def requests(self) -> Iterator[dict[str, Any]]:
        """The grid made large enough, then the cells; one request for cells side by side or below each other."""
        height, width = self._size()
        for dimension, missing in (("ROWS", height - self.page.height), ("COLUMNS", width - self.page.width)):
            if missing > 0:
                yield {"appendDimension": {"sheetId": self.page.sheet_id, "dimension": dimension, "length": missing}}
        for row, column, formatted, lines in _blocks(list(self._runs())):
            yield {
                "updateCells": {
                    "start": {"sheetId": self.page.sheet_id, "rowIndex": row - 1, "columnIndex": column},
                    "rows": [{"values": [cell.message(formatted=formatted) for cell in cells]} for cells in lines],
                    "fields": "userEnteredValue,userEnteredFormat.numberFormat" if formatted else "userEnteredValue",
                }
            }

    def learned(self) -> None:
        """All was written: what its numbers mean is known."""
        if self._kinds.describes(self.page):
            return
        keys = {column: key for key, column in self._columns.items()}
        for (_, column), cell in self.puts.items():
            if isinstance(cell.raw, int | float) and not isinstance(cell.raw, bool):
                self._kinds.learn(self.page.sheet_id, keys[column], cell.raw, cell.kind)

    def _size(self) -> tuple[int, int]:
        last = max((row for row, _ in self.puts), default=0)
        height = last + _SPARE_ROWS if last > self.page.height else self.page.height
        return height, max(self.page.width, self._free)

    def _runs(self) -> Iterator[tuple[int, int, bool, list[Cell]]]:
        """(row, first column, with format, cells) of cells side by side, in order."""
        keys = {column: key for key, column in self._columns.items()}
        places = sorted(self.puts)
        formatted = {place: self._needs_format(place, keys) for place in places}
        for (row, _, is_formatted), run in groupby(
            enumerate(places), lambda each: (each[1][0], each[1][1] - each[0], formatted[each[1]])
        ):
            cells = [place for _, place in run]
            yield row, cells[0][1], is_formatted, [self.puts[place] for place in cells]

    def _needs_format(self, place: Place, keys: Mapping[int, str]) -> bool:
        """Whether the cell would show its value as something else: a date as a number, or a number as a date."""
        cell, (row, column) = self.puts[place], place
        stands = self._standing(self.page.row(row), column)
        if cell.raw is None or isinstance(cell.raw, str) or row == 1:
            return False
        was = None if stands is None else self._kinds.kind(self.page, keys[column], stands)
        if was in (None, Kind.ERROR):
            return cell.format is not None and not self._kinds.is_described(self.page, keys[column])
        return was is not cell.kind

    @staticmethod
    def _standing(cells: Cells, column: int) -> Any:
        return cells[column] if column < len(cells) else None


def _blocks(runs: list[tuple[int, int, bool, list[Cell]]]) -> Iterator[tuple[int, int, bool, list[list[Cell]]]]:
    """Runs of equal width right below each other become one block."""
    open_blocks: dict[tuple[int, int, bool, int], tuple[int, int, bool, list[list[Cell]]]] = {}
    for row, column, formatted, cells in runs:
        above = open_blocks.pop((row, column, formatted, len(cells)), None)
        block = above or (row, column, formatted, [])
        block[3].append(cells)
        open_blocks[row + 1, column, formatted, len(cells)] = block
    yield from open_blocks.values()
