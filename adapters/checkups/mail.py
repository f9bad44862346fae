"""The mail account and the mailboxes: in, logged in, and out again, without a mail sent or a message touched."""

import imaplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.checkups.hosts import PATIENCE, dated
from adapters.mail.sent_folder import SentFolder
from adapters.mailers.smtp import SmtpMailer
from adapters.web.client import tls_context
from adapters.web.connection import certificate_ends, reason
from runner.errors import ActionFailed
from runner.ports.checkup import Finding, Verdict, problem


def account(mailer: SmtpMailer, now: datetime) -> Finding:
    """Connect, encrypt and sign in, as for a mail. Raises `ActionFailed` with the sentence that a mail would have met."""
    what = "Connect and sign in" if mailer.username else "Connect"
    try:
        ends = mailer.try_login(timedelta(seconds=2 * PATIENCE))
    except ActionFailed as error:
        return problem(what, str(error).replace(" Nothing was sent.", ""))
    return dated(what, f"{mailer.host}:{mailer.port}", ends, now)


def sent_folder(folder: SentFolder, now: datetime) -> Finding:
    """Signed in, the folder found and looked into, signed out."""
    place = f"{folder.host}:{folder.port}"
    try:
        name, ends = folder.opened()
    except ActionFailed as error:
        return problem("Sent folder", str(error))
    found = dated("Sent folder", place, ends, now)
    return found if found.verdict is Verdict.WARNING else Finding(what="Sent folder", says=f"{place}, {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """[inbox.NAME]. `security`: `tls`, `starttls`, or `none` (this machine only)."""

    name: str
    host: str
    port: int
    security: str
    username: str
    password: Callable[[], str]
    folder: str


def mailbox(box: Mailbox, now: datetime) -> Finding:
    """Signed in, the folder looked at read-only, signed out."""
    what, place, key = f"Mailbox {box.name}", f"{box.host}:{box.port}", f"[inbox.{box.name}]"
    try:
        server = _open(box)
    except OSError as error:
        mend = f"Look whether this computer is online; check host, port and security in config.toml {key}."
        return problem(what, f"{place} could not be reached: {reason(error)}.", mend)
    except imaplib.IMAP4.error as error:
        return problem(
            what, f"{place} does not speak like a mailbox: {_said(error)}.", f"Check host and port in config.toml {key}."
        )
    try:
        server.login(box.username, box.password())
        verdict, told = server.select(f'"{box.folder}"', readonly=True)
        if verdict != "OK":
            return problem(what, f"{place} has no folder {box.folder}.", f"Correct folder in config.toml {key}.")
        ends = certificate_ends(server.sock)
        if (found := dated(what, place, ends, now)).verdict is Verdict.WARNING:
            return found
        count = int(told[0] or 0)
        return Finding(what=what, says=f"{place}, {box.folder} holds {count} message{'s' * (count != 1)}")
    except imaplib.IMAP4.error as error:
        mend = f"Correct username and password in config.toml {key}; many providers want an app password."
        return problem(what, f"{place} refused the login of {box.username}: {_said(error)}.", mend)
    except OSError as error:
        return problem(what, f"{place} broke off: {reason(error)}.", "Try again in a minute.")
    finally:
        _leave(server)


def _open(box: Mailbox) -> imaplib.IMAP4:
    if box.security == "tls":
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=tls_context(), timeout=PATIENCE)
    server = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE)
    if box.security == "starttls":
        try:
            server.starttls(tls_context())
        except BaseException:
            server.shutdown()
            raise
    return server


def _leave(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (OSError, imaplib.IMAP4.error):
        server.shutdown()


def _said(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())[:200].rstrip(".")
