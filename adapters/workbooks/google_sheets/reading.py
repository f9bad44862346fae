"""One look at a Google sheet: every tab's cells as they were sent, from one answer.

Invariant: two readings are equal when every tab has the same name and every cell the same value, whatever the size of the grid.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adapters.workbooks.google_sheets.serials import Raw, is_empty, raw_of
from runner.values import digest, name_key

Cells = tuple[Raw, ...]
_ECHO = re.compile(r"(?:'((?:[^']|'')*)'|([^!]*))!\$?[A-Z]+\$?\d+(?::\$?([A-Z]+)\$?(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One tab, from A1 on, without the blanks at the ends of rows and below the last row."""

    sheet_id: int
    title: str
    rows: tuple[Cells, ...] = ()
    #: Rows and columns of its grid.
    height: int = 1
    width: int = 1

    @cached_property
    def digest(self) -> str:
        """Equal for equal cells under an equal name."""
        return digest([self.sheet_id, self.title, self.rows])

    @property
    def headers(self) -> Cells:
        """Row 1."""
        return self.rows[0] if self.rows else ()

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """`name_key(header)` → zero-based column; of two headers alike, the first."""
        found: dict[str, int] = {}
        for index, header in enumerate(self.headers):
            if not is_empty(header):
                found.setdefault(name_key(str(header)), index)
        return found

    @cached_property
    def keys(self) -> Mapping[str, int]:
        """Every column that holds anything: by its header, or by its place where it has none of its own."""
        width = max((len(cells) for cells in self.rows), default=0)
        by_place = {index: key for key, index in self.columns.items()}
        return {by_place.get(index, nameless(index)): index for index in range(width)}

    @cached_property
    def used(self) -> int:
        """The last row that holds something, counted from 1; 0 for an empty tab. Unticked boxes down a column hold nothing."""
        return max((number for number, _ in self.lines()), default=0)

    def row(self, number: int) -> Cells:
        """The row of that number, counted from 1."""
        return self.rows[number - 1] if number <= len(self.rows) else ()

    def lines(self) -> Iterator[tuple[int, Cells]]:
        """(row number, cells), rows that hold only unticked boxes left out."""
        unticked = self._unticked
        for number, cells in enumerate(self.rows, 1):
            if number not in unticked and any(not is_empty(cell) for cell in cells):
                yield number, cells

    @cached_property
    def _unticked(self) -> frozenset[int]:
        """A column of check boxes reads as FALSE down to its end; one row that holds nothing but FALSE is somebody's row."""
        only = [number for number, cells in enumerate(self.rows, 1) if _holds_only_false(cells)]
        return frozenset(only) if len(only) > 1 else frozenset()


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """All tabs, left to right; what a snapshot calls its version."""

    pages: tuple[Page, ...]
    #: Who can edit it beyond those it is shared with by name; "" for nobody, or not known.
    open_to: str = ""

    @cached_property
    def digest(self) -> str:
        """Equal for equal readings."""
        return digest([self.open_to, *(page.digest for page in self.pages)])

    def __eq__(self, other: object) -> bool:
        """Whether nothing changed in between."""
        return isinstance(other, Reading) and self.digest == other.digest

    def __hash__(self) -> int:
        """As `__eq__`."""
        return hash(self.digest)

    def page(self, name: str) -> Page | None:
        """The tab, in any spelling of its name; of two alike the first."""
        return next((page for page in self.pages if name_key(page.title) == name_key(name)), None)

    def replaced(self, pages: Iterable[Page]) -> "Reading":
        """The same with these tabs in place of those of their ids, and new ones at the end."""
        new = {page.sheet_id: page for page in pages}
        kept = tuple(new.pop(page.sheet_id, page) for page in self.pages)
        return Reading(pages=(*kept, *new.values()), open_to=self.open_to)


def _holds_only_false(cells: Cells) -> bool:
    return any(cell is False for cell in cells) and all(cell is False or is_empty(cell) for cell in cells)


def nameless(index: int) -> str:
    """What stands for the header of a column without one; no header is like it."""
    return f"\0{index}"


def page_of(sheet_id: int, answer: Mapping[str, Any]) -> Page:
    """From a ValueRange, whose range names the tab and the end of its grid."""
    title, width, height = _echoed(str(answer.get("range", "")))
    return Page(sheet_id=sheet_id, title=title, rows=trimmed(answer.get("values", ())), height=height, width=width)


def trimmed(rows: Iterable[Iterable[object]]) -> tuple[Cells, ...]:
    """Rows in the one way that we compare by."""
    kept = [_trimmed(tuple(map(raw_of, row))) for row in rows]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _trimmed(cells: Cells) -> Cells:
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return cells[:end]


def _echoed(echo: str) -> tuple[str, int, int]:
    """`'It''s'!A1:Z1000` → the tab's name, columns, rows."""
    found = _ECHO.fullmatch(echo)
    if not found:
        message = f"Google named a range in a way that is not known: {echo[:80]}"
        raise ValueError(message)
    title = found[1].replace("''", "'") if found[1] is not None else found[2]
    return title, _column(found[3] or "A"), int(found[4] or 1)


def _column(letters: str) -> int:
    """`A` → 1, `AB` → 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
