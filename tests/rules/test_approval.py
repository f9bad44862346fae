"""When a person is asked first."""

from datetime import UTC, datetime

import pytest

from runner.errors import ConditionError
from runner.model import Contract, Effect, Names, Run, Scope, Step
from runner.ports import Action, Done
from runner.rules.approval import Asking, asking, spot_check
from runner.rules.plan import Plan

MAIL = Action(
    name="email.send",
    effect=lambda _settings: Effect.ONCE,
    prepare=lambda settings, _about: dict(settings),
    describe=str,
    perform=lambda _request, _call: Done(),
)
SCOPE = Scope(columns={"Budget": 900}, now=datetime(2026, 11, 22, tzinfo=UTC))


def ask(approval: str, key: str = "lead-1", risk: str = "Low", effect: Effect = Effect.ONCE, step: str = "Reply") -> Asking:
    run = Run(id="R-0001", contract="Hello", key=key)
    plan = Plan(contract=Contract(name="Hello", risk=risk))
    return asking(
        Step(name=step, action="email.send", approval=approval), MAIL, effect, run, plan, Names(columns=("Budget",)), SCOPE
    )


def test_a_spot_check_draws_about_one_in_ten_and_the_same_ones_again():
    drawn = [key for key in map(str, range(2000)) if ask("1 in 10", key).first]
    assert 150 < len(drawn) < 250
    assert drawn == [key for key in map(str, range(2000)) if ask("1 in 10", key).first]


def test_two_steps_of_one_contract_do_not_draw_the_same_runs():
    keys = list(map(str, range(200)))
    assert [ask("1 in 2", key).first for key in keys] != [ask("1 in 2", key, step="Remind").first for key in keys]


def test_a_spot_check_says_what_was_decided_both_ways():
    said = {ask("1 in 2", str(key)) for key in range(20)}
    assert said == {
        Asking(first=True, because="spot check 1 in 2: drawn by the run's key"),
        Asking(first=False, because="spot check 1 in 2: not drawn by the run's key"),
    }


def test_one_in_one_draws_all():
    assert all(ask("1 in 1", str(key)).first for key in range(50))


def test_a_run_that_is_not_drawn_is_asked_about_when_the_risk_is_high():
    assert all(ask("1 in 1000", str(key), risk="High").first for key in range(20))


@pytest.mark.parametrize("text", ["1 in 10", " 1 IN 10 ", "1 of 10", "1 out of 10"])
def test_a_spot_check_may_be_written_in_several_ways(text: str):
    assert spot_check(text) == (1, 10)


@pytest.mark.parametrize("text", ["0 in 10", "11 in 10", "1 in 0"])
def test_a_spot_check_that_can_draw_nothing_or_more_than_all_is_refused(text: str):
    with pytest.raises(ConditionError, match=r"no spot check\. Write for example 1 in 10"):
        spot_check(text)


@pytest.mark.parametrize("text", ["Budget in 10, 20", "always", "Budget > 10", "1 in ten"])
def test_anything_else_is_no_spot_check(text: str):
    assert spot_check(text) is None


def test_always_a_condition_and_high_risk_ask_and_say_why():
    assert ask("always") == Asking(first=True, because="the step asks always")
    assert ask("Budget >= 900") == Asking(first=True, because="Budget 900 >= 900 ✓")
    assert ask("Budget > 900") == Asking(first=False)
    assert ask("", risk="High") == Asking(first=True, because="the contract's risk is High")
    assert ask("", risk="High", effect=Effect.READ) == Asking(first=False)
