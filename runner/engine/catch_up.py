"""Brings a ledger that is older than the truth – put back from a copy – up to what the workbook shows, before anything is done.

Invariant: nothing that was or may have been done since the copy is done again: what the workbook shows as ended has ended, every
other run waits for a person, and nothing new begins unasked. One transaction; the trail goes on behind the last line of the
workbook.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runner import tabs
from runner.engine.adopt import Adopter, archived_runs
from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen
from runner.events import EventKind
from runner.model import Event, Run, RunState, Snapshot
from runner.ports import RESTORED, Ledger, World
from runner.rules import adoption
from runner.rules.desk import Desk
from runner.rules.replay import whole

#: Why every new run is asked about first; "" when none has to be.
UNSURE = "asks before new runs"
#: Cells show times to the second or the minute.
_COARSE = timedelta(minutes=1)


def catch_up(world: World, seen: Seen, desk: Desk, journal: Journal, now: datetime) -> None:
    """Once per process: when the ledger was put back, or the workbook shows a newer line than it has."""
    if seen.snapshot is None or seen.caught_up:
        return
    because = world.ledger.note(RESTORED) or _older(seen, seen.snapshot, world.ledger)
    if because:
        world.ledger.note(UNSURE, because)
        adopter = Adopter(
            world, seen, desk, journal, Recorder(journal, now, seen.book), now, lost="The ledger was put back from a copy"
        )
        _take_over(adopter, seen.snapshot, because)
        world.ledger.note(RESTORED, "")
        world.say(f"{because} What was under way waits for a person now, and new runs are asked about first.")
    seen.caught_up = True


def _older(seen: Seen, snapshot: Snapshot, ledger: Ledger) -> str:
    """Why the ledger cannot be the newest; "" when it may be."""
    shown, line_hash = adoption.last_line(snapshot)
    known = _last(seen, ledger)
    if shown <= known or not adoption.is_hash(line_hash):
        return ""
    return f"The ledger is an older copy: it ends with audit line {known}, and the workbook shows line {shown}."


def _last(seen: Seen, ledger: Ledger) -> int:
    trail = seen.trail(ledger)
    return trail[-1].seq if trail else int(ledger.note("archived lines") or 0)


def _take_over(adopter: Adopter, snapshot: Snapshot, because: str) -> None:
    world, journal = adopter.world, adopter.journal
    shown = adoption.runs(snapshot, adopter.seen.book, world.zone)
    asks = adoption.asks(snapshot, world.zone)
    books = world.ledger.books
    adopter.known = {adopter.name(ask): ask for ask in books.asks.values()}
    adopter.count([*(run.id for run in shown), *(old.ask.id for olds in asks.values() for old in olds)])
    seq, last_hash = adoption.last_line(snapshot)
    known = _last(adopter.seen, world.ledger)
    facts: dict[str, Any] = {
        "rows": [whole(row) for row in adoption.copies(snapshot)],
        "edits": [{"id": edit.id, "landed": True} for edit in books.edits.values()],
    }
    detail = f"{because} The ledger ended with line {known}; the workbook shows line {seq}, hash {last_hash or 'unknown'}."
    follows = seq + 1 if seq > known and adoption.is_hash(last_hash) else 0
    journal.waiting.append(Event(kind=EventKind.ADOPTED, seq=follows, detail=detail, data=facts))
    standing = list(_standing(adopter, shown, snapshot))
    for run, old in standing:
        adopter.take(run, asks.get(run.id, []), old)
    for run in archived_runs(world, adopter.seen, [run for run, _ in standing]):
        if not world.ledger.run(run.id) and not world.ledger.known(run.contract, [run.key]):
            adopter.take(run, [])
    journal.commit()


def _standing(adopter: Adopter, shown: list[Run], snapshot: Snapshot) -> Iterator[tuple[Run, Run | None]]:
    """Every run that is not settled by both: as it stands by the newer of the two, and as the ledger has it."""
    ledger = adopter.world.ledger
    met = set()
    for run in shown:
        old = ledger.run(run.id)
        if old is None or (old.contract, old.key) != (run.contract, run.key):
            if not ledger.known(run.contract, [run.key]):
                yield (replace(run, id=adopter.fresh("R")) if old else run), None
            continue
        met.add(run.id)
        if old.archived or _still_held(run, old, snapshot) or (old.state.ended and not _newer(run, old)):
            continue
        yield _merged(run, old), old
    for old in [run for run in ledger.books.runs.values() if run.id not in met and not run.state.ended]:
        yield old, old


def _newer(run: Run, old: Run) -> bool:
    """Whether the workbook tells something about the run that the ledger does not know."""
    if run.state is old.state or run.updated is None:
        return False
    return old.updated is None or run.updated > old.updated - _COARSE


def _merged(run: Run, old: Run) -> Run:
    """What the ledger knows about the run, where the workbook shows it to be."""
    if old.state.ended or _newer(run, old):
        step, error, ended = run.step or old.step, run.error, run.ended
        old = replace(old, state=run.state, step=step, tries=run.tries, error=error, ended=ended, updated=run.updated, finished="")
    return replace(old, command=run.command, next_try=None)


def _still_held(run: Run, old: Run, snapshot: Snapshot) -> bool:
    """Whether it had not begun, and the question that holds it has no answer: nothing can have happened to it."""
    if run.state is not RunState.HELD or old.state is not RunState.HELD or not old.ask:
        return False
    tab = snapshot.tab(tabs.APPROVALS.name)
    rows = [row for row in tab.rows if row.text("Approval") == old.ask] if tab else []
    return bool(rows) and not any(row.text("Decision") or row.text("Result") for row in rows)
