"""Places: `'My tab'!A1:C`, and the half-open rectangles that Google counts in.

Invariant: a rectangle that is echoed lies inside its tab, its title quoted as Google quotes it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runner.model.sheet import column_letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Rows and columns from 0, ends not included; None = as far as the tab goes."""

    top: int = 0
    left: int = 0
    bottom: int | None = None
    right: int | None = None
    #: False for a range that names its tab alone.
    bounded: bool = True

    def within(self, rows: int, columns: int) -> "Area":
        """With both ends, inside a tab of this size."""
        bottom = rows if self.bottom is None else min(self.bottom, rows)
        right = columns if self.right is None else min(self.right, columns)
        return replace(self, bottom=bottom, right=right)

    def echo(self, title: str) -> str:
        """As Google words a range that has both ends."""
        assert self.bottom is not None
        assert self.right is not None
        first = f"{column_letter(self.left)}{self.top + 1}"
        last = f"{column_letter(self.right - 1)}{self.bottom}"
        return f"{quoted(title)}!{first}" + (f":{last}" if last != first else "")

    @classmethod
    def of_grid_range(cls, place: Mapping[str, Any]) -> "Area":
        """From a GridRange."""
        return cls(
            top=place.get("startRowIndex") or 0,
            left=place.get("startColumnIndex") or 0,
            bottom=place.get("endRowIndex"),
            right=place.get("endColumnIndex"),
        )


_CELL = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d*)")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def quoted(title: str) -> str:
    """`Leads`, but `'Dead letters'` and `'A1'`."""
    plain = _PLAIN_TITLE.fullmatch(title) and not re.fullmatch(r"[A-Za-z]{1,3}\d+", title)
    return title if plain else "'" + title.replace("'", "''") + "'"


def split(text: str) -> tuple[str | None, str]:
    """Title ("" quotes undone; None when it is not named) and the cells ("" when only the title is)."""
    if found := re.fullmatch(r"'((?:[^']|'')+)'(?:!(.*))?", text, re.DOTALL):
        return found[1].replace("''", "'"), found[2] or ""
    title, bang, cells = text.rpartition("!")
    return (title, cells) if bang else (None, text)


def area(cells: str) -> Area | None:
    """`B2`, `A1:C3`, `D4:A1`, `A:C`, `2:5`, `A2:C`; "" is everything. None when it is no range."""
    if not cells:
        return Area(bounded=False)
    ends = [_CELL.fullmatch(end) for end in cells.split(":")]
    if len(ends) > 2 or not all(ends) or any(end and not end[0] for end in ends):
        return None
    corners = [(_column(end[1]), int(end[2]) - 1 if end[2] else None) for end in ends if end]
    if len(corners) == 1:
        (column, row) = corners[0]
        return None if column is None or row is None else Area(top=row, left=column, bottom=row + 1, right=column + 1)
    (left, top), (right, bottom) = corners
    if left is not None and right is not None and left > right:
        left, right = right, left
    if top is not None and bottom is not None and top > bottom:
        top, bottom = bottom, top
    return Area(
        top=top or 0,
        left=left or 0,
        bottom=None if bottom is None else bottom + 1,
        right=None if right is None else right + 1,
    )


def _column(letters: str) -> int | None:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1 if letters else None
