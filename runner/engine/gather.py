"""The one read of a tick: the workbook as it is now, and what its tabs say.

Invariant: a workbook that lost what it had a moment ago starts nothing.
"""

from collections.abc import Mapping

from runner import tabs
from runner.engine.name import recognise
from runner.engine.seen import Seen
from runner.engine.standing import UNREADABLE
from runner.engine.status_page import show_status
from runner.errors import WorkbookUnreadable
from runner.model import Snapshot
from runner.ports import Ledger, World
from runner.rules.contract import read_book
from runner.rules.headers import gone, in_use
from runner.values import name_key


def gather(world: World, seen: Seen) -> None:
    """Read the workbook if it changed, and parse it. Raises `WorkbookUnreadable`."""
    if seen.snapshot is not None and not seen.in_passing and look(world, seen) == seen.snapshot.version:
        return
    snapshot = _read(world, seen)
    before = in_use_before(world.ledger)
    seen.in_passing = False
    seen.book = read_book(snapshot, world.actions, world.secrets.names, before)
    recognise(seen, snapshot, world.ledger.books)
    _remember(world.ledger, snapshot, before)


def look(world: World, seen: Seen) -> object:
    """What the workbook is now; asked at most once a tick."""
    if seen.version is None:
        seen.version = world.workbook.version()
    return seen.version


def _read(world: World, seen: Seen) -> Snapshot:
    """The workbook as it is; why it cannot be read is kept for `status`, and said on its page."""
    snapshot, why_not = _readable(world)
    _note(world.ledger, {UNREADABLE: why_not})
    if snapshot is None:
        show_status(world, seen, world.clock.now())
        raise WorkbookUnreadable(why_not)
    return snapshot


def _readable(world: World) -> tuple[Snapshot | None, str]:
    try:
        snapshot = world.workbook.read()
    except WorkbookUnreadable as error:
        return None, str(error)
    emptied = all_gone(world.ledger, snapshot)
    return (None, f"{world.workbook.name} {emptied}") if emptied else (snapshot, "")


def all_gone(ledger: Ledger, snapshot: Snapshot) -> str:
    """A sheet that had rows and comes back empty is a mishap, not a wish: what happened and the mend; "" when it did not."""
    before = int(ledger.note("rows") or 0)
    if not before or _rows(snapshot):
        return ""
    return (
        f"had {before} row{'s' * (before > 1)} and now has none. Nothing was done. "
        "Put the last good copy back; to really begin anew, use a new workbook and a new ledger."
    )


def in_use_before(ledger: Ledger) -> frozenset[str]:
    """The tabs and columns that held something at the last read, see `rules.headers`."""
    return frozenset(ledger.note("tabs").splitlines())


def _rows(snapshot: Snapshot) -> int:
    runners = {name_key(tab.name) for tab in tabs.RUNNERS_TABS}
    return sum(len(tab.rows) for key, tab in snapshot.tabs.items() if key not in runners)


def _remember(ledger: Ledger, snapshot: Snapshot, before: frozenset[str]) -> None:
    """What the next read is compared with; what has gone goes on being missed until it is back."""
    _note(ledger, {"rows": str(_rows(snapshot)), "tabs": "\n".join(sorted(in_use(snapshot) | gone(before, snapshot)))})


def _note(ledger: Ledger, notes: Mapping[str, str]) -> None:
    """Only what is new costs a write."""
    for name, value in notes.items():
        if ledger.note(name) != value:
            ledger.note(name, value)
