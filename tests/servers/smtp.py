"""A real mail server (aiosmtpd) on loopback that keeps what it takes, and a raw one that misbehaves at a chosen point.

smtp_server.messages[0].recipients, .content      # what was kept
faulty_smtp("RCPT", "550 5.1.1 no such user")     # another answer to one command
faulty_smtp("dot", DROP)                          # keeps the message, then drops the line instead of its 250
"""

import socket
import ssl
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from tests.servers.lines import LineServer

DROP, SILENCE = "drop the line", "say nothing"
CUT, RESET, DRIP = "break off within the reply", "reset the line", "say it for ever, a sign at a time"
FAULTS = (DROP, SILENCE, CUT, RESET, DRIP)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One message that the server took."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        """Parsed."""
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


class SmtpServer:
    """aiosmtpd. With `tls` it demands STARTTLS; with `login` (user, password), which needs `tls`, it demands that too.

    `without` names ways to log in that are not offered; `limit` is the longest message in bytes.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        limit: int = 30_000_000,
        without: tuple[str, ...] = (),
    ) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult

        self.messages: list[Kept] = []
        self.logins: list[str] = []
        outer = self

        class Keep:
            async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
                kept = Kept(sender=envelope.mail_from, recipients=list(envelope.rcpt_tos), content=envelope.original_content)
                outer.messages.append(kept)
                return "250 2.0.0 kept"

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
            outer.logins.append(data.login.decode())
            # handled=False lets aiosmtpd say 535; without it a refused client waits for ever.
            return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

        with socket.create_server(("127.0.0.1", 0)) as free:  # Controller(port=0) takes no free port
            self.port: int = free.getsockname()[1]
        self.host = "127.0.0.1"
        options: dict[str, Any] = {"auth_exclude_mechanism": without} | {
            "tls_context": tls,
            "require_starttls": tls is not None,
            "data_size_limit": limit,
        }
        if login:
            options |= {"authenticator": authenticate, "auth_required": True}
        self._controller = Controller(Keep(), hostname=self.host, port=self.port, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._controller.start()

    def stop(self) -> None:
        """Close everything."""
        self._controller.stop()


class FaultySmtp:
    """Polite but for one point: `at` is `greeting`, a command such as `EHLO`, `handshake`, `begin`, `body`, `dot` or `after`.

    `RCPT 2` is the second recipient, `handshake` TLS after a good 220 to STARTTLS. `fault` is the reply said there, or one of
    `FAULTS`. The line breaks before the message at `begin`, after its first line at `body`. At `dot` a fault other than a 4xx or
    5xx reply comes after the message was kept; `after` drops the line behind a good 250.
    `tls` encrypts from the first byte, `starttls` when the client asks for it.
    """

    def __init__(
        self,
        at: str = "",
        fault: str = "",
        offers: str = "AUTH PLAIN LOGIN",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self._at = at
        self._starttls = starttls
        self._fault = fault
        self._offers = offers
        #: Messages that the server would deliver.
        self.kept: list[bytes] = []
        #: Every line that came outside messages.
        self.heard: list[str] = []
        self._lines = LineServer(self._serve, tls)
        self.host, self.port = "127.0.0.1", self._lines.port

    def heal(self) -> None:
        """Polite from now on."""
        self._at = ""

    def stop(self) -> None:
        """Close everything."""
        self._lines.stop()

    def _says(self, line: socket.socket, at: str, reply: str) -> bool:
        """Say it, or the fault if this is the point. False: hang up."""
        if at != self._at:
            line.sendall(f"{reply}\r\n".encode())
            return True
        if self._fault not in FAULTS:
            line.sendall(f"{self._fault}\r\n".encode())
            return True
        self._break(line)
        return False

    def _break(self, line: socket.socket) -> None:
        """Everything that is no reply."""
        match self._fault:
            case "say nothing":
                self._lines.stopping.wait(15)
            case "break off within the reply":
                line.sendall(b"250-half a wo")
            case "reset the line":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.close()
            case "say it for ever, a sign at a time":
                line.sendall(b"250-")
                while not self._lines.stopping.wait(0.05):
                    line.sendall(b".")

    def _serve(self, line: socket.socket) -> None:
        if self._says(line, "greeting", "220 test ESMTP") and self._talk(line):
            if self._at == "handshake":
                self._says(line, "handshake", "")
                return
            assert self._starttls is not None
            with self._starttls.wrap_socket(line, server_side=True) as safe:
                self._talk(safe)

    def _talk(self, line: socket.socket) -> bool:
        """Until the line is given up, or, which is True, to be encrypted."""
        offers = [self._offers, *(["STARTTLS"] if self._starttls else [])]
        replies: Mapping[str, str] = {
            "EHLO": "\r\n".join(["250-test", *(f"250-{offer}" for offer in offers), "250 SIZE 100000000"]),
            "AUTH": "235 ok",
            "DATA": "354 go on",
            "QUIT": "221 bye",
            "STARTTLS": "220 go on",
        }
        recipients = 0
        with line.makefile("rb") as stream:
            while raw := stream.readline():
                self.heard.append(raw.decode().strip())
                word = raw.split()[0].decode().upper()
                recipients += word == "RCPT"
                point = "RCPT 2" if word == "RCPT" and recipients == 2 and self._at == "RCPT 2" else word
                if not self._says(line, point, replies.get(word, "250 ok")):
                    return False
                refused = self._at == word and self._fault not in FAULTS
                if word == "STARTTLS" and not refused:
                    return True
                if word == "DATA" and not refused and not self._take(stream, line):
                    return False
        return False

    def _take(self, stream, line: socket.socket) -> bool:
        content = b""
        if self._at in ("begin", "body"):
            if self._at == "body":
                stream.readline()
            self._break(line)
            return False
        while (raw := stream.readline()) != b".\r\n":
            if not raw:
                return False
            content += raw
        if not (self._at == "dot" and self._fault[:1] in "45"):
            self.kept.append(content)
        return self._says(line, "dot", "250 2.0.0 queued") and self._at != "after"
