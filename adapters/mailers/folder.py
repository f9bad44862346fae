"""Mail into a folder: every message becomes one complete .eml file, which any mail program opens.

Invariant: a message appears whole or not at all, and one Message-ID never makes two files, so a repeat after a crash is harmless
and `find` can say for certain whether a message left.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from adapters.folders import make_folder, sync_folder
from runner.errors import ActionFailed


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Writes into `folder`, which is made when the first message comes."""

    folder: Path

    @property
    def kept_in(self) -> str:
        """Where what left can be looked up."""
        return f"the folder {self.folder.name}"

    def send(self, message: bytes, sender: str, recipients: Sequence[str], timeout: timedelta) -> str:  # noqa: ARG002  # the port's
        """Write the message once; returns the file's name. Everybody who gets it, bcc too, stands in `X-Envelope-To`.

        The name ends in a digest of the Message-ID: `20261122T171254-ana-example-com-1f0c93ab77d2.eml`.
        Raises `ActionFailed` when the folder cannot be written.
        """
        headers = BytesHeaderParser().parsebytes(message)
        message_id = headers["Message-ID"] or hashlib.sha256(message).hexdigest()
        try:
            if there := self._file_of(message_id):
                return f"{there.name}, which was there already"
            make_folder(self.folder)
            name = f"{_moment(headers['Date'])}-{_slug(recipients)}-{_mark(message_id)}.eml"
            envelope = "X-Envelope-To: " + ",\r\n ".join(recipients) + "\r\n"
            _write(self.folder, name, _mark(message_id), envelope.encode("ascii", "replace") + message)
        except OSError as error:
            why = (error.strerror or "it cannot be written").lower()
            raise ActionFailed(f"The mail could not be put into the folder {self.folder}: {why}. Nothing was sent.") from None
        return name

    def find(self, message_id: str) -> bool | None:
        """Whether the message of this Message-ID left; None when the folder cannot be read."""
        try:
            return self._file_of(message_id) is not None
        except OSError:
            return None

    def _file_of(self, message_id: str) -> Path | None:
        try:
            paths = [path for path in self.folder.iterdir() if path.name.endswith(f"-{_mark(message_id)}.eml")]
        except FileNotFoundError:
            return None
        for path in paths:
            with path.open("rb") as file:
                if BytesHeaderParser().parse(file)["Message-ID"] in (message_id, None):
                    return path
        return None


def _write(folder: Path, name: str, mark: str, content: bytes) -> None:
    """All of it on disk under a name of its own before it gets the real one. The temporary name is the same for a repeat."""
    temporary = folder / f".{mark}.part"
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / name)
    with suppress(OSError):  # it is there; that it may not last is no reason to send it again
        sync_folder(folder)


def _mark(message_id: str) -> str:
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:12]


def _moment(date: str | None) -> str:
    """The message's own date, so that names sort by time and a frozen clock gives frozen names."""
    try:
        return parsedate_to_datetime(date or "").strftime("%Y%m%dT%H%M%S")
    except ValueError:
        return "00000000T000000"


def _slug(recipients: Sequence[str]) -> str:
    first = recipients[0] if recipients else "nobody"
    return re.sub(r"[^a-z0-9]+", "-", first.lower()).strip("-")[:60] or "somebody"
