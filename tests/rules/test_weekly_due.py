"""When a week's report goes, by the owner's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.rules.kpi.weeks import Week
from runner.rules.weekly.due import Timetable, late

ZONES = ["UTC", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "America/Santiago"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("weekday", "at"), [(0, time(8)), (6, time(2, 30)), (4, time(0)), (6, time(0)), (3, time(23, 59))])
def test_every_week_has_one_moment_and_at_any_moment_the_newest_is_the_last_that_has_come(
    zone: str, weekday: int, at: time
) -> None:
    timetable = Timetable(weekday=weekday, at=at, zone=ZoneInfo(zone))
    now, seen = datetime(2026, 1, 1, tzinfo=UTC), list[Week]()
    while now < datetime(2027, 1, 8, tzinfo=UTC):
        week = timetable.newest(now)
        assert timetable.moment(week) <= now < timetable.next(now)
        assert week.ends(timetable.zone) <= now
        if week not in seen:
            seen.append(week)
        now += timedelta(hours=7)
    assert seen == [Week(seen[0].monday + timedelta(weeks=each)) for each in range(len(seen))]
    assert len(seen) >= 53


def test_by_the_owners_clock_it_is_eight_in_summer_and_in_winter() -> None:
    timetable = Timetable(weekday=0, at=time(8), zone=ZoneInfo("America/Chicago"))
    assert timetable.moment(Week.read("2026-W10")) == datetime(2026, 3, 9, 13, tzinfo=UTC)  # the morning after clocks changed
    assert timetable.moment(Week.read("2026-W44")) == datetime(2026, 11, 2, 14, tzinfo=UTC)


def test_late_begins_after_a_quarter_of_an_hour_and_names_weeks_without_a_report_in_order() -> None:
    moment = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert late(moment, moment + timedelta(minutes=15), UTC) == ""
    assert late(moment, moment + timedelta(minutes=16), UTC).startswith("This should have come on Monday 23 November at 08:00, but")
    weeks = [Week.read(name) for name in ("2026-W46", "2026-W45", "2026-W44")]
    assert "No report came for 2026-W44, 2026-W45 and 2026-W46:" in late(moment, moment + timedelta(days=1), UTC, weeks)
    assert "No report came for 2026-W46:" in late(moment, moment + timedelta(days=1), UTC, weeks[:1])
