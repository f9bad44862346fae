"""`Hours`: the windows of the week in which outside effects may happen, by the owner's clock.

Invariant: pure. Closed now means that there is a next opening, within a week.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from runner.rules.literals import Unclear

EXAMPLES = "Write for example Mon-Fri 09:00-17:00, or Mon-Thu 08:00-18:00, Fri 08:00-14:00."
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = {"every day": (0, 6), "daily": (0, 6), "weekdays": (0, 4), "every weekday": (0, 4), "weekends": (5, 6)}
_PART = re.compile(r"(?P<days>[a-z][a-z\s–-]*?)?\s*(?:(?P<from>\d{1,2}:\d\d)\s*(?:-|–|to)\s*(?P<to>\d{1,2}:\d\d))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From one time of day to another on some days of the week; one that ends before it begins goes on past midnight."""

    #: Monday is 0.
    days: frozenset[int]
    #: Minutes after midnight.
    start: int
    end: int

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether it is open on this day at this minute."""
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        return (weekday in self.days and minute >= self.start) or ((weekday - 1) % 7 in self.days and minute < self.end)

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """From when to when it is open, in UTC, where it begins on this day."""
        ends = day + timedelta(days=self.end <= self.start) + timedelta(days=self.end // (24 * 60))
        start = datetime.combine(day, time(*divmod(self.start, 60)), zone)
        return start.astimezone(UTC), datetime.combine(ends, time(*divmod(self.end % (24 * 60), 60)), zone).astimezone(UTC)


@lru_cache(maxsize=256)
def parse_hours(text: str) -> tuple[Window, ...]:
    """`Mon-Fri 09:00-17:00, Sat 10:00-12:00` → windows; days without hours share those that follow. Raises `Unclear`."""
    windows: list[Window] = []
    days: frozenset[int] = frozenset()
    for part in re.split(r"[,;\n]", text):
        plain = " ".join(part.split())
        if not plain:
            continue
        match = _PART.fullmatch(plain)
        if match is None:
            raise Unclear(f"“{plain[:40]}” does not say which hours. {EXAMPLES}")
        days |= _days(match["days"]) if match["days"] else frozenset()
        if match["from"]:
            start, end = _minutes(match["from"]), _minutes(match["to"])
            if start in (end, 24 * 60):
                raise Unclear(f"“{plain[:40]}” has no hours in it. {EXAMPLES}")
            windows.append(Window(days=days or frozenset(range(7)), start=start, end=end))
            days = frozenset()
    if days or not windows:
        raise Unclear(f"“{text[:40]}” names days without hours. {EXAMPLES}")
    return tuple(windows)


def _days(text: str) -> frozenset[int]:
    plain = text.strip().casefold()
    first, last = _WORDS.get(plain) or _span(plain)
    return frozenset(day % 7 for day in range(first, last + 1 + 7 * (last < first)))


def _span(text: str) -> tuple[int, int]:
    ends = [_day(part.strip()) for part in re.split(r"-|–|\bto\b", text)]
    return (ends[0], ends[-1]) if len(ends) <= 2 else (_day(text), 0)


def _day(word: str) -> int:
    for index, day in enumerate(_DAYS):
        if len(word) >= 3 and (day.startswith(word) or word == f"{day}s"):
            return index
    raise Unclear(f"“{word[:40]}” is not a day. {EXAMPLES}")


def _minutes(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    if hour * 60 + minute > 24 * 60 or minute > 59:
        raise Unclear(f"“{text}” is not a time of day. {EXAMPLES}")
    return hour * 60 + minute


def opening(windows: tuple[Window, ...], now: datetime) -> datetime | None:
    """None while a window is open, else the next opening in UTC. `now`: in the owner's zone."""
    if any(window.holds(now.weekday(), now.hour * 60 + now.minute) for window in windows):
        return None
    moments = (
        datetime.combine(day, time(*divmod(window.start, 60)), now.tzinfo).astimezone(UTC)
        for ahead in range(9)
        for window in windows
        if (day := now.date() + timedelta(days=ahead)).weekday() in window.days
    )
    return min(moment for moment in moments if moment > now.astimezone(UTC))


def open_spans(
    windows: tuple[Window, ...], first: date, last: date, zone: tzinfo, free: Collection[date] = ()
) -> list[tuple[datetime, datetime]]:
    """From when to when it is open on these days, both in UTC, in order, none overlapping; never on days that are `free`."""
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    spans = sorted(window.on(day, zone) for day in days if day not in free for window in windows if day.weekday() in window.days)
    merged: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
