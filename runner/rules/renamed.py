"""What a data tab is called now: people rename tabs, and its rows are the rows that they were.

Invariant: a tab is known by the Row IDs that it shows, and only once no tab has the old name any more.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from runner.model import Snapshot
from runner.ports import Books
from runner.tabs import ROW_ID, STANDARD_TABS
from runner.values import name_key


def gone_tabs(books: Books, snapshot: Snapshot) -> set[str]:
    """`name_key` of every tab whose rows the ledger knows and that is no longer in the workbook."""
    return {tab for tab, _ in _given(books)} - snapshot.tabs.keys()


def old_names(row_ids: Collection[str], books: Books, gone: Collection[str]) -> set[str]:
    """Those of the tabs that are gone in which one of these Row IDs was given."""
    return {tab for tab, row_id in _given(books) if tab in gone and row_id in row_ids} if gone else set()


def new_names(books: Books, snapshot: Snapshot, row_ids: Mapping[tuple[str, int], str], gone: Collection[str]) -> dict[str, str]:
    """Tab that is gone → the tab that shows most of its Row IDs. `row_ids`: (tab, row number) → one that it is to have."""
    if not gone:
        return {}
    shown: dict[str, str] = {}
    for key, tab in snapshot.tabs.items():
        if key not in STANDARD_TABS and tab.has(ROW_ID):
            shown |= {row_ids.get((tab.name, row.number), row.text(ROW_ID)): key for row in tab.rows}
    found: dict[str, Counter[str]] = {}
    for old, row_id in _given(books):
        if old in gone and row_id in shown:
            found.setdefault(old, Counter())[shown[row_id]] += 1
    return {old: tabs.most_common(1)[0][0] for old, tabs in found.items()}


def _given(books: Books) -> Iterator[tuple[str, str]]:
    """(tab, Row ID) of every row that was named or ran, and of every row that was copied there."""
    yield from ((name_key(named.tab), row_id) for named in books.rows.values() for row_id in (named.id, named.copy_of) if row_id)
    yield from ((name_key(run.tab), run.row_id) for run in books.runs.values() if run.row_id)
