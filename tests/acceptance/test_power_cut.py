"""The power fails: whatever was not synced is gone. Nothing that reached the outside is done twice, no file is there by half."""

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.disk import Call, Disk, lay_down, record
from tests.servers.http import HttpServer, Reply

#: Moments at which the power fails, at most.
CUTS = 16


@pytest.fixture
def bills(shop: Shop, http_server: HttpServer) -> Shop:
    """Two bills: each is paid by a request that may not be repeated, and a mail tells of it."""
    http_server.on("/pay", Reply(201, b"{}"))
    shop.config(f'[http]\nallow = ["{http_server.host}"]\n[runner]\nworkers = 1\n')
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key\nPay | Yes | New row | Bills | {{ no }}",
        Steps=f"""
            Contract | Step     | Action     | With
            Pay      | Transfer | http.post  | url: {http_server.url}/pay\\nbody: bill {{{{ no }}}}
            Pay      | Tell     | email.send | to: ana@shop.example\\nsubject: Paid {{{{ no }}}}\\nbody: Done.
        """,
        Bills="No | State | Run | Row ID\n1\n2",
    )
    return shop


def test_a_power_cut_at_any_moment_does_nothing_twice_and_halves_nothing(
    bills: Shop, http_server: HttpServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole, cut = Disk(bills.folder), Disk(bills.folder)
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    calls = record(command, bills.folder, tmp_path_factory.mktemp("log") / "strace")
    for call in calls:
        whole.play(call)
    there = {str(file.relative_to(bills.folder)): file.read_bytes() for file in bills.folder.rglob("*") if file.is_file()}
    assert {name: data for name, data in whole.now().items() if data is not None} == there, "the model of the disk is wrong"
    for number, (sent, content) in enumerate(_chosen(list(_states(cut, calls)))):
        folder = tmp_path_factory.mktemp(f"cut-{number}")
        lay_down(content, folder)
        _goes_on(Shop(folder), http_server, sent)


State = tuple[list[bytes], dict[str, bytes | None]]


def _states(disk: Disk, calls: list[Call]) -> Iterator[State]:
    """(bills that have reached the server, what the disk holds), each only once, at every moment that matters."""
    sent: list[bytes] = []
    met = set[str]()
    for call in calls:
        disk.play(call)
        paid = [bill for text in call.texts for bill in re.findall(rb"bill \d", text)] if call.name in ("sendto", "sendmsg") else []
        sent += paid
        if paid or call.name in ("rename", "fsync", "fdatasync", "unlink", "mkdir"):
            for names_at_once in (True, False):
                content = disk.after_a_cut(names_at_once=names_at_once)
                mark = hashlib.sha256(repr((sent, sorted(content.items()))).encode()).hexdigest()
                if mark not in met:
                    met.add(mark)
                    yield list(sent), content


def _chosen(states: list[State]) -> list[State]:
    """The moments just after something went out, and others evenly between the first and the last."""
    assert len(states) > CUTS
    out = [number for number in range(1, len(states)) if len(states[number][0]) > len(states[number - 1][0])]
    spread = [round(number * (len(states) - 1) / (CUTS - 1)) for number in range(CUTS)]
    return [states[number] for number in sorted({*out, *spread})]


def _goes_on(shop: Shop, server: HttpServer, sent: list[bytes]) -> None:
    before = server.hits()

    def paid() -> Counter[bytes]:
        return Counter([*sent, *(request.body for request in server.requests[before:])])

    shop.run("run", "--once")
    for bill, state in shop.runs().items():
        assert paid()[b"bill " + bill.encode()] <= 1, f"paid twice: bill {bill}"
        if state == "IN_DOUBT":
            run = next(row["Run"] for row in shop.tab("Runs") if str(row["Key"]) == bill)
            shop.type("Dead letters", {"Run": run}, Decision="DONE" if paid()[b"bill " + bill.encode()] else "RETRY")
    if set(shop.runs().values()) != {"DONE"}:
        shop.run("run", "--once")
    assert shop.runs() == {"1": "DONE", "2": "DONE"}
    assert paid() == {b"bill 1": 1, b"bill 2": 1}
    assert Counter(str(mail["Subject"]) for mail in shop.mails()) == {"Paid 1": 1, "Paid 2": 1}
    assert shop.sound()
