"""A call of a watchman elsewhere (Healthchecks.io and its like), who notices when no call comes any more.

Invariant: one call, in bounded time; the address is as good as a password, so no sentence holds more of it than the host.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from adapters.web.address import parse_url
from adapters.web.client import AnswerLost, exchange
from adapters.web.request import filled_path
from runner.errors import ActionFailed

#: Seconds.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The address of [runner] heartbeat."""

    url: str
    #: (text with marks, host and port it goes to) → text with values.
    reveal: Callable[[str, str], str]

    def __call__(self, failed: str) -> None:
        """GET the address; where the tick `failed`, POST why to the address with `/fail` at its end. Raises `ActionFailed`."""
        typed = parse_url(self.url)
        target = filled_path(typed, lambda mark: self.reveal(mark, typed.host_and_port))
        method = "GET"
        if failed:
            path, question, query = target.path.partition("?")
            method, target = "POST", replace(target, path=f"{path.rstrip('/')}/fail{question}{query}")
        body = failed.encode()[:10_000]
        headers = {"User-Agent": "Rowpact", **({"Content-Type": "text/plain; charset=utf-8"} if body else {})}
        try:
            answer = exchange(method, target, headers, body, time.monotonic() + PATIENCE)
        except AnswerLost as lost:
            raise ActionFailed(f"{target.authority} was called, but {lost}.") from None
        if not 200 <= answer.status < 300:
            raise ActionFailed(f"{target.authority} answered {answer.status} {answer.phrase}.")
