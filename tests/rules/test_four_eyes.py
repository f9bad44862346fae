"""Whose word counts where two people must approve."""

import pytest

from runner.model import Ask, AskKind
from runner.rules.findings import Findings
from runner.rules.four_eyes import Vote, asked_of, check_setting, invitation, vote
from runner.values import Value
from tests.rules.sheets import snapshot

NEW = Ask(id="A-0001", kind=AskKind.APPROVAL, run="R-0001", contract="Hello", step="Reply", deciders=2, result=invitation("Ana"))
ONE = Ask(id="A-0001", kind=AskKind.APPROVAL, run="R-0001", contract="Hello", step="Reply", first_by="Bea", result="1 of 2")


@pytest.mark.parametrize(
    ("setting", "asked"),
    [
        ("Yes", True),
        (True, True),
        ("No", False),
        (None, False),
        ("Hello", True),
        ("Other, hello", True),
        ("Other\nHELLO", True),
        ("Other", False),
    ],
)
def test_four_eyes_are_asked_for_by_yes_or_by_the_contracts_name(setting: Value, asked: bool):
    assert asked_of("Hello", {"four_eyes": setting}) is asked
    assert not asked_of("Hello", {})


def test_the_first_word_counts_and_is_not_enough():
    assert vote(NEW, "Bea", "Ana") == Vote(by="Bea")


def test_a_second_name_is_enough():
    assert vote(ONE, "Carl", "Ana") == Vote(by="Bea and Carl", enough=True)


@pytest.mark.parametrize("name", ["Bea", " bea ", "BEA."])
def test_the_same_name_does_not_count_twice(name: str):
    assert vote(ONE, name, "Ana") == Vote(says="1 of 2")


@pytest.mark.parametrize("ask", [NEW, ONE])
def test_the_owner_does_not_count_neither_first_nor_second(ask: Ask):
    said = vote(ask, "ana", "Ana")
    assert not said.by
    assert said.says == f"“ana” does not count: two people other than the owner must approve. {ask.result}"


@pytest.mark.parametrize("ask", [NEW, ONE])
def test_a_word_without_a_name_does_not_count(ask: Ask):
    said = vote(ask, "", "Ana")
    assert not said.by
    assert said.says == f"APPROVE without a name does not count. {ask.result}"


def problems(value: str) -> list[tuple[str, str | None]]:
    found = Findings()
    check_setting(snapshot(Settings=f"Setting | Value\nFour eyes | {value}"), ["Hello", "Pay out"], found)
    return [(str(problem), problem.contract) for problem in found.problems]


@pytest.mark.parametrize("value", ["Yes", "no", "", "Hello", "pay out, HELLO"])
def test_yes_no_and_names_of_contracts_are_fine(value: str):
    assert problems(value) == []


def test_a_misspelt_contract_starts_no_runs_because_its_guard_is_missing():
    assert problems("Hello, Payout") == [("Settings!B2: There is no contract “Payout”. Did you mean “Pay out”?", "Pay out")]
