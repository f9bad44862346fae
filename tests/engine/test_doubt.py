"""Doubt is settled where the outside can say: at once, later, and before anybody's RETRY; never by a blind repeat."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import CONTRACTS, STEPS, Office
from tests.servers.http import HttpServer, Reply, drop

FOUND, ABSENT, BUSY = Reply(200, b'{"id": "p-1"}'), Reply(404), Reply(500)


@pytest.fixture
def bank(http_server: HttpServer) -> HttpServer:
    """Takes each payment without a word."""
    http_server.on("/pay", drop)
    return http_server


@pytest.fixture
def pay(tmp_path: Path, bank: HttpServer) -> Iterator[Office]:
    """One bill that is paid, and a mail that names the payment."""
    made = Office(tmp_path, http_allow=(bank.host,))
    post = f'url: {bank.url}/pay\\njson: {{"key": "{{{{ step.key }}}}"}}\\nprobe: {bank.url}/look/{{{{ step.key }}}}'
    made.write(
        Contracts=CONTRACTS + "Pay | Yes | New row | Bills | | {{ no }} | Ana | Rolf",
        Steps=STEPS.replace(" | Check", " | Undo | Timeout | Check") + f"Pay | Transfer | http.post | {post}\n"
        "Pay | Tell | email.send | to: ana@shop.example\\nsubject: {{ steps.transfer.json.id }}\\nbody: Paid.",
        Settings="Setting | Value",
        Bills="No | State | Run\n1",
    )
    yield made
    made.close()


def _key(office: Office) -> str:
    return next(iter(office.world.ledger.books.effects.values())).key


def _answers(bank: HttpServer, *answers: Reply) -> None:
    """What the bank says when it is asked about a payment, whichever."""
    bank._handlers = Prefixed(bank._handlers | {"/look": list(answers)})


class Prefixed(dict[str, Any]):
    """Paths by their beginning."""

    def get(self, path: str, default: Any = None) -> Any:
        return super().get("/look" if path.startswith("/look/") else path, default)


def _letter(office: Office) -> dict[str, Any]:
    (letter,) = office.tab("Dead letters")
    return letter


def test_a_payment_whose_answer_was_lost_is_found_at_once_and_the_run_goes_on(pay: Office, bank: HttpServer) -> None:
    _answers(bank, FOUND)
    pay.tick()
    assert pay.runs()["1"].state == "DONE"
    assert bank.hits("/pay") == 1
    sent, asked = bank.requests
    key = pay.events("about to act")[0].data["effect"]["key"]
    assert asked.path == f"/look/{key}"
    assert key.encode() in sent.body
    assert pay.recipients() == ["ana@shop.example"]
    (receipt, _) = pay.events("acted")
    assert receipt.who == "Rowpact"
    assert f"GET {bank.url}/look/{key} was answered with 200 OK" in receipt.detail
    assert len(pay.tab("Dead letters")) == 0


def test_what_is_not_there_yet_is_no_proof_and_what_is_not_there_a_minute_later_is_done_again(
    pay: Office, bank: HttpServer
) -> None:
    _answers(bank, ABSENT)
    pay.tick()
    assert pay.runs()["1"].state == "IN_DOUBT"
    assert "which may still change" in str(_letter(pay)["Error"])
    assert bank.hits("/pay") == 1
    pay.tick(minutes=1)
    assert pay.runs()["1"].state == "RETRYING"
    assert "It did not happen" in str(_letter(pay)["Result"])
    assert "Settled by Rowpact" in str(_letter(pay)["Result"])
    bank.on("/pay", Reply(201, b'{"id": "p-2"}'))
    pay.tick(minutes=1)
    assert bank.hits("/pay") == 2
    assert pay.runs()["1"].state == "DONE"
    assert pay.events("try failed")[0].who == "Rowpact"


def test_a_payment_that_appears_later_is_found_later_and_quiet_ticks_stay_quiet(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.tick()
    pay.tick()
    assert pay.seen.next_due == pay.clock.now() + timedelta(minutes=1)
    assert pay.tick(seconds=30).quiet
    looks = []
    for minutes in (0.5, 9, 50, 300):
        pay.tick(minutes=minutes)
        looks.append(len(bank.requests) - 2)
        pay.tick()  # after an hour the KPIs are written, and what was written is looked at once
        assert pay.tick().quiet
    assert looks == [1, 2, 3, 4]
    _answers(bank, FOUND)
    pay.tick(hours=6)
    assert pay.runs()["1"].state == "DONE"
    assert str(_letter(pay)["Result"]).startswith("It did happen, GET ")
    assert bank.hits("/pay") == 1


def test_nobody_looks_for_ever(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.tick()
    for _ in range(30):
        pay.tick(hours=6)
    assert len(bank.requests) <= 2 + 15
    assert pay.seen.next_due is None
    assert pay.runs()["1"].state == "IN_DOUBT"


def test_a_restart_forgets_neither_the_doubt_nor_when_it_was_looked_for(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.tick()
    pay.tick(minutes=2)
    asked = len(bank.requests)
    pay.restart()
    pay.tick()
    assert len(bank.requests) == asked
    pay.tick(minutes=8)
    assert len(bank.requests) == asked + 1


def test_a_persons_done_comes_first_and_nobody_looks_any_more(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.type("Steps", {"Step": "Tell"}, With="to: ana@shop.example\nsubject: Paid\nbody: Paid.")
    pay.tick()
    pay.type("Dead letters", {"Run": "R-0001"}, Decision="DONE", Decided_by="Ana")
    _answers(bank, ABSENT)
    pay.tick(hours=2)
    assert pay.runs()["1"].state == "DONE"
    assert bank.hits("/pay") == 1
    asked = len(bank.requests)
    pay.tick(hours=10)
    assert len(bank.requests) == asked


def test_retry_sends_nothing_again_that_did_happen(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.tick()
    _answers(bank, FOUND)
    pay.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY", Decided_by="Ana")
    pay.tick()
    assert bank.hits("/pay") == 1
    assert pay.runs()["1"].state == "DONE"
    assert str(_letter(pay)["Result"]).startswith("Not tried again: it did happen, GET ")


@pytest.mark.parametrize("answer", [ABSENT, BUSY])
def test_retry_is_believed_where_the_outside_does_not_know_better(pay: Office, bank: HttpServer, answer: Reply) -> None:
    _answers(bank, BUSY)
    pay.tick()
    _answers(bank, answer)
    bank.on("/pay", FOUND)
    _answers(bank, answer)
    pay.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY", Decided_by="Ana")
    pay.tick()
    assert bank.hits("/pay") == 2
    assert pay.runs()["1"].state == "DONE"
    assert str(_letter(pay)["Result"]).startswith("Tried again by Ana")


def test_a_retry_waits_while_the_outside_could_not_be_asked(pay: Office, bank: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(bank, BUSY)
    pay.tick()
    pay.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    monkeypatch.setattr("runner.engine.look_again.look", lambda *_: {})
    pay.tick()
    assert bank.hits("/pay") == 1
    assert pay.runs()["1"].state == "IN_DOUBT"
    monkeypatch.undo()
    bank.on("/pay", FOUND)
    _answers(bank, ABSENT)
    pay.tick(minutes=1)
    assert pay.runs()["1"].state == "DONE"


def test_a_later_step_never_acts_on_a_result_that_was_lost(pay: Office, bank: HttpServer) -> None:
    _answers(bank, Reply(200, b'{"state": "settled"}'))
    pay.tick()
    assert pay.recipients() == []
    letter = _letter(pay)
    assert (letter["State"], letter["Step"]) == ("DEAD_LETTER", "Tell")
    assert "id" in str(letter["Error"])


def test_what_did_not_happen_and_may_not_be_retried_goes_to_dead_letters(pay: Office, bank: HttpServer) -> None:
    _answers(bank, ABSENT)
    pay.type("Steps", {"Step": "Transfer"}, Retry="No")
    pay.tick()
    pay.tick(minutes=1)
    assert [row["State"] for row in pay.tab("Dead letters")] == ["IN_DOUBT", "DEAD_LETTER"]
    bank.on("/pay", FOUND)
    pay.type("Dead letters", {"State": "DEAD_LETTER"}, Decision="RETRY")
    pay.tick()
    assert pay.runs()["1"].state == "DONE"


def test_a_try_that_hangs_is_not_proved_absent_while_it_may_still_happen(pay: Office, bank: HttpServer) -> None:
    """Its thread lives: nothing is there yet, and the next moment it may be."""
    pay.type("Steps", {"Step": "Transfer"}, Timeout="1s")
    end, calls = threading.Event(), []
    real = pay.world.actions["http.post"]

    def hang(request: Any, call: Any) -> Any:
        calls.append(call.key)
        for _ in range(400):  # in small steps: a long one would be a sleep of the computer, which is no time of the step
            if pay.seen.hung or end.wait(0.05):
                break
            pay.clock.moment += timedelta(seconds=1)
        end.wait(20)
        return real.perform(request, call)

    pay.world = replace(pay.world, actions={**pay.world.actions, "http.post": replace(real, perform=hang)})
    _answers(bank, ABSENT)
    pay.tick()
    for _ in range(4):
        pay.tick(minutes=10)
    assert pay.runs()["1"].state == "IN_DOUBT"
    assert len(calls) == 1
    end.set()
    (thread,) = pay.seen.hung.values()
    thread.exception(10)
    pay.tick(hours=6)
    assert pay.runs()["1"].state == "RETRYING"


def test_a_probe_that_fails_in_an_unheard_of_way_stops_nothing(pay: Office, bank: HttpServer) -> None:
    def broken(_request: Any, _call: Any) -> Any:
        raise ZeroDivisionError("a bug")

    post = replace(pay.world.actions["http.post"], probe=broken)
    pay.world = replace(pay.world, actions={**pay.world.actions, "http.post": post})
    pay.tick()
    pay.tick(minutes=1)
    assert pay.runs()["1"].state == "IN_DOUBT"
    assert "ZeroDivisionError" in str(_letter(pay)["Error"])


def test_a_run_whose_doubt_was_settled_can_be_undone(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    refund = "to: rolf@shop.example\nsubject: Refund {{ steps.transfer.json.id }}\nbody: Please."
    pay.add("Steps", Contract="Pay", Step="Refund", Action="email.send", With=refund)
    pay.type("Steps", {"Step": "Transfer"}, Undo="Refund")
    pay.tick()
    pay.type("Runs", {"Run": "R-0001"}, Command="CANCEL")
    pay.tick()
    assert "Nobody knows yet" in str(pay.tab("Runs")[0]["Result"])
    _answers(bank, FOUND)
    pay.tick(minutes=1)
    assert pay.runs()["1"].state == "DONE"
    pay.type("Runs", {"Run": "R-0001"}, Command="UNDO")
    pay.tick()
    pay.type("Tasks", {"Run": "R-0001"}, Done="DONE")  # the mail that told of it is taken back by hand
    pay.tick()
    assert pay.runs()["1"].state == "ROLLED_BACK"
    assert "rolf@shop.example" in pay.recipients()
    assert bank.hits("/pay") == 1


def test_a_lost_ledger_is_rebuilt_with_the_doubt_and_a_person_answers(pay: Office, bank: HttpServer) -> None:
    _answers(bank, BUSY)
    pay.tick()
    pay.lose_ledger()
    pay.tick(hours=1)
    assert bank.hits("/pay") == 1
    assert pay.runs()["1"].state == "IN_DOUBT"
    pay.type("Steps", {"Step": "Tell"}, With="to: ana@shop.example\nsubject: Paid\nbody: Paid.")
    pay.type("Dead letters", {"Run": "R-0001"}, Decision="DONE", Decided_by="Ana")
    pay.tick()
    assert bank.hits("/pay") == 1
