"""The sender's own Sent folder, over IMAP: a mail that stands there left.

Invariant: only finding is proof. A mail that is not there may have left all the same: providers file it seconds or minutes later,
some do not file what comes by SMTP, and people move and delete mail; so `find` says True or nothing.
Nothing here can undo a mail that was sent: `keep` is for the folder's sake, and its failure is a remark.
"""

import base64
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.mail.imap import ImapLine
from adapters.web.connection import reason
from runner.errors import ActionFailed

#: What people and programs call it, where the server does not say which it is.
_USUAL = (
    "sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", "gesendete objekte", "gesendete elemente",
    "envoyés", "éléments envoyés", "messages envoyés", "enviados", "elementos enviados", "itens enviados", "inviati",
    "posta inviata", "verzonden", "verzonden items", "skickat", "wysłane",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFolder:
    """One account's. `security`: `tls`, `starttls`, or `none` (this machine only, as config.toml makes sure)."""

    host: str
    port: int = 993
    security: str = "tls"
    username: str
    #: Asked at each login, so that the value is not kept.
    password: Callable[[], str]
    #: "" = the one that the server calls Sent, else the one with a usual name.
    mailbox: str = ""
    #: Certificates of a private authority, PEM.
    ca_file: Path | str | None = None
    #: What one look may take altogether.
    patience: timedelta = timedelta(seconds=8)

    @property
    def place(self) -> str:
        """What to call it in sentences."""
        return f"the Sent folder of {self.username}"

    def opened(self) -> tuple[str, datetime | None]:
        """Sign in and open it, read-only; its name, and until when the server's certificate holds. Raises `ActionFailed`."""
        with self._opened() as line:
            mailbox = self._mailbox(line)
            line.look_into(mailbox)
            return _readable(mailbox), line.certificate_ends

    def find(self, message_id: str) -> bool | None:
        """True when a mail with this Message-ID stands there, else None. Raises `ActionFailed` where nobody could look."""
        with self._opened() as line:
            return line.holds(self._mailbox(line), message_id) or None

    def keep(self, message: bytes, message_id: str) -> str:
        """File a copy, unless one is there; returns what became of it in a few words, whatever that is."""
        try:
            with self._opened() as line:
                mailbox = self._mailbox(line)
                if line.holds(mailbox, message_id):
                    return "a copy was in Sent already"
                line.put(mailbox, message)
        except ActionFailed as failed:
            return f"without a copy in Sent: {failed}"
        return "a copy is in Sent"

    @contextmanager
    def _opened(self) -> Iterator[ImapLine]:
        """Connected and logged in; everything that goes wrong in between is one sentence, without the password."""
        password, line = self.password(), None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
            line = ImapLine(self.host, self.port, self.security, context, time.monotonic() + self.patience.total_seconds())
            line.log_in(self.username, password)
            yield line
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            why = reason(error) if isinstance(error, OSError) else " ".join(str(error).split())[:300]
            for word in filter(None, (password, base64.b64encode(password.encode()).decode())):
                why = why.replace(word, "•••")
            message = f"The mail server {self.host}:{self.port} could not be looked into for {self.username}: {why}."
            raise ActionFailed(f"{message} See config.toml [email.sent].") from None
        finally:
            if line is not None:
                line.leave()

    def _mailbox(self, line: ImapLine) -> str:
        """The folder's name as the server writes it. Raises `imaplib.IMAP4.error` when there is none."""
        if self.mailbox:
            return modified_utf7(self.mailbox)
        listed = line.mailboxes()
        marked = [name for flags, name, _ in listed if "\\sent" in flags]
        named = [name for _, name, last in listed if _readable(last).casefold() in _USUAL]
        if not (marked or named):
            names = ", ".join(_readable(name) for _, name, _ in listed[:20])
            message = f"none of its folders is known to be Sent ({names}); name it as mailbox"
            raise line.error(message)
        return (marked or named)[0]


def modified_utf7(name: str) -> str:
    """A folder's name as IMAP writes it (RFC 3501, 5.1.3).

    >>> modified_utf7("Éléments & Co")
    '&AMk-l&AOk-ments &- Co'
    """

    def encode(found: re.Match[str]) -> str:
        return "&" + base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", encode, name.replace("&", "&-"))


def _readable(name: str) -> str:
    """A folder's name as people write it; one that is not written as IMAP demands stands for itself."""

    def decode(found: re.Match[str]) -> str:
        return base64.b64decode(found[1].replace(",", "/") + "===").decode("utf-16-be") if found[1] else "&"

    try:
        return re.sub("&([^-]*)-", decode, name)
    except ValueError:
        return name
