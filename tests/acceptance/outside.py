"""The world that runners meet: a web service and a mail server in the test's own process, which outlive every kill and count.

Invariant: what arrived is counted before it is answered, so that a runner killed while it waits is counted too.
"""

import random
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default
from urllib.parse import parse_qs, urlsplit

from tests.servers.http import HttpServer, Reply, Request
from tests.servers.smtp import SmtpServer


class Outside:
    """`/once`, `/keyed`, `/put` and `/look`, each with `?what=step-number`, `/refused`, which takes nothing; and a mail server.

    `slow`: seconds that an answer may take, drawn by `seed`, so that kills find something under way.
    """

    def __init__(self, slow: float = 0.0, seed: int = 0) -> None:
        self.web, self.post = HttpServer(), SmtpServer()
        self._rng, self._slow = random.Random(seed), slow
        for path in ("/once", "/keyed", "/put", "/look"):
            self.web.on(path, self._answer)
        self.web.on("/refused", Reply(422, b"no seat left"))

    def _answer(self, _request: Request) -> Reply:
        time.sleep(self._rng.uniform(0, self._slow))  # how slow the world is; no test waits for it
        return Reply(200, b'{"ok": true}')

    def stop(self) -> None:
        """Close everything."""
        self.web.stop()
        self.post.stop()

    def requests(self, path: str) -> dict[str, list[str]]:
        """What → the idempotency keys under which it came, one for each request."""
        found: dict[str, list[str]] = {}
        for request in list(self.web.requests):
            parts = urlsplit(request.path)
            if parts.path == path:
                found.setdefault(parse_qs(parts.query)["what"][0], []).append(request.headers.get("idempotency-key", ""))
        return found

    def mails(self) -> Counter[tuple[str, str]]:
        """(recipient, Message-ID) → how often the server took it."""
        parsed = [message_from_bytes(kept.content, policy=default) for kept in list(self.post.messages)]
        return Counter((str(mail["To"]), str(mail["Message-ID"])) for mail in parsed)
