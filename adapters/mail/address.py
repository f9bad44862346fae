"""The addresses in a `to` cell, read strictly: what is shown for approval is who gets the mail.

Invariant: no line break, group or hidden second address gets through; `parse_mailboxes(str(m)) == [m]` for every mailbox.
"""

import re
from dataclasses import dataclass

from runner.errors import ActionFailed

#: RFC 5321 4.5.3.1 lets servers refuse more than this in one go.
MOST_RECIPIENTS = 100
_LONGEST_LIST = 10_000

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
#: What stands between separators: quoted text and <…> may hold a comma.
_PART = re.compile(rf"(?:{_QUOTED}|<[^<>]*>|[^\",;\n<>])+|[\"<>]")
_NAMED = re.compile(rf"({_QUOTED}|[^\"<>]*?)\s*<\s*([^<>\s]+)\s*>")
_SPECIAL = re.compile(r'[()<>@,:;"\\\[\].]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One person or inbox."""

    #: The display name; "" when there is none.
    name: str
    #: ASCII; a domain with other letters in its `xn--` form.
    address: str

    def __str__(self) -> str:
        if not self.name:
            return self.address
        name = self.name
        if _SPECIAL.search(name):
            name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        return f"{name} <{self.address}>"

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.address.rpartition("@")[2]


def parse_mailboxes(text: str) -> list[Mailbox]:
    """`Ana <ana@example.com>, bob@example.com` → its mailboxes, each address once; commas, semicolons and line breaks separate.

    Raises `ActionFailed` (permanent) with a sentence that names the part that is no address.
    """
    if len(text) > _LONGEST_LIST:
        raise ActionFailed(
            f"A list of addresses may have {_LONGEST_LIST:,} characters, this one has {len(text):,}.", permanent=True
        )
    found: dict[str, Mailbox] = {}
    for part in _PART.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
        if part.strip(" \t"):
            mailbox = _mailbox(part.strip(" \t"))
            found.setdefault(mailbox.address.casefold(), mailbox)
    return list(found.values())


def one_mailbox(text: str) -> Mailbox:
    """The one mailbox in the text. Raises `ActionFailed` (permanent) when there is none, or there are several."""
    found = parse_mailboxes(text)
    if len(found) != 1:
        raise ActionFailed(
            f"There should be one e-mail address, but there {'are several' if found else 'is none'}.", permanent=True
        )
    return found[0]


def _mailbox(part: str) -> Mailbox:
    named = _NAMED.fullmatch(part)
    name, address = (named[1], named[2]) if named else ("", part)
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    elif ":" in name or "@" in name:  # a group, or a name made to look like another address
        raise _bad(part)
    name = " ".join(name.split())
    if not name.isprintable() or len(name) > 200 or "=?" in name:
        raise _bad(part)
    local, at, domain = address.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise _bad(part)
    return Mailbox(name=name, address=f"{local}@{_domain(domain, part)}")


def _domain(domain: str, part: str) -> str:
    """The domain in ASCII, lower case."""
    try:
        encoded = domain.lower().encode("idna").decode("ascii") if not domain.isascii() else domain.lower()
    except UnicodeError:
        raise _bad(part) from None
    labels = encoded.split(".")
    if len(encoded) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad(part)
    if (len(labels) < 2 and encoded != "localhost") or labels[-1].isdigit():
        raise _bad(part)
    return encoded


def _bad(part: str) -> ActionFailed:
    shown = "".join(character if character.isprintable() else "�" for character in part[:120])
    return ActionFailed(f"“{shown}” is not an e-mail address.", permanent=True)
