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
    "checks": ("Checks", "Kind", "Rule"),
    "templates": ("Template", "Body"),
    "settings": ("Setting", "Value"),
    "sops": ("SOP", "Instruction"),
}
#: Tabs in which a cell that reads as blank can take a guard away.
_GUARDED = ("contracts", "steps", "fields", "routes")
#: How like a missing column's name a strange one must be to count as its misspelling: `Approvals`, but not `Info` for `If`.
_MISSPELT = 0.8
_UNTIL_THEN = "No new runs start until then."


def check_headers(snapshot: Snapshot, found: Findings, before: Collection[str] = ()) -> None:
    """Look at every owner's tab; what is found there halts new runs. `before`: what was `in_use` at the last read."""
    for problem in snapshot.problems:
        if name_key(problem.tab) in _GUARDED:
            found.halt(replace(problem, fix=f"{problem.fix} {_UNTIL_THEN}"))
        else:
            found.problems.append(problem)
    found.gone |= gone(before, snapshot)
    for standard in tabs.OWNERS_TABS:
        tab = snapshot.tab(standard.name)
        if tab is not None:
            _doubled(tab, found)
            _missing(tab, standard, found)
        elif standard.name in found.gone:
            fix = f"Put it back, or add an empty tab of that name if you mean it. {_UNTIL_THEN}"
            message = f"The tab {standard.name} was there before and is gone."
            found.halt(Problem(where=standard.name, message=message, fix=fix, tab=standard.name))


def _doubled(tab: Tab, found: Findings) -> None:
    for header in tab.doubled:
        place = len(tab.headers) - 1 - tab.headers[::-1].index(header)
        found.halt(_at(tab, place, f"The column “{header}” stands twice.", "Rename or delete one of them."))


def _missing(tab: Tab, standard: StandardTab, found: Findings) -> None:
    """Columns that the rows need, that stand there under a misspelt name, or that were there at the last read."""
    strangers = [header for header in tab.headers if header and not standard.column(header)]
    for column in _meant(standard):
        if tab.has(column.name):
            continue
        needed = column.name in _NEEDED[name_key(standard.name)]
        if needed:
            found.unreadable.add(name_key(standard.name))
        renamed = _misspelt(column.name, strangers)
        if renamed and tab.rows:
            message = f"The column “{column.name}” is missing. Was it renamed to “{renamed}”?"
            found.halt(_at(tab, tab.headers.index(renamed), message, f"Call it “{column.name}” again."))
        elif f"{standard.name}!{column.name}" in found.gone:
            message = f"The column “{column.name}” was there before and is gone."
            found.halt(_at(tab, None, message, "Put it back under this name; if you mean it, add an empty column of this name."))
        elif needed and tab.rows:
            fix = f"Write “{column.name}” into row 1, above its cells."
            found.halt(_at(tab, None, f"The column “{column.name}” is missing.", fix))


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
    """What must not vanish: the owner's tabs, the columns in them that hold something, and Row IDs: `Steps`, `Steps!If`."""
    names: set[str] = set()
    for standard in tabs.OWNERS_TABS:
        tab = snapshot.tab(standard.name)
        if tab is not None:
            names.add(standard.name)
            names.update(f"{standard.name}!{column.name}" for column in _meant(standard) if _holds(tab, column.name))
    data = (tab for key, tab in snapshot.tabs.items() if key not in tabs.STANDARD_TABS)
    names.update(f"{tab.name}!{tabs.ROW_ID}" for tab in data if tab.rows and tab.has(tabs.ROW_ID))
    return names


def gone(before: Collection[str], snapshot: Snapshot) -> set[str]:
    """Those of `before` (see `in_use`) that are no longer there at all; of a tab that is gone only the tab itself."""
    lost: set[str] = set()
    for name in before:
        tab_name, _, header = name.partition("!")
        tab = snapshot.tab(tab_name)
        if (tab is None and not header) or (tab is not None and header and not tab.has(header)):
            lost.add(name)
    return lost


def _holds(tab: Tab, header: str) -> bool:
    return any(row.get(header) is not None for row in tab.rows)
