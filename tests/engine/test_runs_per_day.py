"""The day's budget of a contract: what is beyond it waits until tomorrow, and nothing is lost."""

import pytest

from runner.model import RunState
from tests.engine.office import Office


def rows(first: int, last: int) -> str:
    return "\n".join(f"Lead {number} | lead{number}@shop.example" for number in range(first, last + 1))


HEADERS = "Name | Email | Budget | State | Run | Row ID\n"


@pytest.fixture
def frugal(office: Office) -> Office:
    """Two runs a day, five leads."""
    office.write(Settings="Setting | Value\nRuns per day | 2", Leads=HEADERS + rows(1, 5))
    office.tick()
    return office


def held(office: Office) -> int:
    return sum(run.state is RunState.HELD for run in office.runs().values())


def test_what_is_beyond_the_budget_waits_until_tomorrow(frugal: Office) -> None:
    assert len(frugal.recipients()) == 2
    assert held(frugal) == 3
    waiting = frugal.tab("Runs")[-1]
    assert waiting["Error"] == "Held until tomorrow: Runs per day in Settings is 2."
    assert str(waiting["Next try"]) == "2026-11-23 00:00:00"
    assert frugal.seen.next_due == frugal.runs()["lead5@shop.example"].next_try


def test_every_day_some_of_it_runs_until_all_has(frugal: Office) -> None:
    frugal.add("Leads", Name="Nobody yet")
    frugal.tick(hours=3)
    assert len(frugal.recipients()) == 2
    assert frugal.seen.next_due == frugal.runs()["lead5@shop.example"].next_try
    for day, sent in enumerate((4, 5), 1):
        frugal.restart()
        frugal.tick(hours=24)
        assert len(frugal.recipients()) == sent, day
    assert held(frugal) == 0
    assert frugal.world.ledger.verify() == []


def test_it_is_said_once_a_day(frugal: Office) -> None:
    frugal.add("Leads", Name="New", Email="new@shop.example")
    frugal.tick(hours=1)
    said = [event for event in frugal.events("run held") if not event.run]
    assert len(said) == 1
    assert said[0].contract == "Hello"
    assert held(frugal) == 4
    frugal.tick(hours=24)
    assert len([event for event in frugal.events("run held") if not event.run]) == 2


def test_a_switched_off_contract_does_not_keep_the_runner_awake(frugal: Office) -> None:
    frugal.type("Contracts", {"Contract": "Hello"}, Enabled="No")
    frugal.tick(hours=48)
    assert frugal.seen.next_due is None
    frugal.type("Contracts", {"Contract": "Hello"}, Enabled="Yes")
    frugal.tick()
    assert len(frugal.recipients()) == 4


def test_what_a_person_has_released_is_not_held_again(office: Office) -> None:
    office.write(Settings="Setting | Value\nRuns per day | 2\nBulk limit | 3", Leads=HEADERS + rows(1, 8))
    office.tick()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    office.tick()
    assert len(office.recipients()) == 8
    office.add("Leads", Name="New", Email="new@shop.example")
    office.tick()
    assert held(office) == 1


def test_whoever_allows_many_at_once_allows_them_in_a_day() -> None:
    from runner.rules import guards

    assert guards.runs_per_day({}) == 500
    assert guards.runs_per_day({"bulk_limit": 5000}) == 5000
    assert guards.runs_per_day({"bulk_limit": 5000, "runs_per_day": "20"}) == 20
