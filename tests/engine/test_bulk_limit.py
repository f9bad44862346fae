"""Many new runs at once wait for one answer: nothing starts before it, everything or nothing after it."""

import pytest

from runner.model import AskKind, RunState
from tests.engine.office import Office


def many(count: int) -> str:
    rows = "\n".join(f"Lead {number} | lead{number}@shop.example" for number in range(1, count + 1))
    return f"Name | Email | Budget | State | Run | Row ID\n{rows}"


@pytest.fixture
def flooded(office: Office) -> Office:
    """Thirty leads at the first tick."""
    office.write(Leads=many(30))
    office.tick()
    return office


def states(office: Office) -> set[RunState]:
    return {run.state for run in office.runs().values()}


def test_a_flood_is_held_with_one_question(flooded: Office) -> None:
    assert states(flooded) == {RunState.HELD}
    assert flooded.recipients() == []
    (asked,) = flooded.tab("Approvals")
    assert str(asked["What will happen"]).startswith("Start 30 runs of Hello? First: lead1@shop.example, lead2@shop.example")
    assert "and 25 more" in str(asked["What will happen"])
    assert flooded.tab("Leads")[0]["Run"] == "R-0001 HELD"
    assert "A-0001" in str(flooded.tab("Runs")[0]["Error"])


def test_as_many_as_the_limit_start_at_once(office: Office) -> None:
    office.write(Leads=many(25))
    office.tick()
    assert len(office.recipients()) == 25


def test_a_flood_stays_held_and_is_asked_about_once(flooded: Office) -> None:
    flooded.restart()
    flooded.tick(hours=300)
    flooded.add("Leads", Name="Later", Email="later@shop.example")
    flooded.tick(hours=300)
    assert flooded.recipients() == ["later@shop.example"]
    assert len(flooded.tab("Approvals")) == 1


@pytest.mark.parametrize("typed", ["RELEASE", " release "])
def test_release_starts_them_all_once(flooded: Office, typed: str) -> None:
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision=typed, **{"Decided by": "Ana"})
    flooded.tick()
    assert len(flooded.recipients()) == 30
    assert str(flooded.tab("Approvals")[0]["Result"]).startswith("Released: 30 runs, by Ana, 2026-11-22")
    flooded.restart()
    flooded.tick()
    assert len(flooded.recipients()) == 30
    assert states(flooded) == {RunState.DONE}
    assert flooded.world.ledger.verify() == []


def test_skip_ends_them_all_for_ever(flooded: Office) -> None:
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="SKIP")
    flooded.tick()
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    flooded.tick()
    assert states(flooded) == {RunState.CANCELLED}
    assert flooded.recipients() == []
    assert "Decided already" in str(flooded.tab("Approvals")[0]["Result"])


@pytest.mark.parametrize("typed", ["APPROVE", "RELEASE them", "yes"])
def test_any_other_word_holds_and_says_what_to_type(flooded: Office, typed: str) -> None:
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision=typed)
    flooded.tick()
    assert states(flooded) == {RunState.HELD}
    assert "Type RELEASE or SKIP" in str(flooded.tab("Approvals")[0]["Result"])


def test_released_rows_run_as_they_are_then(flooded: Office) -> None:
    flooded.type("Leads", {"Name": "Lead 1"}, Name="Lea")
    gone = flooded.workbook.rows("Leads").pop()
    flooded.workbook.changes += 1
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    flooded.tick()
    runs = flooded.runs()
    assert runs["lead1@shop.example"].input["Name"] == "Lea"
    assert runs[str(gone[1])].state is RunState.CANCELLED
    assert "deleted" in runs[str(gone[1])].error
    assert len(flooded.recipients()) == 29


def test_a_released_row_that_does_not_fit_now_waits_until_it_does(flooded: Office) -> None:
    flooded.type("Contracts", {"Contract": "Hello"}, If="Budget is blank")
    flooded.type("Leads", {"Name": "Lead 1"}, Budget=5)
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    flooded.tick()
    assert flooded.runs()["lead1@shop.example"].state is RunState.HELD
    assert len(flooded.recipients()) == 29
    flooded.type("Leads", {"Name": "Lead 1"}, Budget=None)
    flooded.tick()
    assert len(flooded.recipients()) == 30


def test_the_limit_is_a_setting_and_a_wrong_one_counts_as_the_default(office: Office) -> None:
    office.write(Leads=many(3), Settings="Setting | Value | Check\nBulk limit | 2")
    office.tick()
    assert states(office) == {RunState.HELD}
    office.write(Leads=many(40), Settings="Setting | Value | Check\nBulk limit | plenty")
    office.tick()
    assert len([ask for ask in office.world.ledger.books.asks.values() if ask.kind is AskKind.APPROVAL]) == 2
    assert "“plenty” is not a whole number, so 25 counts" in str([str(problem) for problem in office.seen.book.problems])


def test_rows_mended_all_at_once_are_a_flood_too(office: Office) -> None:
    fields = "Contract | Field | Type | Rule\nHello | Name | text | matches "
    office.write(Leads=many(30), Fields=fields + "Nobody")
    office.tick()
    assert states(office) == {RunState.INVALID}
    office.write(Fields=fields + "Lead .*")
    office.tick()
    assert states(office) == {RunState.HELD}
    assert office.recipients() == []


def test_a_held_run_can_be_cancelled_alone(flooded: Office) -> None:
    flooded.type("Runs", {"Run": "R-0001"}, Command="CANCEL")
    flooded.tick()
    assert flooded.runs()["lead1@shop.example"].state is RunState.CANCELLED
    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    flooded.tick()
    assert len(flooded.recipients()) == 29


def test_a_kill_after_release_loses_and_doubles_nothing(flooded: Office) -> None:
    """The answer is on disk, and the process ends before any run has started."""
    from runner.engine import tick as tick_module

    flooded.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tick_module, "admit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            flooded.tick()
    flooded.restart()
    flooded.tick()
    assert len(flooded.recipients()) == 30
    assert len(flooded.runs()) == 30
