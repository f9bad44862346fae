"""What an earlier ledger knew, read back from the runner's own tabs of the workbook.

Invariant: cells are only ever read as things that ended or that wait for a person; nothing that stands in them makes a run go on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo

from runner import tabs
from runner.model import Ask, AskKind, Book, NamedRow, Row, Run, RunState, Snapshot
from runner.rules import fields
from runner.rules.answers import DESKS, name_of
from runner.rules.intake import row_match
from runner.tabs import ROW_ID, RUN
from runner.values import Value, name_key, utc

_RUN_ID = re.compile(r"R-\d{1,12}")
_COPY = "a copy of "
#: How a closed question's Result begins → how it was closed.
_CLOSED = {"approved": "approved", "rejected": "rejected", "void": "void", "expired": "expired", "done": "done"}
_CLOSED |= {"failed": "failed", "tried": "retried", "closed": "closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAsk:
    """A question as its row shows it; `ask.id` is "" in Dead letters, where no number is shown."""

    ask: Ask
    #: Neither answered by the runner nor has anybody typed anything: it may go on waiting for its answer.
    open: bool


def runs(snapshot: Snapshot, book: Book, zone: tzinfo) -> list[Run]:
    """Every run that the tab Runs shows, with its row of today; of two that share number or key, the upper one."""
    tab = snapshot.tab(tabs.RUNS.name)
    shown = _rows_by_run(snapshot)
    found: dict[str, Run] = {}
    keys: set[tuple[str, str]] = set()
    for row in tab.rows if tab else ():
        name, contract, key = row.text("Run"), row.text("Contract"), row.text("Key")
        if _RUN_ID.fullmatch(name) and contract and key and name not in found and (contract, key) not in keys:
            keys.add((contract, key))
            found[name] = _run(row, shown.get(name) or _row_of(snapshot, book, contract, key), book, zone)
    return list(found.values())


def _run(row: Row, own: Row | None, book: Book, zone: tzinfo) -> Run:
    state = _state(row.text("State"))
    contract = book.contracts.get(row.text("Contract"))
    updated = moment(row.get("Updated"), zone)
    run = Run(
        id=row.text("Run"),
        contract=row.text("Contract"),
        key=row.text("Key"),
        state=state,
        step=row.text("Step"),
        tries=_number(row.get("Tries")),
        due=moment(row.get("Due"), zone),
        owner=row.text("Owner"),
        rollback_owner=row.text("Rollback owner"),
        risk=row.text("Risk"),
        tab=contract.tab if contract else "",
        error=row.text("Error"),
        command=" ".join(row.text("Command").upper().split()),  # what stood there already is no new command
        started=moment(row.get("Started"), zone),
        updated=updated,
        ended=updated if state.ended else None,
    )
    if own is None:
        return run
    values = own.values()
    cleaned = {**values, **fields.check_row(contract.fields, values).values} if contract else values
    row_id = own.text(ROW_ID)
    match = row_match(contract, own, row_id) if contract and not row_id else {}
    return replace(run, tab=own.tab.name, row_id=row_id, match=match, input=cleaned)


def _state(text: str) -> RunState:
    """A state that cannot be read might have been anything."""
    word = text.strip().upper()
    return RunState(word) if word in RunState.__members__ else RunState.IN_DOUBT


def _data_rows(snapshot: Snapshot) -> Iterator[Row]:
    return (row for key, tab in snapshot.tabs.items() if key not in tabs.STANDARD_TABS for row in tab.rows)


def _rows_by_run(snapshot: Snapshot) -> dict[str, Row]:
    """Run → the row of a data tab that shows it."""
    found: dict[str, Row] = {}
    for row in _data_rows(snapshot):
        if shown := _RUN_ID.match(row.text(RUN)):
            found.setdefault(shown[0], row)
    return found


def _row_of(snapshot: Snapshot, book: Book, contract: str, key: str) -> Row | None:
    """The row whose Row ID the key begins with; for contracts without a Dedupe key of their own."""
    known = book.contracts.get(contract)
    tab = snapshot.tab(known.tab) if known and not known.dedupe_key else None
    row_id = key.split(" | ", maxsplit=1)[0]
    return next((row for row in tab.rows if row.text(ROW_ID) == row_id), None) if tab else None


def copies(snapshot: Snapshot) -> list[NamedRow]:
    """Rows that wait because they are exact copies of others."""
    return [
        NamedRow(
            id=row.text(ROW_ID),
            tab=row.tab.name,
            cells={
                header: value for header, value in row.values().items() if name_key(header) not in (name_key(ROW_ID), name_key(RUN))
            },
            landed=True,
            copy_of=row.text(RUN).removeprefix(_COPY).partition("’")[0],
            exact=True,
        )
        for row in _data_rows(snapshot)
        if row.text(RUN).startswith(_COPY) and row.text(ROW_ID)
    ]


def asks(snapshot: Snapshot, zone: tzinfo) -> dict[str, list[OldAsk]]:
    """Run → its questions, top to bottom; of two of one name the upper one."""
    found: dict[str, list[OldAsk]] = {}
    names: set[tuple[str, ...]] = set()
    for kind, desk in DESKS.items():
        tab = snapshot.tab(desk.tab.name)
        for row in tab.rows if tab else ():
            ask = _ask(kind, row, zone)
            name = name_of(ask, zone)
            if name not in names and ask.run and (ask.id or kind is AskKind.DEAD_LETTER):
                names.add(name)
                untouched = not row.text(desk.cell) and not row.text("Result")
                found.setdefault(ask.run, []).append(OldAsk(ask=ask, open=untouched))
    return found


def _ask(kind: AskKind, row: Row, zone: tzinfo) -> Ask:
    desk = DESKS[kind]
    result = row.text("Result")
    what = {AskKind.APPROVAL: "What will happen", AskKind.TASK: "What to do", AskKind.DEAD_LETTER: "Error"}[kind]
    number = {AskKind.APPROVAL: "Approval", AskKind.TASK: "Task"}.get(kind, "")
    asked = moment(row.get("Failed at" if kind is AskKind.DEAD_LETTER else "Asked"), zone)
    return Ask(
        id=row.text(number) if re.fullmatch(r"[AT]-\d{1,12}", row.text(number)) else "",
        kind=kind,
        run=row.text("Run"),
        contract=row.text("Contract"),
        step=row.text("Step"),
        state=_CLOSED.get(name_key(result).split("_")[0], "closed"),
        what=row.text(what),
        risk=row.text("Risk"),
        severity=row.text("Severity"),
        owner=row.text("Owner"),
        rollback_owner=row.text("Rollback owner"),
        sop=row.text("SOP"),
        payload=row.text("Payload"),
        run_state=row.text("State"),
        tries=_number(row.get("Tries")),
        asked=asked,
        expires=moment(row.get("Expires"), zone),
        due=moment(row.get("Due"), zone),
        by=row.text(desk.by),
        note=row.text("Note"),
        result=result,
    )


def last_line(snapshot: Snapshot) -> tuple[int, str]:
    """(Seq, Hash) of the last line of the old trail; (0, "") when none is there. Lines without time or hash were typed."""
    tab = snapshot.tab(tabs.AUDIT.name)
    lines = {(_number(row.get("Seq")), row.text("Hash")): row.get("Time") for row in tab.rows} if tab else {}
    whole = [line for line, at in lines.items() if is_hash(line[1]) and isinstance(at, date)]
    return max(whole or lines, default=(0, ""))


def is_hash(text: str) -> bool:
    """Whether it looks like the hash of a line: what people type beside a number does not."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def moment(value: Value, zone: tzinfo) -> datetime | None:
    """A time cell, which shows the owner's clock, as the moment it means."""
    if isinstance(value, datetime):
        return utc(value.replace(tzinfo=value.tzinfo or zone))
    return utc(datetime.combine(value, time(), zone)) if isinstance(value, date) else None


def _number(value: Value) -> int:
    text = str(value if value is not None else "").strip().removesuffix(".0")
    return int(text) if re.fullmatch(r"\d{1,12}", text) else 0
