"""The weekly report through a mail server that fails at every point, over TLS and signed in: counted by what the server got."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.mail.sent_folder import SentFolder
from adapters.mailers.smtp import SmtpMailer
from runner.rules import own
from tests.engine.office import Office
from tests.engine.test_smtp_verdicts import DOUBT, LATER, NEVER, SENT, VERDICTS
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.smtp import CUT, DRIP, DROP, RESET, FaultySmtp, SmtpServer

#: How a line breaks makes a difference only behind the final dot, and the first words are said to a report as to any mail.
FIRST, BREAKS = ("greeting", "EHLO", "STARTTLS", "handshake"), (CUT, RESET, DRIP)
POINTS = [
    (at, fault, state)
    for at, fault, state in VERDICTS
    if (at not in FIRST or fault == DROP) and (at == "dot" or fault not in BREAKS)
]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A workbook with nothing to do; its first tick was on Sunday."""
    monkeypatch.setattr(own, "SEND", replace(own.SEND, timeout=timedelta(seconds=2)))
    return Office(tmp_path, report_to=("ana@example.com", "bo@example.com"))


def _monday(office: Office, mailer: SmtpMailer) -> None:
    office.write(Leads="Name\nAda")
    office.tick()
    office.post = mailer  # type: ignore[assignment]
    office.restart()
    office.tick(hours=16)


@pytest.mark.parametrize(("at", "fault", "state"), POINTS)
def test_at_every_point_the_report_knows_what_is_certain_and_leaves_at_most_once(
    office: Office,
    faulty_smtp: Callable[..., FaultySmtp],
    server_tls: ssl.SSLContext,
    ca_file: Path,
    at: str,
    fault: str,
    state: str,
) -> None:
    server = faulty_smtp(at, fault, starttls=server_tls)
    _monday(office, SmtpMailer("127.0.0.1", server.port, "starttls", "ana", lambda: "pw", ca_file))
    assert office.states() == {"R-0001": state}
    assert len(server.kept) == (state in (DOUBT, SENT))
    server.heal()
    for _ in range(3):
        office.tick(hours=1)
    assert office.states() == {"R-0001": SENT if state == LATER else state}
    assert len(server.kept) == (state != NEVER)
    if state in (NEVER, DOUBT):
        assert office.tab("Dead letters")[0]["Severity"] == "P1"
    office.close()


def test_a_real_server_gets_it_encrypted_and_signed_in_with_all_its_parts(
    office: Office, start_smtp: Callable[..., SmtpServer], server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = start_smtp(login=("ana", "pw"), tls=server_tls)
    _monday(office, SmtpMailer("127.0.0.1", server.port, "starttls", "ana", lambda: "pw", ca_file))
    (kept,) = server.messages
    assert kept.recipients == ["ana@example.com", "bo@example.com"]
    assert server.logins == ["ana"]
    assert kept.content.isascii()
    assert max(map(len, kept.content.split(b"\r\n"))) <= 998
    mail = kept.mail
    assert mail["List-Id"] == "Rowpact weekly report <weekly-report.rowpact.example.com>"
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == ["text/plain", "text/html"]
    assert mail["Message-ID"] == office.run("R-0001").output["message_id"]
    office.close()


def test_a_report_in_doubt_that_stands_in_the_sent_folder_needs_nobody(
    office: Office, faulty_smtp: Callable[..., FaultySmtp], start_dovecot: Callable[..., Dovecot], ca_file: Path
) -> None:
    server, mailbox = faulty_smtp("dot", DROP), start_dovecot({"Sent": "\\Sent"})
    sent = SentFolder(host="localhost", port=mailbox.tls_port, username=USER, password=lambda: PASSWORD, ca_file=ca_file)
    _monday(office, SmtpMailer("127.0.0.1", server.port, "none", sent=sent))
    assert office.states() == {"R-0001": DOUBT}
    server.heal()
    mailbox.file("Sent", server.kept[0])
    office.tick(hours=1)
    assert office.states() == {"R-0001": SENT}
    assert len(server.kept) == 1
    assert str(office.tab("Dead letters")[0]["Result"]).startswith("It did happen, its Message-ID")
    office.close()
