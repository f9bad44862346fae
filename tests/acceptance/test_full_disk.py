"""The disk fills up while the runner works: nothing begins that cannot be recorded, and it goes on when there is room."""

import sys
import threading

import pytest

from tests.acceptance.computer import Computer, until
from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply, Request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of a process that runs already")


def _bills(shop: Shop, server: HttpServer, step: str) -> None:
    shop.config(f'[http]\nallow = ["{server.host}"]\n[runner]\npoll = "1s"\n')
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key\nPay | Yes | New row | Bills | {{ no }}",
        Steps=f"Contract | Step | Action | With\n{step}",
        Bills="No | State | Run | Row ID\n1",
    )


def test_what_happened_while_the_disk_was_full_is_not_done_again(computer: Computer, shop: Shop, http_server: HttpServer) -> None:
    _bills(shop, http_server, f"Pay | Transfer | http.post | url: {http_server.url}/pay\\nbody: {{{{ no }}}}")

    def answer(_request: Request) -> Reply:
        computer.limit_files(runner, 1)
        return Reply(201, b"{}")

    http_server.on("/pay", answer)
    runner = computer.start("run")
    until(lambda: "is full or refuses to write" in computer.said(runner), "the sentence")
    computer.limit_files(runner)
    until(lambda: "It works again" in computer.said(runner), "room")
    computer.stop(runner)
    assert http_server.hits() == 1
    assert shop.runs() == {"1": "IN_DOUBT"}
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="DONE")
    computer.run("run", "--once")
    assert shop.runs() == {"1": "DONE"}
    assert http_server.hits() == 1
    assert "unbroken" in shop.run("audit", "verify")


def test_nothing_begins_that_cannot_be_recorded(computer: Computer, shop: Shop, http_server: HttpServer) -> None:
    look = f"Pay | Look | http.get | url: {http_server.url}/look\n"
    _bills(shop, http_server, look + f"Pay | Transfer | http.post | url: {http_server.url}/pay\\nbody: {{{{ no }}}}")
    full = threading.Event()

    def answer(_request: Request) -> Reply:
        if not full.is_set():
            computer.limit_files(runner, 1)
        full.set()
        return Reply(200, b"{}")

    http_server.on("/look", answer)
    http_server.on("/pay", Reply(201, b"{}"))
    runner = computer.start("run")
    until(lambda: "is full or refuses to write" in computer.said(runner), "the sentence")
    assert http_server.hits("/pay") == 0
    computer.limit_files(runner)
    until(lambda: "It works again" in computer.said(runner), "the end")
    computer.stop(runner)
    assert http_server.hits("/pay") == 1
    assert shop.runs() == {"1": "DONE"}
    assert "unbroken" in shop.run("audit", "verify")
