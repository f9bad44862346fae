"""SMTP: what the mailer says must be what the server did, at every point where a line can break."""

import base64
from datetime import timedelta

import pytest

from adapters.mail.dialogue import dotted
from adapters.mailers.smtp import SmtpMailer
from runner.errors import ActionFailed, ActionInDoubt
from tests.servers.smtp import DROP, SILENCE

HEADERS = b"From: ana@example.com\r\nTo: bob@example.com\r\nSubject: Hello\r\nMessage-ID: <m@example.com>\r\n"
MESSAGE = HEADERS + b"\r\nOne\r\n.Two\r\n..\r\n.\r\nend\r\n"
SHORT = timedelta(seconds=2)
LONG = timedelta(seconds=15)


def mailer(server, **options):
    return SmtpMailer(server.host, server.port, options.pop("security", "none"), **options)


def send(server, timeout=LONG, recipients=("bob@example.com",), **options):
    return mailer(server, **options).send(MESSAGE, "ana@example.com", list(recipients), timeout)


def test_a_message_arrives_as_it_was_with_lines_that_begin_with_a_dot(smtp_server):
    proof = send(smtp_server, recipients=("bob@example.com", "eve@example.com"))
    assert proof.startswith("250")
    (kept,) = smtp_server.messages
    assert kept.content == MESSAGE
    assert (kept.sender, kept.recipients) == ("ana@example.com", ["bob@example.com", "eve@example.com"])


def test_login_happens_only_after_verified_encryption(start_smtp, server_tls, ca_file):
    server = start_smtp(login=("ana", "s3cret"), tls=server_tls)
    send(server, security="starttls", username="ana", password=lambda: "s3cret", ca_file=ca_file)
    assert len(server.messages) == 1
    assert server.logins == ["ana"]


def test_encryption_from_the_first_byte_works_too(faulty_smtp, server_tls, ca_file):
    server = faulty_smtp(tls=server_tls)
    send(server, security="tls", ca_file=ca_file)
    assert len(server.kept) == 1


def test_a_server_with_an_unknown_certificate_gets_no_password(start_smtp, server_tls):
    server = start_smtp(login=("ana", "s3cret"), tls=server_tls)
    with pytest.raises(ActionFailed, match=r"certificate cannot be trusted.*ca_file") as failed:
        send(server, security="starttls", username="ana", password=lambda: "s3cret")
    assert failed.value.permanent
    assert (server.messages, server.logins) == ([], [])


def test_a_wrong_password_is_permanent_and_stands_in_no_sentence(start_smtp, server_tls, ca_file):
    server = start_smtp(login=("ana", "s3cret"), tls=server_tls)
    with pytest.raises(ActionFailed, match=r"refused the login of ana: 535.*config\.toml") as failed:
        send(server, security="starttls", username="ana", password=lambda: "hunter2!", ca_file=ca_file)
    assert failed.value.permanent
    assert "hunter2" not in str(failed.value)
    assert server.messages == []


@pytest.mark.parametrize("offers", ["AUTH PLAIN LOGIN", "AUTH=LOGIN", "AUTH LOGIN"])
def test_a_server_that_repeats_the_password_does_not_get_it_into_a_sentence(faulty_smtp, offers):
    plain = base64.b64encode(b"\0ana\0hunter2!").decode()
    single = base64.b64encode(b"hunter2!").decode()
    server = faulty_smtp("AUTH", f"535 no: hunter2! {plain} {single}", offers)
    with pytest.raises(ActionFailed) as failed:
        send(server, username="ana", password=lambda: "hunter2!")
    assert not any(word in str(failed.value) for word in ("hunter2", plain, single))
    assert "535 no: ••• ••• •••" in str(failed.value)


def test_login_in_two_lines_is_spoken_when_nothing_better_is_offered(start_smtp, server_tls, ca_file):
    server = start_smtp(login=("ana", "pässword"), tls=server_tls, without=("PLAIN",))
    send(server, security="starttls", username="ana", password=lambda: "pässword", ca_file=ca_file)
    assert (server.logins, len(server.messages)) == (["ana"], 1)


def test_a_server_without_known_login_or_encryption_is_named(faulty_smtp):
    with pytest.raises(ActionFailed, match=r"no login that Rowpact knows") as failed:
        send(faulty_smtp(offers="AUTH CRAM-MD5"), username="ana", password=lambda: "pw")
    assert failed.value.permanent
    with pytest.raises(ActionFailed, match="offers no encryption") as failed:
        send(faulty_smtp(), security="starttls")
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("at", "fault", "permanent"),
    [
        ("greeting", "421 4.3.2 busy", False),
        ("greeting", "554 5.7.1 blocked", True),
        ("greeting", SILENCE, False),
        ("greeting", DROP, False),
        ("greeting", "HTTP/1.1 400 Bad Request", False),
        ("EHLO", "550 no", True),
        ("EHLO", DROP, False),
        ("EHLO", "\r\n".join(["250-more"] * 120), False),
        ("AUTH", "454 4.7.0 later", False),
        ("AUTH", "535 5.7.8 wrong", True),
        ("MAIL", "452 4.5.3 quota", False),
        ("MAIL", "550 5.7.60 not as this sender", True),
        ("RCPT", "450 4.2.1 greylisted", False),
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", DROP, False),
        ("DATA", "451 4.3.0 later", False),
        ("DATA", "554 5.5.1 no", True),
        ("dot", "451 4.3.0 scanner down", False),
        ("dot", "552 5.3.4 too big", True),
    ],
)
def test_trouble_before_the_server_took_the_message_is_a_failure_and_nothing_was_kept(faulty_smtp, at, fault, permanent):
    server = faulty_smtp(at, fault)
    with pytest.raises(ActionFailed, match="Nothing was sent") as failed:
        send(server, SHORT if fault == SILENCE else LONG, username="ana", password=lambda: "pw")
    assert failed.value.permanent is permanent
    assert server.kept == []


@pytest.mark.parametrize("fault", [DROP, SILENCE, "354 what?", "\x00\x00"])
def test_a_lost_word_after_the_dot_is_in_doubt_because_the_server_kept_the_message(faulty_smtp, fault):
    server = faulty_smtp("dot", fault)
    with pytest.raises(ActionInDoubt, match=r"bob@example\.com; then type DONE .* or RETRY"):
        send(server, SHORT if fault == SILENCE else LONG)
    assert len(server.kept) == 1


def test_a_line_that_drops_in_the_body_is_never_called_sent(faulty_smtp):
    server = faulty_smtp("body")
    with pytest.raises((ActionFailed, ActionInDoubt)):  # which one depends on how much the kernel had taken
        send(server)
    assert server.kept == []


def test_a_long_body_that_breaks_off_is_certainly_not_sent(faulty_smtp):
    server = faulty_smtp("body", offers="PIPELINING")
    with pytest.raises(ActionFailed, match="did not take the whole message"):
        mailer(server).send(MESSAGE + b"x" * 30_000_000 + b"\r\n", "ana@example.com", ["bob@example.com"], LONG)
    assert server.kept == []


@pytest.mark.parametrize(("at", "fault"), [("after", DROP), ("QUIT", "451 4.3.0 hm"), ("QUIT", DROP)])
def test_what_happens_after_the_250_changes_nothing(faulty_smtp, at, fault):
    server = faulty_smtp(at, fault)
    assert send(server) == "250 2.0.0 queued"
    assert len(server.kept) == 1


def test_one_refused_recipient_means_that_nobody_gets_the_message(start_smtp):
    class Choosy:
        async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
            if address.startswith("eve"):
                return "550 5.1.1 no eve here"
            envelope.rcpt_tos.append(address)
            return "250 ok"

    server = start_smtp()
    server._controller.handler.handle_RCPT = Choosy().handle_RCPT
    with pytest.raises(
        ActionFailed, match=r"refused eve@example\.com \(550 5\.1\.1 no eve here\)\. Nothing was sent to anybody"
    ) as failed:
        send(server, recipients=("bob@example.com", "eve@example.com", "kim@example.com"))
    assert failed.value.permanent
    assert server.messages == []


def test_a_server_that_answers_slowly_fails_before_the_message_not_after_it(faulty_smtp):
    """Half of the time is kept for the last word, so a slow greeting can never end in doubt."""
    server = faulty_smtp("RCPT", SILENCE)
    with pytest.raises(ActionFailed, match="did not answer in time"):
        send(server, SHORT)
    assert not any(line.startswith("DATA") for line in server.heard)


def test_a_message_larger_than_the_server_takes_is_refused_before_it_is_sent(start_smtp):
    server = start_smtp(limit=1_000)
    with pytest.raises(ActionFailed, match=r"takes 1,000") as failed:
        mailer(server).send(MESSAGE + b"x" * 1_000, "ana@example.com", ["bob@example.com"], LONG)
    assert failed.value.permanent
    assert server.messages == []


def test_a_port_where_nobody_listens_and_a_name_that_does_not_exist_are_worth_another_try(faulty_smtp):
    server = faulty_smtp()
    server.stop()
    for host in ("127.0.0.1", "no-such-host.invalid"):
        security = "none" if host == "127.0.0.1" else "starttls"
        with pytest.raises(ActionFailed, match="could not be reached") as failed:
            SmtpMailer(host, server.port, security).send(MESSAGE, "ana@example.com", ["bob@example.com"], LONG)
        assert not failed.value.permanent


@pytest.mark.parametrize("security", ["none", "", "STARTTLS?"])
def test_unencrypted_mail_to_another_machine_is_refused(security):
    with pytest.raises(ActionFailed, match="unencrypted") as failed:
        SmtpMailer("smtp.example.com", 25, security).send(MESSAGE, "ana@example.com", ["bob@example.com"], SHORT)
    assert failed.value.permanent


@pytest.mark.parametrize(
    "address", ["bob@example.com\r\nRCPT TO:<eve@example.com>", "bob@example.com> SIZE=1", "bøb@example.com", ""]
)
def test_an_address_that_would_be_a_command_is_refused(smtp_server, address):
    with pytest.raises(ActionFailed, match="is not an e-mail address"):
        send(smtp_server, recipients=("bob@example.com", address))
    assert smtp_server.messages == []


def test_a_missing_ca_file_is_named(smtp_server, tmp_path):
    with pytest.raises(ActionFailed, match=r"ca\.pem cannot be read"):
        send(smtp_server, security="starttls", ca_file=tmp_path / "ca.pem")


def test_a_mail_server_cannot_say_what_left(smtp_server):
    assert mailer(smtp_server).find("<m@example.com>") is None


def test_line_ends_are_made_whole_so_that_no_lone_break_smuggles_a_second_message():
    assert dotted(b"a\n.\nb\r.\r\nc") == b"a\r\n..\r\nb\r\n..\r\nc\r\n"
    assert dotted(b"a\r\n") == b"a\r\n"
