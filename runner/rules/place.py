"""Where the cells that steps want written go, in the sheet as it was read.

Invariant: pure. The edits mean the same however many of them one write carries: of two for one cell the later one holds, a row
that one of them adds is a row for those behind it, and one key adds one row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.model import Edit, Row, RowEdit, Tab
from runner.rules.on_the_way import plain, spelled
from runner.rules.overlay import SheetView
from runner.values import Value, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What one pending edit means for the sheet as it was read."""

    edit: Edit
    #: The cells to write; None when the sheet says it already, another edit brings it, or it never can.
    row_edit: RowEdit | None
    #: Why nothing can be written; "" otherwise.
    lost: str = ""


@dataclass(slots=True)
class _Target:
    """A row that edits write to: one that was read, or one that is added."""

    tab: Tab
    row: Row | None
    cells: dict[str, Value] = field(default_factory=dict)
    #: Header → the edit that writes it last; of a row that is added, the edit that adds it.
    writers: dict[str, str] = field(default_factory=dict)

    def take(self, edit: Edit, cells: Mapping[str, Value]) -> None:
        """Write these over what earlier edits wrote."""
        self.cells |= cells
        self.writers |= dict.fromkeys(cells, edit.id)

    def held(self, columns: Iterable[str]) -> tuple[str, ...]:
        """What will stand in these columns, named as `name_key` does."""
        cells = {name_key(header): value for header, value in self.cells.items()}
        return tuple(plain(cells.get(column)) for column in columns)

    def row_edit(self, edit: Edit) -> RowEdit | None:
        """What this edit has to write into the row."""
        if self.row is None:
            adds = next(iter(self.writers.values())) == edit.id
            return RowEdit(tab=self.tab.name, row=None, cells=self.cells) if adds else None
        mine = {header: value for header, value in self.cells.items() if self.writers[header] == edit.id}
        cells = {header: value for header, value in mine.items() if plain(self.row.get(header)) != plain(value)}
        return RowEdit(tab=self.tab.name, row=self.row.number, cells=cells) if cells else None


def place(edits: Iterable[Edit], view: SheetView) -> list[Placed]:
    """Find each edit's row, or the place below the last one. `edits` in the order in which they were asked for."""
    read: dict[tuple[str, int], _Target] = {}
    added = _Added()
    found: list[tuple[Edit, _Target | None]] = []
    for edit in edits:
        tab = view.snapshot.tab_once(edit.tab)
        if tab is None:
            found.append((edit, None))
        elif row := view.find_row(edit.tab, edit.match):
            target = read.setdefault((tab.name, row.number), _Target(tab, row))
            target.take(edit, spelled(tab.headers, edit.cells))
            found.append((edit, target))
        else:
            found.append((edit, added.take(edit, tab)))
    return [_placed(edit, target, view) for edit, target in found]


@dataclass(slots=True)
class _Added:
    """The rows that edits add, found by what they will hold."""

    rows: list[_Target] = field(default_factory=list)
    #: (tab, columns) → what stands in them → the first row that says so.
    indexes: dict[tuple[str, ...], dict[tuple[str, ...], _Target]] = field(default_factory=dict)

    def take(self, edit: Edit, tab: Tab) -> _Target | None:
        """The row that an earlier edit adds, or that this one does; None for an edit of a row that is nowhere."""
        target = self._find(edit, tab)
        if target is not None and not edit.append:
            target.cells |= spelled(tab.headers, edit.cells)
        elif target is None and edit.append:
            target = _Target(tab, None)
            target.take(edit, spelled(tab.headers, {**edit.match, **edit.cells}))
            self.rows.append(target)
        if target is not None:
            for (name, *columns), index in self.indexes.items():
                if name == name_key(tab.name):
                    index.setdefault(target.held(columns), target)
        return target

    def _find(self, edit: Edit, tab: Tab) -> _Target | None:
        wanted = {name_key(header): plain(value) for header, value in edit.match.items()}
        place = (name_key(tab.name), *sorted(wanted))
        if place not in self.indexes:
            self.indexes[place] = {}
            for row in self.rows:
                if row.tab is tab:
                    self.indexes[place].setdefault(row.held(place[1:]), row)
        return self.indexes[place].get(tuple(wanted[column] for column in place[1:]))


def _placed(edit: Edit, target: _Target | None, view: SheetView) -> Placed:
    if target is not None:
        return Placed(edit=edit, row_edit=target.row_edit(edit))
    tab = view.snapshot.tab_once(edit.tab)
    lost = f"Its row is no longer in {tab.name}." if tab else f"There is no tab “{edit.tab}”."
    return Placed(edit=edit, row_edit=None, lost=lost)
