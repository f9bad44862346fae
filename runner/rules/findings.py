"""Collects every mistake of one read with its address, so that all are shown at once and each beside its row.

Invariant: nothing here raises; a mistake is a value.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from runner.model import Problem, Row, Snapshot
from runner.tabs import OWNERS_TABS, StandardTab
from runner.values import ErrorValue, name_key


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; "" when none is near."""
    names = {name_key(name): name for name in known if name}
    near = difflib.get_close_matches(name_key(wrong), names, 1, 0.6)
    return names[near[0]] if near else ""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """`Did you mean “Fit score”?`, or the known names when none is near and they are few; "" when there are none."""
    names = {name_key(name): name for name in known if name}
    if near := nearest(wrong, names.values()):
        return f"Did you mean “{near}”?"
    if not names:
        return ""
    listed = sorted(names.values(), key=str.casefold)
    return f"There is: {', '.join(listed[:12])}{' …' if len(listed) > 12 else ''}."


@dataclass(slots=True)
class Findings:
    """The problems found so far, and the rows that were looked at."""

    problems: list[Problem] = field(default_factory=list)
    #: Those of them that keep every contract from starting runs.
    halts: list[Problem] = field(default_factory=list)
    #: What is worth a second look, and stops nothing.
    notes: list[Problem] = field(default_factory=list)
    #: `name_key(tab)` of tabs whose rows cannot be read, because a column that every row needs is missing.
    unreadable: set[str] = field(default_factory=set)
    #: Tabs and columns that were there at the last read and are no more: `Steps`, `Steps!If`, `Leads!Row ID`.
    gone: set[str] = field(default_factory=set)
    #: Rows of tabs with a `Check` column, in reading order.
    rows: list[Row] = field(default_factory=list)
    _broken: set[str] = field(default_factory=set)

    def read(self, snapshot: Snapshot, standard: StandardTab) -> Iterator[Row]:
        """The tab's rows, those with nothing but a `Check` left out; formula errors are found here, once for all columns."""
        tab = snapshot.tab(standard.name)
        for row in tab.rows if tab else ():
            if all(value is None for header, value in row.values().items() if name_key(header) != "check"):
                continue
            if row.tab.has("Check"):
                self.rows.append(row)
            if name_key(standard.name) in self.unreadable:
                continue
            for header, value in row.values().items():
                if isinstance(value, ErrorValue) and standard.column(header):
                    self.broken(row, header, value, contract=row.text("Contract") or None)
            yield row

    def at(self, row: Row, header: str, message: str, fix: str = "", *, contract: str | None = None) -> None:
        """A mistake in one cell. With `contract`, that contract starts no runs."""
        where = row.address(header)
        if where not in self._broken:
            self.problems.append(
                Problem(where=where, message=message, fix=fix, tab=row.tab.name, row=row.number, contract=contract)
            )

    def note(self, row: Row, header: str, message: str) -> None:
        """Something in one cell that is no mistake, and worth a second look."""
        self.notes.append(Problem(where=row.address(header), message=message, tab=row.tab.name, row=row.number))

    def broken(self, row: Row, header: str, error: object, *, contract: str | None = None) -> None:
        """A formula error: whatever else would be said about the cell follows from it, and is not said."""
        self.at(row, header, f"The formula in this cell gives {error}.", "Mend the formula.", contract=contract)
        self._broken.add(row.address(header))

    def halt(self, problem: Problem) -> None:
        """A mistake because of which no contract may start runs."""
        self.problems.append(problem)
        self.halts.append(problem)

    def sort(self) -> None:
        """In the order in which an owner walks through the workbook: tab by tab, row by row, left to right."""
        self.problems.sort(key=_place)
        self.notes.sort(key=_place)

    def checks(self) -> dict[tuple[str, int], str]:
        """(tab, row number) → what its `Check` cell should say."""
        said: dict[tuple[str, int], list[str]] = {(row.tab.name, row.number): [] for row in self.rows}
        for problem in self.problems:
            if problem.row is not None and (problem.tab, problem.row) in said:
                said[problem.tab, problem.row].append(f"{problem.where.partition('!')[2]}: {problem.sentence}")
        for row in self.rows:
            if name_key(row.tab.name) == "contracts":
                said[row.tab.name, row.number] += self._stopped_by(row)
        noted: dict[tuple[str, int | None], list[str]] = {}
        for note in self.notes:
            noted.setdefault((note.tab, note.row), []).append(f"Note on {note.where.partition('!')[2]}: {note.sentence}")
        return {place: "\n".join([*(mistakes or ["OK"]), *noted.get(place, ())]) for place, mistakes in said.items()}

    def _stopped_by(self, row: Row) -> Iterator[str]:
        """What stands elsewhere and keeps the contract of this row from starting runs."""
        yield from map(str, self.halts)
        name = name_key(row.text("Contract"))
        other = (problem for problem in self.problems if problem.contract and problem.tab != row.tab.name)
        places = list(dict.fromkeys(problem.where for problem in other if name_key(problem.contract or "") == name))
        if places:
            yield f"It starts no runs until {', '.join(places)} {'is' if len(places) == 1 else 'are'} mended."


_TABS = {name_key(tab.name): index for index, tab in enumerate(OWNERS_TABS)}


def _place(problem: Problem) -> tuple[int, int, int, str]:
    letters = problem.where.partition("!")[2].rstrip("0123456789") if problem.row else ""
    return (_TABS.get(name_key(problem.tab), len(_TABS)), problem.row or 0, len(letters), letters)
