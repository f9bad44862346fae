"""A contract that should have run and did not is noticed."""

from datetime import timedelta

import pytest

from runner.engine.listen import silences
from tests.conftest import NOW
from tests.engine.office import CONTRACTS, Office

HELLO = "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf | | | "


@pytest.fixture
def daily(office: Office) -> Office:
    """One run per day is normal; two started now, a Sunday."""
    office.write(Contracts=f"{CONTRACTS}{HELLO}1 per day")
    office.tick()
    office.tick()
    return office


def lead(office: Office, name: str) -> None:
    office.add("Leads", Name=name, Email=f"{name.lower()}@shop.example")


def test_silence_is_said_once_whatever_is_restarted(daily: Office) -> None:
    assert daily.seen.next_due == NOW + timedelta(days=1)
    assert daily.tick(hours=23).quiet
    for _ in range(3):
        daily.tick(hours=1)
        daily.restart()
    (said,) = daily.events("silent")
    assert (said.contract, said.result) == ("Hello", "1 per day")
    assert said.detail == "No run has started since 2026-11-22 17:12; 1 per day is normal."
    assert silences(daily.world.ledger) == {"Hello": (said.detail, "Ana")}
    (problems,) = [row["Value"] for row in daily.tab("Runner") if row["Name"] == "problems"]
    assert problems == f"Hello is silent: {said.detail}"
    assert daily.seen.next_due is None


def test_silence_is_over_with_the_next_run_and_may_come_again(daily: Office) -> None:
    daily.tick(days=2)
    lead(daily, "Cleo")
    daily.tick()
    assert silences(daily.world.ledger) == {}
    assert len(daily.events("silent")) == 1
    daily.tick(days=2)
    assert len(daily.events("silent")) == 2


def test_one_run_does_not_end_a_silence_in_which_five_are_normal(office: Office) -> None:
    office.write(Contracts=f"{CONTRACTS}{HELLO}5 per week")
    office.tick()
    office.tick(days=8)
    lead(office, "Cleo")
    office.tick()
    office.tick(days=2)
    assert len(office.events("silent")) == 1
    assert "Hello" in silences(office.world.ledger)


def test_a_contract_that_is_switched_on_anew_is_not_silent_at_once(daily: Office) -> None:
    daily.type("Contracts", {"Contract": "Hello"}, Enabled="No")
    daily.tick()
    daily.tick(days=30)
    assert daily.events("silent") == []
    daily.type("Contracts", {"Contract": "Hello"}, Enabled="Yes")
    daily.tick()
    assert daily.events("silent") == []
    daily.tick(days=1)
    assert len(daily.events("silent")) == 1


def test_a_mistake_in_the_contract_does_not_make_its_silence_forgotten(daily: Office) -> None:
    daily.type("Contracts", {"Contract": "Hello"}, SLA="soon")
    daily.tick()
    daily.tick(days=3)
    daily.type("Contracts", {"Contract": "Hello"}, SLA=None)
    daily.tick()
    assert len(daily.events("silent")) == 1


def test_a_wrong_rhythm_is_said_at_its_cell_and_stops_the_contract(office: Office) -> None:
    office.write(Contracts=f"{CONTRACTS}{HELLO}often")
    office.tick()
    (problem,) = office.seen.book.problems
    assert str(problem).startswith("Contracts!K2: “often” is not a rhythm. Write for example 1 per business day")
    assert office.runs() == {}
