"""Moves what ended long ago from the workbook into the archive workbook beside it; the ledger keeps all of it.

Invariant: a row leaves the workbook only when it is in the archive, on disk. A kill at any line is mended by the next look: what is
in the archive is not added again, what the ledger calls archived and still stands in the workbook is taken out.
"""

from datetime import datetime, timedelta

from runner import tabs
from runner.engine.journal import Journal
from runner.engine.seen import Seen
from runner.errors import WorkbookBusy, WorkbookChanged, WorkbookUnreadable
from runner.events import EventKind
from runner.model import Row, RowEdit, Snapshot, TabEdit
from runner.ports import Ledger, World
from runner.rules import archive as rules
from runner.values import name_key


def archive(world: World, seen: Seen, journal: Journal, now: datetime) -> None:
    """Once a day, after a tick that had something to do: what is older than `archive_after` leaves the workbook."""
    last = world.ledger.note("archived at")
    looked = bool(last) and now - datetime.fromisoformat(last) < min(timedelta(days=1), world.archive_after)
    if world.archive is None or seen.waiting or looked:
        return
    before = now - world.archive_after
    runs = [run.id for run in rules.over(world.ledger.books.runs.values(), before)]
    try:
        snapshot = world.workbook.read()
        last_line = max(rules.old_lines(seen.trail(world.ledger), before, snapshot), archived_lines(world.ledger))
        leaving = rules.leaving(snapshot, {*runs, *_left_behind(snapshot, world.ledger)}, last_line)
        world.ledger.keep_hold()
        _keep(world, leaving)
        _record(world, seen, journal, runs, last_line, before)
        _take_out(world, snapshot, leaving)
    except (WorkbookBusy, WorkbookChanged, WorkbookUnreadable) as error:
        world.say(f"Archiving waits: {error}")
        return
    world.ledger.note("archived at", now.isoformat())


def archived_lines(ledger: Ledger) -> int:
    """The last audit line that has left the workbook."""
    return int(ledger.note("archived lines") or 0)


def _left_behind(snapshot: Snapshot, ledger: Ledger) -> set[str]:
    """Runs that the ledger calls archived and that still stand in the workbook: the runner was stopped in between."""
    tab = snapshot.tab(tabs.RUNS.name)
    unknown = {row.text("Run") for row in tab.rows} - ledger.books.runs.keys() if tab else set()
    return {name for name in unknown if (run := ledger.run(name)) and run.archived}


def _keep(world: World, leaving: dict[str, list[Row]]) -> None:
    """Add the rows to the archive workbook, durably."""
    if not leaving or world.archive is None:
        return
    book = world.archive()
    there = book.read()
    edits: list[TabEdit | RowEdit] = []
    for name, rows in leaving.items():
        standard = tabs.STANDARD_TABS[name_key(name)]
        headers = dict.fromkeys([*standard.headers, *(header for header in rows[0].tab.headers if header)])
        edits.append(TabEdit(tab=name, headers=tuple(headers)))
        edits += rules.missing(rows, rules.NAMES.get(name, ("Seq", "Hash")), there.tab(name))
    book.write(edits, there)


def _record(world: World, seen: Seen, journal: Journal, runs: list[str], last_line: int, before: datetime) -> None:
    """The books let go of the runs and their questions; from now on the audit begins behind the last line that left."""
    if runs:
        gone = set(runs)
        asks = [{"id": ask.id, "archived": True} for ask in world.ledger.books.asks.values() if ask.run in gone]
        many, day = len(runs) > 1, f"{before.astimezone(world.zone):%Y-%m-%d}"
        detail = f"{len(runs)} run{'s' * many} that ended before {day} {'were' if many else 'was'} moved into the archive workbook"
        journal.note(EventKind.ARCHIVED, detail=detail, runs=[{"id": run, "archived": True} for run in runs], asks=asks)
        journal.commit()
        world.say(f"{detail}.")
    if last_line > archived_lines(world.ledger):
        world.ledger.note("archived lines", str(last_line))
    seen.audit = [event for event in seen.audit if event.seq > last_line]


def _take_out(world: World, snapshot: Snapshot, leaving: dict[str, list[Row]]) -> None:
    edits: list[TabEdit | RowEdit] = []
    for name, rows in leaving.items():
        if tab := snapshot.tab(name):
            edits += rules.closed_up(tab, rows)
    if edits:
        world.ledger.keep_hold()
        world.workbook.write(edits, snapshot)
