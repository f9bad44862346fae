"""Which rows are events: the trigger, the condition, the key and the payload of each row, decided without acting.

Invariant: a row is an event by its key, never by its place; a row that is not complete has not happened yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from runner.errors import ConditionError, TemplateError
from runner.model import Book, Contract, Names, Row, Scope, Snapshot
from runner.rules import conditions, fields, fill
from runner.tabs import ROW_ID, STATE
from runner.values import Value, name_key, show


class Verdict(StrEnum):
    """What a row means to a contract."""

    EVENT = "event"
    #: Complete enough to be an event, but a field is wrong.
    INVALID = "invalid"
    #: Not an event yet; the reason says for what it waits.
    WAITS = "waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One row as one contract sees it."""

    contract: Contract
    row: Row
    verdict: Verdict
    key: str = ""
    because: str = ""
    #: The row's values, fields cleaned to their type.
    values: Mapping[str, Value] = field(default_factory=dict)


def candidates(
    contract: Contract, snapshot: Snapshot, book: Book, row_ids: Mapping[Row, str], now: datetime
) -> Iterator[Candidate]:
    """Every row of the contract's tab that its trigger concerns. `row_ids`: given in this tick. `now`: in the owner's zone."""
    tab = snapshot.tab(contract.tab)
    for row in tab.rows if tab else ():
        if contract.trigger == "State is" and name_key(row.text(STATE)) != name_key(contract.trigger_state):
            continue
        seen = _candidate(contract, row, book, row_ids.get(row) or row.text(ROW_ID), now)
        if seen:
            yield seen


def _candidate(contract: Contract, row: Row, book: Book, row_id: str, now: datetime) -> Candidate | None:
    values = row.values()
    checked = fields.check_row(contract.fields, values)
    if checked.missing:
        return _waits(contract, row, f"waits for {', '.join(checked.missing)}")
    values |= checked.values
    scope = Scope(columns=values, settings=book.settings, contract=contract_facts(contract), now=now)
    try:
        key = event_key(contract, scope, row_id)
        wanted = not contract.condition or conditions.parse(contract.condition, _names(row, book)).holds(scope).yes
    except (ConditionError, TemplateError) as error:
        return _wrong(contract, row, row_id, checked.wrong, values) or _waits(contract, row, str(error))
    if not wanted:
        return None
    if not key:
        return _waits(contract, row, "waits: its Dedupe key is blank")
    if checked.wrong:
        return _wrong(contract, row, key, checked.wrong, values)
    return Candidate(contract=contract, row=row, verdict=Verdict.EVENT, key=key, values=values)


def event_key(contract: Contract, scope: Scope, row_id: str) -> str:
    """Two events with one key are one event, for ever; `State is` adds the state. "" when nothing identifies the row yet."""
    key = fill.fill(contract.dedupe_key, scope).strip() if contract.dedupe_key else row_id
    if key and contract.trigger == "State is":
        return f"{key} | {contract.trigger_state}"
    return key


def contract_facts(contract: Contract) -> dict[str, str]:
    """What `{{ contract.… }}` may name."""
    return {
        "name": contract.name,
        "owner": contract.owner,
        "rollback_owner": contract.rollback_owner,
        "risk": contract.risk,
        "severity": contract.severity,
        "sop": contract.sop,
    }


def _names(row: Row, book: Book) -> Names:
    return Names(columns=tuple(header for header in row.tab.headers if header), settings=tuple(book.settings))


def _waits(contract: Contract, row: Row, because: str) -> Candidate:
    return Candidate(contract=contract, row=row, verdict=Verdict.WAITS, because=because)


def _wrong(
    contract: Contract, row: Row, key: str, wrong: tuple[tuple[str, str], ...], values: Mapping[str, Value]
) -> Candidate | None:
    if not wrong or not key:
        return None
    because = " ".join(f"{row.address(name)}: {sentence}" for name, sentence in wrong)
    return Candidate(contract=contract, row=row, verdict=Verdict.INVALID, key=key, because=because, values=values)


def row_match(contract: Contract, row: Row, row_id: str) -> dict[str, Value]:
    """How the row is found again: by its Row ID, else by the columns that its key is made of."""
    if row_id:
        return {ROW_ID: row_id}
    words = name_key(contract.dedupe_key)
    used = {header: row.get(header) for header in row.tab.headers if header and name_key(header) in words}
    return used or {header: value for header, value in row.values().items() if value is not None and show(value)}
