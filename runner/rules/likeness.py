"""How like two rows are, and which row an id that is not in the sheet belongs to.

Invariant: an id goes to one row at most, the likest first; what the owner did not write plays no part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from runner.tabs import ROW_ID, RUN, STATE
from runner.values import Value, name_key, show

_NOT_CONTENT = {name_key(name) for name in (ROW_ID, RUN, STATE)}
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Known:
    """An id, and what its row held when it was last known."""

    id: str
    content: Mapping[str, str]
    #: How like it a row must be, 0 to 1.
    enough: float


def content(values: Mapping[str, Value]) -> dict[str, str]:
    """What the owner wrote, as comparable text: `name_key(header)` → text, without Row ID, State, Run and blanks."""
    return {
        key: show(value).strip().casefold()
        for header, value in values.items()
        if value is not None and (key := name_key(header)) not in _NOT_CONTENT
    }


def likeness(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """0 to 1: the share of the cells that both have filled in the same way; a column that was renamed is the same cell."""
    filled = one.keys() | other.keys()
    mine, theirs = one.keys() - other.keys(), other.keys() - one.keys()
    moved = (Counter(one[key] for key in mine) & Counter(other[key] for key in theirs)).total() if mine and theirs else 0
    return (len(one.items() & other.items()) + moved) / (len(filled) - moved) if filled else 0.0


def likest(readings: Iterable[Mapping[str, str]], other: Mapping[str, str]) -> float:
    """The same for a row that can be read in several ways."""
    return max((likeness(one, other) for one in readings), default=0.0)


def assign(rows: Mapping[_Row, Sequence[Mapping[str, str]]], known: Sequence[Known]) -> dict[_Row, str]:
    """Row → the id that it is known by. `rows`: each with the ways in which it can be read; of two alike the first wins."""
    given = assign_equal(rows, known)
    taken = set(given.values())
    left = [one for one in known if one.id not in taken and one.content]
    likely = [
        (score, -place, one.id, row)
        for place, (row, readings) in enumerate(rows.items())
        if row not in given
        for one in left
        if (score := likest(readings, one.content)) >= one.enough
    ]
    for _, _, row_id, row in sorted(likely, key=lambda pair: pair[:3], reverse=True):
        if row not in given and row_id not in taken:
            given[row] = row_id
            taken.add(row_id)
    return given


def assign_equal(rows: Mapping[_Row, Sequence[Mapping[str, str]]], known: Sequence[Known]) -> dict[_Row, str]:
    """The same for rows that are exactly what is known: a whole sheet that was put back costs one look a row."""
    waiting: dict[frozenset[tuple[str, str]], list[str]] = {}
    for one in reversed(known):
        if one.content:
            waiting.setdefault(frozenset(one.content.items()), []).append(one.id)
    given: dict[_Row, str] = {}
    taken: set[str] = set()
    for row, readings in rows.items():
        for reading in readings:
            ids = waiting.get(frozenset(reading.items()), [])
            while ids and row not in given:
                row_id = ids.pop()
                if row_id not in taken:
                    given[row] = row_id
                    taken.add(row_id)
    return given
