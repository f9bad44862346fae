"""Made-up values fit their line in Fields and the conditions that look at them."""

from datetime import date

import pytest

from runner.model import FieldRule
from runner.rules import fields
from runner.rules.sample import believable, fitting, made_up_row, plausible, wish

TODAY = date(2026, 11, 22)
SETTINGS = {"hot_lead": 70, "home": "Ireland"}


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("text", ""), ("text", "max 5 characters"), ("text", r"matches [A-Z]{3}-\d+"), ("number", ">= 0"), ("integer", "1..5"),
        ("money", "> 250"), ("money", "< 0"), ("date", ""), ("date", ">= 2026-12-01"), ("datetime", ""), ("email", ""),
        ("phone", ""), ("url", ""), ("yes/no", ""), ("choice", "one of Small, Large"),
    ],
)  # fmt: skip
def test_a_made_up_value_passes_its_own_rule(kind: str, rule: str) -> None:
    line = FieldRule(field="Thing", type=kind, rule=rule, required=True)
    checked = fields.check_row((line,), {"Thing": fitting(line, None, TODAY)})
    assert (checked.wrong, checked.missing) == ((), ())


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("Fit score >= 70 and Country is Spain", 70), ("fit_score > 3", 4), ("[Fit score] < 3.5", 2.5),
        ("=AND([Fit score]>=9, A<2)", 9),
        ("Fit score >= settings.hot_lead", 70), ("Fit score is not blank", None), ("Budget > 3", None), ("Unfit score > 3", None),
    ],
)  # fmt: skip
def test_what_a_condition_asks_for_is_granted(condition: str, value: object) -> None:
    assert wish(r"fit[\W_]{0,3}score", [condition], SETTINGS) == value


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("Country in US, CA", "US"),
        ('Country = "New York"', "New York"),
        ("Country is settings.home", "Ireland"),
        ("Country = yes", True),
    ],
)
def test_words_are_granted_too(condition: str, value: object) -> None:
    assert wish("country", [condition], SETTINGS) == value


def test_a_row_is_made_of_its_rules_its_conditions_and_its_names() -> None:
    rules = (FieldRule(field="Email", type="email", required=True), FieldRule(field="Size", type="choice", rule="one of S, L"))
    row = made_up_row(("Email", "Size", "Budget", "Due date", "Name", ""), rules, ["Size is L and Budget >= 900"], {}, TODAY)
    assert row == {"Email": "person@drill.example", "Size": "L", "Budget": 900, "Due date": TODAY, "Name": "Example Name"}


def test_results_that_nobody_fetched_can_be_worked_with() -> None:
    results = {"status": 200, "json": {"rank": "‹Look up: json.rank›", "customer": {"email": "‹Look up: json.customer.email›"}}}
    made = believable(results, "Look up", ["steps.look_up.json.rank > 7"], {}, TODAY)
    assert made == {"status": 200, "json": {"rank": 8, "customer": {"email": "person@drill.example"}}}


def test_a_date_is_known_by_its_name_alone() -> None:
    assert plausible("Due date", TODAY) == TODAY
    assert plausible("Update", TODAY) == "Example Update"
