"""The When cell of a schedule, and the moments it means."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from runner.rules.due import WhenError
from runner.rules.schedule import following, key_of, newest, parse_schedule

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("cell", "cron"),
    [
        ("every day 17:00", "0 17 * * *"),
        ("daily at 5 pm", "0 17 * * *"),
        ("every weekday 09:00", "0 9 * * 1-5"),
        ("every Monday 09:00", "0 9 * * 1"),
        ("Mondays 07:00", "0 7 * * 1"),
        ("every Mon, Wed 09:00", "0 9 * * 1,3"),
        ("every Mon and Fri at 09:30", "30 9 * * 1,5"),
        ("1st of month 08:00", "0 8 1 * *"),
        ("on the 15th of every month at 08:00", "0 8 15 * *"),
        ("last day of month 17:00", "0 17 L * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every minute", "* * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("0 9 * * 1-5", "0 9 * * 1-5"),
    ],
)
def test_plain_words_and_cron_say_when(cell: str, cron: str) -> None:
    assert parse_schedule(cell) == cron


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("", "Nothing says when. Write for example every day 17:00"),
        ("now and then", "“now and then” does not say when."),
        ("every funday 09:00", "does not say when."),
        ("every Monday", "“every Monday” lacks the time of day. Write every Monday 09:00."),
        ("every day 25:00", "“25:00” is not a time of day. Write it like 08:00."),
        ("every 7 minutes", "Every 7 minutes does not come out even. Use one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30."),
        ("31st of month 08:00", "Not every month has a day 31. Write last day of month 17:00"),
        ("0 9 * *", "has 4 fields; cron has five"),
        ("99 9 * * *", "is not cron: bad minute."),
        ("0 9 31 2,4 *", "is not cron: bad day-of-month."),
    ],
)
def test_a_cell_that_does_not_say_when_says_how_to_write_it(cell: str, says: str) -> None:
    with pytest.raises(WhenError) as error:
        parse_schedule(cell)
    assert says in str(error.value)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(NEW_YORK)


def test_the_hour_that_comes_twice_brings_a_time_of_day_once() -> None:
    cron = parse_schedule("every day 01:30")
    first = new_york("2026-11-01T01:30:00-04:00")
    for moment in ("01:30:00-04:00", "01:59:00-04:00", "01:30:00-05:00", "01:59:00-05:00", "23:00:00-05:00"):
        assert newest(cron, new_york(f"2026-11-01T{moment}")).astimezone(UTC) == first.astimezone(UTC)
    for moment in ("01:30:00-04:00", "01:10:00-05:00", "01:40:00-05:00"):
        assert following(cron, new_york(f"2026-11-01T{moment}")).astimezone(UTC) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_the_hour_that_is_skipped_keeps_a_time_of_day_at_its_end() -> None:
    cron = parse_schedule("every day 02:30")
    due = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert following(cron, new_york("2026-03-08T01:00:00-05:00")).astimezone(UTC) == due
    assert newest(cron, new_york("2026-03-08T03:10:00-04:00")).astimezone(UTC) == due
    assert following(cron, new_york("2026-03-08T03:00:00-04:00")).astimezone(UTC) == datetime(2026, 3, 9, 6, 30, tzinfo=UTC)


def test_every_quarter_of_an_hour_goes_on_through_both_hours_with_keys_of_their_own() -> None:
    cron = parse_schedule("every 15 minutes")
    keys, moment = [], new_york("2026-11-01T00:59:00-04:00")
    for _ in range(9):
        moment = following(cron, moment)
        keys.append(key_of(moment))
    assert keys[:5] == [*(f"2026-11-01 01:{minute:02}" for minute in (0, 15, 30, 45)), "2026-11-01 01:00 -0500"]
    assert len(set(keys)) == 9


def test_a_moment_is_the_newest_at_its_very_second() -> None:
    moment = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert newest("0 17 * * *", moment) == moment
    assert following("0 17 * * *", moment) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
