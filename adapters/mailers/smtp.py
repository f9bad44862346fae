"""Mail through an SMTP server, one command at a time, so that it is always known how far a message came.

Invariant: only a 2xx after the final dot is a proof; before the dot is on its way nothing has left; in between is in doubt
(RFC 1047 describes that gap). TLS is verified; a password is in no sentence.
"""

import base64
import ipaddress
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.mail.dialogue import NO_MAIL_SERVER, Dialogue, Refused, Reply, dotted
from adapters.web.connection import connect, reason, resolve
from runner.errors import ActionFailed, ActionInDoubt
from runner.ports import Fault

if TYPE_CHECKING:
    from adapters.mail.sent_folder import SentFolder

_ADDRESS = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,320}")


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """One account at one server. `security`: `starttls`, `tls`, or `none` (this machine only)."""

    host: str
    port: int = 587
    security: str = "starttls"
    #: "" = no login.
    username: str = ""
    #: Asked at each login, so that the value is not kept.
    password: Callable[[], str] = lambda: ""
    #: Certificates of a private authority, PEM.
    ca_file: Path | str | None = None
    #: Where what left can be looked up; None when nowhere.
    sent: "SentFolder | None" = None
    #: The provider files no copies there, so the runner does.
    keep_copy: bool = False

    @property
    def kept_in(self) -> str:
        """Where what left can be looked up, in words; "" when nowhere."""
        return self.sent.place if self.sent else ""

    def send(self, message: bytes, sender: str, recipients: Sequence[str], timeout: timedelta) -> str:
        """One transaction for all recipients, all or nothing; returns the server's 250, and what became of the copy in Sent.

        Everything up to the message takes at most half of `timeout`, so that the other half is left for the server's last word.
        Raises `ActionFailed` (certain that nothing left) or `ActionInDoubt`.
        """
        start, seconds = time.monotonic(), timeout.total_seconds()
        self._require_safety(sender, recipients)
        context = self._context()
        password = self.password() if self.username else ""
        wire = dotted(message)
        with self._dialogue(context, start + seconds / 2) as dialogue:
            if self.username:
                self._log_in(dialogue, password)
            self._envelope(dialogue, sender, recipients, len(wire))
            dialogue.limit = start + seconds
            proof = self._hand_over(dialogue, wire, recipients)
        if self.sent and self.keep_copy:
            proof += f"; {self.sent.keep(message, BytesHeaderParser().parsebytes(message)['Message-ID'])}"
        return proof

    def try_login(self, timeout: timedelta) -> datetime | None:
        """Connect, encrypt and sign in as for a mail, and leave without one; returns until when the certificate holds.

        Raises `ActionFailed`.
        """
        context = self._context()
        password = self.password() if self.username else ""
        with self._dialogue(context, time.monotonic() + timeout.total_seconds()) as dialogue:
            if self.username:
                self._log_in(dialogue, password)
            ends = dialogue.certificate_ends
            dialogue.leave()
        return ends

    def find(self, message_id: str) -> bool | None:
        """True when the mail is in the Sent folder; None when it is not, which proves nothing, or when none is known."""
        return self.sent.find(message_id) if self.sent else None

    def _require_safety(self, sender: str, recipients: Sequence[str]) -> None:
        if self.security not in ("starttls", "tls") and not _is_this_machine(self.host):
            message = f"Mail to {self.host} would travel unencrypted: nothing was sent."
            raise ActionFailed(f'{message} Write security = "starttls" or "tls" in config.toml [email].', permanent=True)
        if wrong := [each for each in (sender, *recipients) if not _ADDRESS.fullmatch(each)]:
            raise ActionFailed(f"{wrong[0]!r} is not an e-mail address. Nothing was sent.", permanent=True)

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except OSError:
            message = f"The certificates in {self.ca_file} cannot be read. Nothing was sent. Correct ca_file in config.toml."
            raise ActionFailed(message, permanent=True) from None

    @contextmanager
    def _dialogue(self, context: ssl.SSLContext, limit: float) -> Iterator[Dialogue]:
        """Connected, greeted, encrypted."""
        with self._nothing_sent("could not be reached"):
            line = connect(resolve(self.host, self.port, limit), self.port, limit)
        try:
            with self._nothing_sent("did not let us in"):
                if self.security == "tls":
                    line.start_tls(context, self.host)
                dialogue = Dialogue(line, limit)
                dialogue.expect(dialogue.reply(), 220)
                dialogue.hello()
            if self.security == "starttls":
                self._encrypt(dialogue, context)
            yield dialogue
        finally:
            line.close()

    def _encrypt(self, dialogue: Dialogue, context: ssl.SSLContext) -> None:
        if "STARTTLS" not in dialogue.offers:
            message = f"The mail server {self.host} offers no encryption (STARTTLS). Nothing was sent."
            raise ActionFailed(f'{message} Try security = "tls" and port = 465 in config.toml [email].', permanent=True)
        with self._nothing_sent("does not start encryption"):
            dialogue.command("STARTTLS", 220)
            dialogue.start_tls(context, self.host)
            dialogue.hello()

    def _log_in(self, dialogue: Dialogue, password: str) -> None:
        ways = dialogue.offers.get("AUTH", "").upper().split()
        mend = "Correct username and password in config.toml [email]."
        plain = _base64(f"\0{self.username}\0{password}")
        dialogue.hidden = (password, _base64(password), plain)
        with self._nothing_sent(f"refused the login of {self.username}", mend):
            if "PLAIN" in ways:
                dialogue.command(f"AUTH PLAIN {plain}", 235)
            elif "LOGIN" in ways:
                dialogue.command("AUTH LOGIN", 334)
                dialogue.command(_base64(self.username), 334)
                dialogue.command(_base64(password), 235)
            else:
                message = f"The mail server {self.host} offers no login that Rowpact knows (PLAIN, LOGIN). Nothing was sent."
                raise ActionFailed(message, permanent=True)

    def _envelope(self, dialogue: Dialogue, sender: str, recipients: Sequence[str], size: int) -> None:
        """MAIL, RCPT and DATA; one recipient refused, and nobody gets the message."""
        most = dialogue.offers.get("SIZE", "0")
        if most.isdigit() and 0 < int(most) < size:
            message = f"The mail is {size:,} bytes long, but the mail server {self.host} takes {int(most):,}. Nothing was sent."
            raise ActionFailed(message, permanent=True)
        with self._nothing_sent(f"does not take mail from {sender}", "Check from in config.toml [email]."):
            dialogue.command(f"MAIL FROM:<{sender}>" + (f" SIZE={size}" if "SIZE" in dialogue.offers else ""), 250)
        with self._nothing_sent("did not take the recipients"):
            replies = [(each, dialogue.ask(f"RCPT TO:<{each}>")) for each in recipients]
        refused = [(each, reply) for each, reply in replies if reply.code not in (250, 251, 252)]
        if refused:
            dialogue.leave()
            raise self._refused(refused)
        with self._nothing_sent("does not take the message"):
            dialogue.command("DATA", 354)

    def _hand_over(self, dialogue: Dialogue, wire: bytes, recipients: Sequence[str]) -> str:
        """The message and its final dot. A server that has not seen the dot must not deliver (RFC 5321, 4.1.1.4)."""
        with self._nothing_sent("did not take the whole message"):
            dialogue.send(wire)
        try:
            dialogue.send(b".\r\n")
            reply = dialogue.reply()
        except OSError as error:
            raise self._in_doubt(reason(error), recipients) from None
        if 200 <= reply.code < 300:
            dialogue.leave()
        return self._judged(reply, recipients)

    def _judged(self, reply: Reply, recipients: Sequence[str]) -> str:
        """What the server's word after the final dot means. Raises `ActionFailed`, `ActionInDoubt`."""
        if 200 <= reply.code < 300:
            return str(reply)
        if 400 <= reply.code < 600:
            raise ActionFailed(
                f"The mail server {self.host} did not take the mail: {reply}. Nothing was sent.", permanent=reply.code >= 500
            )
        raise self._in_doubt(f"it answered {reply}", recipients)

    def _refused(self, refused: Sequence[tuple[str, Reply]]) -> ActionFailed:
        listed = "; ".join(f"{each} ({reply})" for each, reply in refused)
        final = any(reply.code >= 500 for _, reply in refused)
        message = f"The mail server {self.host} refused {listed}. Nothing was sent to anybody."
        return ActionFailed(message + (" Correct the address, then type RETRY." if final else ""), permanent=final)

    def rehearse(self, fault: Fault | None, recipients: Sequence[str]) -> str:
        """What `send` would return or raise if the server failed like this at the last moment; nothing is sent. For drills."""
        match fault:
            case Fault.TIMEOUT:
                raise self._in_doubt(reason(TimeoutError()), recipients)
            case Fault.MALFORMED:
                raise self._in_doubt(NO_MAIL_SERVER, recipients)
            case Fault.SERVER_ERROR:
                return self._judged(Reply(554, "Transaction failed"), recipients)
            case Fault.TOO_MANY:
                return self._judged(Reply(451, "Too much mail, try again later"), recipients)
            case Fault.REFUSED:
                raise self._refused([(recipients[0], Reply(550, "No such mailbox"))])
        return self._judged(Reply(250, "Queued"), recipients)

    def _in_doubt(self, why: str, recipients: Sequence[str]) -> ActionInDoubt:
        return ActionInDoubt(
            f"The mail was handed to {self.host}, but no confirmation came: {why}. It may or may not have left. Look into the Sent "
            f"folder or ask {', '.join(recipients[:3])}; then type DONE (it arrived) or RETRY (it did not)."
        )

    @contextmanager
    def _nothing_sent(self, what: str, mend: str = "") -> Iterator[None]:
        """Turn trouble before the final dot into `ActionFailed`, saying what the server did not do."""
        try:
            yield
        except Refused as refused:
            final = refused.reply.code >= 500
            message = f"The mail server {self.host} {what}: {refused.reply}. Nothing was sent."
            raise ActionFailed(f"{message} {mend if final else ''}".strip(), permanent=final) from None
        except OSError as error:
            stranger = isinstance(error, ssl.SSLCertVerificationError)
            message = f"The mail server {self.host}:{self.port} {what}: {reason(error)}. Nothing was sent."
            hint = " If it is a server of your own, name its authority in config.toml [email] ca_file." if stranger else ""
            raise ActionFailed(message + hint, permanent=stranger) from None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _is_this_machine(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
