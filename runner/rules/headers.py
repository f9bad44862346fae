"""Whether the columns of the owner's tabs still mean what they meant.

Invariant: a guard is never dropped by accident. While a column of these tabs may have been renamed, doubled, merged away or
deleted, no new runs start, and the sentence says where to mend it.
"""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import replace

from runner import tabs
from runner.model import Problem, Snapshot, Tab, column_letter
from runner.rules.findings import Findings
from runner.tabs import Column, Side, StandardTab
from runner.values import name_key

#: Columns without which a row of the tab says nothing.
_NEEDED = {
    "contracts": ("Contract", "Trigger"),
    "steps": ("Contract", "Step", "Action"),
    "fields": ("Contract", "Field"),
    "routes": ("Contract", "After", "Go to"),
    "templates": ("Template", "Body"),
    "settings": ("Setting", "Value"),
    "sops": ("SOP", "Instruction"),
}
#: Tabs in which a cell that reads as blank can take a guard away.
_GUARDED = ("contracts", "steps", "fields", "routes")
#: How like a missing column's name a strange one must be to count as its misspelling: `Approvals`, but not `Info` for `If`.
_MISSPELT = 0.8
_UNTIL_THEN = "No new runs start until then."


def check_headers(snapshot: Snapshot, found: Findings) -> None:
    """Look at every owner's tab; what is found there halts new runs. A tab that is not there has its defaults."""
    for problem in snapshot.problems:
        if name_key(problem.tab) in _GUARDED:
            found.halt(replace(problem, fix=f"{problem.fix} {_UNTIL_THEN}"))
        else:
            found.problems.append(problem)
    for standard in tabs.OWNERS_TABS:
        tab = snapshot.tab(standard.name)
        if tab is not None:
            _doubled(tab, found)
            _missing(tab, standard, found)


def _doubled(tab: Tab, found: Findings) -> None:
    for header in tab.doubled:
        place = len(tab.headers) - 1 - tab.headers[::-1].index(header)
        found.halt(_at(tab, place, f"The column “{header}” stands twice.", "Rename or delete one of them."))


def _missing(tab: Tab, standard: StandardTab, found: Findings) -> None:
    """Columns that the rows need, and columns that seem to stand there under a misspelt name."""
    strangers = [header for header in tab.headers if header and not standard.column(header)]
    needed = _NEEDED[name_key(standard.name)]
    for column in _meant(standard):
        if tab.has(column.name):
            continue
        renamed = _misspelt(column.name, strangers)
        if column.name in needed:
            found.unreadable.add(name_key(standard.name))
        if renamed and tab.rows:
            message = f"The column “{column.name}” is missing. Was it renamed to “{renamed}”?"
            found.halt(_at(tab, tab.headers.index(renamed), message, f"Call it “{column.name}” again."))
        elif column.name in needed and tab.rows:
            message = f"The column “{column.name}” is missing."
            found.halt(_at(tab, None, message, f"Write “{column.name}” into row 1, above its cells."))


def _misspelt(name: str, strangers: Collection[str]) -> str:
    keys = {name_key(header): header for header in strangers}
    near = difflib.get_close_matches(name_key(name), keys, 1, _MISSPELT)
    return keys[near[0]] if near else ""


def _at(tab: Tab, column: int | None, message: str, fix: str) -> Problem:
    where = tab.name if column is None else f"{tab.name}!{column_letter(column)}1"
    return Problem(where=where, message=message, fix=f"{fix} {_UNTIL_THEN}", tab=tab.name, row=1)


def _meant(standard: StandardTab) -> Iterator[Column]:
    """The owner's columns that Rowpact reads."""
    for column in standard.columns:
        if column.side is Side.OWNER and column.name != "Note":
            yield column


# ------------------------------------------------------------------------------------------ compared with the last read


def in_use(snapshot: Snapshot) -> set[str]:
    """What must not vanish: the owner's tabs that are there, and the columns in them that hold something: `Steps`, `Steps!If`."""
    names: set[str] = set()
    for standard in tabs.OWNERS_TABS:
        tab = snapshot.tab(standard.name)
        if tab is not None:
            names.add(standard.name)
            used = (column.name for column in _meant(standard) if any(row.get(column.name) is not None for row in tab.rows))
            names.update(f"{standard.name}!{name}" for name in used)
    return names


def vanished(before: Collection[str], snapshot: Snapshot) -> Iterator[Problem]:
    """A problem for each tab and column of `before` (see `in_use`) that is gone altogether."""
    for name in sorted(before):
        tab_name, _, header = name.partition("!")
        tab = snapshot.tab(tab_name)
        if tab is None and not header:
            message = f"The tab {tab_name} was there before and is gone, so no new runs start."
            fix = "Put it back, or add an empty tab of that name if you mean it."
            yield Problem(where=tab_name, message=message, fix=fix, tab=tab_name)
        elif tab is not None and header and not tab.has(header):
            message = f"The column “{header}” was there before and is gone, so no new runs start."
            fix = "Put it back, or call it by its old name again; if you mean it, add an empty column of that name."
            yield Problem(where=tab.name, message=message, fix=fix, tab=tab.name, row=1)
