"""A runner that sleeps past its lease – a closed lid, a stopped process – and wakes to find that another one has taken over."""

import pytest

from tests.acceptance.computer import FREEZES_AFTER, FREEZES_BEFORE_WRITING, Computer, frozen, until
from tests.acceptance.conftest import Shop, pay_one_bill
from tests.servers.http import HttpServer, Reply, Request

LOST = "has taken business over: nothing more is recorded or sent from here, or written into it"


@pytest.fixture
def bills(shop: Shop, http_server: HttpServer) -> Shop:
    """One bill to pay by a request that may not be repeated, and a mail that says so."""
    return pay_one_bill(shop, http_server)


def test_who_wakes_in_the_middle_of_a_call_records_nothing_and_writes_nothing(
    computer: Computer, bills: Shop, http_server: HttpServer
) -> None:
    def answer(_request: Request) -> Reply:
        computer.freeze(first)
        return Reply(201, b'{"id": "p-1"}')

    http_server.on("/pay", answer)
    first = computer.start("run", "--once")
    until(lambda: http_server.hits() == 1 and frozen(first), "the request")
    assert f"process {first.pid}" in computer.run("run", "--once", code=1)
    computer.set_clock(seconds=40)
    computer.run("run", "--once")
    assert bills.runs() == {"1": "IN_DOUBT"}
    _wakes_to_nothing(computer, bills, first)
    assert http_server.hits() == 1
    assert bills.runs() == {"1": "IN_DOUBT"}


def test_an_effect_whose_intent_was_on_disk_does_not_begin_after_the_sleep(
    computer: Computer, bills: Shop, http_server: HttpServer
) -> None:
    http_server.on("/pay", Reply(201, b'{"id": "p-1"}'))
    first = computer.start("about to act", "run", "--once", code=FREEZES_AFTER)
    until(lambda: frozen(first), "the freeze")
    computer.set_clock(seconds=40)
    computer.run("run", "--once")
    _wakes_to_nothing(computer, bills, first)
    assert http_server.hits() == 0
    assert bills.runs() == {"1": "IN_DOUBT"}


def test_who_wakes_before_its_write_leaves_the_workbook_alone(computer: Computer, bills: Shop, http_server: HttpServer) -> None:
    http_server.on("/pay", Reply(201, b'{"id": "p-1"}'))
    first = computer.start("run ended", "run", "--once", code=FREEZES_AFTER)
    until(lambda: frozen(first), "the freeze")
    computer.set_clock(seconds=40)
    computer.run("run", "--once")
    assert bills.runs() == {"1": "DONE"}
    bills.type("Bills", {"No": 1}, State="Filed")
    _wakes_to_nothing(computer, bills, first)
    assert http_server.hits() == 1
    assert len(bills.mails()) == 1


def test_who_wakes_before_its_write_leaves_even_an_unchanged_workbook_alone(
    computer: Computer, bills: Shop, http_server: HttpServer
) -> None:
    http_server.on("/pay", Reply(201, b'{"id": "p-1"}'))
    first = computer.start("run", "--once", code=FREEZES_BEFORE_WRITING)
    until(lambda: frozen(first), "the freeze")
    computer.set_clock(seconds=40)
    lock = bills.folder / "~$business.xlsx"
    lock.write_bytes(b"\x03Ana" + b" " * 161)
    assert "Not written to the workbook yet" in computer.run("run", "--once")
    lock.unlink()
    _wakes_to_nothing(computer, bills, first)


def test_who_slept_a_week_and_was_not_missed_goes_on(computer: Computer, bills: Shop, http_server: HttpServer) -> None:
    http_server.on("/pay", Reply(201, b'{"id": "p-1"}'))
    first = computer.start("about to act", "run", "--once", code=FREEZES_AFTER)
    until(lambda: frozen(first), "the freeze")
    computer.set_clock(hours=7 * 24)
    computer.thaw(first)
    computer.ended(first)
    assert first.returncode == 0
    assert http_server.hits() == 1
    assert bills.runs() == {"1": "DONE"}
    assert len(bills.mails()) == 1


def _wakes_to_nothing(computer: Computer, shop: Shop, first) -> None:
    before = shop.path.read_bytes()
    lines = shop.json("audit", "export")
    computer.thaw(first)
    printed = computer.ended(first)
    assert first.returncode == 1
    assert LOST in printed
    assert shop.path.read_bytes() == before
    assert shop.json("audit", "export") == lines
    assert "unbroken" in shop.run("audit", "verify")
