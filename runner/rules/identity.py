"""Which row is which: rows are known by their `Row ID`, and a row whose id never reached the sheet by what it holds.

Invariant: sorting, inserting, moving and editing rows never make a row look new; only what cannot be a known row gets a new id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.model import NamedRow, Row, Run, Tab
from runner.ports import Books
from runner.tabs import ROW_ID, RUN, STATE
from runner.values import Value, name_key, show

_NOT_CONTENT = {name_key(name) for name in (ROW_ID, RUN, STATE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The Row ID that a row is to have, and why."""

    row: Row
    id: str
    because: str
    #: False when the id was given before and only has to be written again.
    new: bool = True


def name_rows(tab: Tab, books: Books, new_id: Callable[[], str]) -> list[Naming]:
    """An id for every row without one, and for every copy of a row that has one. Rows keep the ids they show."""
    if not tab.has(ROW_ID):
        return []
    by_id: dict[str, list[Row]] = {}
    for row in tab.rows:
        if has_content(row):
            by_id.setdefault(row.text(ROW_ID), []).append(row)
    nameless = by_id.pop("", [])
    namings = [
        Naming(row=row, id=new_id(), because=f"a copy of the row {row_id}")
        for row_id, rows in by_id.items()
        if len(rows) > 1
        for row in _copies(rows, _last_seen(tab, row_id, books))
    ]
    return namings + (_recognise(nameless, _missing(tab, books, by_id), new_id) if nameless else [])


def has_content(row: Row) -> bool:
    """Whether the owner has written anything into the row; a row that holds only our own cells is no row."""
    return bool(content(row.values()))


def content(values: Mapping[str, Value]) -> dict[str, str]:
    """What the owner wrote, as comparable text: `name_key(header)` → text, without Row ID, State, Run and blanks."""
    return {
        key: show(value).strip().casefold()
        for header, value in values.items()
        if value is not None and (key := name_key(header)) not in _NOT_CONTENT
    }


def likeness(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """0 to 1: the share of the cells that both have filled in the same way."""
    filled = one.keys() | other.keys()
    return sum(one.get(key) == other.get(key) for key in filled) / len(filled) if filled else 0.0


def _copies(rows: Sequence[Row], known: Mapping[str, str]) -> list[Row]:
    """All but the original: the row most like what was last known of it, the upper one when that does not tell."""
    original = max(rows, key=lambda row: (likeness(content(row.values()), known), -row.number))
    return [row for row in rows if row is not original]


def _last_seen(tab: Tab, row_id: str, books: Books) -> Mapping[str, str]:
    run = max(_runs_of(tab, books, row_id), key=lambda run: run.id, default=None)
    return content(run.input) if run else {}


def _runs_of(tab: Tab, books: Books, row_id: str) -> Iterable[Run]:
    return (run for run in books.runs.values() if run.row_id == row_id and name_key(run.tab) == name_key(tab.name))


@dataclass(frozen=True, slots=True)
class _Missing:
    """An id that was given but is not in the sheet now."""

    content: Mapping[str, str]
    #: How like it a row must be. An id that was never written has its row somewhere; one that was written and is gone
    #: was most likely deleted with its row, unless an old copy came back: then the row is nearly the same.
    enough: float


def _missing(tab: Tab, books: Books, present: Mapping[str, object]) -> dict[str, _Missing]:
    missing: dict[str, _Missing] = {}
    for run in books.runs.values():
        if run.row_id and run.row_id not in present and name_key(run.tab) == name_key(tab.name):
            missing[run.row_id] = _Missing(content(run.input), 0.8)
    for named in books.rows.values():
        if named.id not in present and name_key(named.tab) == name_key(tab.name) and not named.landed:
            missing[named.id] = _Missing(content(named.cells), 0.5)
    return missing


def _recognise(nameless: Sequence[Row], missing: Mapping[str, _Missing], new_id: Callable[[], str]) -> list[Naming]:
    """Best likeness first: each missing id goes to at most one row."""
    contents = {row: content(row.values()) for row in nameless} if missing else {}
    likely = [
        (score, -row.number, row_id, row)
        for row, held in contents.items()
        for row_id, known in missing.items()
        if (score := likeness(held, known.content)) >= known.enough
    ]
    given: dict[Row, str] = {}
    taken: set[str] = set()
    for _, _, row_id, row in sorted(likely, key=lambda pair: pair[:3], reverse=True):
        if row not in given and row_id not in taken:
            given[row] = row_id
            taken.add(row_id)
    return [
        Naming(row=row, id=given[row], because="its Row ID was lost; known by what it holds", new=False)
        if row in given
        else Naming(row=row, id=new_id(), because="a new row")
        for row in nameless
    ]


def remembered(naming: Naming) -> NamedRow:
    """What the ledger keeps until the id stands in the sheet."""
    cells = {header: value for header, value in naming.row.values().items() if name_key(header) not in _NOT_CONTENT}
    return NamedRow(id=naming.id, tab=naming.row.tab.name, cells=cells)
