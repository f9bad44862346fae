"""What no text of a model may hold, whatever the owner's Checks say: links, addresses and numbers from nowhere, secrets, tricks.

Invariant: what stands in the row or in the owner's own words may stand in the text; nothing else that leads somewhere may.
"""

import re
import unicodedata
from collections.abc import Iterator

from runner.rules.quality.subject import Subject
from runner.rules.quality.values import mentions

_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"'”)\]]{2,300}", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[\w-]{1,63}\.){1,5}(?:com|net|org|io|co|de|uk|fr|es|it|nl|eu|info|biz|app|dev|me|us|ca|ru|cn|xyz|top|shop|online|site|ly|gg|link|click)(?:/[^\s<>\"']{0,200})?(?![\w-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"(?<![\w.,/])\+?[(]?\d[\d ().\-/\u00a0]{6,24}\d(?![\w%])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")
_MARKUP = re.compile(r"<\s*/?\s*[a-z!][^>]{0,200}>|\]\(|\{\{|\{%", re.IGNORECASE)
#: What is not seen and may carry a message all the same; line breaks, tabs and what joins emoji and letters is none of it.
_UNSEEN = {"Cf", "Co", "Cs", "Cn", "Cc"}
_SEEN = {"\n", "\r", "\t", "\u200d", "\u200c", "\ufe0f", "\u00ad"}


def reasons(text: str, subject: Subject) -> Iterator[str]:
    """A sentence for each thing that may not leave."""
    if any(char not in _SEEN and unicodedata.category(char) in _UNSEEN for char in text):
        yield "The text holds characters that cannot be seen."
    if subject.redact(text) != text:
        yield "The text holds a secret."
    if markup := _MARKUP.search(text):
        yield f"The text holds markup ({markup[0][:30]}): write plain text."
    own = subject.own_words()
    yield from _leads(text, own)
    for tab, column in subject.private:
        yield from _of_others(text, subject, tab, column)


def _leads(text: str, own: str) -> Iterator[str]:
    """What leads somewhere, and stands neither in the row nor in what the owner wrote."""
    known = own.casefold()
    rest = text
    for called, pattern in (("link", _LINK), ("mail address", _ADDRESS), ("link", _DOMAIN), ("account number", _IBAN)):
        for found in dict.fromkeys(match[0].rstrip(".,;:!?") for match in pattern.finditer(rest)):
            if not _stands(found, known):
                yield f"The {called} “{found[:80]}” does not stand in the row. Leave it out."
        rest = pattern.sub(" ", rest)
    digits = re.sub(r"\D", "", own)
    for found in dict.fromkeys(match[0] for match in _PHONE.finditer(rest)):
        number = re.sub(r"\D", "", found)
        if number not in digits and not _is_date(found):
            yield f"The number “{found.strip()[:40]}” does not stand in the row. Leave it out."


def _stands(found: str, known: str) -> bool:
    """Whether the owner or the row says just this, not only a longer one that begins or ends so."""
    place = known.find(found.casefold())
    while place >= 0:
        before, after = known[place - 1 : place], known[place + len(found) : place + len(found) + 1]
        if not (before.isalnum() or before in ("@", "-", ".")) and not (after.isalnum() or after in ("@", "-")):
            return True
        place = known.find(found.casefold(), place + 1)
    return False


def _is_date(found: str) -> bool:
    return bool(re.fullmatch(r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}", found.strip()))


def _of_others(text: str, subject: Subject, tab: str, column: str) -> Iterator[str]:
    own = subject.value(column)
    for value in subject.others(tab, column) or ():
        if value != own and mentions(text, value, least=4):
            yield f"The text holds a private {column} of another row of {tab}."
            return
