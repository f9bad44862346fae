"""Which row is which: rows are known by their `Row ID`, and a row whose id never reached the sheet by what it holds.

Invariant: sorting, inserting, moving and editing rows never make a row look new; only what cannot be a known row gets a new id.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.model import FieldRule, NamedRow, Row, Run, Tab
from runner.ports import Books
from runner.rules import fields
from runner.rules.likeness import Known, assign, assign_equal, content
from runner.rules.renamed import old_names
from runner.tabs import ROW_ID, RUN, STATE
from runner.values import Value, name_key, show

#: How like what was known of it a row must be to be taken for it. An id that was never written has its row somewhere; one that
#: was written and is gone was most likely deleted with its row, unless an old copy came back: then the row is nearly the same.
NEVER_WRITTEN, WRITTEN = 0.5, 0.8
_OURS = {name_key(ROW_ID), name_key(RUN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The Row ID that a row is to have, and why."""

    row: Row
    id: str
    because: str
    #: False when the id was given before and only has to be written again.
    new: bool = True
    #: The id of the row that it is a copy of.
    copy_of: str = ""
    #: Nothing in the copy had been changed yet.
    exact: bool = False


def name_rows(
    tab: Tab,
    books: Books,
    new_id: Callable[[], str],
    payloads: Iterable[Sequence[FieldRule]] = (),
    gone: Collection[str] = (),
) -> list[Naming]:
    """An id for every row without one, and for every copy of a row that has one. Rows keep the ids they show.

    `payloads`: the Fields of the tab's contracts, because what a run remembers of its row was cleaned by them.
    `gone`: tabs that are no longer there (see `rules.renamed`), so that this may be one of them under a new name.
    """
    if not tab.has(ROW_ID):
        return []
    by_id: dict[str, list[Row]] = {}
    for row in tab.rows:
        if has_content(row):
            by_id.setdefault(row.text(ROW_ID), []).append(row)
    nameless = by_id.pop("", [])
    groups = {row_id: rows for row_id, rows in by_id.items() if len(rows) > 1}
    if not nameless and not groups:
        return []
    names = {name_key(tab.name), *old_names(by_id.keys() | groups.keys(), books, gone)}
    return [*_Register(tab, books, by_id, new_id, tuple(payloads), names, gone).name(groups, nameless)]


def has_content(row: Row) -> bool:
    """Whether the owner has written anything into the row; a row that holds only our own cells is no row."""
    return bool(content(row.values()))


@dataclass(frozen=True, slots=True)
class _Register:
    """One tab: which ids were given, and which of them stand in the sheet now."""

    tab: Tab
    books: Books
    present: Mapping[str, object]
    new_id: Callable[[], str]
    payloads: Sequence[Sequence[FieldRule]]
    #: What the tab is called and was called before somebody renamed it.
    names: Collection[str]
    gone: Collection[str]

    def name(self, groups: Mapping[str, Sequence[Row]], nameless: Sequence[Row]) -> Iterator[Naming]:
        """Copies first: an id that a copy was given and that never reached the sheet belongs to one of the rows beside it."""
        copies = [naming for row_id, rows in groups.items() for naming in self._copies(rows, row_id)]
        taken = {naming.id for naming in copies if not naming.new}
        # in an old copy of the workbook, a copy that has had its own id for long shows its original's again
        fresh = self._readings(naming.row for naming in copies if naming.new)
        back = assign_equal(fresh, self._missing(taken)) if fresh else {}
        for naming in copies:
            if naming.row in back:
                yield _again(naming.row, back[naming.row])
            else:
                yield replace(naming, id=self.new_id()) if naming.new else naming
        if nameless:
            again = assign(self._readings(nameless), self._missing(taken | set(back.values())))
            for row in nameless:
                yield _again(row, again[row]) if row in again else Naming(row=row, id=self.new_id(), because="a new row")

    def _copies(self, rows: Sequence[Row], row_id: str) -> Iterator[Naming]:
        """All but the original: the row most like what was last known of it, the upper one when that does not tell.

        A copy that was not seen before has no id yet.
        """
        was = self._last_known(row_id)
        again = assign(self._readings(rows), [Known(row_id, content(was), 0.0), *self._gone_copies(row_id)])
        likest_first = [
            *(row for row, given in again.items() if given == row_id),
            *(row for row in rows if row not in again),
            *rows,
        ]
        original = likest_first[0]
        same = (_typed(original.values()), _typed(was))
        for row in rows:
            if row is not original and row in again:
                yield _again(row, again[row])
            elif row is not original:
                exact = _typed(row.values()) in same
                yield Naming(row=row, id="", because=f"a copy of the row {row_id}", copy_of=row_id, exact=exact)

    def _last_known(self, row_id: str) -> Mapping[str, Value]:
        """What the row held when it last ran, else when it was named."""
        runs = [run for run in self._runs() if run.row_id == row_id]
        if runs:
            return max(runs, key=lambda run: (len(run.id), run.id)).input
        return next((named.cells for named in self._named() if named.id == row_id), {})

    def _readings(self, rows: Iterable[Row]) -> dict[Row, list[dict[str, str]]]:
        """What each row holds as typed, and as each contract of the tab reads it."""
        readings: dict[Row, list[dict[str, str]]] = {}
        for row in rows:
            values = row.values()
            cleaned = (fields.check_row(rules, values).values for rules in self.payloads if rules)
            readings[row] = [content(values), *map(content, cleaned)]
        return readings

    def _gone_copies(self, row_id: str) -> Iterator[Known]:
        """Copies of this row that were seen before and whose own id is not in the sheet now.

        It never got there, or an old copy of the sheet came back. Then the row must be exactly what it was when it ran: rows that
        were copied from one row are like each other anyway.
        """
        for named in self._named():
            if named.copy_of == row_id and named.id not in self.present:
                cells = self._last_known(named.id) if named.landed else named.cells
                yield Known(named.id, content(cells), 1.0 if named.landed else NEVER_WRITTEN)

    def _missing(self, taken: set[str]) -> list[Known]:
        """Every id that was given, is not in the sheet now, and has not been taken."""
        there = self.present.keys() | taken
        named = (one for one in self._named() if one.id not in there and (one.exact or not one.landed))
        ran = (run for run in self._runs() if run.row_id not in there)
        return [
            *(Known(one.id, content(one.cells), WRITTEN if one.landed else NEVER_WRITTEN) for one in named),
            *(Known(run.row_id, content(run.input), WRITTEN) for run in ran),
        ]

    def _named(self) -> Iterator[NamedRow]:
        return (named for named in self.books.rows.values() if self._is_ours(named))

    def _is_ours(self, named: NamedRow) -> bool:
        """Named in this tab; or in one that was gone before its ids were written, which may be this one."""
        tab = name_key(named.tab)
        return tab in self.names or (not named.landed and tab in self.gone)

    def _runs(self) -> Iterator[Run]:
        return (run for run in self.books.runs.values() if run.row_id and name_key(run.tab) in self.names)


def _again(row: Row, row_id: str) -> Naming:
    return Naming(row=row, id=row_id, because="its Row ID was lost; known by what it holds", new=False)


def remembered(naming: Naming) -> NamedRow:
    """What the ledger keeps until the id stands in the sheet; of an exact copy for ever, to see when somebody changes it."""
    left_out = _OURS if naming.copy_of else _OURS | {name_key(STATE)}
    cells = {header: value for header, value in naming.row.values().items() if name_key(header) not in left_out}
    return NamedRow(id=naming.id, tab=naming.row.tab.name, cells=cells, copy_of=naming.copy_of, exact=naming.exact)


def untouched_copy(row: Row, named: NamedRow | None) -> str:
    """The id of the row that this one still is an exact copy of, and so no event of its own; "" when somebody changed it."""
    if named is None or not named.exact or not _says_the_same(row, named.cells):
        return ""
    return named.copy_of


def _says_the_same(row: Row, cells: Mapping[str, Value]) -> bool:
    """Whether the row holds what it held, also when columns were renamed or deleted meanwhile: then nobody typed into the row."""
    now, before = _typed(row.values()), _typed(cells)
    there, then = row.tab.columns.keys(), set(map(name_key, cells))
    new = Counter(text for key, text in now.items() if key not in then)
    lost = Counter(text for key, text in before.items() if key not in there)
    return all(now.get(key) == before.get(key) for key in there & then - _OURS) and new <= lost


def _typed(values: Mapping[str, Value]) -> dict[str, str]:
    """What stands in the owner's cells, State included."""
    texts = ((name_key(header), show(value).strip()) for header, value in values.items())
    return {key: text for key, text in texts if text and key not in _OURS}
