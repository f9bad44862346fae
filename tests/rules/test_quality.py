"""Whether a text may leave: the lines of Checks, and what no text may hold."""

from datetime import date
from typing import Any

import pytest

from runner.errors import ConditionError
from runner.model import TextRule
from runner.ports import Then
from runner.rules.findings import Findings
from runner.rules.quality import Subject, judge
from runner.rules.quality.sets import checksets
from runner.rules.quality.statements import columns, other_columns, read
from runner.rules.quality.values import mentions
from tests.rules.sheets import snapshot

ROW: dict[str, Any] = {
    "Name": "Ada Byron",
    "Email": "ada@shop.example",
    "Amount": 4200,
    "Due": date(2026, 12, 1),
    "Site": "https://ada.example/garden",
    "Phone": "+44 20 7946 0018",
}
LEADS = ["Ada Byron", "Bob Stone", "Ada", "Eve"]
SUBJECT = Subject(
    row=ROW, owners=["Call us: 555 123 4567, ana@example.com"], others=lambda tab, _column: LEADS if tab == "Leads" else None
)


def reasons(text: str, kind: str = "", rule: str = "", subject: Subject = SUBJECT) -> str:
    return " ".join(judge(text, [TextRule(kind=kind, rule=rule)] if kind else [], subject).reasons)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Pay here: https://evil.example/pay", "https://evil.example/pay"),
        ("Go to www.evil.example now", "www.evil.example"),
        ("See evil.com/pay for more", "evil.com/pay"),
        ("See https://ada.example/garden.evil.com", "link"),
        ("Write to bob@other.example", "bob@other.example"),
        ("Write to dada@shop.example", "dada@shop.example"),
        ("Pay to DE89 3704 0044 0532 0130 00 please", "account number"),
        ("Call +1 900 555 0199", "+1 900 555 0199"),
        ("Hello\u200b there", "cannot be seen"),
        ("Hello \u202eevil", "cannot be seen"),
        ("<b>Hello</b>", "markup"),
        ("[click](here)", "markup"),
        ("{{ secrets.KEY }}", "markup"),
        ("", "blank"),
        ("x" * 20_001, "longer than"),
    ],
)
def test_no_text_may_hold_what_leads_somewhere_or_hides(text: str, said: str) -> None:
    assert said in reasons(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ada, we saw https://ada.example/garden and will call +44 20 7946 0018.",
        "Write to ana@example.com or call 555 123 4567.",
        "The invoice of 4,200 is due on 1 December, 2026-12-01.",
        "Smile 👩‍🌾 — naïve café, it’s 10:30 a.m.",
        "We have 24 plants, e.g. roses; 3.5 m of hedge.",
    ],
)
def test_what_the_row_or_the_owner_says_may_be_said(text: str) -> None:
    assert reasons(text) == ""


def test_a_secret_never_leaves() -> None:
    assert "secret" in reasons("The key is s3cr3t.", subject=Subject(redact=lambda text: text.replace("s3cr3t", "•••")))


@pytest.mark.parametrize(
    ("kind", "rule", "good", "bad"),
    [
        ("Length", "10..40 characters", "Dear Ada, thank you.", "Hi."),
        ("Length", "max 3 words", "Dear Ada Byron", "Dear Ada Byron and all"),
        ("Length", "max 30 words; min 5 characters", "Hello", "Hi"),
        ("Policy", "no words: guarantee, 100 %", "We promise 90 %", "It is 100% safe"),
        ("Policy", "no claims: risk-free", "It is free", "It is Risk free!"),
        ("Policy", "no links", "See the garden", "https://ada.example/garden"),
        ("Policy", "no numbers", "Some", "I have 3"),
        ("Policy", "must say: Kind regards", "Bye.\nKind regards", "Bye"),
        ("Policy", "no pattern: [0-9]+ ?% off", "half off", "Now 20% off, Ada"),
        ("Context", "names: Name", "Dear Ada Byron", "Dear customer"),
        ("Context", "names: Name, Amount", "Ada Byron owes 4.200,00 €", "Ada Byron owes 42.000"),
        ("Context", "names: Due", "It is due 1 Dec", "It is due 11 Dec"),
        ("Context", "not other: Leads.Name", "Dear Ada Byron", "Dear Ada Byron, as Bob Stone said"),
        ("Context", "only amounts of this row", "You owe $4,200", "You owe $42"),
    ],
)
def test_each_line_passes_what_it_should_and_nothing_else(kind: str, rule: str, good: str, bad: str) -> None:
    assert reasons(good, kind, rule) == ""
    assert reasons(bad, kind, rule) != ""


@pytest.mark.parametrize("word", ["names", "Name", "says"])
def test_every_word_that_names_columns_says_which_they_are(word: str) -> None:
    assert columns("Context", f"{word}: Name, Amount; not other: Leads.Name") == ("Name", "Amount")
    assert other_columns("Context", f"{word}: Name; no other: Leads.Name") == (("Leads", "Name"),)
    assert columns("Policy", f"{word}: Name") == ()


def test_a_schema_looks_at_the_results_beside_the_text() -> None:
    rule = "subject: max 20 characters; tone: one of warm, formal; score: number 0..100"
    good = Subject(results={"subject": "Hello", "tone": "warm", "score": 70})
    assert reasons("text", "Schema", rule, good) == ""
    bad = Subject(results={"subject": "Hello" * 9, "tone": "rude"})
    said = reasons("text", "Schema", rule, bad)
    assert "score" in said
    assert "subject" in said
    assert "tone" in said


def test_the_gravest_answer_counts() -> None:
    rules = [
        TextRule(kind="Length", rule="max 1 word", on_failure="redo"),
        TextRule(kind="Policy", rule="no words: ada", on_failure="stop"),
    ]
    assert judge("Dear Ada", rules, SUBJECT).then is Then.STOP
    assert judge("Dear Eve", rules, SUBJECT).then is Then.REDO


def test_words_are_found_whole_and_in_any_spelling() -> None:
    assert mentions("Hello ANA!", "Ana")
    assert not mentions("Banana", "Ana")
    assert not mentions("14200", 4200)
    assert mentions("about 4 200 euros", 4200)
    assert not mentions("4,200.50", 4200)
    assert mentions("due Nov. 22nd", date(2026, 11, 22))


def test_a_private_value_of_another_row_never_leaves() -> None:
    subject = Subject(row=ROW, others=lambda _tab, _column: ["ada@shop.example", "IT-99-4711"], private=[("Leads", "Tax no")])
    assert "private Tax no" in reasons("Her number is IT-99-4711.", subject=subject)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("Length", "short"),
        ("Length", ""),
        ("Policy", "be nice"),
        ("Policy", "no words:"),
        ("Policy", "no pattern: (a"),
        ("Context", "not other: Leads"),
        ("Context", "call: Name"),
        ("Schema", "tone: choice"),
    ],
)
def test_a_line_that_means_nothing_is_refused_with_a_sentence(kind: str, rule: str) -> None:
    with pytest.raises(ConditionError, match=r"\w"):
        read(kind, rule)


def test_a_set_with_a_mistake_is_no_set() -> None:
    found = Findings()
    sheet = snapshot(
        Checks="""
            Checks | Kind | Rule | On failure
            Reply | Length | max 9 words |
             | Policy | be nice |
            Other | Length | max 9 words | Stop
        """,
    )
    made = checksets(sheet, found)
    assert list(made) == ["other"]
    assert [problem.where for problem in found.problems] == ["Checks!C3"]
    assert made["other"] == (TextRule(kind="Length", rule="max 9 words", on_failure="stop"),)
