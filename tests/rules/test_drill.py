"""What is drilled, how an outcome is judged, and the sentence at the end."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from runner.model import Contract, Effect, RunState, Step
from runner.ports import Action, Done, Fault, OtherSide
from runner.rules.clock_nights import clock_changes, every_day
from runner.rules.drill import Drilled, Ending, Trial, found, judge, trials_of, verdict, whole_trials

STEP = Step(name="Reply", action="email.send", address="Steps!B2")
CONTRACT = Contract(name="Hello", owner="Ana", steps=(STEP,))
DEED = ("Hello", "Reply", "key")
USUAL = Ending(state=RunState.DONE, final=RunState.DONE, deeds={DEED: 1}, rows=2, runs=1)


def action(effect: Effect = Effect.ONCE, **more: object) -> Action:
    made: dict[str, object] = {"name": "x", "prepare": dict, "describe": str, "perform": lambda *_: Done(), **more}
    return Action(effect=lambda _settings: effect, **made)


def line(trial: Trial = Trial.TIMEOUT, **ending: object) -> Drilled:
    after = replace(USUAL, **ending)
    return Drilled(
        contract="Hello",
        step="Reply",
        action="email.send",
        trial=trial,
        ending=after,
        problems=judge(CONTRACT, STEP, trial, after, USUAL),
    )


def test_every_step_is_killed_and_only_what_has_another_side_meets_its_faults() -> None:
    kills = (Trial.KILLED_BEFORE, Trial.KILLED_AFTER)
    assert trials_of(STEP, action()) == tuple(Trial)[:7]
    assert trials_of(STEP, action(inline=True)) == (Trial.REFUSED, *kills)
    assert trials_of(STEP, action(Effect.PURE, inline=True)) == kills
    assert trials_of(STEP, action(Effect.PURE, inline=True, name="task")) == (Trial.REFUSED, *kills)
    disk = OtherSide(answer=lambda *_: Done(), faults=(Fault.REFUSED,))
    assert trials_of(STEP, action(other_side=disk)) == (Trial.REFUSED, *kills)
    assert trials_of(STEP, None) == ()


def test_clocks_matter_only_to_what_goes_by_time() -> None:
    assert whole_trials(CONTRACT) == (Trial.DUPLICATE, Trial.LOCKED)
    assert Trial.CLOCKS in whole_trials(replace(CONTRACT, trigger="Date due"))


@pytest.mark.parametrize(
    ("trial", "ending", "said"),
    [
        (Trial.KILLED_AFTER, {"deeds": {DEED: 2}}, "TWICE: “Reply” (Steps!B2) was done twice."),
        (Trial.DUPLICATE, {"deeds": {DEED: 1, ("Hello", "Reply", "other"): 1}}, "TWICE: “Reply”"),
        (Trial.DUPLICATE, {"runs": 2}, "TWICE: one event became 2 runs. Give “Hello” a Dedupe key"),
        (Trial.KILLED_AFTER, {"rows": 3}, "TWICE: the workbook has 1 row more"),
        (Trial.TIMEOUT, {"final": None}, "LOST: no run was left"),
        (Trial.TIMEOUT, {"final": RunState.RUNNING}, "LOST: the run stands at RUNNING"),
        (Trial.REFUSED, {"deeds": {}}, "LOST: “Reply” was never done, and nobody was told."),
        (Trial.REFUSED, {"words": ("RETRY",), "people": ("", "")}, "Nobody is named to see it: fill in Owner"),
    ],
)
def test_a_broken_promise_is_named(trial: Trial, ending: dict[str, object], said: str) -> None:
    one = line(trial, **ending)
    assert one.problems[0].startswith(said)
    assert (one.twice, one.lost) == (said.startswith("TWICE"), said.startswith("LOST"))


@pytest.mark.parametrize(
    ("step", "ending"),
    [
        (STEP, {}),
        (STEP, {"by_hand": True, "deeds": {}}),
        (replace(STEP, on_failure="continue"), {"deeds": {}}),
        (STEP, {"state": RunState.DEAD_LETTER, "words": ("RETRY", "DONE"), "people": ("Ana", "")}),
    ],
)
def test_what_the_owner_chose_or_was_told_is_no_broken_promise(step: Step, ending: dict[str, object]) -> None:
    assert judge(CONTRACT, step, Trial.REFUSED, replace(USUAL, **ending), USUAL) == ()


def test_the_closing_sentence_counts() -> None:
    letter = {"state": RunState.DEAD_LETTER, "words": ("RETRY", "DONE"), "people": ("Ana",), "tab": "Dead letters"}
    doubt = {**letter, "state": RunState.IN_DOUBT, "words": ("DONE", "RETRY")}
    assert verdict([line(**letter), line(**doubt), line()]) == (
        "3 drills: none sent anything twice, none lost a run; 1 ends in Dead letters, 1 asks you whether it happened."
    )
    assert verdict([line(deeds={DEED: 2})], ["Bad"]) == (
        "1 drill: 1 sent anything twice, none lost a run. 1 contract could not be drilled."
    )
    assert verdict([]) == "Nothing was drilled."
    assert found(line(**letter)) == "Dead letters: type RETRY or DONE"


def test_the_nights_on_which_clocks_change_are_known_where_they_do() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    nights = clock_changes(ZoneInfo("Europe/Dublin"), now)
    assert [f"{night:%Y-%m-%d %H:%M}" for night in nights] == ["2027-03-28 00:00", "2027-10-31 00:00"]
    assert clock_changes(UTC, now) == []
    assert every_day("every Monday 02:30") == "30 2 * * *"
