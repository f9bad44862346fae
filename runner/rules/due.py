"""`Date due`: what the When cell says about a date in the row, and when that moment comes.

Invariant: pure; a date with two readings is a sentence, never a guess.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from runner.errors import RowpactError
from runner.rules.calendar import Calendar
from runner.rules.literals import Unclear, Unlike, read_date, read_moment
from runner.values import Value, is_blank, show

EXAMPLES = "Write for example 3 days before Due date, on Due date, or 7 days after Due date."
_OFFSET = re.compile(
    r"(?:(?P<number>\d{1,4})\s*(?P<unit>[a-z]+(?:\s+days?)?)\s+(?P<side>before|after)|on)\s+(?P<column>\S.*)", re.IGNORECASE
)
_UNITS = {"day": (1, False), "week": (7, False), "business day": (1, True), "working day": (1, True)}


class WhenError(RowpactError):
    """The When cell cannot be read; the message says how to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """So many days before or after the date in a column."""

    column: str
    #: Negative: before.
    days: int
    business: bool
    #: `3 days before`, `on`: as the key says it, whatever the spelling of the cell.
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A row's moment."""

    #: In UTC.
    at: datetime
    day: date
    #: What it adds to the row's key: a changed date is a new event.
    said: str


@lru_cache(maxsize=256)
def parse_offset(text: str) -> Offset:
    """`3 days before Due date` → offset. Raises `WhenError` with a sentence."""
    plain = " ".join(text.split())
    if not plain:
        raise WhenError(f"Nothing says when. {EXAMPLES}")
    match = _OFFSET.fullmatch(plain)
    if match is None:
        raise WhenError(f"“{plain[:60]}” does not say when. {EXAMPLES}")
    column = match["column"].strip("[]“”\"' ")
    if match["number"] is None:
        return Offset(column=column, days=0, business=False, said="on")
    unit = match["unit"].casefold().removesuffix("s")
    if unit not in _UNITS:
        raise WhenError(f"“{match['unit']}” cannot be counted here: dates come by days, weeks or business days. {EXAMPLES}")
    each, business = _UNITS[unit]
    number, before = int(match["number"]), match["side"].casefold() == "before"
    name = f"{unit}{'s' * (number != 1)}"
    said = f"{number} {name} {'before' if before else 'after'}" if number else "on"
    return Offset(column=column, days=number * each * (-1 if before else 1), business=business, said=said)


def turn(offset: Offset, value: Value, calendar: Calendar, zone: tzinfo) -> Turn | None:
    """When the row's moment comes; None while its date is blank. Raises `Unclear` for what is no date."""
    day = _date(value)
    if day is None:
        return None
    try:
        due = calendar.shifted(day, offset.days, business=offset.business)
        return Turn(at=calendar.begins(due, zone), day=due, said=f"{offset.said} {day.isoformat()}")
    except OverflowError:
        raise Unclear(f"“{show(value)}” is too far away for a calendar.") from None


def _date(value: Value) -> date | None:
    match value:
        case None:
            return None
        case datetime():
            return value.date()
        case date():
            return value
        case str() if is_blank(value):
            return None
        case str():
            try:
                return read_date(value)
            except Unlike:
                return read_moment(value).date()
    raise Unclear(f"“{show(value)[:40]}” is not a date. Write it like 2026-11-22.")
