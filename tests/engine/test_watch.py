"""What is late is said once, however often the runner looks or is started."""

import contextlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office


def asks_always(office: Office, sla: str = "", settings: str = "") -> Office:
    office.write(
        Contracts=f"{CONTRACTS}Hello | Yes | New row | Leads | | {{{{ email }}}} | Ana | Rolf | | {sla}",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
        Settings=f"Setting | Value\n{settings}",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500",
    )
    return office


def test_an_approval_that_nobody_gives_is_reminded_of_half_way_and_passed_on(office: Office) -> None:
    asks_always(office)
    office.tick()
    (asked,) = office.tab("Approvals")
    assert asked["Owner"] == "Ana"
    assert office.seen.next_due == NOW + timedelta(days=3.5)
    office.tick()  # reads what it has written
    assert office.tick(days=3).quiet
    assert not office.tick(days=0.5).quiet
    (asked,) = office.tab("Approvals")
    assert asked["Owner"] == "Rolf"
    assert asked["Result"] == "Undecided for 3 days 12 h. Passed on from Ana to Rolf."
    (said,) = office.events("reminded")
    assert (said.run, said.step, said.result) == ("R-0001", "Reply", "A-0001")
    assert said.detail == "Undecided for 3 days 12 h. Passed on from Ana to Rolf. It expires 2026-11-29 17:12."
    assert office.seen.next_due == NOW + timedelta(days=7)


def test_a_reminder_is_not_repeated_after_a_restart_and_the_answer_still_counts(office: Office) -> None:
    asks_always(office)
    office.tick()
    office.tick(days=4)
    office.restart()
    office.tick(days=1)
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE", Decided_by="Rolf")
    office.tick()
    assert len(office.events("reminded")) == 1
    assert office.recipients() == ["ada@shop.example"]


def test_the_life_of_an_approval_is_a_setting_and_an_expired_one_is_never_a_yes(office: Office) -> None:
    asks_always(office, settings="Approval expires | 2 days")
    office.tick()
    assert office.seen.next_due == NOW + timedelta(days=1)
    office.type("Approvals", {}, Decision="APPROVE")
    office.tick(days=2)
    assert office.recipients() == []
    assert office.runs()["ada@shop.example"].state == "DEAD_LETTER"
    assert str(office.tab("Approvals")[0]["Result"]).startswith("Expired without an answer; nothing was done.")
    assert office.events("reminded") == []


def test_a_wrong_life_is_said_and_means_seven_days(office: Office) -> None:
    asks_always(office, settings="Approval expires | a while")
    office.tick()
    (problem,) = office.seen.book.problems
    assert str(problem).startswith("Settings!B2: “a while” is not a length of time.")
    assert str(problem).endswith("Until then the standard counts.")
    assert office.world.ledger.books.asks["A-0001"].expires == NOW + timedelta(days=7)


def test_a_crossed_sla_is_said_once_and_again_at_twice_the_time(office: Office) -> None:
    asks_always(office, sla="4h")
    office.tick()
    assert office.seen.next_due == NOW + timedelta(hours=4)
    office.tick()  # reads what it has written
    assert office.tick(hours=3.9).quiet
    for _ in range(3):
        office.tick(minutes=6)
        office.restart()
    (once,) = office.events("SLA crossed")
    assert (once.run, once.result) == ("R-0001", "once")
    assert once.detail == "Not done within its SLA of 4 h: it is AWAITING_APPROVAL at “Reply”."
    for _ in range(3):
        office.tick(hours=4)
        office.restart()
    assert [event.result for event in office.events("SLA crossed")] == ["once", "twice"]
    assert office.world.ledger.verify() == []


def test_what_was_crossed_while_the_runner_was_off_is_said_with_the_first_tick(office: Office) -> None:
    asks_always(office, sla="4h")
    office.tick()
    office.type("Approvals", {}, Decision="APPROVE")
    office.restart()
    office.tick(hours=5)
    office.tick(hours=9)
    assert office.recipients() == ["ada@shop.example"]
    (said,) = office.events("SLA crossed")
    assert said.detail == "It ended DONE after 5 h; its SLA is 4 h."


def test_a_run_that_is_done_in_time_is_never_late(office: Office) -> None:
    asks_always(office, sla="4h")
    office.tick()
    office.type("Approvals", {}, Decision="APPROVE")
    office.tick(hours=1)
    assert office.seen.next_due is None
    office.tick(hours=9)
    assert office.events("SLA crossed") == []


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.mark.parametrize("lost", [True, False], ids=["before it is on disk", "after it is on disk"])
@pytest.mark.parametrize("at", range(6))
def test_what_is_late_is_said_once_wherever_the_runner_is_killed(
    office: Office, monkeypatch: pytest.MonkeyPatch, at: int, *, lost: bool
) -> None:
    asks_always(office, sla="4 days | 1 per day")
    office.tick()
    office.tick()
    ledger, writes = office.world.ledger, itertools.count()

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def once(*arguments: Any) -> Any:
            kill = (write.__name__ == "record" or len(arguments) > 1) and next(writes) == at
            if kill and lost:
                raise Killed
            result = write(*arguments)
            if kill:
                raise Killed
            return result

        return once

    for name in ("record", "note"):
        monkeypatch.setattr(ledger, name, dying(getattr(ledger, name)))
    with contextlib.suppress(Killed):
        office.tick(days=5)
    office.restart()
    office.tick()
    office.tick(minutes=5)
    said = [event.kind for event in office.events("reminded", "SLA crossed", "silent")]
    assert sorted(said) == ["SLA crossed", "reminded", "silent"]
    assert office.world.ledger.verify() == []
