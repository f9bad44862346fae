"""ISO weeks, Monday to Sunday, by the owner's clock.

Invariant: every moment is in exactly one week, on the nights on which clocks change too.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_NAME = re.compile(r"(\d{4})-?W(\d{1,2})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """The week that begins on this Monday."""

    monday: date

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> "Week":
        """The week in which the moment is, for somebody in that zone."""
        return cls.on(moment.astimezone(zone).date())

    @classmethod
    def on(cls, day: date) -> "Week":
        """The week of a day."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def read(cls, text: str) -> "Week":
        """`2026-W47`. Raises ValueError with a sentence.

        >>> Week.read("2026-W47").monday
        datetime.date(2026, 11, 16)
        """
        found = _NAME.fullmatch(text.strip())
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else date.fromisocalendar(0, 0, 1))
        except ValueError:
            raise ValueError(f"“{text}” is not a week. Write it like 2026-W47.") from None

    @property
    def name(self) -> str:
        """`2026-W47`."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def dates(self) -> str:
        """`9–15 November 2026`, `30 November – 6 December 2026`."""
        first, last = self.monday, self.monday + timedelta(days=6)
        if first.month == last.month:
            return f"{first.day}–{last.day} {last:%B %Y}"
        year = f" {first.year}" if first.year != last.year else ""
        return f"{first.day} {first:%B}{year} – {last.day} {last:%B %Y}"

    def before(self, weeks: int = 1) -> "Week":
        """So many weeks earlier."""
        return Week(self.monday - timedelta(weeks=weeks))

    def starts(self, zone: tzinfo) -> datetime:
        """Its first moment, in UTC."""
        return datetime.combine(self.monday, time(), zone).astimezone(UTC)

    def ends(self, zone: tzinfo) -> datetime:
        """The first moment of the next one, in UTC."""
        return self.before(-1).starts(zone)
