"""Approvals in process: spot checks, and four eyes."""

import pytest

from tests.engine.office import MAIL, STEPS, Office


def lead(office: Office, *names: str) -> None:
    for name in names:
        office.add("Leads", Name=name, Email=f"{name.lower()}@shop.example")


def test_a_spot_check_asks_for_the_runs_that_are_drawn_and_says_so_for_all(office: Office) -> None:
    office.write(Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | 1 in 2")
    lead(office, *(f"Lead{number}" for number in range(10)))
    office.tick()
    asked = [event.detail for event in office.events("asked")]
    acted = [event.detail for event in office.events("about to act")]
    assert len(asked) + len(acted) == 12
    assert len(office.recipients()) == len(acted) > 0
    assert set(asked) == {"may this happen? (spot check 1 in 2: drawn by the run's key)"}
    assert all(detail.endswith("(spot check 1 in 2: not drawn by the run's key)") for detail in acted)
    office.type("Approvals", {}, Decision="APPROVE")
    office.tick()
    assert len(office.recipients()) == 12


@pytest.fixture
def four_eyes(office: Office) -> Office:
    """One question that two people must answer; Ana is the owner."""
    office.write(
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
        Settings="Setting | Value\nFour eyes | Hello",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500",
    )
    office.tick()
    return office


def decide(office: Office, name: str | None, word: str | None = "APPROVE") -> str:
    """Somebody types; returns what Result says then."""
    office.type("Approvals", {"Approval": "A-0001"}, Decision=word, Decided_by=name)
    office.tick()
    office.tick()
    return str(office.tab("Approvals")[0]["Result"])


def test_two_different_people_must_approve(four_eyes: Office) -> None:
    (asked,) = four_eyes.tab("Approvals")
    assert asked["Result"] == (
        "Two people must approve this, neither of them Ana. The first: your name in Decided by, and APPROVE."
    )
    first = decide(four_eyes, "Bea")
    assert first == "1 of 2: approved by Bea, 2026-11-22 17:12. The second: your name over theirs in Decided by."
    assert decide(four_eyes, "bea") == first
    assert four_eyes.recipients() == []
    assert decide(four_eyes, "Carl") == "Approved by Bea and Carl, 2026-11-22 17:12."
    assert four_eyes.recipients() == ["ada@shop.example"]
    assert [(event.result, event.who) for event in four_eyes.events("answered")] == [
        ("APPROVE 1 of 2", "Bea"),
        ("APPROVE", "Bea and Carl"),
    ]
    assert four_eyes.world.ledger.verify() == []


def test_neither_the_owner_nor_nobody_counts(four_eyes: Office) -> None:
    assert decide(four_eyes, "Ana").startswith("“Ana” does not count")
    assert decide(four_eyes, None).startswith("APPROVE without a name does not count.")
    decide(four_eyes, "Bea")
    assert decide(four_eyes, "ANA").startswith("“ANA” does not count")
    assert four_eyes.recipients() == []
    assert decide(four_eyes, "Bea").startswith("1 of 2: approved by Bea")


def test_one_person_can_refuse(four_eyes: Office) -> None:
    decide(four_eyes, "Bea")
    assert decide(four_eyes, "Ana", "REJECT too dear").startswith("Rejected by Ana")
    assert four_eyes.runs()["ada@shop.example"].state == "REJECTED"


def test_the_first_approval_is_remembered_over_a_restart(four_eyes: Office) -> None:
    decide(four_eyes, "Bea")
    four_eyes.restart()
    decide(four_eyes, "Carl")
    assert four_eyes.recipients() == ["ada@shop.example"]


def test_a_first_approval_of_something_else_does_not_count(four_eyes: Office) -> None:
    decide(four_eyes, "Bea")
    four_eyes.type("Leads", {"Name": "Ada"}, Name="Adam")
    four_eyes.tick()
    four_eyes.tick()
    assert [row["Approval"] for row in four_eyes.tab("Approvals")] == ["A-0001", "A-0002"]
    four_eyes.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE", Decided_by="Carl")
    four_eyes.tick()
    assert four_eyes.recipients() == []
    assert str(four_eyes.tab("Approvals")[1]["Result"]).startswith("1 of 2: approved by Carl")


def test_four_eyes_switched_off_later_still_hold_for_what_was_asked(four_eyes: Office) -> None:
    four_eyes.type("Settings", {"Setting": "Four eyes"}, Value="No")
    decide(four_eyes, "Bea")
    assert four_eyes.recipients() == []


def test_four_eyes_switched_on_later_hold_for_what_is_asked_already(four_eyes: Office) -> None:
    four_eyes.type("Settings", {"Setting": "Four eyes"}, Value="No")
    four_eyes.add("Leads", Name="Cleo", Email="cleo@shop.example")
    four_eyes.tick()
    four_eyes.type("Settings", {"Setting": "Four eyes"}, Value="Yes")
    four_eyes.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE", Decided_by="Bea")
    four_eyes.tick()
    assert four_eyes.recipients() == []


def test_an_expired_approval_is_asked_anew_by_retry_and_the_old_yes_is_worth_nothing(office: Office) -> None:
    office.write(
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500",
    )
    office.tick()
    office.tick(days=7)
    office.tick()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE", Decided_by="Ana")
    office.type("Dead letters", {}, Decision="RETRY")
    office.tick()
    office.tick()
    assert office.recipients() == []
    assert [ask.state for ask in office.world.ledger.books.asks.values() if ask.id.startswith("A")] == ["expired", "open"]
    office.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE", Decided_by="Ana")
    office.tick()
    assert office.recipients() == ["ada@shop.example"]
