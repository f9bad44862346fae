"""Gives the rows of data tabs their ids.

Invariant: an id is on disk before it is written, and a row whose id never reached the sheet gets the same one again.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from runner.engine.journal import Journal
from runner.engine.seen import Seen
from runner.events import EventKind
from runner.model import Book, FieldRule, NamedRow, Row, Snapshot, Tab
from runner.ports import Books, World
from runner.rules import identity
from runner.rules.renamed import gone_tabs, new_names
from runner.rules.replay import whole
from runner.tabs import ROW_ID, STANDARD_TABS
from runner.values import name_key


def name_rows(world: World, seen: Seen, snapshot: Snapshot, journal: Journal) -> None:
    """Every row of a data tab gets an id."""
    seen.row_ids = {}
    gone = gone_tabs(world.ledger.books, snapshot)
    for tab in _data_tabs(snapshot):
        new_id = partial(_new_row_id, world, tab.name)
        namings = identity.name_rows(tab, world.ledger.books, new_id, _payloads(tab, seen.book), gone)
        seen.row_ids |= {(tab.name, naming.row.number): naming.id for naming in namings}
        new = [identity.remembered(naming) for naming in namings if naming.new]
        if new:
            detail = f"{len(new)} row{'s' * (len(new) > 1)} of {tab.name} got a Row ID"
            journal.note(EventKind.ROW_NAMED, detail=detail, rows=[whole(named) for named in new])
    journal.commit()


def recognise(seen: Seen, snapshot: Snapshot, books: Books) -> None:
    """See the snapshot, and which of its rows and tabs are those that the ledger knows; nobody gets a new id.

    A row that is yet to get one has "": a copy shows the id of its original, and is not that row.
    """
    gone = gone_tabs(books, snapshot)
    seen.row_ids = {
        (tab.name, naming.row.number): "" if naming.new else naming.id
        for tab in _data_tabs(snapshot)
        for naming in identity.name_rows(tab, books, str, _payloads(tab, seen.book), gone)
    }
    seen.snapshot = replace(snapshot, renamed=new_names(books, snapshot, seen.row_ids, gone))
    seen.row_runs, seen.row_says = {}, {}


def exact_copies(books: Books) -> dict[str, NamedRow]:
    """Row ID → the row, of rows that were exact copies of others when they were first seen."""
    return {named.id: named for named in books.rows.values() if named.exact}


def untouched_copy(row: Row, contract: str, named: NamedRow | None, books: Books) -> str:
    """Why the row is no event although all is there; "" when it is one."""
    original = identity.untouched_copy(row, named)
    if not original:
        return ""
    runs = [run for run in books.runs.values() if run.row_id == original and run.contract == contract]
    whose = f"{max(runs, key=lambda run: (len(run.id), run.id)).id}’s row" if runs else f"the row {original}"
    return f"a copy of {whose}: change it, then it runs"


def _data_tabs(snapshot: Snapshot) -> Iterator[Tab]:
    return (tab for key, tab in snapshot.tabs.items() if key not in STANDARD_TABS and tab.has(ROW_ID))


def _payloads(tab: Tab, book: Book) -> list[tuple[FieldRule, ...]]:
    return [contract.fields for contract in book.contracts.values() if name_key(contract.tab) == name_key(tab.name)]


def _new_row_id(world: World, tab: str) -> str:
    """`L-7kq2mxw4` for a row of Leads."""
    return f"{tab[:1].upper()}-{world.new_id()}"
