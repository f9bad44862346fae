"""The nights on which clocks change, and a schedule as it would come on each of them.

Invariant: pure; the zone's own rules decide.
"""

from datetime import datetime, time, timedelta, tzinfo

from runner.rules.schedule import parse_schedule


def clock_changes(zone: tzinfo, now: datetime, most: int = 2) -> list[datetime]:
    """Midnights, in the zone, that begin a day on which its clocks change; within a year and a bit, the next first."""
    today = now.astimezone(zone).date()
    found = []
    for later in range(400):
        day = datetime.combine(today + timedelta(days=later), time(), zone)
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            found.append(day)
    return found[:most]


def every_day(when: str) -> str:
    """The When cell of a schedule with its time of day kept, on every day: cron."""
    minute, hour, *_ = parse_schedule(when).split()
    return f"{minute} {hour} * * *"


def once_a_day(when: str) -> bool:
    """Whether its time of day is one."""
    minute, hour, *_ = parse_schedule(when).split()
    return minute.isdecimal() and hour.isdecimal()
