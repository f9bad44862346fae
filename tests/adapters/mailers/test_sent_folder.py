"""The Sent folder over IMAP, in a real Dovecot: a mail that stands there left, and nothing else is proof."""

import imaplib
import re
import ssl
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.mail.sent_folder import SentFolder, modified_utf7
from adapters.mailers.smtp import SmtpMailer
from runner.errors import ActionFailed
from tests.engine.office import Office, lay_out_leads
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.lines import LineServer
from tests.servers.smtp import DROP

OURS = "<0123456789abcdef0123456789abcdef@example.com>"
LONG = timedelta(seconds=15)


def mail(message_id: str = OURS) -> bytes:
    return f"From: ana@example.com\r\nTo: bob@example.com\r\nSubject: Hi\r\nMessage-ID: {message_id}\r\n\r\nHello.\r\n".encode()


def sent(server: Any, **options: Any) -> SentFolder:
    known = {"host": server.host, "port": server.port, "security": "none", "username": USER, "password": lambda: PASSWORD}
    return SentFolder(**{**known, **options})


def test_a_mail_in_the_folder_that_the_server_calls_sent_left(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Archiv": "", "Post raus": "\\Sent", "Sent": ""})
    server.file("Sent", mail("<other@example.com>"))
    server.file("Post raus", mail())
    assert sent(server).find(OURS) is True
    assert sent(server).find("<other@example.com>") is None


def test_what_is_not_there_proves_nothing(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Sent": "\\Sent"})
    assert sent(server).find(OURS) is None
    server.file("Sent", mail(f"<x{OURS[1:]}"))
    server.file("Sent", mail(OURS.upper()))
    assert sent(server).find(OURS) is None


@pytest.mark.parametrize("name", ["Sent Items", "Gesendet", "Éléments envoyés"])
def test_a_server_that_marks_no_folder_has_one_of_the_usual_names(start_dovecot: Callable[..., Dovecot], name: str) -> None:
    server = start_dovecot({"Drafts": "", name: ""})
    server.file(name, mail())
    assert sent(server).find(OURS) is True


def test_a_folder_can_be_named_in_any_language(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Sent": "\\Sent", "Отправленные": ""})
    server.file("Отправленные", mail())
    assert sent(server).find(OURS) is None
    assert sent(server, mailbox="Отправленные").find(OURS) is True


def test_a_folder_that_is_not_there_is_named_with_those_that_are(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Post": ""})
    with pytest.raises(ActionFailed, match=r"known to be Sent \(.*Post.*\); name it as mailbox.*\[email\.sent\]"):
        sent(server).find(OURS)
    with pytest.raises(ActionFailed, match="does not open the folder Raus"):
        sent(server, mailbox="Raus").find(OURS)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_line_is_encrypted_and_the_server_proves_who_it_is(
    start_dovecot: Callable[..., Dovecot], ca_file: Any, tmp_path: Any, security: str
) -> None:
    server = start_dovecot({"Sent": "\\Sent"})
    server.file("Sent", mail())
    port = server.tls_port if security == "tls" else server.port
    assert sent(server, port=port, security=security, ca_file=ca_file).find(OURS) is True
    with pytest.raises(ActionFailed, match="certificate cannot be trusted"):
        sent(server, port=port, security=security).find(OURS)


def test_a_wrong_password_stands_in_no_sentence(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Sent": "\\Sent"})
    with pytest.raises(ActionFailed, match="could not be looked into for ana") as failed:
        sent(server, password=lambda: "hunter2!").find(OURS)
    assert "hunter2" not in str(failed.value)


def test_a_copy_is_filed_once_and_as_it_was_sent(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Sent": "\\Sent"})
    folder = sent(server)
    assert folder.keep(mail(), OURS) == "a copy is in Sent"
    assert folder.keep(mail(), OURS) == "a copy was in Sent already"
    assert server.held("Sent") == [mail()]
    assert folder.find(OURS) is True


def test_a_copy_follows_a_mail_that_left_and_changes_nothing_about_it(
    start_dovecot: Callable[..., Dovecot], smtp_server: Any, faulty_smtp: Callable[..., Any]
) -> None:
    server = start_dovecot({"Sent": "\\Sent"})

    def send(smtp: Any, **options: Any) -> str:
        mailer = SmtpMailer(smtp.host, smtp.port, "none", sent=sent(server), keep_copy=True, **options)
        return mailer.send(mail(), "ana@example.com", ["bob@example.com"], LONG)

    assert send(smtp_server).endswith("kept; a copy is in Sent")
    assert server.held("Sent") == [mail()]
    with pytest.raises(ActionFailed):
        send(faulty_smtp("dot", "552 no"))
    assert len(server.held("Sent")) == 1
    server.stop()
    assert "; without a copy in Sent: The mail server" in send(smtp_server)
    assert len(smtp_server.messages) == 2


def _fake(*says: bytes, tls: ssl.SSLContext | None = None) -> LineServer:
    """Says each of these after a line of the client, and then nothing."""

    def serve(line: Any) -> None:
        with line.makefile("rb") as stream:
            for answer in says:
                line.sendall(answer.replace(b"TAG", tag) if (tag := _tag(stream, answer)) else answer)
            server.stopping.wait(10)

    server = LineServer(serve, tls)
    server.host = "127.0.0.1"  # type: ignore[attr-defined]
    return server


def _tag(stream: Any, answer: bytes) -> bytes:
    return re.match(rb"\S+", stream.readline())[0] if b"TAG" in answer else b""


GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n"


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ((), "did not answer in time"),
        ((b"* BYE go away\r\n",), "go away"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "400 Bad Request|broke off|did not answer"),
        ((GREETING,), "did not answer in time"),
        ((b"* OK " + b"x" * 1_100_000,), "line"),
    ],
)
def test_a_server_that_misbehaves_is_left_in_time_and_named(says: tuple[bytes, ...], why: str) -> None:
    server = _fake(*says)
    try:
        with pytest.raises(ActionFailed, match=why):
            sent(server, patience=timedelta(seconds=0.6)).find(OURS)
    finally:
        server.stop()


def test_a_server_that_drips_for_ever_is_left_in_time() -> None:
    def drip(line: Any) -> None:
        line.sendall(b"* OK ")
        while not server.stopping.wait(0.02):
            line.sendall(b".")

    server = LineServer(drip)
    server.host = "127.0.0.1"  # type: ignore[attr-defined]
    try:
        with pytest.raises(ActionFailed, match="did not answer in time"):
            sent(server, patience=timedelta(seconds=0.6)).find(OURS)
    finally:
        server.stop()


def test_a_search_that_brings_other_mail_is_not_believed() -> None:
    """A server that ignores what it was asked and shows everything would make every mail a sent one."""
    ok = b"TAG OK done\r\n"
    says = (
        b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + ok,
        b"TAG OK in\r\n",
        b"* CAPABILITY IMAP4rev1\r\n" + ok,
        b'* LIST (\\Sent) "/" Sent\r\n' + ok,
        b"* 3 EXISTS\r\n" + ok,
        b"* SEARCH 1 2 3\r\n" + ok,
        b"* 3 FETCH (UID 3 BODY[HEADER.FIELDS (MESSAGE-ID)] {27}\r\nMessage-ID: <other@x.y>\r\n\r\n)\r\n" + ok,
    )
    server = _fake(b"* OK hello\r\n", *says)
    try:
        assert sent(server, patience=timedelta(seconds=5)).find(OURS) is None
    finally:
        server.stop()


@pytest.mark.parametrize(("name", "written"), [("Sent", "Sent"), ("Éléments & Co", "&AMk-l&AOk-ments &- Co"), ("台北", "&U,BTFw-")])
def test_names_are_written_as_imap_writes_them(name: str, written: str) -> None:
    assert modified_utf7(name) == written


def test_the_tests_own_view_of_the_folder_is_right(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot({"Sent": "\\Sent"})
    assert server.held("Sent") == []
    with imaplib.IMAP4(server.host, server.port, timeout=5) as account, pytest.raises(imaplib.IMAP4.error):
        account.login(USER, "wrong")


def test_a_mail_in_doubt_is_found_later_by_itself_and_the_run_goes_on(
    start_dovecot: Callable[..., Dovecot], faulty_smtp: Callable[..., Any], tmp_path: Any
) -> None:
    server, smtp = start_dovecot({"Sent": "\\Sent"}), faulty_smtp("dot", DROP)
    office = Office(tmp_path, post=SmtpMailer(smtp.host, smtp.port, "none", sent=sent(server)))
    lay_out_leads(office, dedupe_key="{{ email }}")
    office.type("Leads", {"Name": "Bob"}, Email=None)
    office.tick()
    assert office.states() == {"R-0001": "IN_DOUBT"}
    office.tick(minutes=1)
    assert office.states() == {"R-0001": "IN_DOUBT"}
    server.file("Sent", smtp.kept[0])
    assert office.tick().quiet
    office.tick(minutes=9)
    assert office.states() == {"R-0001": "DONE"}
    assert len(smtp.kept) == 1
    (letter,) = office.tab("Dead letters")
    assert "was found in the Sent folder of ana" in str(letter["Result"])
    office.close()
