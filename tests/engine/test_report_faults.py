"""The weekly report through a mail server that fails at every point, over TLS and signed in: counted by what the server got."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.mailers.smtp import SmtpMailer
from runner.rules import own
from tests.engine.office import Office
from tests.engine.test_smtp_verdicts import DOUBT, LATER, NEVER, SENT, VERDICTS
from tests.servers.smtp import DROP, FaultySmtp, SmtpServer

#: What is said before encryption begins, or at the server's first words, is the same for a report as for any mail.
BEFORE = ("greeting", "EHLO", "STARTTLS", "handshake")
POINTS = [verdict for verdict in VERDICTS if verdict[0] not in BEFORE or verdict[1] == DROP]


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
