"""A mailer that keeps what it was given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any


@dataclass
class Postbox:
    """Takes every mail; `fault` is raised instead, once, and `meanwhile` is called before one leaves, once."""

    mails: list[EmailMessage] = field(default_factory=list)
    fault: BaseException | None = None
    meanwhile: Callable[[], None] | None = None

    def send(self, message: bytes, _sender: str, _recipients: Any, _timeout: timedelta) -> str:
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if self.fault:
            fault, self.fault = self.fault, None
            raise fault
        self.mails.append(BytesParser(policy=policy.default).parsebytes(message))  # type: ignore[arg-type]
        return "taken"

    @property
    def recipients(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.mails)
