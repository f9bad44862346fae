"""Notices cells and rows of the runner's that somebody changed or deleted, and says so in the audit; the write-back puts them back.

Invariant: only called a hand edit when the sheet had shown all that the ledger knew; a write that was lost is no one's doing.
"""

from collections import Counter
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.seen import Seen
from runner.engine.write_back import plan_edits
from runner.events import EventKind
from runner.model import RowEdit
from runner.ports import World
from runner.values import name_key, show


def put_back(world: World, seen: Seen, journal: Journal, now: datetime) -> None:
    """One audit line for each of the runner's tabs in which cells no longer say what they said."""
    if seen.snapshot is None or seen.waiting or world.ledger.note("shown") != seen.last_line(world.ledger):
        return
    changed: dict[str, list[str]] = {}
    gone: Counter[str] = Counter()
    for edit in plan_edits(world, seen, [], now):
        if not isinstance(edit, RowEdit) or name_key(edit.tab) not in _WATCHED:
            continue
        if edit.row is None:
            # the line about the last write goes along with the next one
            gone[edit.tab] += edit.cells.get("Event") != EventKind.EDIT_LANDED and not world.workbook.refused
        else:
            tab = seen.snapshot.tab(edit.tab)
            row = next((row for row in tab.rows if row.number == edit.row), None) if tab else None
            for header, value in edit.cells.items():
                stood = show(row.get(header)) if row else ""
                if row is not None and (name_key(header) != "result" or name_key(edit.tab) == "audit"):
                    changed.setdefault(edit.tab, []).append(
                        f"{row.address(header)}: “{stood[:60]}”, put back to “{show(value)[:60]}”"
                    )
    for tab_name, cells in changed.items():
        more = f" and {len(cells) - 10} more" if len(cells) > 10 else ""
        detail = "; ".join(cells[:10]) + more
        journal.note(EventKind.RESTORED, who="someone with the workbook", result=f"{len(cells)} cells of {tab_name}", detail=detail)
    for tab_name, rows in (+gone).items():
        what = f"{rows} row{'s were' if rows > 1 else ' was'} gone (deleted, or an older copy was opened)"
        journal.note(EventKind.RESTORED, result=f"{rows} row{'s' * (rows > 1)} of {tab_name}", detail=f"{what}, and put back")
    journal.commit()


_WATCHED = {"runs", "approvals", "dead_letters", "tasks", "audit"}
