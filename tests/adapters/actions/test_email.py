"""email.send: the people named get exactly the mail that was shown, and nobody else gets anything."""

import json
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.actions.email import actions
from adapters.mail.address import Mailbox, one_mailbox, parse_mailboxes
from adapters.mail.message import Mail, build, text_of
from adapters.mailers.folder import FolderMailer
from adapters.mailers.smtp import SmtpMailer
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Book, Effect, MailTemplate
from tests.conftest import NOW
from tests.servers.smtp import DROP

PLAIN = {"to": "bob@example.com", "subject": "Hello", "body": "Hi Bob,\nhere it is."}


@pytest.fixture
def smtp(smtp_server):
    return SmtpMailer(smtp_server.host, smtp_server.port, "none")


@pytest.fixture
def mail(smtp, smtp_server, make_tools, prepare_for, call_for):
    """`mail(to=…, subject=…)`: prepare, perform, and what arrived."""

    def send(files=(), **settings):
        (action,) = actions(make_tools(mailer=smtp, files_allow=files))
        request = action.prepare({**PLAIN, **settings}, prepare_for())
        assert json.loads(json.dumps(request)) == request
        done = action.perform(request, call_for())
        return request, done, smtp_server.messages[-1]

    return send


def prepared(make_tools, prepare_for, **settings):
    (action,) = actions(make_tools())
    return action.prepare({**PLAIN, **settings}, prepare_for())


# ---------------------------------------------------------------------------------------------------- what arrives


def test_everybody_named_gets_the_mail_and_bcc_stands_in_no_header(mail):
    _, done, kept = mail(
        to="Ana López <ana@example.com>; bob@example.com",
        cc="eve@example.com",
        bcc="hidden@example.com\nANA@example.com",
        reply_to="office@example.com",
    )
    assert kept.recipients == ["ana@example.com", "bob@example.com", "eve@example.com", "hidden@example.com"]
    assert kept.sender == "ana@example.com"
    assert b"hidden" not in kept.content
    assert kept.mail["To"] == "Ana López <ana@example.com>, bob@example.com"
    assert (kept.mail["Cc"], kept.mail["Reply-To"], kept.mail["From"]) == (
        "eve@example.com",
        "office@example.com",
        "Ana <ana@example.com>",
    )
    assert done.said.startswith("sent to ana@example.com, bob@example.com, eve@example.com, hidden@example.com (250")


def test_the_mail_says_that_a_machine_sent_it_and_when(mail, make_tools, smtp, smtp_server, prepare_for, call_for):
    (action,) = actions(make_tools(mailer=smtp))
    request = action.prepare(PLAIN, prepare_for())
    action.perform(request, call_for(now=NOW, zone=ZoneInfo("America/Chicago")))
    message = smtp_server.messages[0].mail
    assert message["Date"] == "Sun, 22 Nov 2026 11:12:54 -0600"
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message["Message-ID"] == request["message_id"]


def test_a_body_of_any_length_and_language_arrives_unchanged(mail):
    body = "Grüße 🎉\n.\n..dots\nFrom here\n" + "x" * 5000 + "\n=3D = trailing blank \n\tTab"
    _, _, kept = mail(body=body, subject="Angebot für Zoë 🎉 " + "sehr lang " * 30)
    assert kept.mail.get_content().replace("\r\n", "\n").rstrip("\n") == body
    assert kept.mail["Subject"] == ("Angebot für Zoë 🎉 " + "sehr lang " * 30).strip()
    assert kept.content.isascii()
    assert max(map(len, kept.content.split(b"\r\n"))) <= 998
    assert b"\n" not in kept.content.replace(b"\r\n", b"")


def test_html_comes_with_a_text_version(mail):
    page = (
        "<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head>"
        "<body><p>Hi <b>Zoë</b> &amp; co,</p><ul><li>one</li></ul>"
    )
    _, _, kept = mail(body=page + '<p><a href="https://example.com/x">Look</a></p></body></html>')
    assert kept.mail.get_content_type() == "multipart/alternative"
    text = kept.mail.get_body(("plain",)).get_content()
    assert "Hi Zoë & co," in text
    assert "- one" in text
    assert "Look (https://example.com/x)" in text
    assert "p{}" not in text
    assert kept.mail.get_body(("html",)).get_content().startswith("<!DOCTYPE html>")


def test_an_unclosed_head_does_not_hide_the_text():
    assert text_of("<html><head><title>x</title><body>Hello").strip() == "Hello"


def test_an_attachment_comes_from_an_allowed_folder(mail, tmp_path):
    folder = tmp_path / "documents"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "Angebot Zoë.pdf").write_bytes(b"%PDF-1.7 \x00\xff")
    (folder / "mail.eml").write_bytes(b"Subject: x\n\n")
    _, _, kept = mail(files=(folder,), attach=f"2026/Angebot Zoë.pdf\n{folder}/mail.eml")
    first, second = kept.mail.iter_attachments()
    assert (first.get_filename(), first.get_content_type()) == ("Angebot Zoë.pdf", "application/pdf")
    assert first.get_content() == b"%PDF-1.7 \x00\xff"
    assert (second.get_filename(), second.get_content()) == ("mail.eml", b"Subject: x\n\n")


@pytest.mark.parametrize(
    "name", ["../secret.txt", "link.txt", "linked/secret.txt", "missing.pdf", ".", "{tmp}/secret.txt", "a" * 5000]
)
def test_no_file_outside_the_allowed_folders_is_attached(mail, smtp_server, tmp_path, name):
    folder = tmp_path / "documents"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(ActionFailed, match="is not in") as failed:
        mail(files=(folder,), attach=name.replace("{tmp}", str(tmp_path)))
    assert failed.value.permanent
    assert smtp_server.messages == []


def test_without_an_allowed_folder_nothing_is_attached_and_a_locked_file_is_named(mail, tmp_path, monkeypatch):
    with pytest.raises(ActionFailed, match="there are none"):
        mail(attach="offer.pdf")
    (tmp_path / "offer.pdf").write_bytes(b"x")

    def locked(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", locked)
    with pytest.raises(ActionFailed, match=r"offer\.pdf could not be read: permission denied"):
        mail(files=(tmp_path,), attach="offer.pdf")


def test_attachments_that_no_server_would_take_are_refused(mail, tmp_path):
    (tmp_path / "big.bin").write_bytes(b"x" * 18_000_001)
    with pytest.raises(ActionFailed, match="larger than 18 MB"):
        mail(files=(tmp_path,), attach="big.bin")


# --------------------------------------------------------------------------------------------------- exactly once


def test_the_message_id_is_the_same_for_every_try_and_differs_for_other_people_or_steps(make_tools, prepare_for):
    (action,) = actions(make_tools())
    first = action.prepare(PLAIN, prepare_for(key="k1", now=NOW))
    again = action.prepare(PLAIN, prepare_for(key="k1", now=NOW + timedelta(days=1)))
    assert first == again  # so an approval given today holds tomorrow
    assert first["message_id"].endswith("@example.com>")
    others = [
        action.prepare(PLAIN, prepare_for(key="k2")),
        action.prepare({**PLAIN, "to": "eve@example.com"}, prepare_for(key="k1")),
        action.prepare({**PLAIN, "bcc": "eve@example.com"}, prepare_for(key="k1")),
    ]
    assert len({first["message_id"], *(other["message_id"] for other in others)}) == 4


def test_in_folder_mode_a_crash_is_settled_by_looking(make_tools, prepare_for, call_for, tmp_path):
    (action,) = actions(make_tools(mailer=FolderMailer(tmp_path / "outbox")))
    assert action.effect({}) is Effect.ONCE
    request = action.prepare(PLAIN, prepare_for())
    assert action.probe(request, call_for()).happened is False
    action.perform(request, call_for())
    found = action.probe(request, call_for())
    assert (found.happened, found.result) == (True, {"message_id": request["message_id"]})
    assert "in the folder outbox" in found.said
    action.perform(request, call_for(now=NOW + timedelta(hours=1), attempt=2))
    (file,) = (tmp_path / "outbox").glob("*.eml")
    assert message_from_bytes(file.read_bytes(), policy=default)["Message-ID"] == request["message_id"]


def test_over_smtp_alone_a_crash_cannot_be_settled_by_looking(make_tools, smtp):
    (action,) = actions(make_tools(mailer=smtp))
    assert action.probe is None


def test_a_mailer_that_cannot_look_gives_an_action_that_cannot(make_tools):
    (action,) = actions(make_tools())
    assert action.probe is None


def test_a_lost_word_of_the_server_is_in_doubt(faulty_smtp, make_tools, prepare_for, call_for):
    server = faulty_smtp("dot", DROP)
    (action,) = actions(make_tools(mailer=SmtpMailer(server.host, server.port, "none")))
    with pytest.raises(ActionInDoubt):
        action.perform(action.prepare(PLAIN, prepare_for()), call_for())
    assert len(server.kept) == 1


def test_the_same_mail_at_the_same_time_is_the_same_bytes():
    mail = Mail(
        sender=Mailbox(name="Ana", address="ana@example.com"),
        to=[Mailbox(name="", address="bob@example.com")],
        subject="x",
        body="<html>y</html>",
        message_id="<1@example.com>",
        date=NOW,
    )
    assert build(mail) == build(mail)


# ------------------------------------------------------------------------------------------------------- injection


@given(text=st.text(max_size=80).map(lambda text: text + "\r\nBcc: evil@example.com\n\nX") | st.text(max_size=200))
def test_no_subject_becomes_a_header(text):
    from adapters.mail.message import one_line

    mail = Mail(
        sender=Mailbox(name="Ana", address="ana@example.com"),
        to=[Mailbox(name="", address="bob@example.com")],
        subject=one_line(text),
        body="body",
        message_id="<1@example.com>",
        date=NOW,
    )
    headers = message_from_bytes(build(mail)).keys()
    assert [name.lower() for name in headers] == [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "x-auto-response-suppress",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    ]


@pytest.mark.parametrize(
    "subject", ["=?utf-8?q?a=0D=0ABcc:_evil@example.com?=", "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=", "a" * 3000]
)
def test_a_subject_that_looks_encoded_arrives_as_it_was_typed(mail, subject):
    _, _, kept = mail(subject=subject)
    assert str(kept.mail["Subject"]) == subject
    assert kept.mail["Bcc"] is None


@given(text=st.text(alphabet=st.sampled_from('ab@.,;<>"\\ \r\n\t:()=?é\u2028\x00[]'), max_size=60))
def test_whatever_is_typed_as_an_address_is_refused_or_safe(text):
    try:
        found = parse_mailboxes(text)
    except ActionFailed:
        return
    for mailbox in found:
        assert parse_mailboxes(str(mailbox)) == [mailbox]
        assert str(mailbox).isprintable()
        assert mailbox.address.isascii()
        assert not set(mailbox.address) & set(' <>,;:"\\()[]')


@given(name=st.text(max_size=60))
def test_any_display_name_survives_the_way_to_the_header_and_back(name):
    try:
        (mailbox,) = parse_mailboxes('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" <ana@example.com>')
    except ActionFailed:
        return
    mail = Mail(sender=mailbox, to=[mailbox], subject="x", body="y", message_id="<1@example.com>", date=NOW)
    # Read as RFC 2047 says; the newer parser of Python 3.11 leaves a blank between two encoded words.
    encoded, address = parseaddr(message_from_bytes(build(mail))["To"].replace("\r\n", ""))
    assert address == "ana@example.com"
    assert str(make_header(decode_header(encoded))).split() == mailbox.name.split()


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("ana@example.com", ["ana@example.com"]),
        ('"López, Ana" <ana@example.com>, bob@example.com', ["ana@example.com", "bob@example.com"]),
        ("Ana (Sales) <Ana.B+x@Example.com>", ["Ana.B+x@example.com"]),
        ("zoë@bücher.example", None),
        ("zoe@bücher.example", ["zoe@xn--bcher-kva.example"]),
        ("a@example.com; b@example.com\nc@example.com,,", ["a@example.com", "b@example.com", "c@example.com"]),
        ("Friends: a@example.com, b@example.com;", None),
        ("a@example.com\nBcc: evil@example.com", None),
        ("boss@example.com <evil@example.com>", None),
        ("a@b@example.com", None),
        ("ana@example", None),
        ("ana(at)example.com", None),
        ("a b@example.com", None),
        ("<a@example.com", None),
        ("a@example.com>", None),
        ("a@[127.0.0.1]", None),
        ("a@127.0.0.1", None),
        ("a@é..example", None),
        ('"a b"@example.com', None),
        (".a@example.com", None),
        ("=?utf-8?q?=0A?= <a@example.com>", None),
        ("", []),
        (" \n , ", []),
    ],
)
def test_addresses_are_read_as_a_careful_person_would(text, addresses):
    if addresses is None:
        with pytest.raises(ActionFailed, match="is not an e-mail address") as failed:
            parse_mailboxes(text)
        assert failed.value.permanent
    else:
        assert [mailbox.address for mailbox in parse_mailboxes(text)] == addresses


@pytest.mark.parametrize("text", ["", "a@example.com, b@example.com"])
def test_a_sender_is_one_person(text):
    with pytest.raises(ActionFailed, match="should be one e-mail address"):
        one_mailbox(text)


def test_a_huge_list_of_addresses_is_refused_at_once():
    with pytest.raises(ActionFailed, match="10,000 characters"):
        parse_mailboxes('"\\' * 16_000)


# ------------------------------------------------------------------------------------------------- preview, mistakes


def test_the_preview_is_the_whole_mail(make_tools, prepare_for):
    (action,) = actions(make_tools())
    settings = {**PLAIN, "cc": "eve@example.com", "bcc": "kim@example.com", "Reply-To": "office@example.com", "attach": "offer.pdf"}
    assert action.describe(action.prepare(settings, prepare_for())) == (
        "Send mail to bob@example.com (cc eve@example.com; bcc kim@example.com)\nFrom: Ana <ana@example.com>\n"
        "Reply to: office@example.com\nAttached: offer.pdf\nSubject: Hello\n\nHi Bob,\nhere it is."
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"to": " "}, "“to” is blank"),
        ({"to": "ana(at)example.com"}, r"to: “ana\(at\)example.com” is not an e-mail address"),
        ({"cc": "nobody"}, "cc: “nobody” is not an e-mail address"),
        ({"body": ""}, "has no text"),
        ({"body": "the key is {{ secrets.KEY }}"}, "A secret may not be put into a mail"),
        ({"to": ", ".join(f"p{number}@example.com" for number in range(101))}, "101 people"),
    ],
)
def test_a_mail_that_cannot_be_sent_fails_for_good_with_a_sentence(make_tools, prepare_for, settings, sentence):
    with pytest.raises(ActionFailed, match=sentence) as failed:
        prepared(make_tools, prepare_for, **settings)
    assert failed.value.permanent


def test_a_bad_sender_names_the_key_in_the_config(make_tools, prepare_for):
    (action,) = actions(make_tools(mail_from="Ana"))
    with pytest.raises(ActionFailed, match=r"config\.toml \[email\] from"):
        action.prepare(PLAIN, prepare_for())


@pytest.mark.parametrize(
    ("settings", "where", "sentence"),
    [
        ({"to": "a@example.com"}, "", "has no text"),
        ({"to": "a@example.com", "template": "Hot laed"}, "template", "Did you mean “Hot lead”?"),
        ({"to": "a@example.com, b", "body": "x"}, "to", "“b” is not an e-mail address"),
        ({"to": "{{ email }}", "bcc": "b", "body": "x"}, "bcc", "is not an e-mail address"),
        ({"to": "{{ email }}", "body": "x", "attach": "a.pdf"}, "attach", "[files] allow"),
    ],
)
def test_a_mistake_is_seen_before_any_run(make_tools, check_scope, settings, where, sentence):
    (action,) = actions(make_tools())
    book = Book(templates={"hot_lead": MailTemplate(name="Hot lead", subject="Hi", body="Hello")})
    ((setting, text),) = action.check(settings, check_scope(book))
    assert setting == where
    assert sentence in text


def test_a_good_step_has_no_mistakes(make_tools, check_scope):
    (action,) = actions(make_tools())
    book = Book(templates={"hot_lead": MailTemplate(name="Hot lead", subject="Hi", body="Hello")})
    assert action.check({"to": "{{ email }}", "template": "hot lead"}, check_scope(book)) == []
    assert action.check({"To": "a@example.com", "Body": "x"}, check_scope(book)) == []
