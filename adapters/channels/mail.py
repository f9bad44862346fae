"""Alerts by mail, through the mailer of config.toml: as HTML and as plain text.

Invariant: the Message-ID follows from the news, so that a mail that left before a crash can be told from another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from adapters.mail.address import one_mailbox
from adapters.mail.message import Mail, build, one_line
from runner.ports import Mailer, Message


@dataclass(frozen=True, slots=True)
class MailChannel:
    """One mail to everybody who is named for a severity."""

    mailer: Mailer
    sender: str
    to: tuple[str, ...]
    #: Message → (its plain text, its HTML).
    written: Callable[[Message], tuple[str, str]]

    @property
    def name(self) -> str:
        """`mail to ana@example.com`."""
        return f"mail to {', '.join(one_mailbox(each).address for each in self.to)}"

    def tell(self, message: Message, timeout: timedelta) -> None:
        """Build the mail and hand it over. Raises `ActionFailed`, `ActionInDoubt`."""
        sender, people = one_mailbox(self.sender), [one_mailbox(each) for each in self.to]
        text, page = self.written(message)
        mail = Mail(
            sender=sender,
            to=people,
            subject=one_line(message.subject),
            body=page,
            text=text,
            message_id=f"<{message.id}.alert@{sender.domain}>",
            date=message.now,
        )
        self.mailer.send(build(mail), sender.address, [person.address for person in people], timeout)
