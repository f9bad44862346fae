"""Weeks, baselines, targets and trends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.model import Snapshot, Tab
from runner.rules.kpi.calculate import Numbers
from runner.rules.kpi.definitions import KPIS
from runner.rules.kpi.score import OFF, ON, Score, score, typed_in
from runner.rules.kpi.weeks import Week

WEEK = Week.read("2026-W47")


def of(key: str, values: dict[int, float], typed: tuple[float | None, float | None] = (None, None), **fields: object) -> Score:
    """The score of W47, the week before the present one; `values`: weeks back → number."""
    numbers = Numbers(values={key: {WEEK.before(back).monday: value for back, value in values.items()}}, **fields)  # type: ignore[arg-type]
    return next(one for one in score(numbers, WEEK, {key: typed}, WEEK.before(-1)) if one.kpi.key == key)


def test_the_first_full_week_is_the_baseline_and_the_one_in_which_it_began_is_not() -> None:
    made = of("lead_response", {0: 5.0, 1: 9.0, 2: 30.0, 3: 99.0}, first=WEEK.before(3))
    assert (made.baseline, made.value, made.last) == (30.0, 5.0, 9.0)
    assert of("lead_response", {0: 5.0, 3: 99.0}, first=WEEK.before(3), from_monday=True).baseline == 99.0
    assert of("lead_response", {0: 5.0, -1: 4.0}, first=WEEK).baseline is None


def test_what_the_owner_typed_beats_the_first_week_and_the_standard_target() -> None:
    made = of("failures_critical", {0: 2.5, 3: 8.0}, (12.0, 2.0), first=WEEK.before(4))
    assert (made.baseline, made.target, made.status, made.met) == (12.0, 2.0, OFF, False)
    assert of("failures_critical", {0: 2.5}, first=WEEK.before(4)).status == ON


def test_more_hours_are_better_and_less_minutes_are() -> None:
    assert of("hours_returned", {0: 5.0, 1: 3.0}, first=WEEK.before(2)).better_than(3.0) is True
    assert of("lead_response", {0: 5.0, 1: 3.0}, first=WEEK.before(2)).better_than(3.0) is False


def test_the_trend_shows_eight_weeks_and_a_dot_where_there_is_no_number() -> None:
    assert of("lead_response", {0: 0.0, 1: 10.0, 3: 5.0}, first=WEEK.before(9)).spark == "····▄·█▁"
    assert of("backlog", {0: 4.0}, first=WEEK.before(1)).spark == "······▁█"


def test_a_typed_three_percent_is_three_whichever_way_the_cell_keeps_it() -> None:
    grid = [
        (1, ("KPI", "Baseline", "Target")),
        (2, ("Failure rate, critical path", "9%", 0.03)),
        (3, ("Leads answered within SLA", None, 0.9)),
        (4, ("Lead response", "95 min", "soon")),
        (5, ("Hours returned", True, 0.5)),
    ]
    snapshot = Snapshot(tabs={"kpis": Tab.build("KPIs", grid)}, version=1)  # type: ignore[arg-type]
    assert typed_in(snapshot) == {
        "failures_critical": (9.0, 3.0),
        "lead_in_time": (None, 90.0),
        "lead_response": (95.0, None),
        "hours_returned": (None, 0.5),
    }


def test_every_kpi_says_what_it_means() -> None:
    assert len({kpi.name for kpi in KPIS}) == len({kpi.key for kpi in KPIS}) == len(KPIS)
    assert all(len(kpi.meaning) > 40 for kpi in KPIS)


@pytest.mark.parametrize("text", ["2026-W54", "2026-47", "", "W47", "2026-W00", "next"])
def test_what_is_no_week_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="Write it like 2026-W47"):
        Week.read(text)


def test_a_week_with_a_clock_change_is_an_hour_longer_or_shorter() -> None:
    chicago = ZoneInfo("America/Chicago")
    assert Week.of(datetime(2026, 11, 1, 12, tzinfo=UTC), chicago).name == "2026-W44"
    autumn, spring = Week.read("2026-W44"), Week.read("2026-W10")
    assert autumn.ends(chicago) - autumn.starts(chicago) == timedelta(days=7, hours=1)
    assert spring.ends(chicago) - spring.starts(chicago) == timedelta(days=7, hours=-1)


def test_dates_of_a_week_read_as_a_person_writes_them() -> None:
    assert WEEK.dates == "16–22 November 2026"
    assert Week.on(date(2026, 12, 31)).dates == "28 December 2026 – 3 January 2027"
    assert Week.on(date(2026, 12, 31)).name == "2026-W53"
    assert Week.on(date(2026, 10, 1)).dates == "28 September – 4 October 2026"
