"""Hours and Limit: when a step may act outside the workbook."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model import Run, RunState
from runner.rules.hours import opening, parse_hours
from runner.rules.limit import SLACK, Limit, Turns, parse_limit, turn
from runner.rules.literals import Unclear

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OFFICE = "Mon-Fri 09:00-17:00"


def at(text: str) -> datetime:
    """A moment of the owner's clock; 23 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("cell", "now", "opens"),
    [
        (OFFICE, "2026-11-23 09:00", None),
        (OFFICE, "2026-11-23 16:59", None),
        (OFFICE, "2026-11-23 17:00", "2026-11-24 09:00"),
        (OFFICE, "2026-11-27 18:00", "2026-11-30 09:00"),
        (OFFICE, "2026-11-23 07:30", "2026-11-23 09:00"),
        ("Mon-Thu 08:00-18:00, Fri 08:00-14:00", "2026-11-27 15:00", "2026-11-30 08:00"),
        ("Mon, Wed 09:00-12:00", "2026-11-23 12:00", "2026-11-25 09:00"),
        ("09:00-12:00, 13:00-17:00", "2026-11-22 12:30", "2026-11-22 13:00"),
        ("every day 22:00-06:00", "2026-11-23 05:59", None),
        ("Fri 22:00-06:00", "2026-11-28 05:00", None),
        ("Fri 22:00-06:00", "2026-11-28 06:00", "2026-12-04 22:00"),
        ("Sat-Mon 00:00-24:00", "2026-11-23 23:59", None),
        ("Mon 09:00-10:00", "2026-11-23 10:00", "2026-11-30 09:00"),
    ],
)
def test_hours_say_whether_it_is_open_and_when_it_opens(cell: str, now: str, opens: str | None) -> None:
    expected = at(opens).astimezone(UTC) if opens else None
    assert opening(parse_hours(cell), at(now)) == expected


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("office hours", "is not a day"),
        ("Mon-Fri", "names days without hours"),
        ("Mon-Fri 9-17", "does not say which hours"),
        ("Mon-Fri 09:00-25:00", "“25:00” is not a time of day"),
        ("09:00-09:00", "has no hours in it"),
        (",", "names days without hours"),
    ],
)
def test_hours_that_cannot_be_read_say_how_to_write_them(cell: str, says: str) -> None:
    with pytest.raises(Unclear) as error:
        parse_hours(cell)
    assert says in str(error.value)


def test_the_clock_change_does_not_move_the_opening() -> None:
    friday = at("2026-10-30 18:00")  # clocks go back on Sunday, 1 November
    assert opening(parse_hours(OFFICE), friday) == datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(("cell", "count", "hours"), [("30 per hour", 30, 1), ("5 per day", 5, 24), ("1/week", 1, 168)])
def test_limits_are_read(cell: str, count: int, hours: int) -> None:
    assert parse_limit(cell) == Limit(count=count, length=timedelta(hours=hours))


@pytest.mark.parametrize("cell", ["a few", "0 per hour", "30", "30 per month"])
def test_what_is_no_limit_says_how_to_write_one(cell: str) -> None:
    with pytest.raises(Unclear, match="is not a limit"):
        parse_limit(cell)


def test_those_that_wait_get_a_turn_each_and_no_turn_is_given_twice() -> None:
    limit, turns = parse_limit("2 per hour"), Turns()
    given = []
    for number in range(6):
        run = Run(id=f"R-{number}", contract="C", key=str(number))
        when = turn(limit, turns, run, NOW)
        if when is None:
            turns.begin(run, NOW)
        else:
            turns.give(run, when)
        given.append(when)
    hour = timedelta(hours=1) + SLACK
    assert given == [None, None, NOW + hour, NOW + hour, NOW + 2 * hour, NOW + 2 * hour]


def test_turns_that_were_slept_through_are_not_all_taken_at_once() -> None:
    late = [Run(id=f"R-{n}", contract="C", key=str(n), state=RunState.WAITING, turn=NOW - timedelta(hours=n)) for n in range(1, 6)]
    limit, turns = parse_limit("2 per hour"), Turns.of("C", late, NOW)
    went = 0
    for run in late:
        when = turn(limit, turns, run, NOW)
        if when is None:
            went += 1
            turns.begin(run, NOW)
        else:
            turns.give(run, when)
    assert went == 2
    assert turns.given[0] > NOW + timedelta(hours=1)


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=60).map(sorted),
    st.integers(1, 4),
    st.lists(st.integers(0, 90), min_size=200, max_size=200),
)
def test_no_hour_ever_sees_more_than_the_limit_and_all_get_through(arrivals: list[int], count: int, delays: list[int]) -> None:
    """Runs come at any minute; the runner wakes each up to an hour and a half late."""
    limit, turns = Limit(count=count, length=timedelta(hours=1)), Turns()
    queue = [(NOW + timedelta(minutes=minute), Run(id=f"R-{n}", contract="C", key=str(n))) for n, minute in enumerate(arrivals)]
    lateness = iter(delays * 20)
    while queue:
        queue.sort(key=lambda pair: (pair[0], pair[1].id))
        now, run = queue.pop(0)
        when = turn(limit, turns, run, now)
        if when is None:
            turns.begin(run, now)
            continue
        assert when > now
        turns.give(run, when)
        woken = Run(id=run.id, contract="C", key=run.key, turn=when)
        queue.append((when + timedelta(minutes=next(lateness, 0)), woken))
    assert len(turns.begun) == len(arrivals)
    for first, over in zip(turns.begun, turns.begun[count:], strict=False):
        assert over - first >= timedelta(hours=1)
