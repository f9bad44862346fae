"""The workbook of a drill: one contract, one row, and nothing else that could start."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from runner.model import Book, Contract, FieldRule, Snapshot, Step
from runner.rules.stage import Stage, furnish, set_stage
from tests.rules.sheets import snapshot

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELLO = Contract(
    name="Hello",
    enabled=True,
    trigger="New row",
    tab="Leads",
    condition="Budget >= 700",
    dedupe_key="{{ email }}",
    steps=(Step(name="Reply", action="email.send", condition="Budget > 5"),),
)
SHEET = {
    "Contracts": (
        "Contract | Enabled | Trigger | Tab | If\nOther | Yes | New row | Leads |\nHello | No | New row | Leads | Budget >= 700"
    ),
    "Steps": "Contract | Step | Action | If\nOther | Mail | email.send |\nHello | Reply | email.send | Budget > 5",
    "Routes": "Contract | After | Go to\nHello | Reply | End",
    "Settings": "Setting | Value\nPause | Yes\ncrm_url |",
    "Leads": "Email | Budget | State | Run | Due\nana@shop.example | 500 | | R-0001 DONE |\nbob@shop.example | 900 | Old | |",
    "Runs": "Run | State\nR-0001 | DONE",
}


@pytest.fixture
def sheet() -> Snapshot:
    return snapshot(**SHEET)


def stage(contract: Contract, sheet: Snapshot) -> Stage:
    return set_stage(contract, sheet, Book(contracts={contract.name: contract}), NOW)


def test_the_first_live_row_that_fits_is_taken_where_it_stands(sheet: Snapshot) -> None:
    found = stage(HELLO, sheet)
    assert (found.place, found.row["Email"]) == ("Leads row 3", "bob@shop.example")
    assert "Run" not in found.row


def test_its_state_or_its_date_is_set_so_that_it_happens_now(sheet: Snapshot) -> None:
    assert stage(replace(HELLO, trigger="State is", trigger_state="Won"), sheet).row["State"] == "Won"
    due = replace(HELLO, trigger="Date due", when="3 days before Due")
    assert stage(due, sheet).row["Due"] == date(2026, 11, 25)
    late = replace(HELLO, trigger="Date due", when="2 business days after Due")
    assert stage(late, sheet).row["Due"] == date(2026, 11, 18)


def test_where_no_row_fits_one_is_made_up(sheet: Snapshot) -> None:
    rule = FieldRule(field="Email", type="email", required=True)
    found = stage(replace(HELLO, condition="Budget >= 7000", fields=(rule,)), sheet)
    assert found.place == "a made-up row"
    assert (found.row["Email"], found.row["Budget"]) == ("person@drill.example", 7000)


def test_nothing_but_the_contract_can_start_and_nothing_is_paused(sheet: Snapshot) -> None:
    tabs = furnish(stage(HELLO, sheet), sheet, Book(contracts={"Hello": HELLO}))
    assert "Runs" not in tabs
    assert tabs["Contracts"][1:] == [[], ["Hello", "Yes", "New row", "Leads", "Budget >= 700"]]
    assert [row[:2] for row in tabs["Steps"] if row] == [["Contract", "Step"], ["Hello", "Reply"]]
    assert [row for row in tabs["Leads"][1:] if any(row)] == [["bob@shop.example", 900, "Old", None, None]]
    assert ["Pause", "Yes"] not in tabs["Settings"]


def test_the_straight_way_has_no_ifs_and_no_routes_and_blank_addresses_lead_nowhere(sheet: Snapshot) -> None:
    straight = replace(stage(HELLO, sheet), straight=True)
    tabs = furnish(straight, sheet, Book(contracts={"Hello": HELLO}))
    assert tabs["Steps"][-1] == ["Hello", "Reply", "email.send", None]
    assert not any(tabs["Routes"][1:])
    assert tabs["Settings"][-1] == ["crm_url", "https://drill.example"]


def test_what_only_others_can_start_begins_with_a_row_of_its_own(sheet: Snapshot) -> None:
    called = Contract(name="Hello", trigger="Called", fields=(FieldRule(field="Amount", type="money", rule=">= 5"),))
    tabs = furnish(stage(called, sheet), sheet, Book(contracts={"Hello": called}))
    assert tabs["Contracts"][2][1:4] == ["Yes", "New row", "Drill"]
    assert tabs["Drill"] == [["Amount", "State", "Row ID"], [100]]
