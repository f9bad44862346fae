"""The laws, each broken by nobody: what the ledger knows is what the sheet shows, and no effect goes before its intent."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from runner.errors import ActionInDoubt
from runner.model import Effect
from runner.ports import Action, Call, Done, Outcome
from tests.engine.office import Office


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the product may catch it."""


class Bank:
    """An outside service that counts; `fail` is raised when it is called, before or after the money has moved."""

    def __init__(self, effect: Effect, ledger: str) -> None:
        self.effect, self.ledger = effect, ledger
        self.moved: list[str] = []
        self.keys: list[str] = []
        self.intents_on_disk: list[int] = []
        self.fail: BaseException | None = None
        self.fail_before = False

    def perform(self, request: Mapping[str, Any], call: Call) -> Outcome:
        """Move the money."""
        disk = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)
        query = "SELECT count(*) FROM events WHERE kind = 'about to act' AND run = ? AND step = ?"
        self.intents_on_disk.append(disk.execute(query, (call.run, call.step)).fetchone()[0])
        disk.close()
        if self.fail and self.fail_before:
            raise self.fail
        self.moved.append(request["to"])
        self.keys.append(call.key)
        if self.fail:
            raise self.fail
        return Done(result={"ok": True})

    def action(self) -> Action:
        """`bank.pay`, in line so that a kill strikes the tick itself."""
        return Action(
            name="bank.pay",
            required=("to",),
            results=("ok",),
            effect=lambda _settings: self.effect,
            prepare=lambda settings, _about: {"to": settings["to"]},
            describe=lambda request: f"Pay {request['to']}",
            perform=self.perform,
            inline=True,
        )


def _bank(office: Office, effect: Effect) -> Bank:
    bank = Bank(effect, str(office.folder / "business.ledger"))
    office.world = replace(office.world, actions={**office.world.actions, "bank.pay": bank.action()})
    office.type("Steps", {"Step": "Reply"}, Action="bank.pay", With="to: {{ email }}")
    office.type("Leads", {"Name": "Bob"}, Email=None)
    return bank


def _restart(office: Office, bank: Bank) -> None:
    """After a kill: another process, the old one's lease is held by nobody alive."""
    bank.fail = None
    office.restart()
    office.world = replace(office.world, actions={**office.world.actions, "bank.pay": bank.action()})


# ------------------------------------------------------------------------------------------------------------- law 1


def test_law_1_a_lost_write_heals_and_is_no_ones_hand_edit(office: Office) -> None:
    before = {name: [list(row) for row in rows] for name, rows in office.workbook.tabs.items()}
    office.tick()
    office.workbook.tabs = before
    office.workbook.changes += 1
    office.restart()
    office.tick()
    assert [row["State"] for row in office.tab("Runs")] == ["DONE", "DONE"]
    assert len(office.recipients()) == 2


def test_law_1_what_a_person_types_into_our_cells_is_put_back_and_said(office: Office) -> None:
    office.tick()
    office.tick()
    office.type("Runs", {"Run": "R-0001"}, State="CANCELLED", Error="nonsense")
    office.tick()
    assert office.tab("Runs")[0]["State"] == "DONE"
    (said,) = office.events("cell put back")
    assert "CANCELLED" in said.detail


def test_law_1_a_forged_approval_row_allows_nothing(office: Office) -> None:
    office.type("Steps", {"Step": "Reply"}, Approval="Always")
    office.tick()
    office.add("Approvals", Approval="A-0099", Run="R-0001", Contract="Hello", Step="Reply", Decision="APPROVE")
    office.tick()
    assert office.recipients() == []


# ------------------------------------------------------------------------------------------------------------- law 2


@pytest.mark.parametrize("effect", list(Effect))
def test_law_2_the_intent_is_on_disk_before_the_effect_begins(office: Office, effect: Effect) -> None:
    bank = _bank(office, effect)
    office.tick()
    assert bank.intents_on_disk == [1]


@pytest.mark.parametrize("before", [True, False], ids=["killed before it happened", "killed after it happened"])
def test_law_2_a_once_effect_that_was_cut_off_is_never_repeated_blindly(office: Office, before: bool) -> None:
    bank = _bank(office, Effect.ONCE)
    bank.fail, bank.fail_before = Killed(), before
    with pytest.raises(Killed):
        office.tick()
    moved = list(bank.moved)
    _restart(office, bank)
    for _ in range(3):
        office.tick()
    assert bank.moved == moved
    assert office.runs()["ada@shop.example"].state == "IN_DOUBT"
    assert "may or may not have happened" in str(office.tab("Dead letters")[0]["Error"])


def test_law_2_the_answer_to_a_doubt_is_not_taken_for_the_next_doubt_of_the_same_second(office: Office) -> None:
    bank = _bank(office, Effect.ONCE)
    bank.fail, bank.fail_before = Killed(), True
    with pytest.raises(Killed):
        office.tick()
    _restart(office, bank)
    office.tick()
    office.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    bank.fail, bank.fail_before = Killed(), False
    with pytest.raises(Killed):
        office.tick()
    _restart(office, bank)
    for _ in range(3):
        office.tick()
    assert bank.moved == ["ada@shop.example"]
    first, second = office.tab("Dead letters")
    assert (first["Decision"], second["Decision"]) == ("RETRY", None)
    office.type("Dead letters", {"Result": None}, Decision="DONE")
    office.tick()
    assert (office.runs()["ada@shop.example"].state, bank.moved) == ("DONE", ["ada@shop.example"])


@pytest.mark.parametrize("effect", [Effect.PURE, Effect.READ, Effect.KEYED, Effect.REPEATABLE])
def test_law_2_what_may_be_repeated_is_repeated_with_the_same_key(office: Office, effect: Effect) -> None:
    bank = _bank(office, effect)
    bank.fail = Killed()
    with pytest.raises(Killed):
        office.tick()
    _restart(office, bank)
    office.tick()
    assert bank.moved == ["ada@shop.example"] * 2
    assert bank.keys[0] == bank.keys[1]
    assert office.runs()["ada@shop.example"].state == "DONE"


def test_law_2_an_answer_that_was_not_seen_is_in_doubt_until_a_person_says(office: Office) -> None:
    bank = _bank(office, Effect.ONCE)
    bank.fail = ActionInDoubt("the line dropped")
    office.tick()
    bank.fail = None
    office.tick(hours=30)
    assert bank.moved == ["ada@shop.example"]
    office.type("Dead letters", {"Run": "R-0001"}, Decision="DONE")
    office.tick()
    assert bank.moved == ["ada@shop.example"]
    assert office.runs()["ada@shop.example"].state == "DONE"


def test_law_2_a_bug_in_an_action_stops_its_run_and_no_other(office: Office) -> None:
    bank = _bank(office, Effect.ONCE)
    office.type("Leads", {"Name": "Bob"}, Email="bob@shop.example")
    bank.fail = ZeroDivisionError("a bug")
    office.tick()
    assert {run.state for run in office.runs().values()} == {"IN_DOUBT"}
    assert "ZeroDivisionError" in office.runs()["ada@shop.example"].error


# ------------------------------------------------------------------------------------------------------------- law 3


def test_law_3_moving_every_row_and_column_fires_nothing_and_misplaces_nothing(office: Office) -> None:
    office.tick()
    headers, *rows = office.workbook.tabs["Leads"]
    order = [5, 3, 0, 4, 2, 1]
    moved = [[(row + [None] * 6)[at] for at in order] for row in (headers, *reversed(rows))]
    office.workbook.tabs["Leads"] = [moved[0], [None] * 6, *moved[1:]]
    office.workbook.changes += 1
    office.tick()
    assert len(office.recipients()) == 2
    assert {row["Name"]: row["Run"] for row in office.tab("Leads") if row["Name"]} == {"Ada": "R-0001 DONE", "Bob": "R-0002 DONE"}


# ------------------------------------------------------------------------------------------------------------- law 6


def test_law_6_an_approval_is_for_what_it_showed_and_for_once(office: Office) -> None:
    office.type("Steps", {"Step": "Reply"}, Approval="Always")
    office.tick()
    office.type("Leads", {"Name": "Ada"}, Email="evil@shop.example")
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    office.tick()
    assert office.recipients() == []
    office.type("Leads", {"Name": "Ada"}, Email="ada@shop.example")
    office.tick()
    assert office.recipients() == []
    asked = [row for row in office.tab("Approvals") if row["Run"] == "R-0001"]
    assert [bool(row["Result"]) for row in asked] == [True, True, False]


@pytest.mark.parametrize("typed", ["Send mail to ada@shop.example, nothing else", None])
def test_law_6_a_yes_beside_a_text_that_somebody_typed_over_is_none(office: Office, typed: str | None) -> None:
    office.type("Steps", {"Step": "Reply"}, Approval="Always")
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, What_will_happen=typed, Decision="APPROVE")
    office.tick()
    assert office.recipients() == []
    first, _, anew = office.tab("Approvals")
    assert "changed by hand" in str(first["Result"])
    assert first["What will happen"] == anew["What will happen"]
    office.type("Approvals", {"Approval": anew["Approval"]}, Decision="APPROVE")
    office.tick()
    assert office.recipients() == ["ada@shop.example"]


def test_law_6_what_now_means_does_not_change_while_a_person_thinks(office: Office) -> None:
    office.type("Steps", {"Step": "Reply"}, Approval="Always", With="to: {{ email }}\nsubject: At {{ now }}\nbody: Hi.")
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    office.tick(hours=30)
    assert office.recipients() == ["ada@shop.example"]


# ------------------------------------------------------------------------------------------------------------- law 8


def test_law_8_one_read_and_at_most_one_write_and_a_quiet_tick_is_neither(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = office.workbook.read
    monkeypatch.setattr(office.workbook, "read", lambda: reads.append(1) or read())
    office.tick()
    assert (len(reads), office.workbook.writes) == (1, 1)
    office.tick()
    assert (len(reads), office.workbook.writes) == (2, 1)
    assert office.tick().quiet
    assert (len(reads), office.workbook.writes) == (2, 1)


def test_law_8_a_change_between_read_and_write_is_not_written_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    write = office.workbook.write
    struck = []

    def strike(edits: Any, snapshot: Any) -> int:
        if not struck:
            struck.append(1)
            office.workbook.tabs["Leads"].insert(1, ["Zoe", "zoe@shop.example", 50])
            office.workbook.changes += 1
        return write(edits, snapshot)

    monkeypatch.setattr(office.workbook, "write", strike)
    office.tick()
    assert {row["Name"]: row["Run"] for row in office.tab("Leads")} == {"Zoe": None, "Ada": "R-0001 DONE", "Bob": "R-0002 DONE"}
    office.tick()
    assert len(office.recipients()) == 3
    assert {row["Name"]: row["Run"] for row in office.tab("Leads")}["Zoe"] == "R-0003 DONE"


# ------------------------------------------------------------------------------------------------------------ law 11


def test_law_11_every_stop_has_a_row_a_reason_and_an_owner(office: Office) -> None:
    office.type("Steps", {"Step": "Reply"}, With="to: {{ email }}\nsubject: x\nbody: {{ settings.nothing }}")
    office.tick()
    assert office.recipients() == []
    assert "nothing" in str(office.tab("Steps")[0]["Check"])
    office.add("Settings", Setting="nothing", Value="soon")
    office.tick()
    assert len(office.recipients()) == 2
