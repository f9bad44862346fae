"""The lines that a mail client and a server say to each other (RFC 5321), one question and one answer at a time.

Invariant: an answer is believed only when it came whole; every wait ends by the command's patience and by the dialogue's limit.
"""

import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from adapters.web.connection import Connection

#: Seconds that one command may take.
PATIENCE = 30.0
#: What is said of an answer that is none.
NO_MAIL_SERVER = "it does not speak like a mail server"
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the server: its code and its text on one line."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Refused(Exception):
    """The server answered a command with a 4xx, a 5xx, or something that does not belong there."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class Dialogue:
    """Commands and replies on one line. Every method raises OSError when the line or the time is gone."""

    def __init__(self, line: Connection, limit: float) -> None:
        self._line = line
        self._replies = line.makefile()
        #: Moment of `time.monotonic` at which patience ends altogether.
        self.limit = limit
        #: Extension → its parameters, from the last EHLO.
        self.offers: dict[str, str] = {}
        #: Words that no reply may show, should the server repeat them.
        self.hidden: tuple[str, ...] = ()

    def hello(self) -> None:
        """EHLO with our address, which gives away no name; what was offered before encryption is forgotten."""
        own = self._line.own_address
        literal = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        self._patience()
        self._line.send(f"EHLO {literal}\r\n".encode())
        lines: list[str] = []
        self.expect(self.reply(lines), 250)
        words = [line.replace("=", " ", 1).partition(" ") for line in lines[1:]]
        self.offers = {name.upper(): rest.strip() for name, _, rest in words}

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt; what the line still held in plain text is thrown away, since anybody may have put it there."""
        self._patience()
        self._replies.detach()
        self._line.start_tls(context, host)
        self._replies = self._line.makefile()

    def command(self, text: str, code: int) -> None:
        """Say it and expect this code. Raises `Refused`."""
        self.expect(self.ask(text), code)

    def ask(self, text: str) -> Reply:
        """Say it and hear the answer."""
        self._patience()
        self._line.send(f"{text}\r\n".encode("ascii"))
        return self.reply()

    def send(self, data: bytes) -> None:
        """Bytes of the message; they have all the time that is left."""
        self._line.deadline = self.limit
        self._line.send(data)

    def reply(self, lines: list[str] | None = None) -> Reply:
        """The next answer, of at most 100 lines; `lines` gets each line's text."""
        texts = [] if lines is None else lines
        while len(texts) < 100:
            raw = self._replies.readline(2000)
            if not raw.endswith(b"\n"):
                message = "the connection broke off"
                raise ConnectionError(message)
            found = re.fullmatch(r"([2-5]\d\d)(?:([ -])(.*))?", raw.decode("utf-8", "replace").strip())
            if not found:
                break
            texts.append(found[3] or "")
            if found[2] != "-":
                return Reply(int(found[1]), self._shown(" / ".join(texts)))
        raise ConnectionError(NO_MAIL_SERVER)

    def _shown(self, text: str) -> str:
        for word in filter(None, self.hidden):
            text = text.replace(word, "•••")
        return " ".join(text.split())[:500]

    def expect(self, reply: Reply, code: int) -> None:
        """Raises `Refused` when the answer is another; one that fits nowhere counts as temporary."""
        if reply.code != code:
            raise Refused(reply)

    @property
    def certificate_ends(self) -> datetime | None:
        """Until when the server's certificate holds; None without encryption."""
        return self._line.certificate_ends

    def leave(self) -> None:
        """QUIT; what becomes of it changes nothing any more."""
        with suppress(OSError):
            self.limit = min(self.limit, time.monotonic() + 2)
            self.ask("QUIT")

    def _patience(self) -> None:
        self._line.deadline = min(self.limit, time.monotonic() + PATIENCE)


def dotted(message: bytes) -> bytes:
    """The message with CR LF at every line's end and a second dot before every line that begins with one (RFC 5321, 4.5.2)."""
    lines = _LINE_END.split(message)
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
