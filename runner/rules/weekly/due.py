"""When a week's report goes, and what is said about one that comes late.

Invariant: pure; every week has one moment by the owner's clock, in the week after it, also in weeks in which clocks change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from runner.rules.kpi.weeks import Week

#: Later than this, and it says so.
IN_TIME = timedelta(minutes=15)
#: So many weeks without a report are named.
MISSED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """`[report] day` and `at`, in the owner's zone."""

    #: Monday is 0.
    weekday: int
    at: time
    zone: tzinfo

    def moment(self, week: Week) -> datetime:
        """When the report of that week goes, in UTC: on the day of the week after it."""
        day = week.before(-1).monday + timedelta(days=self.weekday)
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    def newest(self, now: datetime) -> Week:
        """The last week whose report should have gone by now."""
        week = Week.of(now, self.zone).before()
        return week if self.moment(week) <= now else week.before()

    def next(self, now: datetime) -> datetime:
        """When the next report goes."""
        return self.moment(self.newest(now).before(-1))

    def earlier(self, week: Week, since: datetime) -> Iterator[Week]:
        """The weeks before that one whose reports should have gone after this moment, the newest first; at most eight."""
        for back in range(1, MISSED + 1):
            if self.moment(week.before(back)) < since:
                return
            yield week.before(back)


def late(moment: datetime, now: datetime, zone: tzinfo, missed: Sequence[Week] = ()) -> str:
    """What a report says that goes now instead of then; "" when it is in time. `missed`: weeks that have none at all."""
    if now - moment <= IN_TIME:
        return ""
    then = moment.astimezone(zone)
    said = f"This should have come on {then:%A} {then.day} {then:%B at %H:%M}, but Rowpact was not running then."
    if not missed:
        return said
    names = " and ".join(filter(None, (", ".join(week.name for week in missed[:0:-1]), missed[0].name)))
    return f"{said} No report came for {names}: `rowpact report --week {missed[0].name}` shows it."
