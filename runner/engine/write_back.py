"""Writes what the sheet should say: the difference between the ledger and what was read, in one batch.

Invariant: the only place that writes cells. A write that cannot be done now waits and is said; nothing is written over what was
not read, nor by a runner that has lost the workbook to another.
"""

from dataclasses import replace
from datetime import datetime

from runner import __version__, tabs
from runner.engine.journal import Journal
from runner.engine.listen import silences
from runner.engine.name import recognise
from runner.engine.seen import Seen
from runner.errors import WorkbookBusy, WorkbookChanged
from runner.events import EventKind
from runner.model import Edit, RowEdit, Snapshot, TabEdit
from runner.ports import Ledger, World
from runner.rules.drill import LAST_DRILL, NEVER
from runner.rules.overlay import SheetView
from runner.rules.place import Placed, place
from runner.rules.project import Facts, local, project
from runner.tabs import ROW_ID
from runner.values import Value, dump

#: How often a workbook that people keep changing is read anew before the write is left to the next tick.
ATTEMPTS = 4


def write_back(world: World, seen: Seen, now: datetime) -> None:
    """Make the sheet say what the ledger knows, if it does not."""
    journal = Journal(world.ledger, world.secrets.redact, world.say)
    for _ in range(ATTEMPTS):
        if seen.snapshot is None:
            return
        placed = place((edit for edit in world.ledger.books.edits.values() if not edit.landed), _view(world, seen))
        edits = merge(plan_edits(world, seen, placed, now))
        if not _worth_writing(edits, world.ledger.note(LAST_DRILL)):
            _landed(world, seen, placed, journal)
            _waiting(world, seen, "", now)
            return
        try:
            world.ledger.keep_hold()
            seen.written = world.workbook.write(edits, seen.snapshot)
        except WorkbookBusy as error:
            _waiting(world, seen, str(error), now)
            return
        except WorkbookChanged as error:
            if seen.written is None or world.workbook.version() != seen.written:  # a long tick writes more than once
                _waiting(world, seen, str(error), now)
            _read_anew(world, seen)
            continue
        if seen.audit and not world.workbook.refused:
            world.ledger.note("last line shown", str(seen.audit[-1].seq))
        _landed(world, seen, _standing(world, seen, placed) if world.workbook.refused else placed, journal)
        world.ledger.note("shown", seen.last_line(world.ledger))
        world.ledger.note("workbook facts", dump(dict(world.workbook.facts)))
        _waiting(world, seen, "", now)
        return


def plan_edits(world: World, seen: Seen, placed: list[Placed], now: datetime) -> list[TabEdit | RowEdit]:
    """Every edit of this tick: Row IDs, what steps want written, and the projection."""
    snapshot = seen.snapshot
    if snapshot is None:
        return []
    facts = Facts(
        book=seen.book,
        zone=world.zone,
        audit=seen.trail(world.ledger),
        row_runs=seen.row_runs,
        row_says=seen.row_says,
        row_ids=seen.row_ids,
        runner=runner_facts(world, seen, now),
        replies=seen.replies,
        kpis=seen.kpis,
        alerts=seen.alerts,
    )
    ids = [RowEdit(tab=tab, row=row, cells={ROW_ID: row_id}) for (tab, row), row_id in seen.row_ids.items() if row_id]
    return [*ids, *(one.row_edit for one in placed if one.row_edit), *project(world.ledger.books, snapshot, facts)]


def merge(edits: list[TabEdit | RowEdit]) -> list[TabEdit | RowEdit]:
    """One edit a row; tabs and columns first."""
    made = [edit for edit in edits if isinstance(edit, TabEdit)]
    rows: dict[tuple[str, int], dict[str, Value]] = {}
    appended: list[RowEdit] = []
    for edit in edits:
        if isinstance(edit, RowEdit) and edit.row is not None:
            rows.setdefault((edit.tab, edit.row), {}).update(edit.cells)
        elif isinstance(edit, RowEdit):
            appended.append(edit)
    return [*made, *(RowEdit(tab=tab, row=row, cells=cells) for (tab, row), cells in rows.items()), *appended]


def _worth_writing(edits: list[TabEdit | RowEdit], drilled: str) -> bool:
    """That something was written is itself recorded; that line, and when the runner last looked, go along with the next write."""
    return any(isinstance(edit, TabEdit) or not _goes_along(edit, drilled) for edit in edits)


def _goes_along(edit: RowEdit, drilled: str) -> bool:
    if edit.tab == tabs.AUDIT.name:
        return edit.row is None and edit.cells.get("Event") == EventKind.EDIT_LANDED
    return edit.tab == tabs.RUNNER.name and (not drilled or edit.cells.get("Value") != drilled)


def runner_facts(world: World, seen: Seen, now: datetime) -> dict[str, str]:
    """What the tab Runner says."""
    moment = local(now, world.zone)
    problems = [str(problem) for problem in (*world.problems, *seen.book.problems, *world.workbook.refused)]
    problems += [f"{contract} is silent: {sentence}" for contract, (sentence, _owner) in silences(world.ledger).items()]
    waited = _waited(world, now) or world.ledger.note("waited")
    return {
        "version": f"Rowpact {__version__}",
        "last poll": f"{moment:%Y-%m-%d %H:%M}",
        "next poll": world.next_poll,
        "mode": world.mode,
        LAST_DRILL: world.ledger.note(LAST_DRILL) or NEVER,
        "writes waiting": f"none ({waited})" if waited else "none",  # whoever can read this can see that nothing waits
        "problems": "\n".join(problems) or "none",
        **world.workbook.facts,
    }


def _view(world: World, seen: Seen) -> SheetView:
    return SheetView(seen.snapshot or Snapshot(tabs={}, version=None), world.ledger.books, seen.row_ids)


def _waiting(world: World, seen: Seen, why: str, now: datetime) -> None:
    """Remember since when writes wait, so that `status` and the Runner tab can say it."""
    since = world.ledger.note("waiting since")
    if why and not since:
        world.ledger.note("waiting since", now.isoformat())
    if why and why != seen.waiting:
        world.say(f"Writing waits: {why}")
    if not why and since:
        world.ledger.note("waited", _waited(world, now))
        world.ledger.note("waiting since", "")
    if why != world.ledger.note("waiting"):
        world.ledger.note("waiting", why)
    seen.waiting = why


def waiting_since(ledger: Ledger) -> datetime | None:
    """Since when writes wait; None when they do not."""
    since = ledger.note("waiting since")
    return datetime.fromisoformat(since) if since else None


def _waited(world: World, now: datetime) -> str:
    """How long writes have been waiting until now; "" when they have not."""
    since = waiting_since(world.ledger)
    if not since:
        return ""
    minutes = max(0.0, (now - since).total_seconds() / 60)
    return f"last waited {minutes:.0f} min, until {local(now, world.zone):%Y-%m-%d %H:%M}"


def _read_anew(world: World, seen: Seen) -> None:
    """Somebody changed the workbook in between: the rows are found again; new ones wait for the next tick."""
    recognise(seen, world.workbook.read(), world.ledger.books)
    seen.in_passing = True


def _standing(world: World, seen: Seen, placed: list[Placed]) -> list[Placed]:
    """After a write that had to leave cells out: only what can be seen in the sheet has landed; the rest stays asked for."""
    renamed = seen.snapshot.renamed if seen.snapshot else {}
    seen.snapshot = replace(world.workbook.read(), renamed=renamed)
    return [one for one in place((one.edit for one in placed), _view(world, seen)) if one.row_edit is None]


def _landed(world: World, seen: Seen, placed: list[Placed], journal: Journal) -> None:
    """Edits and Row IDs that stand in the sheet now are the owner's from here on."""
    for one in placed:
        if one.lost:
            journal.note(EventKind.NOTED, detail=f"{_said(one.edit)} was not written. {one.lost}", edits=[_id(one.edit)])
    written = [one.edit for one in placed if not one.lost]
    pending = [row for row in world.ledger.books.rows.values() if not row.landed]
    if world.workbook.refused and seen.snapshot:
        standing = {row.text(ROW_ID) for tab in seen.snapshot.tabs.values() for row in tab.rows}
        pending = [row for row in pending if row.id in standing]
    if written or pending:
        journal.note(
            EventKind.EDIT_LANDED,
            detail="; ".join(_said(edit) for edit in written[:20]) or f"{len(pending)} Row IDs",
            edits=[_id(edit) for edit in written],
            rows=[{"tab": row.tab, "id": row.id, "landed": True} for row in pending],
        )
    journal.commit()


def _id(edit: Edit) -> dict[str, object]:
    return {"id": edit.id, "landed": True}


def _said(edit: Edit) -> str:
    return f"{edit.tab}: {', '.join(f'{header} = {value}' for header, value in edit.cells.items())}"
