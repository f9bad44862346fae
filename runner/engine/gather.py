"""The one read of a tick: the workbook as it is now, and what its tabs say.

Invariant: a workbook that lost what it had a moment ago starts nothing.
"""

from dataclasses import replace

from runner import tabs
from runner.engine.seen import Seen
from runner.errors import WorkbookUnreadable
from runner.model import Book, Problem, Snapshot
from runner.ports import World
from runner.rules.contract import read_book
from runner.values import name_key


def gather(world: World, seen: Seen) -> None:
    """Read the workbook if it changed, and parse it. Raises `WorkbookUnreadable`."""
    if seen.snapshot is not None and world.workbook.version() == seen.snapshot.version:
        return
    snapshot = world.workbook.read()
    _still_there(world, snapshot)
    seen.snapshot = snapshot
    seen.book = _without_lost_tabs(world, snapshot, read_book(snapshot, world.actions, world.secrets.names))


def _still_there(world: World, snapshot: Snapshot) -> None:
    """A sheet that had rows and comes back empty is a mishap, not a wish."""
    runners = {name_key(tab.name) for tab in tabs.RUNNERS_TABS}
    rows = sum(len(tab.rows) for key, tab in snapshot.tabs.items() if key not in runners)
    if not rows and int(world.ledger.note("rows") or 0):
        message = (
            f"{world.workbook.name} had {world.ledger.note('rows')} rows and now has none. Nothing was done. "
            "Put the last good copy back; to really begin anew, use a new workbook and a new ledger."
        )
        raise WorkbookUnreadable(message)
    if str(rows) != world.ledger.note("rows"):
        world.ledger.note("rows", str(rows))


def _without_lost_tabs(world: World, snapshot: Snapshot, book: Book) -> Book:
    """No new runs while a tab that the contracts were read from has disappeared."""
    before = {name for name in world.ledger.note("tabs").split("\n") if name}
    now = {tab.name for tab in tabs.OWNERS_TABS if snapshot.tab(tab.name) is not None}
    if before - now:
        lost = [
            Problem(
                where=name,
                message=f"The tab {name} was there before and is gone, so no new runs start.",
                fix="Put it back, or add an empty tab of that name if you mean it.",
                tab=name,
            )
            for name in sorted(before - now)
        ]
        return replace(book, contracts={}, problems=(*book.problems, *lost))
    if now != before:
        world.ledger.note("tabs", "\n".join(sorted(now)))
    return book
