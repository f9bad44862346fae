"""Which signs of a filled text came from a cell: marked while it is filled, so that each format can treat them as text.

Invariant: the marks never reach a file, and no cell can make one.
"""

import re
from collections.abc import Iterator

#: Two signs that Unicode leaves to private use.
_BEGIN, _END = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_BEGIN}{_END}]")


def quoted(_template: str, value: str) -> str:
    """A cell's text on its way into a template."""
    return f"{_BEGIN}{_MARKS.sub('', value)}{_END}"


def unquoted(text: str) -> str:
    """The text without the marks."""
    return _MARKS.sub("", text)


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """(piece, whether it came from a cell), in order."""
    inside = False
    for piece in re.split(f"([{_BEGIN}{_END}])", text):
        if piece in (_BEGIN, _END):
            inside = piece == _BEGIN
        elif piece:
            yield piece, inside
