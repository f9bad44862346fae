"""Listens for silence: contracts that should have run and did not.

Invariant: a silence is said once, in the audit, whatever is restarted; it is over when the contract runs as often as is normal.
"""

from collections.abc import Mapping
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.seen import Seen
from runner.events import EventKind
from runner.model import Book
from runner.ports import Ledger, World
from runner.rules.calendar import read_calendar
from runner.rules.rhythm import read_rhythm
from runner.values import dump, load

#: Note: contract → [its rhythm, since when it is listened to].
_LISTENED = "listened"
#: Note: contract → [what is said of its silence, its owner].
_SILENT = "silent"


def listen(world: World, seen: Seen, journal: Journal, now: datetime) -> None:
    """Look at every contract with a Rhythm; the moment at which each would be silent is one at which something is due."""
    ledger = world.ledger
    listened = _listened(ledger, seen.book, now)
    starts: dict[str, list[datetime]] = {name: [] for name in listened}
    for run in ledger.books.runs.values() if listened else ():
        if run.started and run.contract in starts:
            starts[run.contract].append(run.started)
    silent: dict[str, tuple[str, str]] = {}
    calendar = read_calendar(seen.book.settings)
    for name, (text, begun) in listened.items():
        rhythm = read_rhythm(text) if name in seen.book.contracts else None
        if rhythm is None:
            continue
        since = rhythm.quiet_since(starts[name], datetime.fromisoformat(begun))
        moment = rhythm.silent_at(since, calendar, world.zone)
        if moment > now:
            seen.coming.append(moment)
            continue
        sentence = rhythm.sentence(since, world.zone)
        silent[name] = (sentence, seen.book.contracts[name].owner)
        if not _said(name, moment, world, seen):
            journal.note(EventKind.SILENT, contract=name, result=text, detail=sentence)
    journal.commit()
    if silent != silences(ledger):
        ledger.note(_SILENT, dump(silent))


def silences(ledger: Ledger) -> Mapping[str, tuple[str, str]]:
    """Contract → (what is said of its silence, its owner), for those that are silent now."""
    return {name: (sentence, owner) for name, (sentence, owner) in load(ledger.note(_SILENT) or "{}").items()}


def _listened(ledger: Ledger, book: Book, now: datetime) -> dict[str, list[str]]:
    """Since when each contract is listened to: since it was first seen enabled with this rhythm. A mistake does not end that."""
    before: dict[str, list[str]] = load(ledger.note(_LISTENED) or "{}")
    wanted = {contract.name: contract.rhythm for contract in book.contracts.values() if contract.enabled and contract.rhythm}
    mistaken = {problem.contract for problem in book.problems} - book.contracts.keys()
    kept = {name: entry for name, entry in before.items() if wanted.get(name) == entry[0] or name in mistaken}
    listened = {name: [rhythm, now.isoformat()] for name, rhythm in wanted.items()} | kept
    if listened != before:
        ledger.note(_LISTENED, dump(listened))
    return listened


def _said(contract: str, moment: datetime, world: World, seen: Seen) -> bool:
    """Whether this silence stands in the audit already."""
    last = next(
        (
            event.time
            for event in reversed(seen.trail(world.ledger))
            if event.kind == EventKind.SILENT and event.contract == contract
        ),
        None,
    )
    return last is not None and last >= moment
