"""The way to Google as a company has it: an HTTPS proxy that answers CONNECT, with a private authority for Google's names.

with GoogleProxy(google, ca) as proxy:
    subprocess.run(command, env={"HTTPS_PROXY": proxy.url, "REQUESTS_CA_BUNDLE": ca_file})

Invariant: nothing leaves this computer; a name that is not Google's is refused and kept in `strangers`.
"""

import socket
import ssl
from contextlib import suppress
from typing import Self

import trustme

from tests.servers.lines import LineServer
from tests.servers.sheets.server import SheetsServer

NAMES = ("sheets.googleapis.com", "www.googleapis.com", "oauth2.googleapis.com", "iamcredentials.googleapis.com")


class GoogleProxy:
    """Serves until `stop()`; also a context manager."""

    def __init__(self, google: SheetsServer, ca: trustme.CA) -> None:
        self._google = google
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ca.issue_cert(*NAMES).configure_cert(self._tls)
        #: Hosts that were asked for, in order.
        self.asked: list[str] = []
        self.strangers: list[str] = []
        self._open: set[ssl.SSLSocket] = set()
        self._lines = LineServer(self._serve)
        self.url = f"http://127.0.0.1:{self._lines.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close everything."""
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.stop()

    def _serve(self, line: socket.socket) -> None:
        with line.makefile("rb", buffering=0) as stream:  # what follows the blank line belongs to TLS
            words = stream.readline(10_000).decode("latin-1").split()
            while stream.readline(10_000).strip():
                pass
        host = words[1].rpartition(":")[0] if len(words) == 3 and words[0] == "CONNECT" else " ".join(words)
        self.asked.append(host)
        if host not in NAMES:
            self.strangers.append(host)
            line.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._tls.wrap_socket(line, server_side=True) as safe:
            self._open.add(safe)
            try:
                self._google.talk(safe)
            finally:
                self._open.discard(safe)
