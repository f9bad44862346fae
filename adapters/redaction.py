"""Takes secrets out of texts that are stored or shown.

Invariant: no known value survives in any form that it travels in (as it is, in an address, base64, JSON or HTML), and the time
it takes grows with the text's length only.
"""

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Shorter values would blot out harmless text.
SHORTEST = 4

#: What keys of well-known services look like. Each alternative ends or gives up after reading a run of characters at most once.
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|whsec_[A-Za-z0-9+/=]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}"
    r"|gh[a-z]_[A-Za-z0-9]{20,}"
    r"|github_pat_[A-Za-z0-9_]{20,}"
    r"|AIza[A-Za-z0-9_-]{30,}"
    r"|ya29\.[A-Za-z0-9_-]{10,}"
    r")"
    r"|(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"
    r"|-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


class Redactor:
    """Values to be hidden, by name; they are added while the program runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def hide(self, name: str, value: str) -> None:
        """From now on, show `•••NAME•••` for the value in every form."""
        with self._lock:
            self._names |= {form: name for form in _forms(value) if len(form) >= SHORTEST and form not in self._names}
            longest_first = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def redact(self, text: str) -> str:
        """The text without secrets: known values first, then whatever looks like a key."""
        if self._pattern:
            text = self._pattern.sub(lambda found: f"•••{self._names[found[0]]}•••", text)
        return _SHAPES.sub("•••secret•••", text)


def _forms(value: str) -> Iterator[str]:
    yield value
    if len(value) < SHORTEST:
        return
    for written in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield written
        yield re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), written)
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")  # as PHP writes it
    yield from ("".join(f"\\u{ord(sign):04{case}}" for sign in value) for case in "xX")
    yield repr(value)[1:-1]
    yield html.escape(value)
    yield from _base64(value.encode())
    if not value.isascii():  # headers carry Latin-1, and a server that repeats one may call it UTF-8, or the other way round
        old = value.encode("latin-1", "replace")
        yield from (old.decode("utf-8", "replace"), value.encode().decode("latin-1"), *_base64(old))


def _base64(value: bytes) -> Iterator[str]:
    """The letters that stand for the value alone, wherever it begins in what was encoded (`user:password`, for one)."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value).decode()
        own = encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield own
        yield own.translate(str.maketrans("+/", "-_"))
