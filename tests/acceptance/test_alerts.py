"""Alerts of a real shop: its config.toml, the command line, real servers."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import openpyxl
import pytest

from runner.alarm import open_alerting
from runner.ports.checkup import Verdict
from runner.trials import probe
from runner.wiring import load_config, open_secrets
from tests.acceptance.conftest import Shop, pay_one_bill
from tests.conftest import NoMailer
from tests.servers.http import HttpServer, Reply
from tests.servers.smtp import FaultySmtp, SmtpServer


def failing(shop: Shop, server: HttpServer, severity: str, extra: str) -> Shop:
    """One bill that the bank refuses."""
    server.on("/pay", Reply(422, b"no such account"))
    pay_one_bill(shop, server)
    shop.config(f'[http]\nallow = ["{server.host}"]\n{extra}')
    book = openpyxl.load_workbook(shop.path)
    book["Contracts"]["G1"], book["Contracts"]["G2"] = "Severity", severity
    book.save(shop.path)
    return shop


def test_a_dead_letter_reaches_mail_and_a_signed_webhook_and_stands_in_workbook_and_status(
    shop: Shop, http_server: HttpServer
) -> None:
    http_server.on("/alerts", Reply(204))
    failing(
        shop,
        http_server,
        "P0",
        f'[alerts.P0]\nemail = ["ana@example.com"]\nwebhook = "{http_server.url}/alerts"\nsecret = "{{{{ secrets.SIGN }}}}"\n'
        f'[secrets.SIGN]\nenv = "SIGN"\nhosts = ["{http_server.host}"]\n',
    )
    printed = shop.run("run", "--once", env={"SIGN": "our own secret"})
    assert "Alert by mail to ana@example.com: W-1 dead letter.\n" in printed
    assert f"Alert by webhook ({http_server.host}): W-1 dead letter.\n" in printed
    (mail,) = shop.mails()
    assert (mail["To"], mail["Subject"]) == ("ana@example.com", "P0 dead letter: Pay · Transfer")
    assert mail.get_body(("html",)) is not None
    call = next(request for request in http_server.requests if request.path == "/alerts")
    stamp = call.headers["x-rowpact-timestamp"]
    signature = hmac.new(b"our own secret", f"{stamp}.".encode() + call.body, hashlib.sha256).hexdigest()
    assert call.headers["x-rowpact-signature"] == f"sha256={signature}"
    told = json.loads(call.body)
    assert (told["severity"], told["alerts"][0]["news"], told["alerts"][0]["runs"]) == ("P0", "new", ["R-0001"])
    (row,) = shop.tab("Alerts")
    assert (row["Severity"], row["Count"], row["State"]) == ("P0", 1, "open")
    (alert,) = shop.json("status")["alerts"]  # type: ignore[index]
    assert (alert["alert"], alert["kind"], alert["contract"]) == ("W-1", "dead letter", "Pay")
    assert "Nothing new." in shop.run("run", "--once", env={"SIGN": "our own secret"})
    assert http_server.hits("/alerts") == len(shop.mails()) == 1
    assert shop.sound()


def test_quiet_hours_last_until_the_owners_morning_and_what_is_over_is_told_once(shop: Shop, http_server: HttpServer) -> None:
    failing(shop, http_server, "P1", '[alerts.P1]\nemail = ["ana@example.com"]\nquiet = "22:00-07:00"\n')
    subjects: list[str] = []
    for hours in ("2026-11-22T23:30", "2026-11-23T00:30", "2026-11-23T06:59", "2026-11-23T07:01", "2026-11-23T07:30"):
        shop.clock = f"{hours}:00+00:00"
        shop.run("run", "--once")
        subjects.append(f"{hours[11:]} {len(shop.mails())}")
    assert subjects == ["23:30 0", "00:30 0", "06:59 0", "07:01 1", "07:30 1"]
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE", Decided_by="Ana")
    for hours in ("07:40", "08:01", "09:30"):
        shop.clock = f"2026-11-23T{hours}:00+00:00"
        shop.run("run", "--once")
    assert [str(mail["Subject"]) for mail in shop.mails()] == [
        "P1 dead letter: Pay · Transfer",
        "over: P1 dead letter: Pay · Transfer",
    ]


def test_an_alert_goes_by_the_mail_server_of_the_config(shop: Shop, http_server: HttpServer, smtp_server: SmtpServer) -> None:
    failing(shop, http_server, "P0", "")
    extra = f'[http]\nallow = ["{http_server.host}"]\n[alerts.P0]\nemail = ["ana@example.com", "Bob <bob@example.com>"]\n'
    shop.config(f'mode = "smtp"\nhost = "127.0.0.1"\nport = {smtp_server.port}\nsecurity = "none"\n{extra}')
    shop.run("run", "--once")
    (message,) = smtp_server.messages
    assert message.recipients == ["ana@example.com", "bob@example.com"]


def test_a_workbook_that_cannot_be_read_is_told_and_so_is_that_it_works_again(shop: Shop, http_server: HttpServer) -> None:
    failing(shop, http_server, "P2", '[alerts.P0]\nemail = ["ana@example.com"]\n')
    shop.run("run", "--once")
    good = shop.path.read_bytes()
    shop.path.write_bytes(b"this is no workbook")
    shop.run("run", "--once", code=1)
    shop.run("run", "--once", code=1)
    shop.path.write_bytes(good)
    shop.run("run", "--once")
    first, second = [str(mail["Subject"]) for mail in shop.mails()]
    assert first.startswith("P0 workbook unreadable: business.xlsx")
    assert second.startswith("over: P0 workbook unreadable:")
    (row,) = [row for row in shop.tab("Alerts") if str(row["What"]).startswith("Workbook")]
    assert str(row["State"]).startswith("over since")


@pytest.fixture
def told_by_both(shop: Shop, http_server: HttpServer) -> Shop:
    """P0 goes into the outbox and to a web service."""
    extra = f'[alerts.P0]\nemail = ["ana@example.com"]\nwebhook = "{http_server.url}/alerts"\n'
    return failing(shop, http_server, "P0", extra)


def kill_when(shop: Shop, is_time: Callable[[], bool]) -> None:
    """Start one tick and kill it, without a chance to clean up, as soon as `is_time` says so."""
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    process = subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(6000):
        if is_time() or process.poll() is not None:
            break
        time.sleep(0.005)
    assert is_time(), "what was waited for never came"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


def test_a_kill_while_somebody_is_being_told_loses_nothing_and_repeats_under_the_same_id(
    told_by_both: Shop, http_server: HttpServer
) -> None:
    http_server.on("/alerts", http_server.hang, Reply(200))
    kill_when(told_by_both, lambda: http_server.hits("/alerts") == 1 and len(told_by_both.mails()) == 1)
    told_by_both.run("run", "--once")
    told_by_both.run("run", "--once")
    first, second = [json.loads(request.body) for request in http_server.requests if request.path == "/alerts"]
    assert first["id"] == second["id"]
    assert [str(mail["Subject"]) for mail in told_by_both.mails()] == ["P0 dead letter: Pay · Transfer"]
    assert len(told_by_both.tab("Alerts")) == 1
    assert told_by_both.sound()


def test_the_daily_probes_find_a_login_that_is_refused_and_a_folder_that_is_gone(
    shop: Shop, faulty_smtp: Callable[..., FaultySmtp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL", "wrong password")
    server = faulty_smtp("AUTH", "535 5.7.8 no")
    shop.config(
        f'mode = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nusername = "ana"\n'
        'password = "{{ secrets.MAIL }}"\n[secrets.MAIL]\nenv = "MAIL"\nhosts = ["127.0.0.1"]\n[files]\nallow = ["documents"]\n'
    )
    found = {each.area: each for each in probe(load_config(shop.folder / "config.toml")) if each.verdict is Verdict.PROBLEM}
    assert "refused the login of ana" in found["E-mail"].says
    assert "wrong password" not in str(found)
    assert found["Files"].what == "documents"


def test_the_disks_of_ledger_and_workbook_are_measured(shop: Shop) -> None:
    config = load_config(shop.folder / "config.toml")
    disks = open_alerting(config, config.workbooks[0], open_secrets(config), NoMailer()).disks()  # type: ignore[arg-type]
    assert [disk.holds for disk in disks] == ["the ledger", "the workbook"]
    assert all(0 < disk.free <= disk.total and disk.folder == str(shop.folder) for disk in disks)


def test_the_doctor_sends_a_test_alert_to_everybody_and_says_who_did_not_take_it(
    told_by_both: Shop, http_server: HttpServer
) -> None:
    http_server.on("/alerts", Reply(200), Reply(404))
    assert "took a test alert" in told_by_both.run("doctor", "--alert-test")
    (mail,) = told_by_both.mails()
    assert mail["Subject"] == "Rowpact: a test alert"
    printed = told_by_both.run("doctor", "--alert-test", code=1)
    assert f"{http_server.host} answered 404 Not Found." in printed


def test_the_doctor_says_when_nobody_is_named(shop: Shop) -> None:
    assert "config.toml names nobody for alerts." in shop.run("doctor", "--alert-test")


def test_a_runner_that_polls_beats_while_all_is_well_and_says_when_it_is_not(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/ping", Reply(200))
    http_server.on("/ping/fail", Reply(200))
    failing(shop, http_server, "P2", f'[runner]\nheartbeat = "{http_server.url}/ping"\n')
    shop.run("run", "--once")
    shop.path.write_bytes(b"this is no workbook")
    shop.run("run", "--once", code=1)
    beats = [(request.method, request.path) for request in http_server.requests if request.path.startswith("/ping")]
    assert beats == [("GET", "/ping"), ("POST", "/ping/fail")]
