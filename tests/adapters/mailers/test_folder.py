"""Mail into a folder: whole files, one for each Message-ID."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from adapters.mailers.folder import FolderMailer
from runner.errors import ActionFailed

MINUTE = timedelta(minutes=1)


def message(number: int = 1, date: str = "Sun, 22 Nov 2026 17:12:54 +0000") -> bytes:
    return (
        f"From: ana@example.com\r\nDate: {date}\r\nMessage-ID: <{number}@example.com>\r\nSubject: Hello\r\n\r\nHi Bob\r\n".encode()
    )


def test_a_message_becomes_one_complete_file_whose_name_says_when_and_to_whom(tmp_path):
    mailer = FolderMailer(tmp_path / "new" / "outbox")
    name = mailer.send(message(), "ana@example.com", ["bob.b@example.com", "hidden@example.com"], MINUTE)
    (file,) = (tmp_path / "new" / "outbox").iterdir()
    assert file.name == name
    assert name.startswith("20261122T171254-bob-b-example-com-")
    assert file.read_bytes().endswith(message())
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["X-Envelope-To"] == "bob.b@example.com, hidden@example.com"
    assert mail.get_content().strip() == "Hi Bob"


def test_a_repeat_makes_no_second_file_even_at_another_time(tmp_path):
    mailer = FolderMailer(tmp_path)
    first = mailer.send(message(), "ana@example.com", ["bob@example.com"], MINUTE)
    again = mailer.send(message(date="Mon, 23 Nov 2026 08:00:00 +0000"), "ana@example.com", ["bob@example.com"], MINUTE)
    assert again.startswith(first)
    assert "already" in again
    assert [file.name for file in tmp_path.iterdir()] == [first]


def test_different_messages_are_different_files_in_order_of_time(tmp_path):
    mailer = FolderMailer(tmp_path)
    for number in range(3):
        mailer.send(message(number, f"Sun, 22 Nov 2026 17:12:5{9 - number} +0000"), "ana@example.com", ["b@example.com"], MINUTE)
    found = [message_from_bytes(file.read_bytes())["Message-ID"] for file in sorted(tmp_path.iterdir())]
    assert found == ["<2@example.com>", "<1@example.com>", "<0@example.com>"]


def test_it_knows_what_left_and_what_did_not(tmp_path):
    mailer = FolderMailer(tmp_path / "outbox")
    assert mailer.find("<1@example.com>") is False
    mailer.send(message(), "ana@example.com", ["bob@example.com"], MINUTE)
    assert mailer.find("<1@example.com>") is True
    assert mailer.find("<2@example.com>") is False


def test_a_half_written_file_of_a_crash_is_no_message(tmp_path):
    mailer = FolderMailer(tmp_path)
    name = mailer.send(message(), "ana@example.com", ["bob@example.com"], MINUTE)
    file = tmp_path / name
    (tmp_path / f".{name.rpartition('-')[2].removesuffix('.eml')}.part").write_bytes(file.read_bytes()[:20])
    file.unlink()
    assert mailer.find("<1@example.com>") is False
    mailer.send(message(), "ana@example.com", ["bob@example.com"], MINUTE)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_name_alone_is_no_proof_that_a_message_left(tmp_path):
    mailer = FolderMailer(tmp_path)
    name = mailer.send(message(), "ana@example.com", ["bob@example.com"], MINUTE)
    (tmp_path / name).write_bytes(message(2))
    assert mailer.find("<1@example.com>") is False


def test_a_folder_that_cannot_be_read_says_neither_yes_nor_no(tmp_path):
    (tmp_path / "outbox").write_text("a file")
    assert FolderMailer(tmp_path / "outbox").find("<1@example.com>") is None


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(ActionFailed, match=r"could not be put into the folder .*outbox.*Nothing was sent"):
        FolderMailer(tmp_path / "outbox").send(message(), "ana@example.com", ["bob@example.com"], MINUTE)


def test_a_message_without_headers_still_gets_a_name(tmp_path):
    name = FolderMailer(tmp_path).send(b"\r\nhello\r\n", "ana@example.com", [], MINUTE)
    assert name.startswith("00000000T000000-nobody-")
