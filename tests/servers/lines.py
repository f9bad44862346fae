"""A TCP server on a free port of 127.0.0.1 that gives each connection to a function in a thread of its own.

Invariant: `stop` ends every thread and closes every socket, also those in the middle of a fault.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

#: Seconds after which even a forgotten connection ends.
LONGEST = 20.0


class LineServer:
    """Runs `serve(connection)` for each connection until `stop()`; `stopping` is set then, for functions that hang on purpose."""

    def __init__(self, serve: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        #: Connections that were accepted.
        self.connections = 0
        self.stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            line.settimeout(LONGEST)
            thread = threading.Thread(target=self._run, args=(line,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, line: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                try:
                    line = self._tls.wrap_socket(line, server_side=True)
                except OSError:
                    line.close()
                    return
            self._open.add(line)
            try:
                self._serve(line)
            finally:
                self._open.discard(line)
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()

    def stop(self) -> None:
        """End everything; returns when all threads are gone."""
        self.stopping.set()
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._accepting.join(LONGEST)
        self._listener.close()
        for thread in self._threads:
            thread.join(LONGEST)
