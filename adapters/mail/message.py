"""One finished e-mail as bytes: pure ASCII, lines of at most 998 characters ended by CR LF, ready for any mail server.

Invariant: headers are written here, line by line, from text that was stripped of control characters: no text becomes a header.
"""

import html.parser
import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from adapters.mail.address import Mailbox

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes along."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Everything that a mail says; who else gets it (bcc) is the envelope's business."""

    sender: Mailbox
    to: Sequence[Mailbox]
    cc: Sequence[Mailbox] = ()
    reply_to: Sequence[Mailbox] = ()
    subject: str
    #: Plain text; or HTML when it begins with `<html` or `<!doctype`, unless the mail is `plain`.
    body: str
    #: What begins like a page came out of a cell.
    plain: bool = False
    #: What readers that show no HTML get instead of it; "" = the words of the page.
    text: str = ""
    attachments: Sequence[Attachment] = ()
    #: With its angle brackets.
    message_id: str
    #: Which of a sender's regular mails it is (RFC 2919); "" for one that is none.
    list_id: str = ""
    date: datetime


#: Zero-width joiners and direction marks: no control characters to a mail, part of many names and emoji.
_JOINERS = "\u200c\u200d\u200e\u200f"


def one_line(text: str) -> str:
    """For a header: blanks, line breaks and control characters become single blanks; what joins emoji and turns text stays."""
    return " ".join("".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in text).split())


def clean_body(text: str) -> str:
    """Line breaks as LF, no control characters, nothing that UTF-8 cannot carry."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", unified).encode("utf-8", "replace").decode()


def build(mail: Mail) -> bytes:
    """The mail as it goes over the line, without dot-stuffing. Equal mails give equal bytes.

    `Auto-Submitted` (RFC 3834) and `X-Auto-Response-Suppress` (Exchange) keep out-of-office replies from answering a machine.
    """
    lines = [
        _people("From", [mail.sender]),
        _people("To", mail.to),
        _people("Cc", mail.cc),
        _people("Reply-To", mail.reply_to),
        _text("Subject", mail.subject),
        f"Date: {format_datetime(mail.date)}",
        f"Message-ID: {mail.message_id}",
        f"List-Id: {mail.list_id}" if mail.list_id else "",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
    ]
    return "".join(f"{line}\r\n" for line in lines if line).encode("ascii") + _content(mail)


def _people(name: str, people: Iterable[Mailbox]) -> str:
    """One mailbox a line; "" when there is nobody."""
    written = [
        str(person) if _is_plain(person.name) else f"{_encoded_words(person.name, name)} <{person.address}>" for person in people
    ]
    return f"{name}: " + ",\r\n ".join(written) if written else ""


def _text(name: str, text: str) -> str:
    return f"{name}: {text if _is_plain(text) else _encoded_words(text, name)}"


def _is_plain(text: str) -> bool:
    """Whether a header may hold it as it is; `=?` would be taken for encoded words."""
    return text.isascii() and "=?" not in text and len(text) <= 120


def _encoded_words(text: str, name: str) -> str:
    """RFC 2047, folded."""
    return Header(text, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def _content(mail: Mail) -> bytes:
    """The MIME headers, a blank line, and the body. Boundaries follow from the Message-ID, so a repeat is the same bytes."""
    message = EmailMessage(policy=SMTP)
    if is_html(mail.body) and not mail.plain:
        message.set_content(mail.text or text_of(mail.body), cte="quoted-printable")
        message.add_alternative(mail.body, subtype="html", cte="quoted-printable")
    else:
        message.set_content(mail.body, cte="quoted-printable")
    for file in mail.attachments:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        maintype, _, subtype = kind.partition("/")
        if maintype in ("message", "multipart"):  # a forwarded mail travels as a plain file
            maintype, subtype = "application", "octet-stream"
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{re.sub('[^A-Za-z0-9]', '', mail.message_id)[:40]}_{number}")
    return message.as_bytes()


def is_html(body: str) -> bool:
    """Whether the body is meant as HTML."""
    return body.lstrip().lower().startswith(("<html", "<!doctype"))


def text_of(page: str) -> str:
    """The words of an HTML page, for readers that show no HTML; links as `words (address)`."""
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.words))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _PageReader(html.parser.HTMLParser):
    """Collects words; blocks begin lines; scripts, styles and titles are left out."""

    _HIDDEN = frozenset({"script", "style", "head", "title"})
    _BLOCKS = frozenset({"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden += 1
        if tag == "body":  # a head need not be closed
            self._hidden = 0
        if tag in self._BLOCKS:
            self.words.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in ("p", "div", "table", "ul", "ol", "h1", "h2", "h3"):
            self.words.append("\n\n" if tag == "p" else "\n")
        if tag == "a" and self._link.startswith(("http://", "https://", "mailto:")):
            self.words.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(re.sub(r"\s+", " ", data))
