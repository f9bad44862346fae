"""The `Rhythm` cell, the least activity that is normal: `1 per business day`, `5 per week`; and when a contract counts as silent.

Invariant: pure; business days and holidays are the owner's, and a week-end is no silence where business days are asked for.
"""

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from runner.rules.calendar import Calendar, is_business_day
from runner.rules.spans import Span, SpanError, parse_span

_RHYTHM = re.compile(r"(?:at\s+least\s+)?(\d{1,6})\s*(?:per|every|an?|/)\s*(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """So many runs in each such length of time are normal."""

    text: str
    count: int
    span: Span

    def quiet_since(self, starts: Iterable[datetime], listened: datetime) -> datetime:
        """The moment after which fewer runs have started than are normal; never before somebody listened."""
        latest = heapq.nlargest(self.count, (start for start in starts if start > listened))
        return latest[-1] if len(latest) == self.count else listened

    def silent_at(self, since: datetime, calendar: Calendar, zone: tzinfo) -> datetime:
        """The moment, in UTC, from which that is silence."""
        if not self.span.business_days:
            return since + self.span.length
        local = since.astimezone(zone)
        day, clock = local.date(), local.time()
        if not is_business_day(day, calendar.free):
            day, clock = calendar.shifted(day, 1, business=True), time()
        day = calendar.shifted(day, self.span.business_days, business=True)
        return datetime.combine(day, clock, zone).astimezone(UTC)

    def sentence(self, since: datetime, zone: tzinfo) -> str:
        """What the owner reads when it is silent."""
        runs = "No run has" if self.count == 1 else f"Fewer than {self.count} runs have"
        return f"{runs} started since {since.astimezone(zone):%Y-%m-%d %H:%M}; {self.text} is normal."


def read_rhythm(text: str) -> Rhythm | None:
    """The cell; None when it is blank. Raises `SpanError` with a sentence.

    >>> read_rhythm("5 per week").count
    5
    """
    plain = " ".join(text.split())
    if not plain:
        return None
    found = _RHYTHM.fullmatch(plain)
    if found is None or not int(found[1]):
        raise SpanError(f"“{plain[:60]}” is not a rhythm. Write for example 1 per business day, or 5 per week.")
    length = found[2] if found[2][0].isdigit() else f"1 {found[2]}"
    span = parse_span(length)
    if not span.business_days and span.length <= timedelta():
        raise SpanError(f"“{plain[:60]}” leaves no time. Write for example 1 per business day.")
    return Rhythm(text=plain, count=int(found[1]), span=span)
