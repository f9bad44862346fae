"""When something may be said: P0 at once, P1 at full hours, P2 with the daily digest; P1 and P2 never in quiet hours.

Invariant: pure; by the owner's clock, also on the nights on which clocks change; never before the moment that is asked for.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo

from runner.ports import Quiet
from runner.rules.calendar import read_clock
from runner.rules.literals import Unclear

#: How quiet hours are written.
EXAMPLE = "Write it like 22:00-07:00."


def parse_quiet(text: str) -> Quiet | None:
    """`22:00-07:00` → quiet hours; None when blank. Raises `Unclear`."""
    if not text.strip():
        return None
    parts = text.replace("–", "-").split("-")
    if len(parts) != 2:
        raise Unclear(f"“{text[:40]}” does not say from when to when. {EXAMPLE}")
    quiet = Quiet(start=read_clock(parts[0]), end=read_clock(parts[1]))
    if quiet.start == quiet.end:
        raise Unclear(f"“{text[:40]}” would be quiet all day. {EXAMPLE}")
    return quiet


def said_at(severity: str, wanted: datetime, digest: time, zone: tzinfo) -> datetime:
    """The moment at which what is wanted said at `wanted` is said, quiet hours aside."""
    if severity == "P0":
        return wanted
    if severity == "P1":
        local = wanted.astimezone(zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return wanted + (timedelta(hours=1) - past if past else past)
    return _next(digest, wanted, zone, at_once=True)


def after_quiet(moment: datetime, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    for _ in range(3):  # an end in the hour that comes twice lies in quiet hours itself
        if quiet is None or not is_quiet(moment, quiet, zone):
            return moment
        moment = _next(quiet.end, moment, zone, at_once=False)
    return moment


def is_quiet(moment: datetime, quiet: Quiet, zone: tzinfo) -> bool:
    """Whether the moment lies in quiet hours."""
    clock = moment.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def _next(clock: time, moment: datetime, zone: tzinfo, *, at_once: bool) -> datetime:
    """When the clock next shows this time of day, one that a night lacks an hour later. The moment itself counts `at_once`."""
    day = moment.astimezone(zone).date()
    found = []
    for shown in (datetime.combine(day + timedelta(days=days), clock) for days in range(3)):
        first = shown.replace(tzinfo=zone).astimezone(UTC)
        second = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
        found += [first, second] if second > first else [first]
    return min(each for each in found if each > moment or (at_once and each == moment))
