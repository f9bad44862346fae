"""A person in front of the sheet: types, inserts, deletes, sorts, moves, renames, as one does in a browser.

Rows are counted from 1 as the sheet shows them; row 1 is the header. Columns are counted from 1 or named by header.

Invariant: a person works with what is there now and goes through the same locks as Google's own calls.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from runner.values import Value, name_key
from tests.servers.sheets.a1 import Area
from tests.servers.sheets.book import Book
from tests.servers.sheets.cells import EMPTY, Cell, of
from tests.servers.sheets.grid import Grid


class PersonTab:
    """One tab, known by its id, whatever it is called now."""

    def __init__(self, sheet: "PersonSheet", number: int) -> None:
        self._sheet, self.id = sheet, number

    @property
    def grid(self) -> Grid:
        """As it is now."""
        return next(tab for tab in self._sheet.book.tabs if tab.id == self.id)

    @property
    def title(self) -> str:
        """What it is called now."""
        return self.grid.title

    @property
    def rows(self) -> list[list[Value]]:
        """What stands there, blanks at the ends left out."""
        rows = [[cell.python() for cell in row] for row in self.grid.rows]
        for row in rows:
            while row and row[-1] is None:
                row.pop()
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def records(self) -> list[dict[str, Value]]:
        """Header → value for each row that is not blank."""
        headers, *rows = self.rows or [[]]
        padded = ([*row, *[None] * (len(headers) - len(row))] for row in rows if row)
        return [{str(header): cell for header, cell in zip(headers, row, strict=False) if header} for row in padded]

    def column(self, header: str | int) -> int:
        """Where the header stands, from 1."""
        if isinstance(header, int):
            return header
        headers = [name_key(str(cell)) for cell in (self.rows or [[]])[0]]
        return headers.index(name_key(header)) + 1

    def row_where(self, **cells: Value) -> int:
        """The first row with these values; headers in keywords have _ for blanks."""
        wanted = {name_key(header): value for header, value in cells.items()}
        headers = [name_key(str(cell)) for cell in self.rows[0]]
        for number, row in enumerate(self.rows[1:], 2):
            found = dict(zip(headers, row, strict=False))
            if all(found.get(header) == value for header, value in wanted.items()):
                return number
        raise AssertionError(f"{self.title} has no row where {cells}: {self.rows}")

    def type(self, row: int, column: str | int, value: Value) -> None:
        """Into one cell; a moment brings its format along, the looks stay."""
        self._put(row, column, of(value))

    def formula(self, row: int, column: str | int, text: str, shows: Value) -> None:
        """A formula, and what it comes to."""
        self._put(row, column, replace(of(shows), formula=text))

    def _put(self, row: int, column: str | int, new: Cell) -> None:
        with self._sheet.changing():
            at = self.column(column) - 1
            grid = self.grid
            grid.size = max(grid.size[0], row), max(grid.size[1], at + 1)
            old = grid.cell(row - 1, at)
            looks = old.format if old.kind or not new.format else {**old.format, **new.format}
            grid.put(row - 1, at, replace(new, format=looks, rule=old.rule))

    def add(self, **cells: Value) -> int:
        """A row at the bottom; its number."""
        row = self.grid.used_rows() + 1
        for header, value in cells.items():
            self.type(row, header, value)
        return row

    def insert_row(self, before: int, cells: Sequence[Value] = ()) -> None:
        """A row between two."""
        with self._sheet.changing():
            self.grid.insert("ROWS", before - 1, 1)
        for column, value in enumerate(cells, 1):
            self.type(before, column, value)

    def delete_row(self, row: int) -> None:
        """The whole row; what is below moves up."""
        with self._sheet.changing():
            self.grid.delete("ROWS", row - 1, row)

    def move_row(self, row: int, to: int) -> None:
        """By its handle, to before that row."""
        with self._sheet.changing():
            self.grid.move("ROWS", row - 1, row, to - 1)

    def copy_row(self, row: int, to: int) -> None:
        """Copied and pasted over another row."""
        with self._sheet.changing():
            grid = self.grid
            grid.size = max(grid.size[0], to), grid.size[1]
            for column in range(len(grid.rows[row - 1])):
                grid.put(to - 1, column, grid.cell(row - 1, column))

    def sort(self, column: str | int, *, downwards: bool = False) -> None:
        """Every row below the header."""
        with self._sheet.changing():
            if len(self.grid.rows) > 2:
                self.grid.sort(Area(top=1, bottom=len(self.grid.rows)), [(self.column(column) - 1, downwards)])

    def insert_column(self, before: int, header: str = "") -> None:
        """A column between two."""
        with self._sheet.changing():
            self.grid.insert("COLUMNS", before - 1, 1)
        if header:
            self.type(1, before, header)

    def delete_column(self, column: str | int) -> None:
        """The whole column."""
        with self._sheet.changing():
            at = self.column(column)
            self.grid.delete("COLUMNS", at - 1, at)

    def move_column(self, column: str | int, to: int) -> None:
        """To before that column."""
        with self._sheet.changing():
            at = self.column(column)
            self.grid.move("COLUMNS", at - 1, at, to - 1)

    def rename(self, title: str) -> None:
        """The tab itself."""
        with self._sheet.changing():
            self.grid.title = title

    def delete(self) -> None:
        """The tab itself."""
        with self._sheet.changing():
            self._sheet.book.tabs.remove(self.grid)

    def clear(self) -> None:
        """Everything in it."""
        with self._sheet.changing():
            self.grid.rows = [tuple(EMPTY for _ in row) for row in self.grid.rows]


class PersonSheet:
    """The spreadsheet as its owner sees it."""

    def __init__(self, find: Callable[[], Book], lock: RLock, changed: Callable[[], None]) -> None:
        self._find, self._lock, self._changed = find, lock, changed

    @property
    def book(self) -> Book:
        """As it is now."""
        return self._find()

    @property
    def id(self) -> str:
        """The key in its address."""
        return self.book.id

    @property
    def url(self) -> str:
        """Its address."""
        return self.book.url

    @property
    def titles(self) -> list[str]:
        """The tabs from left to right."""
        return [tab.title for tab in self.book.tabs]

    def tab(self, title: str) -> PersonTab:
        """The tab that has this title now."""
        for tab in self.book.tabs:
            if tab.title == title:
                return PersonTab(self, tab.id)
        raise AssertionError(f"there is no tab {title}: {self.titles}")

    def add_tab(self, title: str, rows: Sequence[Sequence[Value]] = (), size: tuple[int, int] = (1000, 26)) -> PersonTab:
        """A tab at the right end, with these cells."""
        with self.changing():
            number = max((tab.id for tab in self.book.tabs), default=-1) + 1
            size = max(size[0], len(rows)), max([size[1], *map(len, rows)])
            cells = [tuple(of(value) for value in row) for row in rows]
            self.book.tabs.append(Grid(number, title, size, cells))
        return PersonTab(self, number)

    def share(self, account: str, role: str = "writer") -> None:
        """`reader`, `writer`; "" takes it off the list. `anyone` is the link."""
        with self.changing():
            if role:
                self.book.roles[account] = role
            else:
                self.book.roles.pop(account, None)

    def changing(self) -> Any:
        """While a person's hand is on the sheet no call comes in between."""
        return _Changing(self._lock, self._changed)


class _Changing:
    def __init__(self, lock: RLock, changed: Callable[[], None]) -> None:
        self._lock, self._changed = lock, changed

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._changed()
        self._lock.release()
