"""The mailer of a drill: it says what a mail server would say, and lets nothing out.

Invariant: no message leaves, whatever it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.mailers.smtp import SmtpMailer
from runner.errors import ActionFailed
from runner.ports import Fault


@dataclass(frozen=True, slots=True)
class PretendMailer:
    """Speaks with the voice of `server`, which is never called."""

    server: SmtpMailer

    def send(self, message: bytes, sender: str, recipients: Sequence[str], timeout: timedelta) -> str:  # noqa: ARG002  # the port's
        """Never: raises `ActionFailed`."""
        raise ActionFailed("Nothing leaves a drill.", permanent=True)

    def find(self, message_id: str) -> bool | None:
        """What the server could say about a message of this Message-ID."""
        return self.server.find(message_id)

    def rehearse(self, fault: Fault | None, recipients: Sequence[str]) -> str:
        """What `send` would return or raise if the server failed like this."""
        return self.server.rehearse(fault, recipients)
