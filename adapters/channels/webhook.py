"""Alerts by a call of a web service: Slack, Teams, Discord, ntfy, or a program of one's own.

Invariant: goes to the address of config.toml and nowhere else: no redirect is followed. The address is as good as a password with
most services: no sentence holds more of it than the host.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.channels.shapes import SHAPES, shape_of
from adapters.web.address import Target, parse_url
from adapters.web.client import Answer, AnswerLost, exchange
from adapters.web.request import filled_path
from adapters.web.verdict import retry_after
from runner.errors import ActionFailed
from runner.ports import Message

#: What the services are called.
_NAMES = {"slack": "Slack", "teams": "Teams", "discord": "Discord", "ntfy": "ntfy", "json": "webhook"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """One address of one service."""

    #: As config.toml has it: an address, which may hold secrets' marks, or one mark for all of it.
    url: str
    #: (text with marks, host and port it goes to) → text with values.
    reveal: Callable[[str, str], str]
    #: Hosts that the secret which is the whole address may go to; () where it is no secret.
    hosts: tuple[str, ...] = ()
    #: `slack teams discord ntfy json`; "" = by the host.
    shape: str = ""
    #: The mark of the secret that signs what goes to a program of one's own; "" = unsigned.
    secret: str = ""
    #: Tells it from another address at the same host.
    which: str = ""

    @property
    def host(self) -> str:
        """Whom it reaches."""
        return self.hosts[0] if self.hosts else parse_url(self.url).authority

    @property
    def kind(self) -> str:
        """The service."""
        return self.shape or shape_of(self.host.partition(":")[0])

    @property
    def name(self) -> str:
        """`Slack (hooks.slack.com)`."""
        return f"{_NAMES[self.kind]} ({self.host}){self.which}"

    def tell(self, message: Message, timeout: timedelta) -> None:
        """One POST. Raises `ActionFailed`, also where no answer came: a repeat harms nobody."""
        deadline = time.monotonic() + timeout.total_seconds()
        headers, body = SHAPES[self.kind](message)
        target = self.target()
        if self.secret and self.kind == "json":
            headers = {**headers, **self._signed(body, target, message.now)}
        try:
            answer = exchange("POST", target, {"User-Agent": "Rowpact", **headers}, body, deadline)
        except AnswerLost as lost:
            raise ActionFailed(f"{self.host} was called, but {lost}.") from None
        self._judge(answer, message.now)

    def target(self) -> Target:
        """Where it goes, secrets filled in. Raises `ActionFailed`."""
        if not self.hosts:
            target = parse_url(self.url)
            target = filled_path(target, lambda mark: self.reveal(mark, target.host_and_port))
        else:
            value = self.reveal(self.url, self.hosts[0])
            try:
                target = parse_url(value.strip())
            except ActionFailed:
                raise ActionFailed("The secret that is to be the webhook's address is no web address.", permanent=True) from None
            self.reveal(self.url, target.host_and_port)  # raises where its hosts do not name this one
        if target.scheme == "http" and not target.on_this_machine:
            raise ActionFailed(f"{target.host} is called without encryption: write https:// for the webhook.", permanent=True)
        return target

    def _signed(self, body: bytes, target: Target, now: datetime) -> dict[str, str]:
        """HMAC-SHA256 with the secret over `timestamp.body`, in hex."""
        stamp = str(int(now.timestamp()))
        key = self.reveal(self.secret, target.host_and_port).encode()
        signature = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Rowpact-Timestamp": stamp, "X-Rowpact-Signature": f"sha256={signature}"}

    def _judge(self, answer: Answer, now: datetime) -> None:
        if 200 <= answer.status < 300:
            return
        said = f"{self.host} answered {answer.status} {answer.phrase}".strip()
        if 400 <= answer.status < 500 and answer.status not in (408, 425, 429):
            mend = "Look whether the address of the webhook in config.toml [alerts] is still right."
            raise ActionFailed(f"{said}. {mend}", permanent=True)
        raise ActionFailed(f"{said}.", retry_after=retry_after(answer, now))
