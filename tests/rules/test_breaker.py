"""What counts as the same failure, run after run."""

import pytest

from runner.errors import ActionFailed, RowpactError
from runner.rules.breaker import EQUAL_FAILURES, Streak, failure_kind, longer


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("POST https://a.example/x/1 answered 503: down", "POST https://a.example/x/22 answered 503: down", True),
        ("ada@shop.example was refused", "bob@shop.example was refused", True),
        ("“Ada” is not known, row 17", "“Bob” is not known, row 4", True),
        ("answered 503", "answered 422", False),
        ("answered 503", "no answer within 60 seconds", False),
    ],
)
def test_failures_are_alike_when_only_their_row_differs(one: str, other: str, alike: bool) -> None:
    assert (failure_kind(ActionFailed(one)) == failure_kind(ActionFailed(other))) is alike
    assert failure_kind(ActionFailed(one)) != failure_kind(RowpactError(one))


def test_a_run_counts_once_however_often_it_is_tried() -> None:
    streak: Streak | None = None
    for _ in range(20):
        streak = longer(streak, "R-1", "Reply", "down")
    assert streak
    assert not streak.stops
    for number in range(2, EQUAL_FAILURES + 1):
        streak = longer(streak, f"R-{number}", "Reply", "down")
    assert streak.stops


def test_another_failure_or_another_step_begins_anew() -> None:
    streak = Streak(step="Reply", kind="down", runs=("R-1", "R-2", "R-3", "R-4"))
    assert longer(streak, "R-5", "Reply", "refused").runs == ("R-5",)
    assert longer(streak, "R-5", "Log", "down").runs == ("R-5",)
    assert longer(streak, "R-5", "Reply", "down").stops
