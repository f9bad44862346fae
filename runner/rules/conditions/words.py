"""Cuts a condition into its words, numbers, dates, quoted texts and signs; the sentences for what cannot be cut stand here.

Invariant: every token is a slice of the text that was typed, so that names and texts with blanks can be put together again from it.
"""

import re
from dataclasses import dataclass
from datetime import time
from typing import Any

from runner.errors import ConditionError
from runner.rules.literals import CURRENCY, Unclear, read_date, read_moment, read_number
from runner.rules.spans import SpanError, parse_span

LONGEST, MOST_TOKENS = 1000, 200

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_UNIT = (
    r"(?:(?:business|working)\s+days?|weeks?|wks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|months?|years?|[wdhms])"
    r"(?![^\W\d])"
)
_TOKEN = re.compile(
    rf"""
      "(?P<quoted>(?:[^"“”„‟]|"")*)["”“‟]  |  [“”„‟](?P<curly>[^"“”„‟]*)["“”‟]
    | (?<!\w)['‘’‚](?P<single>[^'‘’‚]*)['‘’](?!\w)
    | (?P<date>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[T\ ]{_CLOCK})?(?![\w:])
        | [0-9]{{1,2}}(?P<between>[-/.])[0-9]{{1,2}}(?P=between)[0-9]{{4}}(?!\w)
        | {_DAY}\s+{_MONTH},?\s+[0-9]{{4}}(?!\w)  |  {_MONTH}\s+{_DAY},?\s+[0-9]{{4}}(?!\w))
    | (?P<clock>{_CLOCK}(?![\w:]))
    | (?P<span>[0-9]+(?:\.[0-9]+)?\s*{_UNIT}(?:\s*[0-9]+\s*{_UNIT})*(?:(?<=[hH])[0-9]+)?(?!\w))
    | (?P<grouped>[{CURRENCY}]?\s?[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?(?![0-9])%?)
    | (?P<number>[{CURRENCY}]?\s?(?:[0-9]+(?:\.[0-9]+)?|(?<![\w.\])}}])\.[0-9]+)%?)
    | (?P<word>[^\W\d]\w*)
    | (?P<op>>=|<=|<>|!=|==|=>|=<|&&|\|\||[≥≤≠=<>(),;\[\]{{}}+\-−–*×/÷])
    | (?P<mark>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS = {"==": "=", "!=": "<>", "≠": "<>", "≥": ">=", "≤": "<=", "−": "-", "–": "-", "×": "*", "÷": "/", ";": ","}
_JOINS = {"&&": "and", "||": "or"}
_NO_WIDTH = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f\u200b\ufeff", " "))
_CLOSE = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a condition: the slice `start:end` of its source."""

    #: `word number grouped span date clock quoted name op mark`; grouped is a number with commas between its thousands.
    kind: str
    #: A word or sign in its one spelling, a literal's value (or the SpanError that using it means), or the text inside quotes.
    value: Any
    start: int
    end: int

    @property
    def key(self) -> str:
        """The word or sign in small letters; "" for everything else."""
        return self.value.casefold() if self.kind in ("word", "op", "mark") else ""


def cut(text: str) -> tuple[str, list[Token]]:
    """The source as it was cut (blanks made plain, a leading = and `{{ }}` gone) and its tokens. Raises ConditionError."""
    if len(text) > LONGEST:
        raise ConditionError(f"This rule is {len(text):,} characters long; the limit is {LONGEST:,}. Split it into two rows.")
    if re.search(r"[\"“”„']\s*\{\{", text):
        raise ConditionError("Leave out the quotes around {{ }}: a name needs none.")
    source = text.translate(_NO_WIDTH).replace("{{", "  ").replace("}}", "  ").strip().removeprefix("=").strip()
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        if source[at].isspace():
            at += 1
            continue
        tokens.append(_next(source, at, tokens[-1].key if tokens else ""))
        if len(tokens) > MOST_TOKENS:
            raise ConditionError(f"This rule has more than {MOST_TOKENS} parts. Split it into two rows.")
        at = tokens[-1].end
    if not tokens:
        raise ConditionError("The rule is empty. Write for example Amount > 2000.")
    return source, tokens


def _next(source: str, at: int, before: str) -> Token:
    if source[at] in _CLOSE and before not in ("in", "of"):
        return _bracketed(source, at)
    match = _TOKEN.match(source, at)
    if match is None:
        raise ConditionError(f"I do not understand “{source[at : at + 20]}”.")
    kind, raw = match.lastgroup or "", match.group()
    try:
        value = _value(kind, raw, match)
    except Unclear as error:
        raise ConditionError(str(error)) from None
    return Token("quoted" if kind in ("curly", "single") else kind, value, at, match.end())


def _bracketed(source: str, start: int) -> Token:
    end = source.find(_CLOSE[source[start]], start)
    if end < 0:
        raise ConditionError(f"The bracket before “{source[start + 1 : start + 21]}” is never closed.")
    name = source[start + 1 : end].strip("\"'“”‘’„‟ \n\t")
    if not name:
        raise ConditionError("There is no name between the brackets.")
    return Token("name", name, start, end + 1)


def _value(kind: str, raw: str, match: re.Match[str]) -> Any:
    match kind:
        case "quoted" | "curly" | "single":
            return match[kind].replace('""', '"')
        case "date":
            return read_moment(raw) if ":" in raw else read_date(raw.replace("T", " ") if raw[0].isdigit() else raw)
        case "clock":
            return _clock(raw)
        case "span":
            return _span(raw)
        case "number" | "grouped":
            return _number(raw, match.string[match.end() :])
        case "op":
            return _sign(raw)
        case "mark" if raw in '"“”„‟':
            raise ConditionError(f"The quote before “{match.string[match.end() : match.end() + 20]}” is never closed.")
    return raw


def _clock(raw: str) -> time:
    try:
        return time.fromisoformat(raw if raw[1] != ":" else f"0{raw}")
    except ValueError:
        raise ConditionError(f"“{raw}” is not a time of day.") from None


def _span(raw: str) -> Any:
    # `Term = 12 months` is text: a length that cannot be used is a mistake only where a length is meant.
    try:
        return parse_span(raw).plain()
    except SpanError as error:
        return error


def _number(raw: str, rest: str) -> Any:
    if re.match(r"\.\d", rest) or ("," in raw and re.match(r",\d{1,2}(?!\d)", rest)):
        whole = raw + rest[:8].split(maxsplit=1)[0]
        raise ConditionError(f"“{whole}” is not a number that I can read. Write it like 1250000 or 1,250,000.50.")
    return read_number(raw)


def _sign(raw: str) -> str:
    if raw in ("=>", "=<"):
        raise ConditionError(f"Write {raw[::-1]} instead of {raw}.")
    return _JOINS.get(raw, _SIGNS.get(raw, raw))
