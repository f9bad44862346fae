"""When something may be said, by the owner's clock."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from runner.rules.alerts.moments import after_quiet, is_quiet, parse_quiet, said_at
from runner.rules.literals import Unclear

CHICAGO, KATHMANDU = ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kathmandu")
EIGHT = time(8)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: ZoneInfo = CHICAGO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_p0_is_said_at_once_p1_at_the_full_hour_p2_with_the_digest() -> None:
    moment = local("2026-11-23 08:00:01")
    assert said_at("P0", moment, EIGHT, CHICAGO) == moment
    assert said_at("P1", moment, EIGHT, CHICAGO) == local("2026-11-23 09:00")
    assert said_at("P2", moment, EIGHT, CHICAGO) == local("2026-11-24 08:00")


def test_a_full_hour_and_the_time_of_the_digest_are_themselves_moments() -> None:
    moment = local("2026-11-23 08:00")
    assert said_at("P1", moment, EIGHT, CHICAGO) == said_at("P2", moment, EIGHT, CHICAGO) == moment


def test_full_hours_are_those_of_the_owners_clock() -> None:
    assert said_at("P1", local("2026-11-23 08:20", KATHMANDU), EIGHT, KATHMANDU) == local("2026-11-23 09:00", KATHMANDU)


@pytest.mark.parametrize(
    ("moment", "heard"),
    [
        ("2026-11-23 21:59", "2026-11-23 21:59"),
        ("2026-11-23 22:00", "2026-11-24 07:00"),
        ("2026-11-24 00:00", "2026-11-24 07:00"),
        ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-24 07:00", "2026-11-24 07:00"),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(moment: str, heard: str) -> None:
    assert after_quiet(local(moment), parse_quiet("22:00-07:00"), CHICAGO) == local(heard)


def test_quiet_hours_within_a_day_end_on_that_day() -> None:
    quiet = parse_quiet("12:00–13:30")
    assert after_quiet(local("2026-11-23 12:10"), quiet, CHICAGO) == local("2026-11-23 13:30")
    assert after_quiet(local("2026-11-23 23:10"), quiet, CHICAGO) == local("2026-11-23 23:10")


def test_the_night_that_lacks_an_hour_is_quiet_until_its_morning() -> None:
    assert after_quiet(local("2026-03-07 23:00"), parse_quiet("22:00-07:00"), CHICAGO) == utc("2026-03-08 12:00")
    gone = after_quiet(local("2026-03-07 23:00"), parse_quiet("22:00-02:30"), CHICAGO)
    assert gone == utc("2026-03-08 08:30")  # there is no half past two: it is half past three
    assert not is_quiet(gone, parse_quiet("22:00-02:30"), CHICAGO)  # type: ignore[arg-type]


def test_the_night_that_has_an_hour_twice_is_quiet_until_its_morning() -> None:
    assert after_quiet(local("2026-10-31 23:00"), parse_quiet("22:00-07:00"), CHICAGO) == utc("2026-11-01 13:00")
    heard = after_quiet(local("2026-11-01 01:10", fold=1), parse_quiet("22:00-01:30"), CHICAGO)
    assert heard == local("2026-11-01 01:30", fold=1)


def test_the_digest_comes_once_on_the_nights_on_which_clocks_change() -> None:
    first = said_at("P2", local("2026-10-31 23:00"), time(1, 30), CHICAGO)
    assert first == local("2026-11-01 01:30")
    assert said_at("P2", local("2026-03-07 23:00"), time(2, 30), CHICAGO) == utc("2026-03-08 08:30")


@pytest.mark.parametrize("text", ["22", "22:00", "22:00-25:00", "at night", "08:00-08:00", "1-2-3"])
def test_what_does_not_say_from_when_to_when_is_refused(text: str) -> None:
    with pytest.raises(Unclear, match="Write it like"):
        parse_quiet(text)


def test_blank_is_never_quiet() -> None:
    assert parse_quiet(" ") is None
    assert after_quiet(local("2026-11-23 23:00"), None, CHICAGO) == local("2026-11-23 23:00")
