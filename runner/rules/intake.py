"""Which rows and moments are events: the trigger, the condition, the key and the payload of each, decided without acting.

Invariant: an event is one by its key, never by its place; a row that is not complete has not happened yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from runner.errors import ConditionError, TemplateError
from runner.model import Book, Contract, Names, Row, Scope, Snapshot
from runner.rules import conditions, fields, fill, schedule
from runner.rules.calendar import Calendar, read_calendar
from runner.rules.due import parse_offset
from runner.rules.due import turn as turn_of
from runner.rules.literals import Unclear
from runner.rules.spans import show_span
from runner.tabs import ROW_ID, STATE
from runner.values import Value, name_key, show

#: Triggers that rows of a tab set off.
BY_ROW = ("New row", "State is", "Date due")
#: What a run of a schedule knows besides the settings: when it was to happen, by the owner's clock.
SCHEDULED = "Scheduled"


class Verdict(StrEnum):
    """What a row means to a contract."""

    EVENT = "event"
    #: Complete enough to be an event, but a field is wrong.
    INVALID = "invalid"
    #: Not an event yet; the reason says for what it waits.
    WAITS = "waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One row, or one moment, as one contract sees it."""

    contract: Contract
    #: None for a moment of a schedule.
    row: Row | None
    verdict: Verdict
    key: str = ""
    #: Why it waits or is wrong; of an event, what is unusual about it.
    because: str = ""
    #: For triggers that go by time: when it became an event, or will.
    at: datetime | None = None
    #: Of a call: the run that called, how many calls lie above the new run, and the Row ID that it works on.
    caller: str = ""
    depth: int = 0
    row_id: str = ""
    #: What of its values a model wrote, as `Scope.models` names it.
    by_model: tuple[str, ...] = ()
    #: The row's values, fields cleaned to their type.
    values: Mapping[str, Value] = field(default_factory=dict)


def candidates(
    contract: Contract, snapshot: Snapshot, book: Book, row_ids: Mapping[Row, str], now: datetime
) -> Iterator[Candidate]:
    """Every row of the contract's tab that its trigger concerns. `row_ids`: given in this tick. `now`: in the owner's zone."""
    if contract.trigger not in BY_ROW:
        return
    tab = snapshot.tab(contract.tab)
    calendar = read_calendar(book.settings)
    for row in tab.rows if tab else ():
        if contract.trigger == "State is" and name_key(row.text(STATE)) != name_key(contract.trigger_state):
            continue
        seen = _candidate(contract, row, book, row_ids.get(row) or row.text(ROW_ID), now)
        if seen and contract.trigger == "Date due":
            seen = _in_time(seen, contract, row, calendar, now)
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


def _in_time(seen: Candidate, contract: Contract, row: Row, calendar: Calendar, now: datetime) -> Candidate:
    """The candidate of a `Date due` contract: it happens when its day has come, not before, and not long after."""
    if seen.verdict is Verdict.WAITS:
        return seen
    offset = parse_offset(contract.when)
    try:
        turn = turn_of(offset, row.get(offset.column), calendar, now.tzinfo or UTC)
    except Unclear as error:
        return _waits(contract, row, f"{row.address(offset.column)}: {error}")
    if turn is None:
        return _waits(contract, row, f"waits for {offset.column}")
    key = f"{seen.key} | {turn.said}"
    if turn.at > now:
        return replace(seen, verdict=Verdict.WAITS, key="", because=f"due {turn.day.isoformat()}", at=turn.at)
    if now - turn.at > calendar.late:
        because = f"due since {turn.day.isoformat()}, too long ago: not run"
        return replace(seen, verdict=Verdict.WAITS, key=key, because=because, at=turn.at)
    days = (now.date() - turn.day).days
    late = f"late by {days} day{'s' * (days != 1)}" if days and seen.verdict is Verdict.EVENT else seen.because
    return replace(seen, key=key, because=late, at=turn.at)


def occurrence(contract: Contract, book: Book, since: datetime, now: datetime) -> Candidate | None:
    """The newest moment of the contract's schedule after `since`, if it has come; of several that were missed only the last.

    `now`: in the owner's zone. A moment for which the contract's If is not true waits: it is over, and nothing runs.
    """
    moment = schedule.newest(schedule.parse_schedule(contract.when), now)
    if moment.astimezone(UTC) <= since:
        return None
    values: dict[str, Value] = {SCHEDULED: moment.replace(tzinfo=None, fold=0)}
    late = now.astimezone(UTC) - moment.astimezone(UTC)
    found = Candidate(
        contract=contract,
        row=None,
        verdict=Verdict.EVENT,
        key=schedule.key_of(moment),
        because=f"late by {show_span(late)}" if late >= schedule.LATE else "",
        values=values,
        at=moment.astimezone(UTC),
    )
    scope = Scope(columns=values, settings=book.settings, contract=contract_facts(contract), now=now)
    names = Names(columns=(SCHEDULED,), settings=tuple(book.settings))
    try:
        wanted = conditions.parse(contract.condition, names).holds(scope) if contract.condition else None
    except ConditionError as error:
        return replace(found, verdict=Verdict.WAITS, because=str(error))
    if wanted and not wanted.yes:
        return replace(found, verdict=Verdict.WAITS, because=f"its If is not true: {wanted.because}")
    return found


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
