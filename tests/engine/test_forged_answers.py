"""Whoever can type into the workbook tries to make a question say something else, answer twice, or answer what was never asked."""

from typing import Any

import pytest

from runner.events import EventKind
from runner.values import Value
from tests.engine.office import Office, put

WHAT = "What will happen"


@pytest.fixture
def asking(office: Office) -> Office:
    """One mail to Ada waits for APPROVE."""
    office.type("Steps", {"Step": "Reply"}, Approval="Always")
    office.type("Leads", {"Name": "Bob"}, Email=None)
    office.tick()
    return office


def insert(office: Office, tab: str, **cells: Value) -> None:
    """A forged row above all others."""
    rows = office.workbook.rows(tab)
    rows.insert(1, [])
    for header, value in cells.items():
        put(rows[0], rows[1], header.replace("_", " "), value)
    office.workbook.changes += 1


def approval(office: Office, name: str) -> dict[str, Any]:
    """Its row as the owner sees it."""
    return next(row for row in office.tab("Approvals") if row["Approval"] == name)


@pytest.mark.parametrize(
    ("column", "lie"),
    [(WHAT, "Send nothing"), (WHAT, None), ("Run", "R-0099"), ("Contract", "Other"), ("Step", "Nothing"), ("Risk", "None")],
)
@pytest.mark.parametrize("word", ["APPROVE", "REJECT"])
def test_a_word_beside_a_changed_question_is_void_and_the_true_question_is_put_anew(
    asking: Office, column: str, lie: str | None, word: str
) -> None:
    asking.type("Approvals", {"Approval": "A-0001"}, **{column.replace(" ", "_"): lie, "Decision": word})
    for _ in range(3):
        asking.tick(minutes=1)
    assert asking.recipients() == []
    assert asking.runs()["ada@shop.example"].state == "AWAITING_APPROVAL"
    assert "had been changed by hand when" in approval(asking, "A-0001")["Result"]
    assert approval(asking, "A-0001")[column] == approval(asking, "A-0002")[column] != lie
    (said,) = asking.events(EventKind.VOIDED)
    assert "Approvals!" in said.detail
    asking.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == ["ada@shop.example"]


def test_a_question_that_was_changed_and_put_back_before_anybody_answered_still_counts(asking: Office) -> None:
    asking.type("Approvals", {"Approval": "A-0001"}, What_will_happen="Send nothing")
    asking.tick()
    assert approval(asking, "A-0001")[WHAT].startswith("Send mail to ada@shop.example")
    asking.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == ["ada@shop.example"]


@pytest.mark.parametrize("cells", [{"Asked": "2020-01-01"}, {"Expires": "2099-01-01"}, {"Owner": "Mallory"}])
def test_a_changed_date_or_owner_is_put_back_and_moves_no_deadline(asking: Office, cells: dict[str, str]) -> None:
    before = approval(asking, "A-0001")
    asking.type("Approvals", {"Approval": "A-0001"}, **cells)
    asking.tick(days=8)
    assert {name: approval(asking, "A-0001")[name] for name in cells} == {name: before[name] for name in cells}
    assert approval(asking, "A-0001")["Result"].startswith("Expired")
    asking.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == []


def test_a_hold_whose_question_was_changed_is_asked_again_and_holds_what_it_held(office: Office) -> None:
    office.add("Settings", Setting="Bulk limit", Value=1)
    office.tick()
    office.type("Approvals", {"Approval": "A-0001"}, What_will_happen="Start 0 runs of Hello?", Decision="RELEASE")
    office.tick()
    assert office.recipients() == []
    assert approval(office, "A-0001")["Result"].startswith("Void: Approvals!")
    assert approval(office, "A-0002")[WHAT].startswith("Start 2 runs of Hello?")
    assert all("see A-0002" in run.error for run in office.runs().values())
    office.restart()
    office.type("Approvals", {"Approval": "A-0002"}, Decision="RELEASE")
    office.tick()
    assert len(office.recipients()) == 2
    assert office.world.ledger.verify() == []


def test_two_rows_of_one_question_that_contradict_each_other_count_for_nothing(asking: Office) -> None:
    asking.type("Approvals", {"Approval": "A-0001"}, Decision="REJECT")
    insert(asking, "Approvals", Approval="A-0001", Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == []
    assert asking.runs()["ada@shop.example"].state == "AWAITING_APPROVAL"
    assert "with APPROVE in row 2 and REJECT in row 3, so nothing counts" in asking.tab("Approvals")[0]["Result"]
    del asking.workbook.rows("Approvals")[1]
    asking.workbook.changes += 1
    asking.tick()
    assert asking.runs()["ada@shop.example"].state == "REJECTED"


def test_a_bare_row_with_the_number_of_a_question_approves_nothing(asking: Office) -> None:
    insert(asking, "Approvals", Approval="A-0001", Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == []


@pytest.mark.parametrize("run", ["R-0001", "R-0002"])
def test_a_used_approval_with_another_run_in_its_row_approves_nothing_more(asking: Office, run: str) -> None:
    asking.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    asking.tick()
    asking.type("Leads", {"Name": "Bob"}, Email="bob@shop.example")
    asking.tick()
    asking.type("Approvals", {"Approval": "A-0001"}, Run=run, Decision="APPROVE")
    asking.tick()
    assert asking.recipients() == ["ada@shop.example"]
    assert approval(asking, "A-0001")["Run"] == "R-0001"


@pytest.mark.parametrize(
    ("tab", "cells"),
    [
        ("Approvals", {"Approval": "A-0099", "Run": "R-0001", "Contract": "Hello", "Step": "Reply", "Decision": "APPROVE"}),
        ("Approvals", {"Approval": "a 1", "Decision": "RELEASE"}),
        ("Dead_letters", {"Run": "R-0001", "Step": "Reply", "State": "DEAD_LETTER", "Decision": "DONE"}),
        ("Dead_letters", {"Run": "R-0001", "State": "IN_DOUBT", "Failed_at": "2026-11-22 17:12:54", "Decision": "RETRY"}),
        ("Tasks", {"Task": "T-0001", "Run": "R-0001", "Done": "DONE", "Done_by": "Ana"}),
    ],
)
def test_an_answer_to_what_was_never_asked_changes_nothing_and_says_so(asking: Office, tab: str, cells: dict[str, str]) -> None:
    insert(asking, tab.replace("_", " "), **cells)
    asking.tick()
    assert asking.tab(tab.replace("_", " "))[0]["Result"].startswith("Rowpact does not ask this")
    assert asking.recipients() == []
    assert asking.runs()["ada@shop.example"].state == "AWAITING_APPROVAL"
    writes = asking.workbook.writes
    asking.tick()
    assert asking.workbook.writes == writes


def test_forged_rows_of_runs_and_runner_change_nothing(asking: Office) -> None:
    insert(asking, "Runs", Run="R-0099", Contract="Hello", Key="bob@shop.example", State="DONE", Command="RETRY")
    asking.type("Runs", {"Run": "R-0001"}, State="RUNNING", Step="", Risk="Low", Key="x")
    asking.type("Runner", {"Name": "mode"}, Value="approve everything")
    asking.tick()
    asking.type("Leads", {"Name": "Bob"}, Email="bob@shop.example")
    asking.tick()
    assert asking.recipients() == []
    assert {key: run.state for key, run in asking.runs().items()} == dict.fromkeys(
        ["ada@shop.example", "bob@shop.example"], "AWAITING_APPROVAL"
    )


@pytest.mark.parametrize("tab", ["Approvals", "Contracts", "Settings", "Audit", "Runs"])
def test_a_tab_name_from_a_cell_is_no_way_into_rowpacts_own_tabs(asking: Office, tab: str) -> None:
    asking.add("Contracts", Contract="Steer", Enabled="Yes", Trigger="New row", Tab="Wishes", Owner="Ana")
    asking.add(
        "Steps",
        Contract="Steer",
        Step="Write",
        Action="sheet.set",
        With="tab: {{ where }}\nkey: Run\nRun: R-0001\nDecision: APPROVE",
    )
    asking.write(Wishes=f"Where | Run | Row ID\n{tab}")
    for _ in range(3):
        asking.tick(minutes=1)
    assert asking.recipients() == []
    (letter,) = asking.tab("Dead letters")
    assert letter["Error"] == f"“{tab}” is a tab of Rowpact's own. Name a tab with your own rows."
