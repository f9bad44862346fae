"""Dates in rows, and the days of the owner's calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.rules.calendar import Calendar, is_business_day, problem, read_calendar, read_clock
from runner.rules.due import WhenError, parse_offset, turn
from runner.rules.literals import Unclear

CHICAGO = ZoneInfo("America/Chicago")
TUESDAY = date(2026, 12, 1)


def due(cell: str, value: object = TUESDAY, calendar: Calendar | None = None) -> date | None:
    found = turn(parse_offset(cell), value, calendar or Calendar(), CHICAGO)  # type: ignore[arg-type]
    return found.day if found else None


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("on Due date", date(2026, 12, 1)),
        ("3 days before Due date", date(2026, 11, 28)),
        ("1 day after [Due date]", date(2026, 12, 2)),
        ("2 weeks after Due date", date(2026, 12, 15)),
        ("2 business days before Due date", date(2026, 11, 27)),
        ("4 business days after Due date", date(2026, 12, 7)),
        ("0 days after Due date", date(2026, 12, 1)),
    ],
)
def test_the_cell_says_on_which_day(cell: str, day: date) -> None:
    assert parse_offset(cell).column == "Due date"
    assert due(cell) == day


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("", "Nothing says when. Write for example 3 days before Due date"),
        ("Due date", "“Due date” does not say when."),
        ("3 hours before Due date", "“hours” cannot be counted here: dates come by days, weeks or business days."),
        ("3 days before", "does not say when."),
    ],
)
def test_a_cell_that_does_not_say_when_says_how_to_write_it(cell: str, says: str) -> None:
    with pytest.raises(WhenError) as error:
        parse_offset(cell)
    assert says in str(error.value)


def test_a_day_comes_at_midnight_of_the_owners_zone_or_when_settings_say() -> None:
    found = turn(parse_offset("on Due"), TUESDAY, Calendar(), CHICAGO)
    assert found
    assert found.at == datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    at_eight = read_calendar({"day_starts": "08:00"})
    later = turn(parse_offset("on Due"), TUESDAY, at_eight, CHICAGO)
    assert later
    assert later.at == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


def test_holidays_are_no_business_days() -> None:
    calendar = read_calendar({"holidays": "2026-11-27, 30 Nov 2026"})
    assert due("2 business days before Due date", calendar=calendar) == date(2026, 11, 25)
    assert due("2 days before Due date", calendar=calendar) == date(2026, 11, 29)
    assert is_business_day(date(2026, 12, 24), calendar.free)
    assert not is_business_day(date(2026, 12, 26))


@pytest.mark.parametrize("value", ["2026-12-01", "1 Dec 2026", datetime(2026, 12, 1, 9, 30), "2026-12-01 09:30"])  # noqa: DTZ001
def test_dates_are_taken_as_cells_and_people_write_them(value: object) -> None:
    assert due("on Due date", value) == TUESDAY


@pytest.mark.parametrize("value", ["03/04/2026", "soon", 42, True])
def test_what_is_no_date_or_two_is_not_guessed(value: object) -> None:
    with pytest.raises(Unclear):
        due("on Due date", value)


def test_a_blank_date_has_no_day() -> None:
    assert due("on Due date", None) is None
    assert due("on Due date", "  ") is None


def test_a_day_beyond_the_calendar_is_a_sentence() -> None:
    with pytest.raises(Unclear, match="too far away"):
        due("9999 weeks after Due date", date(9990, 1, 1))


def test_one_offset_is_said_in_one_way_whatever_its_spelling() -> None:
    assert parse_offset("3  DAYS Before Due date").said == parse_offset("3 days before [Due date]").said == "3 days before"


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("Day starts", "noonish", "is not a time of day"),
        ("Late limit", "7", "needs a unit"),
        ("Holidays", "Christmas", "is not a date"),
        ("Day starts", "08:00", ""),
        ("Late limit", "2 weeks", ""),
        ("Holidays", date(2026, 12, 25), ""),
        ("Hot lead", "whatever", ""),
    ],
)
def test_a_wrong_setting_says_so_and_the_standard_counts(setting: str, value: object, says: str) -> None:
    sentence = problem(setting, value)  # type: ignore[arg-type]
    assert says in sentence
    assert bool(says) == bool(sentence)
    wrong = {"day_starts": "noonish", "late_limit": "7", "holidays": "Christmas"}
    assert read_calendar(wrong) == Calendar() == Calendar(late=timedelta(days=7))


@pytest.mark.parametrize(
    ("text", "hour"), [("08:00", 8), ("8 am", 8), ("12 am", 0), ("12:00 pm", 12), ("5pm", 17), ("17:00:00", 17)]
)
def test_a_time_of_day_is_read_as_people_write_it(text: str, hour: int) -> None:
    assert read_clock(text) == time(hour)
