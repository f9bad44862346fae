"""A model's score asks for more of a person's eyes, never for fewer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model import Book, Contract, Effect, Run, Step
from runner.ports import Action, Done
from runner.rules import confidence
from runner.rules.advance import Act, AskFirst, advance
from runner.rules.answers import urgency
from runner.rules.desk import Desk
from runner.rules.plan import Plan
from runner.rules.questions import approval
from runner.rules.taint import mark_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = "Dear Ada, we call you on Monday."
MAIL = Action(
    name="email.send",
    effect=lambda _settings: Effect.ONCE,
    prepare=lambda settings, _about: dict(settings),
    describe=lambda request: f"Send {request['body']}",
    perform=lambda _request, _call: Done(),
)
RUN = Run(
    id="R-0001",
    contract="Hello",
    key="ada",
    step="Send",
    input={"Budget": 900},
    results={"Draft": {"body": TEXT}},
    by_model=("steps.draft", "steps.other", "steps.look"),
    cleared=(mark_of(TEXT),),
)


def move(
    score: object = None,
    threshold: object = 0.6,
    approval: str = "",
    risk: str = "Low",
    klass: str = "Deterministic",
    body: str = "{{ steps.draft.body }}",
):
    results = {"Draft": {"body": TEXT, **({"Confidence": score} if score is not None else {})}}
    results |= {"Other": {"body": TEXT, "confidence": 0.9}, "Look": {"text": TEXT, "passed": True}}
    step = Step(name="Send", action="email.send", settings={"body": body}, approval=approval)
    plan = Plan(contract=Contract(name="Hello", klass=klass, risk=risk, steps=(Step(name="Draft", action="ai.write"), step)))
    desk = Desk(book=Book(settings={"confidence_threshold": threshold}), actions={"email.send": MAIL}, now=NOW, zone=UTC)
    return advance(replace(RUN, results=results, risk=risk), plan, desk)


SCORES = st.one_of(st.none(), st.floats(), st.integers(), st.booleans(), st.text(max_size=5))


@settings(deadline=None)
@given(
    score=SCORES,
    threshold=st.one_of(st.none(), st.floats(0, 1), st.sampled_from(["70 %", "0,5", "high", "1.0"])),
    approval=st.sampled_from(["", "always", "1 in 2", "1 in 1000000", "Budget >= 900", "Budget > 900"]),
    risk=st.sampled_from(["Low", "Medium", "High"]),
    klass=st.sampled_from(["Deterministic", "Agent-assist"]),
)
def test_no_score_makes_an_approval_vanish(score, threshold, approval, risk, klass):
    without, with_ = move(None, None, approval, risk, klass), move(score, threshold, approval, risk, klass)
    assert isinstance(with_, AskFirst) or not isinstance(without, AskFirst)
    assert isinstance(with_, AskFirst | Act)


def test_a_score_below_the_setting_asks_where_nobody_would_have_been_asked():
    asked = move(0.4)
    assert isinstance(asked, AskFirst)
    assert asked.because == "the model's confidence is 0.4, below 0.6 (Settings)"
    assert isinstance(move(0.6), Act)
    assert isinstance(move(0.4, threshold=None), Act)


def test_the_score_of_the_text_at_hand_counts_and_every_score_where_it_is_not_known_whose_it_is():
    assert isinstance(move(0.4, body="{{ steps.other.body }}"), Act)
    assert isinstance(move(0.4, body="{{ steps.other.body }} {{ steps.draft.body }}"), AskFirst)
    assert isinstance(move(0.4, body="{{ steps.look.text }}"), AskFirst)
    assert isinstance(move(0.8, body="{{ steps.look.text }}"), Act)
    assert isinstance(move(0.4, body="Hello {{ Budget }}"), Act)  # nothing of a model's in it


def test_the_question_says_so_with_higher_risk_and_comes_first_where_it_is_high():
    low, sure = (approval("A-1", replace(RUN, risk="Medium"), move(score, approval="always"), {}, NOW) for score in (0.4, 0.9))
    assert low.what.startswith("Look twice: the model's confidence is 0.4, below 0.6 (Settings).\n\nSend Dear Ada")
    assert (low.risk, sure.risk) == ("High", "Medium")
    assert low.digest == sure.digest  # what is approved is the effect, not the remark
    assert sorted([sure, low], key=urgency) == [low, sure]


@pytest.mark.parametrize(("typed", "least"), [(0.7, 0.7), ("0,7", 0.7), ("70 %", 0.7), (1, 1), (None, None), (" ", None)])
def test_the_setting_may_be_written_in_several_ways(typed, least):
    assert confidence.threshold({"confidence_threshold": typed}) == least
    assert confidence.problem("confidence_threshold", typed) == ""


@pytest.mark.parametrize("typed", ["high", 70, -1, "nan", "200 %"])
def test_a_setting_that_cannot_be_read_is_named_and_means_that_everything_is_shown(typed):
    assert "Write for example 0.7" in confidence.problem("confidence_threshold", typed)
    assert isinstance(move(0.99, threshold=typed), AskFirst)
