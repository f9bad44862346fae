"""The main job on a real workbook, through the installed command: rows become runs, runs become mails, cells say what happened."""

import openpyxl
import pytest

from tests.acceptance.conftest import Shop


def test_each_row_is_answered_once_however_often_the_runner_runs(leads: Shop) -> None:
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    for _ in range(2):
        leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}


def test_the_sheet_shows_what_the_ledger_knows(leads: Shop) -> None:
    leads.run("run", "--once")
    first, second = leads.tab("Leads")
    assert first["State"] == "Answered"
    assert first["Run"] == "R-0001 DONE"
    assert second["Run"] == "R-0002 DONE"
    assert first["Row ID"] != second["Row ID"]
    assert leads.tab("Contracts")[0]["Check"] == "OK"
    run = leads.tab("Runs")[0]
    assert (run["Contract"], run["Key"], run["State"], run["Step"]) == ("Hello", "ana@shop.example", "DONE", "Reply")
    events = [row["Event"] for row in leads.tab("Audit") if row["Run"] == "R-0001"]
    assert events == ["run started", "about to act", "acted", "run ended"]
    assert [row["Seq"] for row in leads.tab("Audit")] == list(range(1, len(leads.tab("Audit")) + 1))


def test_an_unchanged_workbook_is_not_written(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.run("run", "--once")
    before = leads.path.stat()
    leads.run("run", "--once")
    assert (leads.path.stat().st_ino, leads.path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_sorted_sheet_fires_nothing_twice(leads: Shop) -> None:
    leads.run("run", "--once")
    book = openpyxl.load_workbook(leads.path)
    sheet = book["Leads"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for number, row in enumerate(reversed(rows), 2):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value
    sheet.insert_rows(2)
    book.save(leads.path)
    leads.run("run", "--once")
    assert len(leads.mails()) == 2
    assert {row["Name"]: row["Run"] for row in leads.tab("Leads")} == {"Bob": "R-0002 DONE", "Ana": "R-0001 DONE"}


def test_a_new_row_fires_and_a_row_with_a_known_key_does_not(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.add("Leads", Name="Ana again", Email="ana@shop.example")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert leads.tab("Leads")[-1]["Run"] == "R-0001 DONE"


def test_a_row_waits_until_its_required_fields_are_filled(leads: Shop) -> None:
    leads.add("Leads", Name="Dora")
    leads.run("run", "--once")
    assert leads.tab("Leads")[-1]["Run"] == "waits for Email"
    assert len(leads.mails()) == 2
    leads.type("Leads", {"Name": "Dora"}, Email="dora@shop.example")
    leads.run("run", "--once")
    assert "dora@shop.example" in leads.recipients()


def test_a_wrong_value_is_invalid_with_its_reason_and_runs_once_it_is_mended(leads: Shop) -> None:
    leads.type("Leads", {"Name": "Bob"}, Email="bob(at)shop.example")
    leads.run("run", "--once")
    (invalid,) = [row for row in leads.tab("Runs") if row["State"] == "INVALID"]
    assert "Leads!B3" in str(invalid["Error"])
    assert "e-mail" in str(invalid["Error"])
    assert leads.recipients() == ["ana@shop.example"]
    leads.type("Leads", {"Name": "Bob"}, Email="bob@shop.example")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]


def test_a_hand_edit_in_a_runners_cell_is_put_back_and_audited(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.run("run", "--once")
    leads.type("Runs", {"Run": "R-0001"}, State="CANCELLED")
    leads.run("run", "--once")
    assert leads.tab("Runs")[0]["State"] == "DONE"
    (said,) = [row for row in leads.tab("Audit") if row["Event"] == "cell put back"]
    assert "Runs!D2" in str(said["Detail"])
    assert "CANCELLED" in str(said["Detail"])


def test_a_deleted_tab_of_the_runners_is_made_again(leads: Shop) -> None:
    leads.run("run", "--once")
    book = openpyxl.load_workbook(leads.path)
    del book["Runs"]
    book.save(leads.path)
    leads.run("run", "--once")
    assert [row["State"] for row in leads.tab("Runs")] == ["DONE", "DONE"]


def test_pause_stops_every_effect(leads: Shop) -> None:
    leads.add("Settings", Setting="Pause", Value="Yes")
    leads.run("run", "--once")
    assert leads.mails() == []
    leads.type("Settings", {"Setting": "Pause"}, Value="No")
    leads.run("run", "--once")
    assert len(leads.mails()) == 2


def test_show_has_the_promised_keys(leads: Shop) -> None:
    leads.run("run", "--once")
    shown = leads.json("show", "R-0001")
    assert {"state", "input", "output", "tries", "rollback_owner", "audit_log"} <= set(shown)
    assert shown["state"] == "DONE"
    assert shown["input"]["Email"] == "ana@shop.example"
    assert "message_id" in shown["output"]


def test_audit_verifies_and_a_changed_line_is_found(leads: Shop) -> None:
    leads.run("run", "--once")
    assert "unbroken" in leads.run("audit", "verify")
    leads.type("Audit", {"Seq": 2}, Hash="0" * 64)
    assert "Audit!J3" in leads.run("audit", "verify", code=1)


def test_text_from_outside_is_never_a_formula(leads: Shop) -> None:
    book = openpyxl.load_workbook(leads.path)
    cell = book["Leads"].cell(2, 1)
    cell.value, cell.data_type = '=cmd()|"/c calc"!A1', "s"
    book.save(leads.path)
    leads.run("run", "--once")
    for sheet in openpyxl.load_workbook(leads.path):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), sheet.title
    assert '=cmd()|"/c calc"!A1' in str(leads.mails()[0]["Subject"])


@pytest.fixture
def approvals(leads: Shop) -> Shop:
    """Every reply asks first."""
    leads.type("Steps", {"Step": "Reply"}, Approval="Budget >= 800")
    return leads


def test_nothing_leaves_before_somebody_types_approve(approvals: Shop) -> None:
    approvals.run("run", "--once")
    assert approvals.recipients() == ["ana@shop.example"]
    (asked,) = approvals.tab("Approvals")
    assert "bob@shop.example" in str(asked["What will happen"])
    assert "Thank you!" in str(asked["What will happen"])
    assert approvals.runs()["bob@shop.example"] == "AWAITING_APPROVAL"
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision=" approve ", Decided_by="Ana")
    approvals.run("run", "--once")
    assert approvals.recipients() == ["ana@shop.example", "bob@shop.example"]
    assert str(approvals.tab("Approvals")[0]["Result"]).startswith("Approved by Ana")


def test_anything_but_the_words_changes_nothing_and_says_what_to_type(approvals: Shop) -> None:
    approvals.run("run", "--once")
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision="yes please")
    approvals.run("run", "--once")
    assert approvals.recipients() == ["ana@shop.example"]
    assert "Type APPROVE or REJECT" in str(approvals.tab("Approvals")[0]["Result"])


def test_a_reason_may_follow_reject_and_nothing_is_sent(approvals: Shop) -> None:
    approvals.run("run", "--once")
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision="Reject: too small for us", Decided_by="Ana")
    approvals.run("run", "--once")
    assert approvals.runs()["bob@shop.example"] == "REJECTED"
    assert approvals.tab("Runs")[1]["Error"] == "too small for us"
    assert approvals.recipients() == ["ana@shop.example"]


def test_an_approval_is_void_when_something_else_would_happen(approvals: Shop) -> None:
    approvals.run("run", "--once")
    approvals.type("Leads", {"Name": "Bob"}, Email="bobby@shop.example")
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    approvals.run("run", "--once")
    assert approvals.recipients() == ["ana@shop.example"]
    old, *newer = approvals.tab("Approvals")
    assert str(old["Result"]).startswith("Void")
    assert any("bobby@shop.example" in str(row["What will happen"]) for row in newer)


def test_a_decision_is_taken_once(approvals: Shop) -> None:
    approvals.run("run", "--once")
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision="REJECT")
    approvals.run("run", "--once")
    approvals.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    approvals.run("run", "--once")
    assert approvals.recipients() == ["ana@shop.example"]
    assert "Decided already" in str(approvals.tab("Approvals")[0]["Result"])
