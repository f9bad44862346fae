"""One TCP or TLS connection on which nothing waits past a fixed moment; mail and HTTP both talk through it.

Invariant: every look-up, connect, handshake, read and write ends by the deadline, however slowly the other side drips.
"""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

#: Seconds that one address may take to answer, so that a dead one leaves time for the next.
CONNECT_PATIENCE = 10.0


#: Seconds that the system can wait at once: it counts milliseconds in 31 bits.
_LONGEST_WAIT = 2_000_000.0


def left(deadline: float) -> float:
    """Seconds until the deadline (of `time.monotonic`), 23 days at most. Raises TimeoutError when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        message = "the deadline has passed"
        raise TimeoutError(message)
    return min(seconds, _LONGEST_WAIT)


def resolve(host: str, port: int, deadline: float) -> list[str]:
    """The host's addresses in the system's order. Raises OSError.

    The system's look-up takes no time-out: it runs in a thread of its own, which is left behind when it is late.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, "the name is too long"))

    threading.Thread(target=ask, name=f"look up {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=left(deadline))
    except queue.Empty:
        message = "the name server did not answer"
        raise TimeoutError(message) from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def connect(addresses: Iterable[str], port: int, deadline: float) -> "Connection":
    """A connection to the first of these addresses that answers. Raises OSError: that of the last one tried."""
    error: OSError = ConnectionError("it has no address")
    for address in addresses:
        try:
            return Connection(socket.create_connection((address, port), min(CONNECT_PATIENCE, left(deadline))), deadline)
        except OSError as failed:
            error = failed
    raise error


class Connection(io.RawIOBase):
    """The raw side of a buffered reader, and a writer. Every method raises OSError when the line or the time is gone."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        #: May be moved, for a phase that has a time of its own.
        self.deadline = deadline

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt from here on; the other side proves to be `host`. Raises ssl.SSLError, a kind of OSError."""
        self._line.settimeout(left(self.deadline))
        self._line = context.wrap_socket(self._line, server_hostname=host)

    def send(self, data: bytes) -> None:
        """Hand all of it to the operating system."""
        rest = memoryview(data)
        while rest:
            self._line.settimeout(left(self.deadline))
            rest = rest[self._line.send(rest) :]

    def readable(self) -> bool:
        """Always: what `io.BufferedReader` wants to hear."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what has come; 0 when the other side has closed."""
        self._line.settimeout(left(self.deadline))
        return self._line.recv_into(buffer)

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """A buffered reader; closing it closes the connection. The name is what `http.client` asks of a socket."""
        return io.BufferedReader(self)

    @property
    def own_address(self) -> str:
        """The address of this end."""
        return str(self._line.getsockname()[0])

    @property
    def certificate_ends(self) -> datetime | None:
        """Until when the other side's certificate holds; None without encryption."""
        return certificate_ends(self._line)

    def close(self) -> None:
        """Let go of the line at once."""
        self._line.close()
        super().close()


def certificate_ends(line: socket.socket) -> datetime | None:
    """Until when the other side's certificate holds; None without encryption."""
    shown = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC) if shown else None


def reason(error: OSError) -> str:
    """Why a connection failed, as the end of a sentence in plain words."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate cannot be trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"no safe connection came about: {(error.reason or 'TLS failed').lower().replace('_', ' ')}"
        case socket.gaierror():
            return "its name could not be found"
        case TimeoutError():
            return "it did not answer in time"
        case ConnectionRefusedError():
            return "it refused the connection"
        case BrokenPipeError() | ConnectionResetError() | ConnectionAbortedError():
            return "the connection broke off"
        case _:
            return (error.strerror or str(error) or "the connection failed").lower()
