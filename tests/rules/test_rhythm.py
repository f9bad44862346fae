"""How often a contract normally runs, and when it counts as silent."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.rules.calendar import Calendar
from runner.rules.rhythm import Rhythm, read_rhythm
from runner.rules.spans import SpanError

CHICAGO = ZoneInfo("America/Chicago")
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def read(text: str) -> Rhythm:
    rhythm = read_rhythm(text)
    assert rhythm
    return rhythm


@pytest.mark.parametrize(
    ("text", "count", "length", "business_days"),
    [
        ("1 per business day", 1, timedelta(), 1),
        (" 5  per Week ", 5, 7 * DAY, 0),
        ("1 per day", 1, DAY, 0),
        ("3 per 2 weeks", 3, 14 * DAY, 0),
        ("2 per 3 business days", 2, timedelta(), 3),
        ("10 an hour", 10, timedelta(hours=1), 0),
        ("1 every day", 1, DAY, 0),
        ("at least 2 a day", 2, DAY, 0),
        ("4/day", 4, DAY, 0),
    ],
)
def test_a_rhythm_is_read_as_it_is_said(text: str, count: int, length: timedelta, business_days: int):
    rhythm = read(text)
    assert (rhythm.count, rhythm.span.length, rhythm.span.business_days) == (count, length, business_days)


@pytest.mark.parametrize("text", ["daily", "0 per day", "1 per", "per day", "1 per month", "often", "1 per 0 days"])
def test_anything_else_is_refused_with_an_example(text: str):
    with pytest.raises(SpanError, match=r"[Ww]rite"):
        read_rhythm(text)


def test_a_blank_cell_asks_for_nothing():
    assert read_rhythm("  ") is None


def test_a_day_without_a_run_is_silence_a_day_after_the_last_one():
    starts = [FRIDAY - 3 * DAY, FRIDAY, FRIDAY - DAY]
    since = read("1 per day").quiet_since(starts, FRIDAY - 9 * DAY)
    assert since == FRIDAY
    assert read("1 per day").silent_at(since, Calendar(), UTC) == FRIDAY + DAY


def test_five_per_week_look_at_the_fifth_last_run():
    starts = [FRIDAY - DAY * number for number in range(6)]
    assert read("5 per week").quiet_since(starts, FRIDAY - 30 * DAY) == FRIDAY - 4 * DAY
    assert read("5 per week").quiet_since(starts[:4], FRIDAY - 30 * DAY) == FRIDAY - 30 * DAY


def test_nobody_is_blamed_for_the_time_before_somebody_listened():
    assert read("1 per day").quiet_since([FRIDAY - 9 * DAY], FRIDAY) == FRIDAY
    assert read("2 per day").quiet_since([FRIDAY + DAY, FRIDAY - DAY], FRIDAY) == FRIDAY


def test_a_week_end_is_no_silence_where_business_days_are_asked_for():
    assert read("1 per business day").silent_at(FRIDAY, Calendar(), UTC) == FRIDAY + 3 * DAY
    monday_is_free = Calendar(free=frozenset({date(2026, 11, 23)}))
    assert read("1 per business day").silent_at(FRIDAY, monday_is_free, UTC) == FRIDAY + 4 * DAY


def test_after_a_run_on_saturday_the_whole_of_monday_must_be_silent():
    saturday = FRIDAY + DAY
    assert read("1 per business day").silent_at(saturday, Calendar(), UTC) == datetime(2026, 11, 24, tzinfo=UTC)


def test_days_are_the_owners_and_keep_their_hour_over_a_clock_change():
    friday = datetime(2026, 10, 30, 15, 0, tzinfo=CHICAGO).astimezone(UTC)
    monday = datetime(2026, 11, 2, 15, 0, tzinfo=CHICAGO)
    assert read("1 per business day").silent_at(friday, Calendar(), CHICAGO) == monday


def test_the_sentence_says_since_when_and_what_is_normal():
    assert read("1 per day").sentence(FRIDAY, CHICAGO) == "No run has started since 2026-11-20 09:00; 1 per day is normal."
    said = "Fewer than 5 runs have started since 2026-11-20 15:00; 5 per week is normal."
    assert read("5 per week").sentence(FRIDAY, UTC) == said
