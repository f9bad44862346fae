"""Edits that are recorded and do not stand in the sheet yet, found by the row that they are for.

Invariant: gives what going through all of them one after the other would give, without doing that for every row.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from runner.model import Edit
from runner.values import Value, name_key, show

#: Columns as `name_key` gives them, in order, and what a row holds in each of them as `plain` gives it.
_Columns: TypeAlias = tuple[str, ...]
_Held: TypeAlias = tuple[str, ...]


def plain(value: Value) -> str:
    """What two cells have in common when a person would call them equal."""
    return " ".join(show(value).split()).casefold()


def held(cells: Mapping[str, Value]) -> dict[str, str]:
    """The cells as they are compared: `name_key(header)` → `plain(value)`."""
    return {name_key(header): plain(value) for header, value in cells.items()}


@dataclass(slots=True)
class _OfTab:
    """The edits of one tab."""

    #: Columns that edits are matched by → what a row holds there → (places in order, the edits there).
    matching: dict[_Columns, dict[_Held, tuple[list[int], list[Edit]]]] = field(default_factory=lambda: defaultdict(dict))
    #: Edits that append a row if it is not there, in order, and what each row would hold.
    appending: list[tuple[Edit, dict[str, str]]] = field(default_factory=list)
    #: Columns → how many of `appending` are in the index, and the index: what a row would hold there → the first that appends it.
    appended: dict[_Columns, tuple[int, dict[_Held, Edit]]] = field(default_factory=dict)


@dataclass(slots=True)
class OnTheWay:
    """The pending edits of a ledger, as it holds them at each question."""

    #: `Books.edits`, which changes as edits are recorded and land.
    edits: Mapping[str, Edit]
    _known: list[Edit] = field(default_factory=list)
    _tabs: dict[str, _OfTab] = field(default_factory=lambda: defaultdict(_OfTab))

    def appended(self, tab: str, match: Mapping[str, Value]) -> Edit | None:
        """The first edit that appends a row with all these values."""
        ours = self._of(tab)
        wanted = held(match)
        columns = tuple(wanted)
        done, index = ours.appended.get(columns, (0, {}))
        for edit, row in ours.appending[done:]:
            index.setdefault(tuple(row.get(column, "") for column in columns), edit)
        ours.appended[columns] = (len(ours.appending), index)
        return index.get(tuple(wanted.values()))

    def lay_over(self, tab: str, values: dict[str, Value]) -> None:
        """Make the row's values what they will be: edit after edit, each where it matches the row as it is by then."""
        ours, place = self._of(tab), -1
        while found := _next(ours, held(values), place):
            place, edit = found
            values |= spelled(tuple(values), edit.cells)

    def _of(self, tab: str) -> _OfTab:
        """The tab's edits, with those that came since the last question."""
        now = list(self.edits.values())
        if now[: len(self._known)] != self._known:  # some have landed
            self._known.clear()
            self._tabs.clear()
        for place, edit in enumerate(now[len(self._known) :], len(self._known)):
            self._add(place, edit)
        self._known = now
        return self._tabs[name_key(tab)]

    def _add(self, place: int, edit: Edit) -> None:
        if edit.landed:
            return
        ours, match = self._tabs[name_key(edit.tab)], held(edit.match)
        places, edits = ours.matching[tuple(match)].setdefault(tuple(match.values()), ([], []))
        places.append(place)
        edits.append(edit)
        if edit.append:
            ours.appending.append((edit, match | held(edit.cells)))


def _next(ours: _OfTab, row: Mapping[str, str], after: int) -> tuple[int, Edit] | None:
    """The first edit behind this place that matches a row which holds that."""
    found: list[tuple[int, Edit]] = []
    for columns, index in ours.matching.items():
        places, edits = index.get(tuple(row.get(column, "") for column in columns), ((), ()))
        at = bisect_right(places, after)
        if at < len(places):
            found.append((places[at], edits[at]))
    return min(found, key=lambda one: one[0], default=None)


def spelled(headers: Sequence[str], cells: Mapping[str, Value]) -> dict[str, Value]:
    """The cells under the headers as the tab spells them."""
    spelling = {name_key(header): header for header in headers}
    return {spelling[name_key(header)]: value for header, value in cells.items() if name_key(header) in spelling}
