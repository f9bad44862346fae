"""HTTP/1.1 on one connection, kept alive: requests in, whole answers out.

Invariant: each answer leaves in one piece and without delay, so that a call costs what it does and not forty milliseconds.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came, headers by lower-case name."""

    verb: str
    #: As it was sent, its escapes not undone.
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`status` 0 closes the connection without a word."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def serve(line: socket.socket, answer: Callable[[Request], Answer], now: Callable[[], float]) -> None:
    """Until the client goes, or an answer without a status."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with line.makefile("rb") as stream:
        for request in _requests(stream):
            given = answer(request)
            if not given.status:
                return
            headers = {
                "Content-Type": "application/json; charset=UTF-8",
                "Cache-Control": "no-cache, no-store",
                "Date": formatdate(now(), usegmt=True),
                "Content-Length": str(len(given.body)),
                **given.headers,
            }
            top = [
                f"HTTP/1.1 {given.status} {HTTPStatus(given.status).phrase}",
                *(f"{name}: {text}" for name, text in headers.items()),
            ]
            line.sendall("\r\n".join([*top, "", ""]).encode("latin-1") + (b"" if request.verb == "HEAD" else given.body))


def _requests(stream) -> Iterator[Request]:
    while len(words := stream.readline(70_000).decode("latin-1").split(" ")) == 3:
        headers: dict[str, str] = {}
        while text := stream.readline(70_000).decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        target = urlsplit(words[1])
        query = tuple(parse_qsl(target.query, keep_blank_values=True))
        yield Request(verb=words[0], path=target.path, query=query, headers=headers, body=body)
