"""Days in the owner's zone: when a day starts, which days are business days, how late is too late.

Invariant: pure; a wrong cell in Settings means the standard, and is said beside it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from runner.rules.literals import Unclear, read_date
from runner.rules.spans import SpanError, parse_span
from runner.values import Value, is_blank, name_key, show

_CLOCK = re.compile(r"(\d{1,2})(?::([0-5]\d))?(?::00)?\s*([ap]m)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What Settings say about days."""

    #: `Day starts`: the time of day at which a date has come.
    starts: time = time()
    #: `Late limit`: what is due for longer than this is not done any more, it is shown.
    late: timedelta = timedelta(days=7)
    #: `Holidays`: days that are no business days, besides Saturdays and Sundays.
    free: frozenset[date] = frozenset()

    def begins(self, day: date, zone: tzinfo) -> datetime:
        """The moment, in UTC, at which the day has come."""
        return datetime.combine(day, self.starts, zone).astimezone(UTC)

    def shifted(self, day: date, days: int, *, business: bool) -> date:
        """The day so many days later, or earlier when negative; business days leave out week-ends and holidays."""
        if not business:
            return day + timedelta(days=days)
        step = timedelta(days=1 if days > 0 else -1)
        for _ in range(abs(days)):
            day += step
            while not is_business_day(day, self.free):
                day += step
        return day


def is_business_day(day: date, free: Collection[date] = ()) -> bool:
    """Monday to Friday, and no holiday."""
    return day.weekday() < 5 and day not in free


def read_calendar(settings: Mapping[str, Value]) -> Calendar:
    """The calendar that Settings describe. `settings`: by `name_key`."""
    good = {name: value for name, value in settings.items() if name in _READ and not is_blank(value) and not problem(name, value)}
    standard = Calendar()
    return Calendar(
        starts=read_clock(good["day_starts"]) if "day_starts" in good else standard.starts,
        late=_late(good["late_limit"]) if "late_limit" in good else standard.late,
        free=_free(good["holidays"]) if "holidays" in good else standard.free,
    )


def problem(setting: str, value: Value) -> str:
    """What is wrong with the value of a setting of the calendar; "" when nothing is, or when it is another setting."""
    read = _READ.get(name_key(setting))
    try:
        if read and not is_blank(value):
            read(value)
    except (Unclear, SpanError) as error:
        return str(error)
    return ""


def read_clock(value: Value) -> time:
    """`08:00`, `8 am` or a time of day → time, to the minute. Raises `Unclear`."""
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    text = show(value).strip()
    match = _CLOCK.fullmatch(text)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match and (match[2] or match[3]) else (99, 0)
    if match and match[3] and 1 <= hour <= 12:
        hour = hour % 12 + 12 * (match[3].lower() == "pm")
    elif match and match[3]:
        hour = 99
    if hour > 23:
        raise Unclear(f"“{text[:40]}” is not a time of day. Write it like 08:00.")
    return time(hour, minute)


def _free(value: Value) -> frozenset[date]:
    if isinstance(value, datetime):
        return frozenset({value.date()})
    if isinstance(value, date):
        return frozenset({value})
    return frozenset(read_date(part) for part in re.split(r"[,;\n]", show(value)) if part.strip())


def _late(value: Value) -> timedelta:
    return parse_span(show(value)).plain()


_READ: Mapping[str, Callable[[Value], object]] = {"day_starts": read_clock, "late_limit": _late, "holidays": _free}
