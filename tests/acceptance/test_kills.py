"""The runner is killed in the middle; afterwards nothing has happened twice, nothing is lost, and doubt is said."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.conftest import Shop, pay_one_bill
from tests.servers.http import HttpServer, Reply, Request


def _kill_when(shop: Shop, is_time: Callable[[], bool]) -> None:
    """Start one tick and kill it, without a chance to clean up, as soon as `is_time` says so."""
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    process = subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not is_time() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert is_time(), "what was waited for never came"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.fixture
def hanging(http_server: HttpServer) -> HttpServer:
    """Takes the first request and does not answer it in time; answers every later one."""
    seen: list[Request] = []

    def answer(request: Request) -> Reply | Iterator[bytes]:
        seen.append(request)
        if len(seen) > 1:
            return Reply(201, b'{"id": "p-1"}')
        return _silence(http_server)

    http_server.on("/pay", answer)
    return http_server


def _silence(server: HttpServer) -> Iterator[bytes]:
    server.stopping.wait(20)
    yield b""


def test_a_payment_that_was_under_way_is_in_doubt_and_never_repeated(shop: Shop, hanging: HttpServer) -> None:
    _kill_when(pay_one_bill(shop, hanging), lambda: hanging.hits() == 1)
    shop.run("run", "--once")
    shop.run("run", "--once")
    assert hanging.hits() == 1
    assert shop.runs() == {"1": "IN_DOUBT"}
    (letter,) = shop.tab("Dead letters")
    assert letter["State"] == "IN_DOUBT"
    assert "may or may not have happened" in str(letter["Error"])


def test_a_person_says_that_it_happened_and_the_run_goes_on(shop: Shop, hanging: HttpServer) -> None:
    _kill_when(pay_one_bill(shop, hanging), lambda: hanging.hits() == 1)
    shop.run("run", "--once")
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="DONE", Decided_by="Ana")
    shop.run("run", "--once")
    assert hanging.hits() == 1
    assert shop.runs() == {"1": "DONE"}
    assert len(shop.mails()) == 1


def test_a_person_says_that_it_did_not_happen_and_it_is_done_once(shop: Shop, hanging: HttpServer) -> None:
    _kill_when(pay_one_bill(shop, hanging), lambda: hanging.hits() == 1)
    shop.run("run", "--once")
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY", Decided_by="Ana")
    shop.run("run", "--once")
    assert hanging.hits() == 2
    assert shop.runs() == {"1": "DONE"}


def test_a_keyed_request_is_repeated_with_the_same_key(shop: Shop, hanging: HttpServer) -> None:
    _kill_when(pay_one_bill(shop, hanging, "idempotent: yes"), lambda: hanging.hits() == 1)
    shop.run("run", "--once")
    assert shop.runs() == {"1": "DONE"}
    assert [request.headers["idempotency-key"] for request in hanging.requests] == [
        hanging.requests[0].headers["idempotency-key"]
    ] * 2


def test_a_payment_that_the_other_side_knows_is_settled_without_asking_anybody(shop: Shop, hanging: HttpServer) -> None:
    look = f"probe: {hanging.url}/pay?key={{{{ step.key }}}}"
    _kill_when(pay_one_bill(shop, hanging, look), lambda: hanging.hits() == 1)
    shop.run("run", "--once")
    assert shop.runs() == {"1": "DONE"}
    sent, asked = hanging.requests
    assert (sent.method, asked.method) == ("POST", "GET")
    assert asked.path == f"/pay?key={sent.headers['idempotency-key']}"
    assert len(shop.tab("Dead letters")) == 0
    assert any("it did happen" in str(row["Detail"]) for row in shop.tab("Audit"))
    assert "unbroken" in shop.run("audit", "verify")


def test_a_mail_that_had_left_is_found_and_not_sent_again(leads: Shop) -> None:
    outbox = leads.folder / "outbox"
    _kill_when(leads, lambda: any(outbox.glob("*.eml")))
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert "unbroken" in leads.run("audit", "verify")


def test_a_second_runner_says_so_and_does_nothing(shop: Shop, hanging: HttpServer) -> None:
    pay_one_bill(shop, hanging)
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    first = subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while hanging.hits() == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        printed = shop.run("run", "--once", code=1)
        assert f"process {first.pid}" in printed
        assert hanging.hits() == 1
    finally:
        first.kill()
        first.wait(10)


def test_ctrl_c_finishes_what_has_begun_and_says_what_goes_on(leads: Shop) -> None:
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run"]
    process = subprocess.Popen(command, cwd=leads.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while len(list((leads.folder / "outbox").glob("*.eml"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed, wrong = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in wrong
    assert "Stopped. 0 open runs" in printed
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
