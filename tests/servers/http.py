"""A programmable HTTP server on loopback: paths lead to replies, or to functions that break the protocol in any way.

http_server.on("/leads", Reply(503), Reply(503), Reply(201, b'{"id": 7}'))   # one after the other, the last for ever
http_server.on("/drop", drop)                                                # a fault: see below
http_server.on("/mirror", lambda request: Reply(200, request.body))
assert http_server.hits("/leads") == 3 and http_server.requests[0].headers["idempotency-key"]
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from tests.servers.lines import LineServer


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came, headers by lower-case name."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """A whole answer; its Content-Length is right unless `headers` says otherwise."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        phrase = HTTPStatus(self.status).phrase
        headers = {"Content-Length": str(len(self.body)), "Connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


#: Bytes sent one after the other; the connection closes at the end.
Raw: TypeAlias = Iterator[bytes]
Handler: TypeAlias = Callable[[Request], "Reply | Raw"]


class HttpServer:
    """Serves until `stop()`. An unknown path is answered with 404."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.requests: list[Request] = []
        self._handlers: dict[str, list[Reply | Handler]] = {}
        self._guard = threading.Lock()
        #: True: close each new connection before a byte is read.
        self.deaf = False
        self._lines = LineServer(self._serve, tls)
        self.host = f"{host}:{self._lines.port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"
        self.port = self._lines.port
        self.stopping = self._lines.stopping

    def on(self, path: str, *answers: Reply | Handler) -> None:
        """Answer this path (without query) with these, one after the other; the last stays."""
        self._handlers[path] = list(answers)

    def hits(self, path: str | None = None) -> int:
        """How many requests came, to this path or at all."""
        return sum(path in (None, request.path.partition("?")[0]) for request in self.requests)

    @property
    def connections(self) -> int:
        """How many connections were opened, with or without a request."""
        return self._lines.connections

    def stop(self) -> None:
        """Close everything."""
        self._lines.stop()

    # ------------------------------------------------------------------------------------------------ faults

    def hang(self, _request: Request) -> Raw:
        """Say nothing until the server stops."""
        self.stopping.wait(15)
        yield b""

    def drip(self, _request: Request) -> Raw:
        """One header byte every 50 ms, for ever: no single read is slow."""
        yield b"HTTP/1.1 200 OK\r\nX-Drip: "
        while not self.stopping.wait(0.05):
            yield b"."

    # ------------------------------------------------------------------------------------------------ inside

    def _serve(self, line: socket.socket) -> None:
        if self.deaf:
            return
        with line.makefile("rb") as stream:
            request = _read(stream)
            if request is None:
                return
            with self._guard:
                self.requests.append(request)
                answers = self._handlers.get(request.path.partition("?")[0], [Reply(404, b"no such page")])
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
            answer = answer if isinstance(answer, Reply) else answer(request)
            for part in [answer.raw()] if isinstance(answer, Reply) else answer:
                line.sendall(part)


def _read(stream) -> Request | None:
    words = stream.readline(70_000).decode("latin-1").split(" ")
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while text := stream.readline(70_000).decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(method=words[0], path=words[1], headers=headers, body=body)


def drop(_request: Request) -> Raw:
    """Take the request and close without a word."""
    yield from ()


def half(_request: Request) -> Raw:
    """Promise 100 bytes and close after 10."""
    yield Reply(200, b"0123456789", {"Content-Length": "100"}).raw()


def garbage(_request: Request) -> Raw:
    """Something that is not HTTP."""
    yield b"\x00\x01SSH-2.0-nonsense\r\n\r\n"
