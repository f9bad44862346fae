"""Two runners are started on one workbook at the same moment, again and again: one does the work, the other says who has it."""

import json
import os
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply, Request

#: Runs the command for each line that comes, in a process of its own, and prints its number, exit code and words. What it will need
#: is imported before, so that both are quick off the mark.
RUNNER = """
import contextlib, io, json, os, sys
import openpyxl, python_calamine, sqlalchemy.dialects.sqlite
import adapters.ledgers.sql, adapters.workbooks.excel, runner.cli.run, runner.config, runner.engine.poll, runner.wiring
from runner.cli import main

sys.argv = ["rowpact", "run", "--once"]
print("ready", flush=True)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        said, code = io.StringIO(), 0
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                main()
            except SystemExit as end:
                code = end.code
        os.write(1, (json.dumps([os.getpid(), code, said.getvalue()]) + chr(10)).encode())
        os._exit(0)
    os.waitpid(child, 0)
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")


class Pair:
    """Two that are always started together."""

    def __init__(self, shop: Shop) -> None:
        self._processes = [self._start(shop) for _ in range(2)]
        for process in self._processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"

    def _start(self, shop: Shop) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUNNER]
        return subprocess.Popen(command, cwd=shop.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(self, ended: Callable[[], None]) -> list[tuple[int, int, str]]:
        """Both tick now; (process, exit code, words) of each, who ended first first. `ended` is called in between."""
        found: list[tuple[int, int, str]] = []
        arrived = threading.Condition()

        def listen(process: subprocess.Popen[str]) -> None:
            pid, code, words = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            with arrived:
                found.append((pid, code, words))
                arrived.notify()

        listeners = [threading.Thread(target=listen, args=(process,), daemon=True) for process in self._processes]
        for process, listener in zip(self._processes, listeners, strict=True):
            listener.start()
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        for number in (1, 2):
            with arrived:
                assert arrived.wait_for(lambda least=number: len(found) >= least, timeout=60), "a runner did not end"
            ended()
        return found

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate(timeout=60)


POSTGRES = os.environ.get("ROWPACT_TEST_POSTGRES", "")
PLACES = [
    pytest.param("business.ledger", 50, id="sqlite"),
    pytest.param(
        POSTGRES,
        10,
        id="postgresql",
        marks=pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL: name a database in ROWPACT_TEST_POSTGRES"),
    ),
]


@pytest.mark.parametrize(("ledger", "rounds"), PLACES)
def test_of_two_runners_started_together_one_works_and_one_says_who_does(
    shop: Shop, http_server: HttpServer, ledger: str, rounds: int
) -> None:
    name = f"pair-{uuid.uuid4().hex[:8]}"
    shop.config(
        f'[http]\nallow = ["{http_server.host}"]\n[runner]\nledger = "{ledger}"\n',
        workbook=f'kind = "excel"\npath = "business.xlsx"\nname = "{name}"',
    )
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key\nPay | Yes | New row | Bills | {{ no }}",
        Steps=f"""
            Contract | Step     | Action     | With
            Pay      | Transfer | http.post  | url: {http_server.url}/pay\\nbody: bill {{{{ no }}}}
            Pay      | Tell     | email.send | to: ana@shop.example\\nsubject: Paid {{{{ no }}}}\\nbody: Done.
        """,
        Bills="No | State | Run | Row ID",
    )
    alone = threading.Event()

    def answer(_request: Request) -> Reply:
        alone.wait(30)  # until the other one has given up: they surely meet
        return Reply(201, b"{}")

    http_server.on("/pay", answer)
    pair = Pair(shop)
    try:
        for number in range(1, rounds + 1):
            shop.add("Bills", No=number)
            alone.clear()
            (_, refused, words), (winner, fine, _) = pair.go(alone.set)
            assert (refused, fine) == (1, 0), words
            assert f"Another Rowpact (process {winner} on " in words
            assert f"is running {name}" in words
    finally:
        pair.end()
    assert Counter(request.body for request in http_server.requests) == {f"bill {n}".encode(): 1 for n in range(1, rounds + 1)}
    assert Counter(str(mail["Subject"]) for mail in shop.mails()) == {f"Paid {n}": 1 for n in range(1, rounds + 1)}
    assert set(shop.runs().values()) == {"DONE"}
    assert len(shop.runs()) == rounds
    assert "unbroken" in shop.run("audit", "verify")
