"""What strangers wrote, on its way to a model: as data between marks that it cannot close, and shown to people without them.

Invariant: whatever a value holds, it stays between its marks; no sign that people cannot see goes in or comes out.
"""

import json
import re
import unicodedata

#: The longest value that a model is shown, in characters.
LONGEST = 4_000
BEGIN, END = "<data>", "</data>"
_FENCED = re.compile(f"{BEGIN}(.*?){END}", re.DOTALL)
#: Joiners that Persian, Hindi and emoji are written with.
_JOINERS = "\u200c\u200d"
#: Letters and marks that show nothing: fillers, and selectors that can carry a hidden text.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0e\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    """The text without control characters, directions, tags and other signs that nobody sees; line breaks and tabs stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in _UNSEEN.sub("", lines) if sign in "\n\t" or sign in _JOINERS or not _hidden(sign))


def _hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def fenced(_template: str, value: str) -> str:
    """A value as a JSON string between the marks, at most `LONGEST` characters of it."""
    seen = visible(value)
    cut = seen if len(seen) <= LONGEST else f"{seen[:LONGEST]} … (cut)"
    text = json.dumps(cut, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"{BEGIN}{text}{END}"


def spoken(text: str) -> str:
    """The text as the owner should read it: values without marks."""

    def plain(found: re.Match[str]) -> str:
        try:
            return str(json.loads(found[1]))
        except ValueError:  # the owner's own words, not a value's marks
            return found[0]

    return _FENCED.sub(plain, text)
