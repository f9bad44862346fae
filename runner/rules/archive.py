"""Which rows of the runner's tabs are old enough to leave the workbook, and how the rows that stay close up.

Invariant: no row of the sheet is deleted and none is renumbered: the values of the rows that stay move up, and the end is emptied.
So the owner's formulas, formats and drop-downs, which know places, stay as they are; rows that are added fill the end again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from runner import tabs
from runner.model import Event, Row, RowEdit, Run, RunState, Snapshot, Tab
from runner.rules.answers import DESKS
from runner.values import Value, is_blank, show

#: The tabs whose rows leave with their run, and what names a row in each.
NAMES: Mapping[str, tuple[str, ...]] = {
    tabs.RUNS.name: ("Run",),
    **{
        desk.tab.name: (("Run", "Failed at") if desk.tab is tabs.DEAD_LETTERS else (desk.tab.headers[0],))
        for desk in DESKS.values()
    },
}


def over(runs: Iterable[Run], before: datetime) -> list[Run]:
    """Runs that ended before that moment. One that is INVALID stays: it runs once its row is mended."""
    return [run for run in runs if run.state.ended and run.state is not RunState.INVALID and run.ended and run.ended < before]


def old_lines(trail: Iterable[Event], before: datetime, snapshot: Snapshot) -> int:
    """The last audit line from before that moment that stands in the workbook, as do all before it: its number, 0 for none.

    A line that has yet to go along with a write would else be neither in the workbook nor in the archive.
    """
    audit = snapshot.tab(tabs.AUDIT.name)
    shown = {_number(row) for row in audit.rows} if audit else set()
    last = 0
    for event in trail:
        if event.time is None or event.time >= before or event.seq not in shown:
            break
        last = event.seq
    return last


def leaving(snapshot: Snapshot, runs: Collection[str], last_line: int) -> dict[str, list[Row]]:
    """Tab → its rows that are of these runs, or lines of Audit up to this one."""
    found: dict[str, list[Row]] = {}
    for name in NAMES:
        tab = snapshot.tab(name)
        found[name] = [row for row in tab.rows if row.text("Run") in runs] if tab else []
    audit = snapshot.tab(tabs.AUDIT.name)
    found[tabs.AUDIT.name] = [row for row in audit.rows if 0 < _number(row) <= last_line] if audit else []
    return {name: rows for name, rows in found.items() if rows}


def _number(row: Row) -> int:
    text = row.text("Seq")
    return int(text) if text.isascii() and text.isdecimal() else 0


def missing(rows: Iterable[Row], names: tuple[str, ...], there: Tab | None) -> list[RowEdit]:
    """The edits that add to the archive those of the rows that are not in it yet."""
    known = {_name(row, names) for row in there.rows} if there else set()
    edits = []
    for row in rows:
        if _name(row, names) not in known:
            known.add(_name(row, names))
            cells = {header: value for header, value in row.values().items() if not is_blank(value)}
            edits.append(RowEdit(tab=row.tab.name, row=None, cells=cells))
    return edits


def _name(row: Row, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(show(row.get(name)).strip() for name in names)


def closed_up(tab: Tab, gone: Iterable[Row]) -> list[RowEdit]:
    """The edits after which these rows are gone and the others stand without a gap, in their order."""
    left_out = {row.number for row in gone}
    kept = [row for row in tab.rows if row.number not in left_out]
    places = sorted(row.number for row in tab.rows)
    moved = [(place, row.values()) for place, row in zip(places, kept, strict=False) if place != row.number]
    empty: dict[str, Value] = {header: None for header in tab.headers if header}
    moved += [(place, empty) for place in places[len(kept) :]]
    return [RowEdit(tab=tab.name, row=place, cells=cells) for place, cells in moved]
