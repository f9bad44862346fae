"""A mailbox on loopback that knows one account: signs in, shows a folder, signs out (RFC 3501).

box = ImapServer(login=("ana", "pw"), tls=server_tls, folders={"INBOX": 3})
"""

import shlex
import socket
import ssl
from collections.abc import Mapping

from tests.servers.lines import LineServer


class ImapServer:
    """Serves until `stop()`. `said` holds every command without its tag."""

    def __init__(
        self, *, login: tuple[str, str], tls: ssl.SSLContext | None = None, folders: Mapping[str, int] | None = None
    ) -> None:
        self.said: list[str] = []
        self._login, self._folders = login, dict(folders or {"INBOX": 0})
        self._lines = LineServer(self._serve, tls)
        self.port = self._lines.port

    def stop(self) -> None:
        """Close everything."""
        self._lines.stop()

    def _serve(self, line: socket.socket) -> None:
        line.sendall(b"* OK ready\r\n")
        with line.makefile("rb") as stream:
            while text := stream.readline(10_000).decode().strip():
                tag, _, command = text.partition(" ")
                self.said.append(command)
                line.sendall("".join(f"{each}\r\n" for each in self._answer(tag, shlex.split(command))).encode())

    def _answer(self, tag: str, words: list[str]) -> list[str]:
        match [words[0].upper(), *words[1:]]:
            case ["CAPABILITY"]:
                return ["* CAPABILITY IMAP4rev1", f"{tag} OK done"]
            case ["LOGIN", user, password] if (user, password) == self._login:
                return [f"{tag} OK welcome"]
            case ["LOGIN", *_]:
                return [f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials"]
            case ["EXAMINE", folder] if folder in self._folders:
                return [f"* {self._folders[folder]} EXISTS", f"{tag} OK [READ-ONLY] done"]
            case ["EXAMINE", _]:
                return [f"{tag} NO no such mailbox"]
            case ["LOGOUT"]:
                return ["* BYE", f"{tag} OK bye"]
        return [f"{tag} BAD unknown"]
