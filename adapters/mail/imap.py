"""One conversation with an IMAP server (RFC 3501), by the standard library's client on a connection of our own.

Invariant: every wait ends by the deadline, TLS is verified, and nothing is said in plain text that STARTTLS should have hidden.
The library leaves the five methods `open` to `shutdown` to be replaced; its own wait without end for a server that drips, and so
does what is built upon it.
"""

import imaplib
import re
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from adapters.web.connection import Connection, connect, resolve

#: Bytes of one answer's line.
_LONGEST_LINE = 1_000_000
_LISTED = re.compile(rb'\(([^)]*)\) (?:"(\\?.)"|NIL) ("(?:[^"\\]|\\.)*"|\{\d+\}|[^\s"]+)\s*')


class ImapLine(imaplib.IMAP4):
    """Connected and encrypted. Every method raises OSError or `imaplib.IMAP4.error`. `security`: `tls`, `starttls` or `none`."""

    def __init__(self, host: str, port: int, security: str, context: ssl.SSLContext, deadline: float) -> None:
        self._security, self._context, self._deadline = security, context, deadline
        super().__init__(host, port)
        try:
            if security == "starttls":
                self._encrypt()
        except BaseException:
            self.shutdown()
            raise

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:  # noqa: ARG002  # the deadline's
        """Connect; with `tls` encrypt from the first byte."""
        self.host, self.port = host, port
        self._line: Connection = connect(resolve(host, port, self._deadline), port, self._deadline)
        if self._security == "tls":
            try:
                self._line.start_tls(self._context, host)
            except BaseException:
                self._line.close()
                raise
        self._replies = self._line.makefile()

    def read(self, size: int) -> bytes:
        """That many bytes."""
        return self._replies.read(size)

    def readline(self) -> bytes:
        """One line; an endless one is cut, which the library takes for the end of the conversation."""
        return self._replies.readline(_LONGEST_LINE + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed takes any buffer
        """Hand all of it over."""
        self._line.send(data)

    def shutdown(self) -> None:
        """Let go of the line."""
        self._line.close()

    @property
    def certificate_ends(self) -> datetime | None:
        """Until when the server's certificate holds; None without encryption."""
        return self._line.certificate_ends

    def _encrypt(self) -> None:
        if "STARTTLS" not in self.capabilities:
            message = "it offers no encryption (STARTTLS)"
            raise self.error(message)
        self.require("starts no encryption", *self.xatom("STARTTLS"))
        self._replies.detach()  # what the line still held in plain text anybody may have put there
        self._line.start_tls(self._context, self.host)
        self._replies = self._line.makefile()
        self.learn()

    def learn(self) -> None:
        """Ask again what the server can do: encryption and login change it."""
        _, lines = self.capability()
        self.capabilities = tuple(bytes(lines[-1]).decode("ascii", "replace").upper().split())

    def log_in(self, username: str, password: str) -> None:
        """By the way that the server offers and that can carry the password."""
        if "AUTH=PLAIN" in self.capabilities:
            self.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
        else:
            if "LOGINDISABLED" in self.capabilities or not (username + password).isascii():
                message = "it offers no login that Rowpact knows"
                raise self.error(message)
            self.login(quoted(username), password)
        self.learn()

    def leave(self) -> None:
        """Say goodbye, in two seconds at most; what becomes of it changes nothing any more."""
        self._line.deadline = min(self._deadline, time.monotonic() + 2)
        with suppress(OSError, imaplib.IMAP4.error):
            self.logout()
        self.shutdown()

    def require(self, what: str, status: str, lines: Sequence[Any]) -> Sequence[Any]:
        """What the server said, if it said OK; else an error in its own words."""
        if status != "OK":
            said = lines[0].decode("utf-8", "replace") if lines and isinstance(lines[0], bytes) else status
            raise self.error(f"{what}: {said}")
        return lines

    def mailboxes(self) -> list[tuple[frozenset[str], str, str]]:
        """(flags in lower case, name as the server writes it, its last part) of every mailbox that can be opened."""
        extended = {"SPECIAL-USE", "LIST-EXTENDED"} <= set(self.capabilities)
        pattern = '"*" RETURN (SPECIAL-USE)' if extended else '"*"'
        found = []
        for line in self.require("does not list its folders", *self.list('""', pattern)):
            head, literal = (line[0], line[1]) if isinstance(line, tuple) else (line, b"")
            listed = _LISTED.fullmatch(head) if isinstance(head, bytes) else None
            if listed is None or b"\\noselect" in listed[1].lower():
                continue
            name = literal or (re.sub(rb"\\(.)", rb"\1", listed[3][1:-1]) if listed[3].startswith(b'"') else listed[3])
            text = name.decode("utf-8", "replace")
            separator = (listed[2] or b"\0").decode("ascii", "replace")[-1]
            flags = frozenset(listed[1].decode("ascii", "replace").lower().split())
            found.append((flags, text, text.rpartition(separator)[2]))
        return found

    def look_into(self, mailbox: str) -> None:
        """Open the folder, read-only."""
        self.require(f"does not open the folder {mailbox}", *self.select(quoted(mailbox), readonly=True))

    def holds(self, mailbox: str, message_id: str) -> bool:
        """Whether a message there has exactly this Message-ID: what the search brings is looked at, not believed."""
        self.look_into(mailbox)
        uids = self.require("does not search", *self.uid("SEARCH", "HEADER", "Message-ID", quoted(message_id)))
        newest = [uid for line in uids if isinstance(line, bytes) for uid in line.split()][-5:]
        if not newest:
            return False
        asked = self.uid("FETCH", b",".join(newest).decode("ascii"), "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        headers = [part[1] for part in self.require("does not show what it found", *asked) if isinstance(part, tuple)]
        return any(message_id == b" ".join(header.partition(b":")[2].split()).decode("utf-8", "replace") for header in headers)

    def put(self, mailbox: str, message: bytes) -> None:
        """Put the message there, as read."""
        self.require(f"takes nothing into the folder {mailbox}", *self.append(quoted(mailbox), r"(\Seen)", "", message))


def quoted(text: str) -> str:
    """A text as an IMAP string."""
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'
