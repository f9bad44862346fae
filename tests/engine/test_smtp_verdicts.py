"""Wherever a conversation with a mail server can break: what is certain, what is in doubt, and what becomes of the run.

RETRYING: it certainly did not leave, and is sent later. DEAD_LETTER: refused for good. IN_DOUBT: it may have left. DONE: it left.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.mailers.smtp import SmtpMailer
from tests.engine.office import CONTRACTS, STEPS, Office
from tests.servers.smtp import CUT, DRIP, DROP, RESET, SILENCE, FaultySmtp

LATER, NEVER, DOUBT, SENT = "RETRYING", "DEAD_LETTER", "IN_DOUBT", "DONE"
GARBAGE = "\x00\x00 what?"

VERDICTS = [
    *((at, fault, LATER) for at in ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA") for fault in (DROP, CUT, RESET)),
    *((at, fault, LATER) for at in ("greeting", "RCPT", "DATA") for fault in (SILENCE, DRIP)),
    ("greeting", "421 4.3.2 too busy", LATER),
    ("greeting", "554 5.7.1 not from your network", NEVER),
    ("greeting", GARBAGE, LATER),
    ("EHLO", "421 4.3.0 closing", LATER),
    ("EHLO", "502 5.5.1 no such command", NEVER),
    ("STARTTLS", "454 4.7.0 TLS not available just now", LATER),
    ("STARTTLS", "554 5.7.3 no", NEVER),
    *(("STARTTLS", fault, LATER) for fault in (DROP, CUT, RESET, SILENCE)),
    ("handshake", GARBAGE, LATER),
    *(("handshake", fault, LATER) for fault in (DROP, SILENCE)),
    ("AUTH", "454 4.7.0 temporary", LATER),
    ("AUTH", "535 5.7.8 bad credentials", NEVER),
    ("MAIL", "451 4.3.0 later", LATER),
    ("MAIL", "452 4.5.3 quota", LATER),
    ("MAIL", "550 5.7.60 not as this sender", NEVER),
    ("RCPT", "450 4.2.1 greylisted", LATER),
    ("RCPT", "550 5.1.1 no such user", NEVER),
    ("RCPT 2", "450 4.2.1 greylisted", LATER),
    ("RCPT 2", "550 5.1.1 no such user", NEVER),
    ("RCPT 2", DROP, LATER),
    ("DATA", "451 4.3.0 later", LATER),
    ("DATA", "554 5.5.1 no", NEVER),
    ("dot", "421 4.3.0 closing", LATER),
    ("dot", "451 4.3.0 scanner down", LATER),
    ("dot", "552 5.3.4 too big", NEVER),
    ("dot", "354 what?", DOUBT),
    ("dot", GARBAGE, DOUBT),
    *(("dot", fault, DOUBT) for fault in (DROP, CUT, RESET, SILENCE, DRIP)),
    ("after", DROP, SENT),
    ("QUIT", "451 4.3.0 hm", SENT),
    *(("QUIT", fault, SENT) for fault in (DROP, CUT, RESET, SILENCE)),
]


@pytest.fixture
def send(
    tmp_path: Path, faulty_smtp: Callable[..., FaultySmtp], server_tls: ssl.SSLContext, ca_file: Path
) -> Callable[[str, str], tuple[Office, FaultySmtp]]:
    """One mail to two people through a server with this fault; the office after its first tick."""

    def go(at: str, fault: str) -> tuple[Office, FaultySmtp]:
        encrypted = at in ("STARTTLS", "handshake")
        server = faulty_smtp(at, fault, starttls=server_tls if encrypted else None)
        security = "starttls" if encrypted else "none"
        mailer = SmtpMailer("127.0.0.1", server.port, security, "ana", lambda: "pw", ca_file)
        office = _office(tmp_path, mailer)
        return office, server

    return go


def _office(folder: Path, mailer: Any) -> Office:
    office = Office(folder, post=mailer)
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS.replace(" | Check", " | Timeout | Check")
        + "Hello | Reply | email.send | to: {{ email }}, eve@shop.example\\nsubject: Hi\\nbody: Hello. | | | | | 2s",
        Settings="Setting | Value",
        Leads="Email | State | Run\nbob@shop.example",
    )
    office.tick()
    return office


@pytest.mark.parametrize(("at", "fault", "state"), VERDICTS)
def test_at_every_point_the_run_knows_what_is_certain_and_the_mail_leaves_at_most_once(
    send: Callable[[str, str], tuple[Office, FaultySmtp]], at: str, fault: str, state: str
) -> None:
    office, server = send(at, fault)
    assert office.states() == {"R-0001": state}
    assert len(server.kept) == (state in (DOUBT, SENT))
    server.heal()
    for _ in range(3):
        office.tick(hours=1)
    assert office.states() == {"R-0001": SENT if state == LATER else state}
    assert len(server.kept) == (state != NEVER)
    office.close()


@pytest.mark.parametrize("at", ["begin", "body"])
@pytest.mark.parametrize("fault", [DROP, RESET])
def test_a_line_that_breaks_within_the_message_is_failed_or_in_doubt_but_never_sent(
    send: Callable[[str, str], tuple[Office, FaultySmtp]], at: str, fault: str
) -> None:
    """Which of the two depends on how much of it this machine had taken over when the line broke."""
    office, server = send(at, fault)
    assert office.states()["R-0001"] in (LATER, DOUBT)
    assert server.kept == []
    office.close()


def test_a_server_that_is_not_there_is_tried_again(tmp_path: Path, faulty_smtp: Callable[..., FaultySmtp]) -> None:
    server = faulty_smtp()
    server.stop()
    office = _office(tmp_path, SmtpMailer("127.0.0.1", server.port, "none"))
    assert office.states() == {"R-0001": LATER}
    office.close()


def test_a_stranger_with_another_certificate_gets_no_mail(
    tmp_path: Path, faulty_smtp: Callable[..., FaultySmtp], server_tls: ssl.SSLContext
) -> None:
    server = faulty_smtp(starttls=server_tls)
    office = _office(tmp_path, SmtpMailer("127.0.0.1", server.port, "starttls", "ana", lambda: "pw"))
    assert office.states() == {"R-0001": NEVER}
    assert server.kept == []
    assert not any(line.startswith("AUTH") for line in server.heard)
    office.close()
