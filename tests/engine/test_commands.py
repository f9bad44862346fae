"""Commands typed into Runs: each taken once, answered beside it, and no question is left open by a run that has gone."""

import pytest

from runner.errors import ActionFailed, ActionInDoubt
from runner.model import RunState
from tests.engine.office import STEPS as HELLO_STEPS
from tests.engine.office import Office
from tests.engine.test_roll_back import REFUSED, STEPS, Outside, outside, the_run

__all__ = ["outside"]

TWO = STEPS + "Hello | Car | out.do | what: car {{ name }} | | | 10m | | Return\nHello | Return | out.do | what: return"
ASKS = TWO + "\nHello | Key | out.do | what: key | | Always\nHello | Map | out.do | what: map"


def command(office: Office, word: str | None) -> str:
    """Type it and tick; what Result says."""
    office.type("Runs", {"Run": "R-0001"}, Command=word)
    office.tick()
    return str(office.tab("Runs")[0]["Result"] or "")


def test_a_paused_run_keeps_its_retry_time_and_goes_on_after_resume(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO)
    outside.trouble["car Ada"] = ActionFailed("Busy.")
    office.tick()
    at = the_run(office).next_try
    assert command(office, "pause") == "Paused, 2026-11-22 17:12. RESUME goes on."
    outside.trouble = {}
    office.tick(minutes=30)
    assert (the_run(office).state, the_run(office).next_try, outside.done) == (RunState.PAUSED, at, [])
    assert command(office, "RESUME") == "It goes on, 2026-11-22 17:42."
    assert (the_run(office).state, outside.done) == (RunState.DONE, ["car Ada"])


def test_approving_a_paused_runs_question_is_remembered_until_resume(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS)
    office.tick()
    command(office, "PAUSE")
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    office.tick()
    assert the_run(office).state is RunState.PAUSED
    assert str(office.tab("Approvals")[0]["Result"]).startswith("Approved by")
    office.restart()
    office.world.actions["out.do"] = outside.action()  # type: ignore[index]
    office.tick()
    assert outside.done == ["car Ada"]
    command(office, "RESUME")
    assert outside.done == ["car Ada", "key", "map"]


def test_a_paused_runs_question_still_expires_and_is_void_when_the_data_change(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS.replace("what: key", "what: key {{ name }}"))
    office.tick()
    command(office, "PAUSE")
    office.type("Leads", {"Name": "Ada"}, Name="Eve")
    office.tick()
    assert str(office.tab("Approvals")[0]["Result"]).startswith("Void")
    assert the_run(office).state is RunState.PAUSED
    command(office, "RESUME")
    assert office.tab("Approvals")[1]["What will happen"] == "Do: key Eve"
    command(office, "PAUSE")
    office.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE")
    office.tick(days=8)
    assert the_run(office).state is RunState.DEAD_LETTER
    assert outside.done == ["car Ada"]


def test_a_word_that_stays_is_taken_once_and_typed_anew_it_is_a_new_command(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO)
    outside.trouble["car Ada"] = ActionFailed("Busy.")
    office.tick()
    command(office, "RETRY")
    tries = the_run(office).tries
    assert tries == 2
    for _ in range(2):
        office.restart()
        office.world.actions["out.do"] = outside.action()  # type: ignore[index]
        office.tick()
    assert len(office.events("command")) == 1
    assert command(office, None) == ""
    command(office, "RETRY")
    assert [event.result for event in office.events("command")] == ["RETRY", "", "RETRY"]
    assert {event.who for event in office.events("command")} == {"someone with the workbook"}
    assert office.events("command")[0].detail.startswith("Runs!Q2: Tried again")


def test_a_quiet_office_stays_quiet_after_a_command(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS)
    office.tick()
    command(office, "PAUSE")
    office.tick()
    writes = office.workbook.writes
    assert office.tick().quiet
    assert office.workbook.writes == writes


def test_retry_takes_a_dead_letter_up_again_with_the_contract_as_it_is_now(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO)
    outside.trouble["car Ada"] = REFUSED
    office.tick()
    (first,) = office.events("run started")
    assert first.result == f"contract {the_run(office).plan[:8]}"
    office.write(Steps=TWO.replace("what: car {{ name }}", "what: cab {{ name }}"))
    office.tick()
    assert outside.done == []
    command(office, "RETRY")
    assert outside.done == ["cab Ada"]
    assert str(office.tab("Dead letters")[0]["Result"]).startswith("Tried again by someone with the workbook")
    (again,) = office.events("answered")
    assert again.detail == f"RETRY in Runs!Q2 ({first.result[:9]}{the_run(office).plan[:8]})"
    assert first.result not in again.detail


def test_a_run_under_way_keeps_the_contract_it_started_with(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS)
    office.tick()
    office.write(Steps=ASKS.replace("what: map", "what: globe"))
    office.add("Leads", Name="Bob", Email="bob@shop.example")
    office.tick()
    for run in ("R-0001", "R-0001", "R-0002", "R-0002"):  # one after the other: runs of one tick go side by side
        office.type("Approvals", {"Run": run}, Decision="APPROVE")
        office.tick()
    assert [what for what in outside.done if what in ("map", "globe")] == ["map", "globe"]
    assert len({event.result for event in office.events("run started")}) == 2


def test_undo_reverses_even_what_is_done_and_cancel_says_what_stays(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO)
    office.tick()
    assert command(office, "CANCEL") == "It has ended: it is DONE."
    assert command(office, "UNDO") == "It is being reversed, 2026-11-22 17:12."
    assert (the_run(office).state, outside.done) == (RunState.ROLLED_BACK, ["car Ada", "return"])
    assert the_run(office).error == "UNDO in Runs!Q2"
    assert command(office, "RETRY") == "There is nothing to try again: it is ROLLED_BACK."
    assert command(office, "UNDO") == "It has been reversed already."
    assert office.world.ledger.verify() == []


def test_cancel_closes_the_open_question_and_an_answer_to_it_changes_nothing(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS)
    office.tick()
    said = command(office, "CANCEL")
    assert said == "Cancelled, 2026-11-22 17:12. What is finished stays: Car. UNDO reverses it."
    asked = "No longer asked: CANCEL in Runs!Q2, 2026-11-22 17:12."
    assert office.tab("Approvals")[0]["Result"] == asked
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    office.tick()
    assert office.tab("Approvals")[0]["Result"] == f"{asked} What was typed later changes nothing."
    assert (the_run(office).state, outside.done) == (RunState.CANCELLED, ["car Ada"])
    command(office, "UNDO")
    assert (the_run(office).state, outside.done) == (RunState.ROLLED_BACK, ["car Ada", "return"])


def test_a_command_beside_an_open_task_withdraws_it(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO + "\nHello | Call | task | title: Call {{ name }}")
    office.tick()
    command(office, "UNDO")
    assert str(office.tab("Tasks")[0]["Result"]).startswith("No longer asked: UNDO in Runs!Q2")
    assert the_run(office).state is RunState.ROLLED_BACK
    assert office.world.ledger.verify() == []


def test_a_paused_way_back_goes_on_backwards(office: Office, outside: Outside) -> None:
    office.write(Steps=ASKS.replace("what: return", "what: return | | Always"))
    office.tick()
    command(office, "UNDO")
    assert the_run(office).state is RunState.AWAITING_APPROVAL
    command(office, "PAUSE")
    assert command(office, "UNDO") == "It is being reversed already. Type RESUME."
    office.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE")
    office.tick()
    command(office, "RESUME")
    assert (the_run(office).state, outside.done) == (RunState.ROLLED_BACK, ["car Ada", "return"])


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("STOP", "“STOP” is not a command. Type PAUSE, RESUME, RETRY, UNDO or CANCEL."),
        ("RESUME", "It is not paused: it is DEAD_LETTER."),
        ("PAUSE", "It stands still already, until you decide in Dead letters."),
        ("UNDO", "No step has finished, so there is nothing to reverse. CANCEL ends it."),
    ],
)
def test_a_command_that_makes_no_sense_is_told_what_would(office: Office, outside: Outside, word: str, sentence: str) -> None:
    office.write(Steps=TWO)
    outside.trouble["car Ada"] = REFUSED
    office.tick()
    assert command(office, word) == sentence
    assert the_run(office).state is RunState.DEAD_LETTER
    assert office.tab("Dead letters")[0]["Result"] is None


def test_an_invalid_row_is_checked_again(office: Office) -> None:
    office.write(
        Fields="Contract | Field | Type | Required\nHello | Email | email | Yes",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | no address",
        Contracts="Contract | Enabled | Trigger | Tab\nHello | Yes | New row | Leads",
        Steps=HELLO_STEPS + "Hello | Tell | notify | message: Hello",
    )
    office.tick()
    assert the_run(office).state is RunState.INVALID
    assert command(office, "RETRY").startswith("The row was checked again, 2026-11-22 17:12;")
    assert the_run(office).state is RunState.INVALID
    assert command(office, "PAUSE") == "It has ended: it is INVALID."


def test_in_doubt_is_settled_beside_its_row_only(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO)
    outside.trouble["car Ada"] = ActionInDoubt("The line went dead.")
    office.tick()
    for word in ("RETRY", "UNDO", "CANCEL", "PAUSE"):
        assert command(office, word).startswith("Nobody knows yet whether its step happened.")
    assert the_run(office).state is RunState.IN_DOUBT


def test_cancelling_one_of_those_held_leaves_the_question_about_the_others_open(office: Office, outside: Outside) -> None:
    office.write(Steps=TWO, Settings="Setting | Value\nBulk limit | 1")
    office.add("Leads", Name="Bob", Email="bob@shop.example")
    office.tick()
    assert command(office, "PAUSE") == "It stands still already, until you decide in Approvals."
    command(office, "CANCEL")
    assert office.tab("Approvals")[0]["Result"] is None
    office.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    office.tick()
    assert {key: run.state for key, run in office.runs().items()} == {
        "ada@shop.example": RunState.CANCELLED,
        "bob@shop.example": RunState.DONE,
    }
    assert outside.done == ["car Bob"]
