"""The side effect of the job: a web service that counts what it was asked to do, key by key.

Invariant: a request is counted before anything else; its first answer may be held back, so that whoever asked can die unanswered.
"""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

#: A held answer is given after this many seconds at the latest.
PATIENCE = 30


class Service:
    """POST /charge/KEY counts an effect, POST /end/KEY the end of a run; GET /charge/KEY says if it was counted: 200 or 404."""

    def __init__(self) -> None:
        self.charged: Counter[str] = Counter()
        self.ended: set[str] = set()
        #: Each key, once its first request has been counted and before that is answered.
        self.counted: SimpleQueue[str] = SimpleQueue()
        #: Set: no answer is held back any more.
        self.answering = threading.Event()
        self._guard = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Take no more requests."""
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()

    def post(self, verb: str, key: str) -> int:
        """Count, then answer; the first `charge` of a key is held until its asker is gone."""
        if verb == "end":
            self.ended.add(key)
            return 201
        with self._guard:
            self.charged[key] += 1
            first = self.charged[key] == 1
        if first:
            self.counted.put(key)
            self.answering.wait(PATIENCE)
        return 201

    def _handler(service) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler below
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                _, verb, key = self.path.split("/")
                self._answer(service.post(verb, key))

            def do_GET(self) -> None:
                self._answer(200 if service.charged[self.path.split("/")[-1]] else 404)

            def _answer(self, status: int) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # the asker was killed

            def log_message(self, *_words: object) -> None:
                """Print nothing."""

        return Handler
