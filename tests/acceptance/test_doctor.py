"""`rowpact doctor` on the real command line: every connection really tried, every cause told with its mend, nothing sent."""

import json
import os
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from adapters.clock import SystemClock
from runner import wiring
from runner.ports.checkup import Verdict
from runner.trials import trials
from tests.acceptance.conftest import Shop
from tests.conftest import FixedClock
from tests.servers.http import HttpServer
from tests.servers.imap import ImapServer
from tests.servers.lines import LineServer
from tests.servers.smtp import SmtpServer

SECRET = "mail-4eC39HqLyjWDarjtT1zdp7dc"


@pytest.fixture
def start_imap() -> Iterator[Callable[..., ImapServer]]:
    servers: list[ImapServer] = []

    def start(**options: Any) -> ImapServer:
        servers.append(ImapServer(**options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def findings(shop: Shop, code: int, env: dict[str, str] | None = None) -> dict[str, dict[str, str]]:
    """`area: what` → finding."""
    done = shop.start("doctor", "--json", env=env)
    assert done.returncode == code, done.stdout + done.stderr
    return {f"{each['area']}: {each['what']}": each for each in json.loads(done.stdout)["findings"]}


def mail_config(host: str, port: int, ca_file: Path, password: str = "MAIL") -> str:
    return (
        f'mode = "smtp"\nhost = "{host}"\nport = {port}\nca_file = "{ca_file.as_posix()}"\nusername = "ana"\n'
        f'password = "{{{{ secrets.{password} }}}}"\n[secrets.{password}]\nenv = "{password}"\nhosts = ["{host}"]\n'
    )


def test_a_set_up_in_order_is_all_fine_and_nothing_is_made_or_changed(leads: Shop) -> None:
    before = {path: path.stat().st_mtime_ns for path in leads.folder.iterdir()}
    printed = leads.run("doctor")
    assert "No problems" in printed
    assert "rows: Leads 2" in printed
    assert "1 without a mistake" in printed
    assert {path: path.stat().st_mtime_ns for path in leads.folder.iterdir()} == before


def test_signing_in_is_tried_without_a_mail(
    leads: Shop, start_smtp: Callable[..., SmtpServer], server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = start_smtp(login=("ana", SECRET), tls=server_tls)
    leads.config(mail_config("localhost", server.port, ca_file))
    found = findings(leads, 0, {"MAIL": SECRET})
    assert found["E-mail: Connect and sign in"]["verdict"] == "fine"
    assert "certificate valid until" in found["E-mail: Connect and sign in"]["says"]
    assert (server.logins, server.messages) == (["ana"], [])


def test_a_wrong_password_is_told_and_not_shown(
    leads: Shop, start_smtp: Callable[..., SmtpServer], server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = start_smtp(login=("ana", "another"), tls=server_tls)
    leads.config(mail_config("localhost", server.port, ca_file))
    printed = leads.run("doctor", code=1, env={"MAIL": SECRET})
    assert "refused the login of ana" in printed
    assert "Correct username and password in config.toml [email]" in printed
    assert SECRET not in printed


def test_a_secret_that_is_not_there_is_named_with_the_variable_to_set(leads: Shop, ca_file: Path) -> None:
    leads.config(mail_config("localhost", 1, ca_file, "NO_SUCH_VARIABLE"))
    found = findings(leads, 1)["Secrets: NO_SUCH_VARIABLE"]
    assert "there is no environment variable NO_SUCH_VARIABLE" in found["says"]


def test_a_mailbox_is_signed_into_and_only_looked_at(
    leads: Shop, start_imap: Callable[..., ImapServer], server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    box = start_imap(login=("ana", SECRET), tls=server_tls, folders={"INBOX": 3})
    table = '[inbox.{name}]\nhost = "localhost"\nport = {port}\nusername = "{user}"\nfolder = "{folder}"\n'
    table += 'password = "{{{{ secrets.MAIL }}}}"\n'
    tables = [
        table.format(name="good", port=box.port, user="ana", folder="INBOX"),
        table.format(name="stranger", port=box.port, user="bob", folder="INBOX"),
        table.format(name="lost", port=box.port, user="ana", folder="Orders"),
    ]
    leads.config("".join(tables) + '[secrets.MAIL]\nenv = "MAIL"\nhosts = ["localhost"]\n')
    found = findings(leads, 1, {"MAIL": SECRET, "SSL_CERT_FILE": str(ca_file)})
    assert found["E-mail: Mailbox good"]["says"].endswith("INBOX holds 3 messages")
    assert "refused the login of bob" in found["E-mail: Mailbox stranger"]["says"]
    assert "no folder Orders" in found["E-mail: Mailbox lost"]["says"]
    assert {said.split()[0] for said in box.said} == {"CAPABILITY", "LOGIN", "EXAMINE", "LOGOUT"}


def test_a_mailbox_whose_certificate_ends_soon_is_worth_a_word(
    leads: Shop, start_imap: Callable[..., ImapServer], ca: trustme.CA, ca_file: Path
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ends = SystemClock().now() + timedelta(days=9)
    ca.issue_cert("localhost", not_after=ends).configure_cert(tls)
    box = start_imap(login=("ana", SECRET), tls=tls, folders={"INBOX": 3})
    table = f'[inbox.orders]\nhost = "localhost"\nport = {box.port}\nusername = "ana"\npassword = "{{{{ secrets.MAIL }}}}"\n'
    leads.config(table + '[secrets.MAIL]\nenv = "MAIL"\nhosts = ["localhost"]\n')
    found = findings(leads, 0, {"MAIL": SECRET, "SSL_CERT_FILE": str(ca_file)})["E-mail: Mailbox orders"]
    assert (found["verdict"], f"its certificate ends on {ends.day} {ends:%b %Y}" in found["says"]) == ("warning", True)


def test_hosts_are_reached_and_not_spoken_to(leads: Shop, http_server: HttpServer) -> None:
    deaf = LineServer(lambda line: None)
    deaf.stop()
    leads.config(f'[http]\nallow = ["{http_server.host}", "127.0.0.1:{deaf.port}", "no-such-host.invalid:81"]\n')
    found = findings(leads, 1)
    assert found[f"Web: {http_server.host}"]["verdict"] == "fine"
    assert (http_server.connections, http_server.requests) == (1, [])
    assert "refused the connection" in found[f"Web: 127.0.0.1:{deaf.port}"]["says"]
    assert "[http] allow" in found[f"Web: 127.0.0.1:{deaf.port}"]["mend"]
    assert found["Web: no-such-host.invalid:81"]["verdict"] == "problem"


def test_a_certificate_of_a_stranger_is_a_problem(leads: Shop, https_server: HttpServer, ca_file: Path) -> None:
    leads.config(f'[runner]\nheartbeat = "{https_server.url}/beat"\n')
    assert "cannot be trusted" in findings(leads, 1)[f"Web: {https_server.host}"]["says"]
    assert findings(leads, 0, {"SSL_CERT_FILE": str(ca_file)})[f"Web: {https_server.host}"]["verdict"] == "fine"
    assert https_server.requests == []


def test_folders_that_are_missing_or_files_are_told(leads: Shop) -> None:
    (leads.folder / "plain").write_text("x")
    leads.config('[files]\nallow = ["documents", "plain"]\n')
    found = findings(leads, 1)
    assert found["Files: documents"]["mend"] == "Make it, or correct config.toml [files] allow."
    assert "is a file, not a folder" in found["Files: plain"]["says"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_folder_that_may_not_be_written_into_is_told(leads: Shop, ordinary_user: None) -> None:
    folder = leads.folder / "outbox"
    folder.mkdir(mode=0o555)
    assert "nothing can be written there" in findings(leads, 1)["E-mail: Mail becomes files"]["says"]


def test_a_workbook_that_is_gone_or_damaged_is_told_and_the_rest_is_tried(leads: Shop) -> None:
    leads.path.write_bytes(b"PK not a workbook")
    found = findings(leads, 1)
    assert found["Workbook: Opens"]["verdict"] == "problem"
    assert found["E-mail: Mail becomes files"]["verdict"] == "fine"
    leads.path.unlink()
    assert findings(leads, 1)["Workbook: Opens"]["verdict"] == "problem"


def test_mistakes_in_cells_are_counted_and_left_to_check(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Action="email.sent")
    found = findings(leads, 0)["Workbook: Contracts"]
    assert (found["verdict"], found["mend"].startswith("`rowpact check`")) == ("warning", True)


def test_mistakes_in_config_are_told_first(leads: Shop) -> None:
    leads.config("[runner]\npol = 3\n")
    printed = leads.run("doctor", code=1)
    assert "pol" in printed
    assert "Did you mean" in printed


def test_a_ledger_that_was_changed_by_hand_is_a_problem(leads: Shop) -> None:
    leads.run("run", "--once")
    assert findings(leads, 0)["Workbook: Ledger"]["says"] == "business: whole, 2 runs"
    with closing(sqlite3.connect(leads.folder / "business.ledger")) as ledger, ledger:
        ledger.execute("UPDATE runs SET doc = replace(doc, 'DONE', 'PAUSED')")
    found = findings(leads, 1)["Workbook: Ledger"]
    assert "newest backup" in found["mend"]


def test_a_ledger_of_the_future_means_a_wrong_clock(leads: Shop, fixed_clock: FixedClock) -> None:
    leads.run("run", "--once")
    fixed_clock.moment = datetime(2020, 1, 1, tzinfo=UTC)
    config = wiring.load_config(leads.folder / "config.toml")
    (found,) = (finding for trial in trials(config, fixed_clock) if trial.what == "Ledger" for finding in trial.run())
    assert (found.what, found.verdict) == ("Clock", Verdict.WARNING)
    assert "still to come by this computer's clock" in found.says
