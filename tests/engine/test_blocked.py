"""A Blocked contract never acts: each event becomes a task for its owner, which says what is missing."""

import pytest

from runner.model import RunState
from tests.engine.office import MAIL, STEPS, Office

CONTRACTS = "Contract | Enabled | Class | Trigger | Tab | Dedupe key | Entry state | Exit state | Owner | SOP | Check\n"


@pytest.fixture
def blocked(office: Office) -> Office:
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | Blocked | New row | Leads | | Working | Answered | Ana | By phone",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL}",
        SOPs="SOP | No | Instruction\nBy phone | 1 | Call them",
        Leads="Name | Email | State | Run | Row ID\nAda | ada@shop.example | | | L-1",
    )
    office.tick()
    return office


def only(office: Office) -> RunState:
    (run,) = office.world.ledger.books.runs.values()
    return run.state


def test_the_owner_gets_a_task_with_the_checklist_and_what_is_missing(blocked: Office) -> None:
    assert blocked.recipients() == []
    assert only(blocked) is RunState.AWAITING_TASK
    (task,) = blocked.tab("Tasks")
    assert task["Owner"] == "Ana"
    said = str(task["What to do"])
    assert "Hello for L-1: do it by hand" in said
    assert "1. Call them" in said
    for rail in ("a Dedupe key", "an Approval or an Undo for “Reply”", "a row in Fields for what stands under “to” in “Reply”"):
        assert rail in said
    assert "an SOP" not in said


def test_done_ends_it_and_sends_nothing(blocked: Office) -> None:
    blocked.type("Tasks", {"Task": "T-0001"}, Done="DONE")
    blocked.tick()
    assert only(blocked) is RunState.DONE
    assert blocked.tab("Leads")[0]["State"] == "Answered"
    assert blocked.recipients() == []


def test_failed_is_a_dead_letter_and_retry_asks_again_even_after_the_class_has_changed(blocked: Office) -> None:
    blocked.type("Tasks", {"Task": "T-0001"}, Done="FAILED")
    blocked.type("Contracts", {"Contract": "Hello"}, Class="Deterministic")
    blocked.tick()
    assert only(blocked) is RunState.DEAD_LETTER
    blocked.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    blocked.tick()
    assert only(blocked) is RunState.AWAITING_TASK
    assert blocked.recipients() == []


def test_names_with_braces_are_shown_and_never_filled(office: Office) -> None:
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | Blocked | New row | Leads | | | | Ana",
        Steps=STEPS + f"Hello | {{{{ nobody }}}} | email.send | {MAIL}",
        Leads="Name | Email | Row ID\nAda | ada@shop.example | L-1",
    )
    office.tick()
    assert "(( nobody )) (email.send)" in str(office.tab("Tasks")[0]["What to do"])
