"""What is late, and when it will have to be looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from runner.model import Ask, AskKind, Run, RunState
from runner.rules.lateness import crossed, half_time, late_sentence, next_crossing

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASK = Ask(id="A-0001", kind=AskKind.APPROVAL, run="R-0001", contract="Hello", step="Reply", asked=NINE, expires=NINE + 4 * HOUR)
RUN = Run(id="R-0001", contract="Hello", key="k", step="Reply", started=NINE, due=NINE + 4 * HOUR)


def test_an_approval_is_reminded_of_half_way_and_once():
    assert half_time(ASK) == NINE + 2 * HOUR
    assert half_time(replace(ASK, reminded=NINE + 2 * HOUR)) is None


def test_only_an_open_approval_with_an_end_is_reminded_of():
    assert half_time(replace(ASK, state="approved")) is None
    assert half_time(replace(ASK, kind=AskKind.TASK)) is None
    assert half_time(replace(ASK, expires=None)) is None


def test_an_sla_is_crossed_when_it_is_due_and_again_at_twice_the_time():
    assert [crossed(RUN, NINE + hours * HOUR) for hours in (0, 3.9, 4, 7.9, 8, 90)] == [0, 0, 1, 1, 2, 2]
    assert crossed(replace(RUN, due=None), NINE + 90 * HOUR) == 0


def test_a_run_that_ended_is_as_late_as_it_was_then():
    assert crossed(replace(RUN, ended=NINE + 3 * HOUR), NINE + 90 * HOUR) == 0
    assert crossed(replace(RUN, ended=NINE + 5 * HOUR), NINE + 90 * HOUR) == 1


def test_the_next_moment_to_look_is_the_one_not_said_yet():
    assert next_crossing(RUN) == NINE + 4 * HOUR
    assert next_crossing(replace(RUN, late=1)) == NINE + 8 * HOUR
    assert next_crossing(replace(RUN, late=2)) is None
    assert next_crossing(replace(RUN, state=RunState.DONE)) is None
    assert next_crossing(replace(RUN, due=None)) is None


def test_a_held_run_is_late_when_it_is_released():
    held = replace(RUN, state=RunState.HELD)
    assert crossed(held, NINE + 90 * HOUR) == 0
    assert next_crossing(held) is None
    assert crossed(replace(held, state=RunState.RUNNING), NINE + 90 * HOUR) == 2


def test_the_sentence_says_how_long_it_had_and_where_it_stands():
    waits = replace(RUN, state=RunState.AWAITING_APPROVAL, late=1)
    assert late_sentence(waits) == "Not done within its SLA of 4 h: it is AWAITING_APPROVAL at “Reply”."
    assert late_sentence(replace(waits, late=2)) == "Not done within twice its SLA of 4 h: it is AWAITING_APPROVAL at “Reply”."
    ended = replace(RUN, state=RunState.DONE, ended=NINE + 5 * HOUR, late=1)
    assert late_sentence(ended) == "It ended DONE after 5 h; its SLA is 4 h."
    assert late_sentence(replace(RUN, due=None)) == ""
