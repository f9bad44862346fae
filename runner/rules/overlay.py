"""The data tabs as they will be: what was read, with the edits that are still on their way laid over it.

Invariant: a row is found by what it holds, compared as a person would: case, white space and the type of the cell do not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.model import Row, Snapshot, Tab
from runner.ports import Books
from runner.rules.on_the_way import OnTheWay, plain, spelled
from runner.tabs import ROW_ID
from runner.values import Value, name_key


@dataclass(slots=True)
class SheetView:
    """Implements `runner.ports.Sheet` for one tick."""

    snapshot: Snapshot
    books: Books
    #: (tab, row number) → the Row ID that is being given in this tick; "" for a row that is yet to get its own.
    row_ids: Mapping[tuple[str, int], str] = field(default_factory=dict)
    _indexes: dict[tuple[str, ...], dict[tuple[str, ...], Row]] = field(default_factory=dict)
    _on_the_way: OnTheWay = field(init=False)

    def __post_init__(self) -> None:
        self._on_the_way = OnTheWay(self.books.edits)

    def know(self, row_ids: Mapping[tuple[str, int], str]) -> None:
        """Rows are found by these ids from now on."""
        self.row_ids = row_ids
        self._indexes.clear()

    def headers(self, tab: str) -> tuple[str, ...] | None:
        """The tab's headers; None when there is no such tab."""
        found = self.snapshot.tab_once(tab)
        return tuple(header for header in found.headers if header) if found else None

    def rows(self, tab: str) -> Sequence[Row]:
        """The tab's rows as read."""
        found = self.snapshot.tab(tab)
        return found.rows if found else ()

    def find(self, tab: str, match: Mapping[str, Value]) -> dict[str, Value] | None:
        """The first row that has all these values, as it was read and will be."""
        row = self.find_row(tab, match)
        if row is None:
            appended = self._on_the_way.appended(tab, match)
            if appended is None:
                return None
            headers = self.headers(tab) or ()
            values = dict.fromkeys(headers) | spelled(headers, {**appended.match, **appended.cells})
        else:
            values = row.values() | ({ROW_ID: self.row_id(row)} if row.tab.has(ROW_ID) else {})
        self._on_the_way.lay_over(tab, values)
        return values

    def find_row(self, tab: str, match: Mapping[str, Value]) -> Row | None:
        """The first row, as it was read, that has all these values."""
        found = self.snapshot.tab_once(tab)
        if found is None or not all(found.has(header) for header in match):
            return None
        columns = tuple(sorted(map(name_key, match)))
        wanted = {name_key(header): plain(value) for header, value in match.items()}
        return self._index(found, columns).get(tuple(wanted[column] for column in columns))

    def row_id(self, row: Row) -> str:
        """The row's id, one that is being given in this tick included."""
        return self.row_ids.get((row.tab.name, row.number), row.text(ROW_ID))

    def _index(self, tab: Tab, columns: tuple[str, ...]) -> dict[tuple[str, ...], Row]:
        key = (name_key(tab.name), *columns)
        if key not in self._indexes:
            index: dict[tuple[str, ...], Row] = {}
            for row in tab.rows:
                held = (self.row_id(row) if column == name_key(ROW_ID) else row.get(column) for column in columns)
                index.setdefault(tuple(map(plain, held)), row)
            self._indexes[key] = index
        return self._indexes[key]
