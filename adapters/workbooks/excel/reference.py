"""Cell references: `B7` and `A1:D9` as numbers and back; rows count from 1 and columns from 0, as in `runner.model`."""

import re
from dataclasses import dataclass

from runner.model import column_letter

#: The size of an Excel worksheet.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")


def column_index(letters: str) -> int:
    """`A` → 0, `AB` → 27."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def address(row: int, column: int) -> str:
    """`address(7, 1)` → `B7`."""
    return f"{column_letter(column)}{row}"


def cell_of(reference: str) -> tuple[int, int]:
    """`B7` → (7, 1). Raises ValueError for anything else."""
    match = _CELL.fullmatch(reference)
    if match is None:
        message = f"{reference} is not a cell reference"
        raise ValueError(message)
    return int(match[2]), column_index(match[1])


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Area:
    """A rectangle of cells, both corners included; areas sort from top to bottom."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, reference: str) -> "Area":
        """From `A1:D9` or `B7`. Raises ValueError for anything else, whole columns included."""
        first, _, last = reference.partition(":")
        top, left = cell_of(first)
        bottom, right = cell_of(last or first)
        return cls(top=top, left=left, bottom=bottom, right=right)

    def __str__(self) -> str:
        first, last = address(self.top, self.left), address(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def grown(self, row: int, column: int) -> "Area":
        """The smallest area that holds this one and the cell."""
        return Area(
            top=min(self.top, row), left=min(self.left, column), bottom=max(self.bottom, row), right=max(self.right, column)
        )
