"""How each audit line is tied to the one before it.

Invariant: a line's hash is the SHA-256 of the hash before it, directly followed by the canonical JSON list of its columns in
the order of `COVERED`, `data` as the JSON that it is; so any other program can recompute the chain from an export.
"""

import hashlib
from collections.abc import Sequence

from runner.events import EventKind
from runner.model import Event
from runner.values import dump

#: Columns that the hash covers, in this order; `data` follows them.
COVERED = ("workbook", "seq", "time", "kind", "run", "contract", "step", "attempt", "result", "who", "detail")
#: The hash before the first line.
START = ""


def link(previous: str, columns: Sequence[str | int], data: str) -> str:
    """The hash (hex, 64 characters) of the line with these columns, `data` last of all, that follows `previous`."""
    return hashlib.sha256(f"{previous}{dump(columns)[:-1]},{data}]".encode()).hexdigest()


def before_first(events: Sequence[Event]) -> int:
    """The number before these lines, at least: where a ledger goes on from a workbook, that of the last line that it shows."""
    return max(0, events[0].seq - 1) if events and events[0].kind == EventKind.ADOPTED else 0


def storables(*texts: str) -> tuple[str, ...]:
    """`storable` for each of them. Nearly always all of them are: then it costs one look."""
    joined = "".join(texts)
    return texts if joined.isascii() and "\0" not in joined else tuple(map(storable, texts))


def storable(text: str) -> str:
    """The text without what databases refuse: NUL and halves of surrogate pairs are written as `\\x00`, `\\ud800`.

    In JSON text a half can only stand inside a string, where this is its escape: the JSON keeps its meaning.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
