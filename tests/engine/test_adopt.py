"""A ledger that is gone is rebuilt from the workbook: nothing is done again, and no cell makes anything happen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.ledgers.sql import SqlLedger
from runner.cli.audit import disagreements
from runner.events import EventKind
from runner.model import Event, RunState
from tests.engine.office import Office, lay_out_leads

WAITS_FOR_SOMEBODY = {"AWAITING_APPROVAL", "AWAITING_TASK", "DEAD_LETTER", "IN_DOUBT"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    lay_out_leads(made)
    yield made
    made.close()


def lose(office: Office) -> None:
    """The ledger's file is deleted; the next ticks see only the workbook."""
    office.lose_ledger()
    for _ in range(3):
        office.tick()


def sound(office: Office) -> bool:
    ledger = office.world.ledger
    return not ledger.verify() and not list(disagreements(ledger, office.workbook.read(), office.zone))


def test_what_was_done_is_not_done_again_and_is_known(office: Office) -> None:
    office.tick()
    lose(office)
    assert office.post.recipients == ["ana@shop.example", "bob@shop.example"]
    assert office.states() == {"R-0001": "DONE", "R-0002": "DONE"}
    assert [one["Run"] for one in office.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]
    assert office.run("R-0001").input["Name"] == "Ana"
    assert sound(office)


def test_numbers_and_the_trail_go_on_and_the_old_lines_stay(office: Office) -> None:
    office.tick()
    office.tick()
    before = office.tab("Audit")
    lose(office)
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick()
    office.tick()
    assert office.states()["R-0003"] == "DONE"
    audit = office.tab("Audit")
    assert audit[: len(before)] == before
    first, *_ = office.world.ledger.events()
    assert first.kind == EventKind.ADOPTED
    assert f"line {len(before)}, hash {before[-1]['Hash']}" in first.detail
    assert [line["Seq"] for line in audit] == list(range(1, len(audit) + 1))
    assert sound(office)


def test_a_ledger_may_be_lost_twice(office: Office) -> None:
    for _ in range(2):
        office.tick()
        lose(office)
    assert len(office.post.mails) == 2
    assert sound(office)


def test_a_forged_line_is_still_found_after_an_adoption(office: Office) -> None:
    office.tick()
    lose(office)
    office.tick()
    office.type("Audit", {"Event": EventKind.ADOPTED.value}, Hash="0" * 64)
    assert list(disagreements(office.world.ledger, office.workbook.read(), office.zone))


def test_a_workbook_whose_runs_are_empty_is_simply_new(office: Office) -> None:
    office.tick()
    kinds = {event.kind for event in office.world.ledger.events()}
    assert EventKind.ADOPTED not in kinds


def test_an_approval_is_asked_anew_and_the_old_answer_means_nothing(office: Office) -> None:
    lay_out_leads(office, Approval="Always")
    office.tick()
    office.lose_ledger()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    for _ in range(3):
        office.tick()
    assert office.post.mails == []
    old, _, *new = office.tab("Approvals")
    assert str(old["Result"]).startswith("Void")
    assert [one["Approval"] for one in new] == ["A-0003", "A-0004"]
    office.type("Approvals", {"Approval": "A-0003"}, Decision="APPROVE")
    office.tick()
    assert office.post.recipients == ["ana@shop.example"]
    assert sound(office)


@pytest.mark.parametrize("typed_before", [False, True])
def test_a_task_stays_answerable_unless_it_was_answered_meanwhile(office: Office, typed_before: bool) -> None:
    steps = office.workbook.tabs["Steps"]
    steps.insert(1, ["Hello", "Call", "task", None, "title: Call {{ name }}"])
    office.workbook.touched()
    office.tick()
    office.lose_ledger()
    if typed_before:
        office.type("Tasks", {"Task": "T-0001"}, Done="DONE")
    office.tick()
    assert office.post.mails == []
    if typed_before:
        assert office.states()["R-0001"] == "DEAD_LETTER"
        return
    office.type("Tasks", {"Task": "T-0001"}, Done="DONE")
    office.tick()
    assert office.post.recipients == ["ana@shop.example"]


def test_a_dead_letter_stays_answerable(office: Office) -> None:
    lay_out_leads(office, With="to: {{ email }}\nsubject: Hello\nbody: {{ note }}")
    office.workbook.tabs["Leads"][0].append("Note")
    office.tick()
    assert set(office.states().values()) == {"DEAD_LETTER"}
    shown = office.tab("Dead letters")
    lose(office)
    assert office.tab("Dead letters") == shown
    office.type("Leads", {"Name": "Ana"}, Note="now there")
    office.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    office.tick()
    assert office.post.recipients == ["ana@shop.example"]


@pytest.mark.parametrize("state", [*(state.value for state in RunState), "Nonsense", ""])
def test_no_forged_run_makes_anything_happen(office: Office, state: str) -> None:
    office.tick()
    office.type("Steps", {"Step": "Reply"}, With="to: eve@shop.example\nsubject: Hello\nbody: Thank you!")
    del office.workbook.tabs["Leads"][1:]
    forged = {"Contract": "Hello", "Key": "forged", "State": state, "Step": "Reply", "Input": "Email: eve@shop.example"}
    office.add("Runs", Run="R-0900", Command="RETRY", **forged)
    office.add("Runs", Run="R-0901", Contract="No such contract", Key="forged", State=state, Step="Reply")
    office.add("Tasks", Task="T-0900", Run="R-0900", Contract="Hello", Step="Reply", Done="DONE")
    office.add("Approvals", Approval="A-0900", Run="R-0900", Contract="Hello", Step="Reply", Decision="APPROVE")
    office.add("Dead_letters".replace("_", " "), Run="R-0900", Contract="Hello", Step="Reply", State=state, Decision="RETRY")
    lose(office)
    assert len(office.post.mails) == 2
    for run in ("R-0900", "R-0901"):
        found = RunState(office.states()[run])
        assert found.ended or found in WAITS_FOR_SOMEBODY


def test_a_run_that_was_under_way_outside_is_in_doubt(office: Office) -> None:
    office.tick()
    office.type("Runs", {"Run": "R-0001"}, State="RETRYING")
    lose(office)
    assert office.states()["R-0001"] == "IN_DOUBT"
    assert "DONE or RETRY" in str(office.tab("Dead letters")[0]["Error"])
    office.type("Dead letters", {"Run": "R-0001"}, Decision="DONE")
    office.tick()
    assert office.states()["R-0001"] == "DONE"
    assert len(office.post.mails) == 2


def test_a_copy_that_waited_goes_on_waiting(office: Office) -> None:
    office.tick()
    leads = office.workbook.tabs["Leads"]
    leads.append(list(leads[1]))
    office.workbook.touched()
    office.tick()
    lose(office)
    assert len(office.post.mails) == 2
    assert str(office.tab("Leads")[2]["Run"]).startswith("a copy of")


def test_an_adoption_that_was_cut_off_is_done_again_from_the_start(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tick()
    office.lose_ledger()

    def cut(_ledger: SqlLedger, _events: list[Event]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SqlLedger, "record", cut)
        with pytest.raises(KeyboardInterrupt):
            office.tick()
    office.restart()
    office.tick()
    assert office.states() == {"R-0001": "DONE", "R-0002": "DONE"}
    assert len(office.post.mails) == 2


def test_runs_of_a_contract_that_is_gone_are_taken_over_and_verify(office: Office) -> None:
    office.tick()
    office.type("Contracts", {"Contract": "Hello"}, Contract="Hello, world")
    lose(office)
    assert {"R-0001": "DONE", "R-0002": "DONE"}.items() <= office.states().items()
    assert sound(office)
