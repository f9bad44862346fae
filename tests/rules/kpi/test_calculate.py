"""KPIs: cases counted by hand, and an independent count of thousands of drawn runs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from runner.rules.hours import parse_hours
from runner.rules.kpi.calculate import Facts, Numbers, calculate
from runner.rules.kpi.invoices import Invoice
from runner.rules.kpi.response_hours import problem, response_hours
from tests.rules.kpi.by_hand import count
from tests.rules.kpi.week_of_work import CHICAGO, NOW, ask, drawn, run

MONDAY = date(2026, 11, 16)
TUESDAY = datetime(2026, 11, 17, 15, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def numbers(**fields: object) -> Numbers:
    return calculate(Facts(zone=CHICAGO, now=NOW, **fields))  # type: ignore[arg-type]


def test_nothing_at_all_is_no_number_and_no_error() -> None:
    made = numbers()
    assert all(not weeks for weeks in made.values.values())
    assert made.first is None


def test_the_median_response_leaves_out_who_waits_and_bears_one_that_took_a_day() -> None:
    runs = [run(n, TUESDAY, acted=TUESDAY + minutes * MINUTE) for n, minutes in enumerate([4, 10, 6, 1440])]
    made = numbers(runs=[*runs, run(8, TUESDAY), run(9, TUESDAY, lead=False, acted=TUESDAY)])
    assert made.values["lead_response"] == {MONDAY: 8.0}
    assert made.counts["lead_response"] == {MONDAY: 4}


def test_a_lead_that_nobody_answered_is_late_once_its_sla_has_passed() -> None:
    made = numbers(
        runs=[
            run(1, TUESDAY, due=TUESDAY + HOUR, acted=TUESDAY + HOUR),  # just in time
            run(2, TUESDAY, due=TUESDAY + HOUR, acted=TUESDAY + HOUR + MINUTE),
            run(3, TUESDAY, due=TUESDAY + HOUR),  # still waiting, and late
            run(4, TUESDAY, due=NOW + HOUR),  # still waiting, and not late yet
            run(5, TUESDAY, due=TUESDAY + HOUR, ended=TUESDAY + MINUTE),  # ended without any action
            run(6, TUESDAY, acted=TUESDAY + MINUTE),  # no SLA
        ]
    )
    assert made.values["lead_in_time"][MONDAY] == pytest.approx(100 / 3)


def test_hours_returned_are_less_what_answers_took() -> None:
    runs = [run(n, TUESDAY, minutes=30.0, ended=TUESDAY + HOUR) for n in range(4)]
    asks = [ask(TUESDAY, HOUR), ask(TUESDAY, HOUR), ask(TUESDAY, HOUR, approval=False)]
    assert numbers(runs=runs, asks=asks).values["hours_returned"] == {MONDAY: pytest.approx((120 - 2 - 2 - 10) / 60)}
    assert numbers(asks=asks).values["hours_returned"] == {MONDAY: pytest.approx(-14 / 60)}


def test_a_failure_counts_in_its_own_week_and_once() -> None:
    week_before = TUESDAY - timedelta(days=7)
    made = numbers(
        runs=[
            run(1, week_before, outcome=week_before, failed=True, ended=TUESDAY),  # settled a week later
            run(2, TUESDAY, outcome=TUESDAY, ended=TUESDAY),
            run(3, TUESDAY, outcome=TUESDAY, ended=TUESDAY, critical=False),
            run(4, TUESDAY, outcome=TUESDAY, failed=True, critical=False),
            run(5, TUESDAY),  # under way
        ]
    )
    assert made.values["failures"] == {MONDAY - timedelta(days=7): 100.0, MONDAY: pytest.approx(100 / 3)}
    assert made.values["failures_critical"] == {MONDAY - timedelta(days=7): 100.0, MONDAY: 0.0}


def test_approvals_are_counted_and_their_wait_is_a_median() -> None:
    made = numbers(asks=[ask(TUESDAY, HOUR), ask(TUESDAY, 3 * HOUR, rejected=True), ask(TUESDAY, 9 * HOUR, approval=False)])
    assert made.values["approvals"] == {MONDAY: 2}
    assert made.values["rejected"] == {MONDAY: 1}
    assert made.values["approval_wait"] == {MONDAY: 2.0}


def test_days_to_get_paid_are_those_of_the_week_of_payment() -> None:
    made = numbers(invoices=[Invoice(date(2026, 11, 16), 10), Invoice(date(2026, 11, 22), 30), Invoice(date(2026, 11, 15), 99)])
    assert made.values["cash_lag"] == {MONDAY: 20.0, MONDAY - timedelta(days=7): 99.0}


def test_the_backlog_is_what_was_open_when_the_week_ended_and_now() -> None:
    week_before = TUESDAY - timedelta(days=7)
    made = numbers(runs=[run(1, week_before), run(2, week_before, ended=TUESDAY), run(3, TUESDAY), run(4, TUESDAY, ended=NOW)])
    assert made.values["backlog"] == {MONDAY - timedelta(days=7): 2.0, MONDAY: 2.0}


def test_weeks_are_those_of_the_owners_clock() -> None:
    sunday_night = datetime(2026, 11, 16, 5, 59, tzinfo=UTC)  # 23:59 on Sunday in Chicago
    made = numbers(runs=[run(1, sunday_night, cost=1.0), run(2, sunday_night + MINUTE, cost=2.0)])
    assert made.values["ai_cost"] == {MONDAY - timedelta(days=7): 1.0, MONDAY: 2.0}


def at(text: str) -> datetime:
    """A moment by the owner's clock."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHICAGO).astimezone(UTC)


@pytest.mark.parametrize(
    ("came", "answered", "minutes"),
    [
        ("17 10:00", "17 10:30", 30),  # a Tuesday
        ("17 08:00", "17 09:10", 10),  # before it opens
        ("17 16:50", "18 09:10", 20),  # over night
        ("17 18:00", "17 21:00", 0),  # in the evening, by itself
        ("13 16:30", "16 09:30", 60),  # over a week-end
        ("14 12:00", "15 12:00", 0),  # on one
        ("10 16:00", "12 10:00", 120),  # over a holiday
        ("17 10:00", "17 09:00", 0),  # the clock was set back
    ],
)
def test_in_business_hours_a_lead_waits_only_while_it_is_open(came: str, answered: str, minutes: int) -> None:
    hours = response_hours({"lead_response_hours": "business"})
    made = numbers(runs=[run(1, at(came), acted=at(answered)), run(2, at(came))], hours=hours, free=frozenset({date(2026, 11, 11)}))
    assert list(made.values["lead_response"].values()) == [pytest.approx(minutes)]


def test_the_nights_on_which_clocks_change_make_no_hour_longer() -> None:
    hours = parse_hours("Sat 22:00-06:00")
    came, answered = datetime(2026, 11, 1, 3, tzinfo=UTC), datetime(2026, 11, 1, 18, tzinfo=UTC)  # from Saturday 22:00 in Chicago
    made = numbers(runs=[run(1, came, acted=answered)], hours=hours)
    assert list(made.values["lead_response"].values()) == [
        pytest.approx(9 * 60)
    ]  # eight hours by the clock, and the one that came twice


def test_what_was_never_open_was_never_waited_for_and_nothing_is_no_error() -> None:
    hours = parse_hours("Mon-Fri 09:00-17:00")
    every_day = frozenset(date(2026, 11, 1) + timedelta(days=ahead) for ahead in range(-400, 400))
    runs = [run(1, TUESDAY, acted=TUESDAY + HOUR)]
    assert numbers(runs=runs, hours=hours, free=every_day).values["lead_response"] == {MONDAY: 0.0}
    assert numbers(hours=hours).values["lead_response"] == {}


@pytest.mark.parametrize(("typed", "start"), [("business", 540), ("Business", 540), ("Mon-Sat 08:00-20:00", 480)])
def test_the_setting_says_which_hours(typed: str, start: int) -> None:
    assert response_hours({"lead_response_hours": typed})[0].start == start
    assert problem("Lead response hours", typed) == ""


@pytest.mark.parametrize("typed", ["", "clock", None, "whenever"])
def test_by_the_clock_is_what_holds_where_nothing_else_is_said(typed: str | None) -> None:
    assert response_hours({"lead_response_hours": typed}) == ()
    assert bool(problem("Lead response hours", typed)) == (typed == "whenever")


@pytest.mark.parametrize("hours", ["clock", "business", "Mon-Sat 08:00-20:00"])
def test_five_thousand_drawn_runs_give_what_an_independent_count_gives(hours: str) -> None:
    facts = replace(drawn(5_000), hours=response_hours({"lead_response_hours": hours}), free=frozenset({date(2026, 7, 3)}))
    made, wanted = calculate(facts).values, count(facts)
    assert set(made) == set(wanted)
    for key, weeks in wanted.items():
        assert made[key] == pytest.approx(weeks), key
        assert len(weeks) > 40, key
