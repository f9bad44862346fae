"""One HTTP/1.1 exchange with a host that config.toml allows, telling apart "nothing was sent" from "the answer was lost".

Invariant: bytes go only to an address that was checked, within the deadline, over TLS that was verified; nothing is repeated here.
No proxy is taken from the environment: a proxy looks names up by itself, past the check of the address.
"""

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from adapters.web.address import Target, is_address, may_answer_for
from adapters.web.connection import Connection, connect, reason, resolve
from runner.errors import ActionFailed, RowpactError

#: Bytes of an answer that are read; more is cut and marked as cut.
ANSWER_CAP = 5_000_000

Resolve = Callable[[str, int, float], list[str]]


class AnswerLost(RowpactError):
    """The request was sent, at least in part, and no whole answer came: the other side may have acted on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    phrase: str
    #: Lower-case name → value; several of one name are joined by a comma.
    headers: Mapping[str, str]
    body: bytes
    #: Whether the body was longer than `ANSWER_CAP`.
    cut: bool = False


def exchange(
    method: str, target: Target, headers: Mapping[str, str], body: bytes, deadline: float, *, resolve: Resolve = resolve
) -> Answer:
    """Send one request and read its answer; redirects are answers like any other.

    `deadline` is a moment of `time.monotonic`. Raises `ActionFailed` when it is certain that nothing was sent, else `AnswerLost`.
    """
    request = _request_bytes(method, target, headers, body)
    with _reach(target, deadline, resolve) as line:
        trouble = ""
        try:
            line.send(request)
        except OSError as error:  # a server may answer, say 413, without reading to the end
            trouble = reason(error)
        try:
            return _read(line, method)
        except OSError as error:
            raise AnswerLost(trouble or reason(error)) from None
        except http.client.HTTPException:
            raise AnswerLost(trouble or "its answer broke off or was not HTTP") from None


def _request_bytes(method: str, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request as it goes over the line. Headers were checked: no line breaks."""
    whole = {"Host": target.authority, **headers, "Accept-Encoding": "identity", "Connection": "close"}
    if body or method in ("POST", "PUT", "PATCH"):
        whole["Content-Length"] = str(len(body))
    lines = [f"{method} {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in whole.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _reach(target: Target, deadline: float, resolve: Resolve) -> Connection:
    """An open line, encrypted when the scheme says so. Raises `ActionFailed`."""
    try:
        addresses = [target.host] if is_address(target.host) else resolve(target.host, target.port, deadline)
        good = [address for address in addresses if may_answer_for(target.host, address)]
        if addresses and not good:
            raise ActionFailed(
                f"The name {target.host} leads to {addresses[0]}, an address inside a private network, so nothing was sent. "
                "If that is meant, put the address itself into the url and into config.toml [http] allow.",
                permanent=True,
            )
        line = connect(good, target.port, deadline)
        if target.scheme == "https":
            try:
                line.start_tls(tls_context(), target.host)
            except BaseException:
                line.close()
                raise
    except OSError as error:
        raise ActionFailed(f"{target.authority} could not be reached: {reason(error)}. Nothing was sent.") from None
    return line


@cache
def tls_context() -> ssl.SSLContext:
    """The system's certificates, or those that SSL_CERT_FILE names; always verified."""
    return ssl.create_default_context()


def _read(line: Connection, method: str) -> Answer:
    answer = http.client.HTTPResponse(line, method=method)  # type: ignore[arg-type]  # asks for makefile() only
    with answer:
        answer.begin()
        body = answer.read(ANSWER_CAP + 1)
        cut = len(body) > ANSWER_CAP
        if answer.length and not cut:
            raise http.client.IncompleteRead(body, answer.length)
        headers: dict[str, str] = {}
        for name, value in answer.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Answer(status=answer.status, phrase=answer.reason, headers=headers, body=body[:ANSWER_CAP], cut=cut)
