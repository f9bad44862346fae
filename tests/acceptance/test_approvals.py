"""Approvals as people give them: by fill-down, twice, out of an old copy, below the last row."""

import shutil
import time

import openpyxl
import pytest

from tests.acceptance.conftest import Shop


@pytest.fixture
def asking(leads: Shop) -> Shop:
    """Every reply asks first; two leads."""
    leads.type("Steps", {"Step": "Reply"}, Approval="Always")
    return leads


def fill_down(shop: Shop, first: int, last: int, **cells: str) -> None:
    """Write the same into these rows of Approvals, as dragging a cell's corner does."""
    book = openpyxl.load_workbook(shop.path)
    sheet = book["Approvals"]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    for row in range(first, last + 1):
        for header, value in cells.items():
            sheet.cell(row, columns[header.replace("_", " ")]).value = value
    book.save(shop.path)


def test_thirty_approvals_are_given_by_fill_down_in_one_tick(asking: Shop) -> None:
    asking.add("Settings", Setting="Bulk limit", Value=100)
    for number in range(28):
        asking.add("Leads", Name=f"Lead {number}", Email=f"lead{number}@shop.example")
    asking.run("run", "--once")
    fill_down(asking, 2, 31, Decision="APPROVE", Decided_by="Ana")
    asking.run("run", "--once")
    assert len(set(asking.recipients())) == len(asking.mails()) == 30
    assert all(str(row["Result"]).startswith("Approved by Ana") for row in asking.tab("Approvals"))


def test_a_fill_down_below_the_last_row_approves_nothing_that_is_asked_later(asking: Shop) -> None:
    asking.run("run", "--once")
    fill_down(asking, 2, 9, Decision="APPROVE")
    asking.run("run", "--once")
    assert len(asking.mails()) == 2
    asking.add("Leads", Name="Cleo", Email="cleo@shop.example")
    for _ in range(2):
        asking.run("run", "--once")
    assert len(asking.mails()) == 2
    assert asking.runs()["cleo@shop.example"] == "AWAITING_APPROVAL"
    (asked,) = [row for row in asking.tab("Approvals") if row["Approval"] == "A-0003"]
    assert asked["Decision"] is None


def test_an_old_copy_of_the_sheet_with_a_void_or_refused_approval_approves_nothing(asking: Shop) -> None:
    asking.run("run", "--once")
    asking.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    asking.type("Approvals", {"Approval": "A-0002"}, Decision="APPROVE")
    old = asking.path.with_suffix(".old")
    shutil.copy(asking.path, old)
    asking.type("Approvals", {"Approval": "A-0002"}, Decision="REJECT")
    asking.type("Leads", {"Name": "Ana"}, Email="anna@shop.example")
    asking.run("run", "--once")  # A-0001 is void, A-0002 refused
    shutil.copy(old, asking.path)
    for _ in range(2):
        asking.run("run", "--once")
    assert asking.recipients() == []
    results = {row["Approval"]: str(row["Result"]) for row in asking.tab("Approvals")}
    assert results["A-0001"].startswith("Void")
    assert results["A-0002"].startswith("Rejected")
    assert results["A-0002"].endswith("Decided already: what was typed later changes nothing.")


def test_a_run_past_its_sla_needs_you_in_status(asking: Shop) -> None:
    book = openpyxl.load_workbook(asking.path)
    sheet = book["Contracts"]
    sheet.cell(1, sheet.max_column + 1).value = "SLA"
    sheet.cell(2, sheet.max_column).value = "1s"
    book.save(asking.path)
    asking.run("run", "--once")
    time.sleep(2)
    asking.run("run", "--once")
    late = [one for one in asking.json("status")["needs_you"] if one["kind"] == "SLA crossed"]
    assert [one["run"] for one in late] == ["R-0001", "R-0002"]
    assert late[0]["what"] == "Not done within twice its SLA of 1 s: it is AWAITING_APPROVAL at “Reply”."
    said = asking.run("status")
    assert "4 need you" in said
    assert "tab Runs, row R-0002" in said


def test_a_silent_contract_needs_you_in_status(asking: Shop) -> None:
    book = openpyxl.load_workbook(asking.path)
    sheet = book["Contracts"]
    sheet.cell(1, sheet.max_column + 1).value = "Rhythm"
    sheet.cell(2, sheet.max_column).value = "5 per 1s"
    book.save(asking.path)
    asking.run("run", "--once")
    time.sleep(1.5)
    asking.run("run", "--once")
    (silent,) = [one for one in asking.json("status")["needs_you"] if one["kind"] == "silent"]
    assert (silent["contract"], silent["owner"]) == ("Hello", "Ana")
    assert "5 per 1s is normal" in silent["what"]
    assert "Hello – Fewer than 5 runs have started since" in asking.run("status")
    assert [row["Contract"] for row in asking.tab("Audit") if row["Event"] == "silent"] == ["Hello"]
