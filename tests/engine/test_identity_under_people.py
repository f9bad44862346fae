"""People sort, insert, delete, copy, edit and restore; the runner does nothing twice and shows nothing beside the wrong row."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from runner.values import Value
from tests.engine.office import Office, lay_out_leads


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An empty office."""
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def leads(office: Office) -> Office:
    """An office that answers every row of Leads by mail, each row once."""
    lay_out_leads(office)
    return office


def row(office: Office, name: str) -> dict[str, Value]:
    """The first row of Leads with this name."""
    return next(one for one in office.tab("Leads") if one["Name"] == name)


def copy_row(office: Office, place: int = 1, **cells: Value) -> None:
    """A person copies a whole row to the bottom and types over some of its cells."""
    grid = office.workbook.tabs["Leads"]
    copied = list(grid[place])
    for header, value in cells.items():
        copied[grid[0].index(header.replace("_", " "))] = value
    grid.append(copied)
    office.workbook.touched()


def test_every_row_gets_an_id_and_its_run(leads: Office) -> None:
    leads.tick()
    assert [one["Run"] for one in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]
    assert len({one["Row ID"] for one in leads.tab("Leads")}) == 2


def test_sorting_inserting_moving_columns_and_renaming_others_fire_nothing(leads: Office) -> None:
    leads.tick()
    grid = leads.workbook.tabs["Leads"]
    for line in grid:
        line.insert(0, line.pop(2))  # Budget comes first
    grid[1:] = [[], *reversed(grid[1:])]
    leads.workbook.touched()
    leads.tick()
    grid[0][grid[0].index("Name")] = "Full name"
    steps = leads.workbook.tabs["Steps"]
    steps[1][steps[0].index("With")] = "to: {{ email }}\nsubject: Hello {{ full_name }}\nbody: Thank you!"
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2
    assert {one["Full name"]: one["Run"] for one in leads.tab("Leads")} == {"Bob": "R-0002 DONE", "Ana": "R-0001 DONE"}


def test_an_exact_copy_waits_and_runs_once_it_is_changed(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "a copy of R-0001’s row: change it, then it runs"
    assert leads.tab("Leads")[2]["Row ID"] not in (None, leads.tab("Leads")[0]["Row ID"])
    assert len(leads.post.mails) == 2
    leads.restart()
    leads.type("Leads", {"Row ID": leads.tab("Leads")[2]["Row ID"]}, Email="cleo@shop.example")
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"
    assert leads.tab("Leads")[0]["Run"] == "R-0001 DONE"


def test_a_copy_that_was_changed_before_it_was_seen_runs_at_once(leads: Office) -> None:
    leads.tick()
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"


def test_changing_the_state_of_a_copy_is_a_change(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    leads.type("Leads", {"Row ID": leads.tab("Leads")[2]["Row ID"]}, State="New")
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"


def test_the_copy_still_waits_when_its_original_is_deleted(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    del leads.workbook.tabs["Leads"][1]
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2


def test_a_copy_is_one_row_however_often_it_is_read_before_its_id_can_be_written(leads: Office) -> None:
    leads.tick()
    leads.workbook.opened_by = "Ana has it open."
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    for _ in range(3):
        leads.tick()
        leads.workbook.touched()
    grid = leads.workbook.tabs["Leads"]
    grid[1:] = reversed(grid[1:])
    leads.workbook.touched()
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    leads.workbook.opened_by = ""
    leads.tick()
    assert row(leads, "Cleo")["Run"] == "R-0003 DONE"
    assert row(leads, "Ana")["Run"] == "R-0001 DONE"


def test_a_copy_from_before_the_ids_were_written_fires_nothing_twice(leads: Office) -> None:
    before = deepcopy(leads.workbook.tabs)
    leads.tick()
    leads.workbook.tabs = before
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2
    assert [one["Run"] for one in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]


def test_a_copy_from_before_a_copied_row_had_its_own_id_fires_nothing_twice(leads: Office) -> None:
    leads.tick()
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    before = deepcopy(leads.workbook.tabs)
    for _ in range(2):
        leads.tick()
    leads.workbook.tabs = before
    leads.workbook.touched()
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert row(leads, "Cleo")["Run"] == "R-0003 DONE"


def test_an_answer_meets_its_own_row_when_rows_lost_their_ids_and_were_sorted(office: Office) -> None:
    lay_out_leads(office, Approval="Always")
    office.tick()
    grid = office.workbook.tabs["Leads"]
    column = grid[0].index("Row ID")
    for line in grid[1:]:
        line[column] = None
    grid[1:] = reversed(grid[1:])
    office.workbook.touched()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    office.tick()
    assert office.post.recipients == ["ana@shop.example"]


def test_a_row_that_was_typed_while_the_runner_wrote_is_seen_by_the_next_tick(leads: Office) -> None:
    leads.tick()
    leads.tick()
    leads.type("Leads", {"Name": "Ana"}, Run="mine")

    def meanwhile() -> None:
        leads.type("Leads", {"Name": "Ana"}, Run="R-0001 DONE")
        leads.add("Leads", Name="Cleo", Email="cleo@shop.example")

    leads.workbook.meanwhile = meanwhile
    leads.tick()
    leads.tick()
    assert "cleo@shop.example" in leads.post.recipients


def test_a_changed_copy_above_its_original_leaves_the_question_about_the_original_alone(office: Office) -> None:
    lay_out_leads(office, Approval="Always")
    office.tick()
    grid = office.workbook.tabs["Leads"]
    grid.insert(1, ["Cleo", "cleo@shop.example", "$7", *grid[2][3:]])  # Bob's row, copied to the top and typed over
    office.workbook.touched()
    office.type("Approvals", {"Run": "R-0002"}, Decision="APPROVE")
    office.tick()
    assert office.post.recipients == ["bob@shop.example"]
    assert {one["Name"]: one["Run"] for one in office.tab("Leads")} == {
        "Cleo": "R-0003 AWAITING_APPROVAL",
        "Ana": "R-0001 AWAITING_APPROVAL",
        "Bob": "R-0002 DONE",
    }
    assert not office.events("question void")


def test_a_row_that_is_copied_while_the_runner_writes_shows_no_run_of_its_original(office: Office) -> None:
    lay_out_leads(office, Approval="Always")
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    office.workbook.meanwhile = lambda: copy_row(office, 1, Name="Cleo", Email="cleo@shop.example")
    office.tick()
    assert {one["Name"]: one["Run"] for one in office.tab("Leads")} == {
        "Ana": "R-0001 DONE",
        "Bob": "R-0002 AWAITING_APPROVAL",
        "Cleo": "R-0001 AWAITING_APPROVAL",  # as the person copied it
    }
    office.tick()
    assert row(office, "Cleo")["Run"] == "R-0003 AWAITING_APPROVAL"


@pytest.mark.parametrize("told", [True, False], ids=["Contracts is told", "Contracts is not told"])
@pytest.mark.parametrize("waiting", [True, False], ids=["before the ids are written", "afterwards"])
def test_a_tab_that_is_renamed_keeps_its_rows(leads: Office, told: bool, waiting: bool) -> None:
    lay_out_leads(leads, Approval="Name = Bob")
    leads.workbook.opened_by = "Ana has it open." if waiting else ""
    leads.tick()
    leads.workbook.opened_by = ""
    leads.workbook.tabs["Leads 2026"] = leads.workbook.tabs.pop("Leads")
    leads.type("Contracts", {"Contract": "Hello"}, Tab="Leads 2026" if told else "Leads")
    leads.tick()
    leads.tick()
    assert [one["Run"] for one in leads.tab("Leads 2026")] == ["R-0001 DONE", "R-0002 AWAITING_APPROVAL"]
    leads.type("Leads 2026", {"Name": "Bob"}, Email="new@shop.example")
    leads.type("Approvals", {"Run": "R-0002"}, Decision="APPROVE")
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example"]
    leads.type("Approvals", {"Result": None}, Decision="APPROVE")
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "new@shop.example"]


def test_renaming_or_deleting_a_column_sets_no_exact_copy_off(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    grid = leads.workbook.tabs["Leads"]
    grid[0][grid[0].index("Name")] = "Full name"
    leads.type("Steps", {"Step": "Reply"}, With="to: {{ email }}\nsubject: Hello\nbody: Thank you!")
    leads.tick()
    for line in grid:
        del line[grid[0].index("Full name") :][:1]
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2
    leads.type("Leads", {"Row ID": leads.tab("Leads")[2]["Row ID"]}, Budget=7)
    leads.tick()
    assert len(leads.post.mails) == 3


def test_rows_that_lost_their_ids_are_known_though_a_column_was_renamed(leads: Office) -> None:
    leads.write(
        Leads="Name | Email | City | Run | Row ID\nAna | ana@shop.example | Rome\nBob | bob@shop.example | Oslo",
        Fields="Contract | Field | Type\nHello | Email | email",
    )
    leads.tick()
    grid = leads.workbook.tabs["Leads"]
    grid[0][grid[0].index("City")] = "Town"
    leads.type("Leads", {}, Row_ID=None)
    leads.tick()
    assert len(leads.post.mails) == 2
    assert [one["Run"] for one in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]


def test_a_copy_is_known_by_what_it_holds_under_every_name_that_its_tab_had(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.workbook.tabs["Leads 2026"] = leads.workbook.tabs.pop("Leads")
    leads.tick()
    leads.tick()
    leads.workbook.tabs["Leads"] = leads.workbook.tabs.pop("Leads 2026")
    leads.type("Leads", {"Row ID": "L-0003"}, Row_ID=None)
    leads.tick()
    assert [one["Row ID"] for one in leads.tab("Leads")] == ["L-0001", "L-0002", "L-0003"]
    assert len(leads.post.mails) == 2


def test_an_old_workbook_in_which_a_copy_still_shows_its_originals_id_fires_nothing_twice(leads: Office) -> None:
    leads.tick()
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    before = deepcopy(leads.workbook.tabs)
    leads.tick()
    leads.tick()
    leads.workbook.tabs = before
    leads.workbook.touched()
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert row(leads, "Cleo")["Run"] == "R-0003 DONE"
    assert row(leads, "Ana")["Run"] == "R-0001 DONE"
