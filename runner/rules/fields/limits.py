"""The `Rule` cell of Fields: `>= 0`, `1..100`, `one of A, B`, `matches [A-Z]{3}-\\d+`, `max 200 characters`.

Invariant: a rule is read once, fits the type of its field, and says in words what a value should be; no rule takes long to answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from runner.errors import ConditionError
from runner.rules.comparisons import compare, fold
from runner.rules.fields.patterns import PatternError, compile_pattern
from runner.rules.fields.types import DATES, NUMBERS, TEXTS
from runner.rules.literals import Unclear, read_date, read_moment, read_number
from runner.values import Value, show

_LONGEST = 1000
_SPLIT = re.compile(r"\s*(?:[;\n]|(?:,|\band\b)(?=\s*(?:[<>=≥≤]|(?:min|max|at least|at most)\.?\s+[0-9])))\s*", re.IGNORECASE)
_BOUND = re.compile(r"(>=|<=|<>|!=|>|<|==?|≥|≤|≠)\s*(.+)")
_RANGE = re.compile(r"(.+?)\s*(?:\.\.+|…)\s*(.+)")
_LENGTH = re.compile(
    r"(?:(?P<edge>min|max|at least|at most)\.?\s+)?(?P<low>[0-9]{1,6})(?:\s*(?:\.\.+|…)\s*(?P<high>[0-9]{1,6}))?"
    r"\s*(?P<unit>characters?|chars?|letters?|words?)",
    re.IGNORECASE,
)
_EDGE = re.compile(r"(min|max|at least|at most)\.?\s+(.+)", re.IGNORECASE)
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>", "!=": "<>", "==": "="}
_SAID = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly", "<>": "anything but"}
_SAID_OF_DATES = {**_SAID, ">=": "on or after", "<=": "on or before", ">": "after", "<": "before"}


@dataclass(frozen=True, slots=True)
class Limit:
    """One rule: what the value should be, in words that follow “should be”, and whether a value of the field's type is."""

    should_be: str
    allows: Callable[[Any], bool]
    #: For choices: folded text → the spelling in the rule.
    choices: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=512)
def parse_limits(rule: str, kind: str) -> tuple[Limit, ...]:
    """The limits of a rule for a field of this type (a key of `TYPES`). Raises ConditionError with a sentence."""
    if len(rule) > _LONGEST:
        raise ConditionError(f"The rule is {len(rule):,} characters long; the limit is {_LONGEST:,}.")
    first = rule.strip().casefold()
    if first.startswith("one of"):
        parts = [rule.strip()]
    elif first.startswith("matches"):
        parts = [part.strip() for part in rule.splitlines()]
    else:
        parts = _SPLIT.split(rule.strip())
    return tuple(_limit(part, kind) for part in parts if part)


def _limit(part: str, kind: str) -> Limit:
    first = part.casefold()
    if first.startswith("matches"):
        return _matches(part[7:].strip(), kind)
    if first.startswith("one of"):
        return _one_of(part[6:].strip(" :"), kind)
    if match := _LENGTH.fullmatch(part):
        return _length(match, part, kind)
    if match := _BOUND.fullmatch(part):
        return _bound(_SIGNS.get(match[1], match[1]), match[2], part, kind)
    if match := _EDGE.fullmatch(part):
        return _bound(">=" if match[1].casefold() in ("min", "at least") else "<=", match[2], part, kind)
    if match := _RANGE.fullmatch(part):
        low, high = _value(match[1], part, kind), _value(match[2], part, kind)
        if compare(">", low, high):
            raise ConditionError(f"The rule “{part}” is backwards: write {match[2]}..{match[1]}.")
        return Limit(f"from {show(low)} to {show(high)}", lambda value: compare(">=", value, low) and compare("<=", value, high))
    hint = "Write for example >= 0, 1..100, one of A, B, matches [A-Z]{3}, or max 200 characters."
    raise ConditionError(f"I do not understand the rule “{part[:60]}”. {hint}")


def _bound(sign: str, typed: str, part: str, kind: str) -> Limit:
    edge = _value(typed, part, kind)
    said = (_SAID_OF_DATES if kind in DATES else _SAID)[sign]
    return Limit(f"{said} {show(edge)}", lambda value: compare(sign, value, edge))


def _value(typed: str, part: str, kind: str) -> Value:
    if kind not in NUMBERS + DATES:
        hint = "For the length of a text write max 200 characters; for certain values write one of A, B."
        raise ConditionError(
            f"The rule “{part[:60]}” compares numbers or dates, but the type of the field is {_shown(kind)}. {hint}"
        )
    if re.match(r"\s*(today|now)\b", typed, re.IGNORECASE):
        raise ConditionError(f"A rule here cannot use “{typed.split(maxsplit=1)[0]}”. Ask for it under If instead.")
    try:
        if kind in NUMBERS:
            return read_number(typed)
        return read_moment(typed) if ":" in typed else read_date(typed)
    except Unclear as error:
        raise ConditionError(f"The rule “{part[:60]}” cannot be read: {error}") from None


def _shown(kind: str) -> str:
    return kind.replace("yes_no", "yes/no")


def _matches(pattern: str, kind: str) -> Limit:
    if kind not in TEXTS + NUMBERS:
        raise ConditionError(f"A pattern is for text, but the type of the field is {_shown(kind)}.")
    if not pattern:
        raise ConditionError("The pattern is missing. Write for example matches [A-Z]{3}-[0-9]+")
    try:
        compiled = compile_pattern(pattern)
    except PatternError as error:
        raise ConditionError(f"The pattern “{pattern[:60]}” cannot be used. {error}") from None
    return Limit(f"written like {pattern}", lambda value: compiled.matches(show(value)))


def _one_of(typed: str, kind: str) -> Limit:
    words = [word.strip().strip('"“”') for word in re.split(r"[,\n|]", typed) if word.strip()]
    if not words:
        raise ConditionError("The choices are missing. Write for example one of Small, Medium, Large")
    should_be = f"one of {', '.join(words)}"
    if kind in NUMBERS + DATES:
        values = [_value(word, f"one of {typed}", kind) for word in words]
        return Limit(should_be, lambda value: any(compare("=", value, wanted) for wanted in values))
    choices = {fold(word): word for word in words}
    return Limit(should_be, lambda value: fold(show(value)) in choices, tuple(choices.items()))


def _length(match: re.Match[str], part: str, kind: str) -> Limit:
    if kind not in TEXTS:
        raise ConditionError(f"The rule “{part}” is for text, but the type of the field is {_shown(kind)}.")
    words = match["unit"].casefold().startswith("word")
    number, edge = int(match["low"]), (match["edge"] or "").casefold()
    low = number if match["high"] or edge not in ("max", "at most") else 0
    high = int(match["high"]) if match["high"] else number if edge not in ("min", "at least") else None
    if high is not None and high < low:
        raise ConditionError(f"The rule “{part}” is backwards.")
    said = {"min": "at least", "max": "at most"}.get(edge, edge)
    span = f"{number} to {high}" if match["high"] else f"{said} {number}".strip()

    def allows(value: Any) -> bool:
        size = len(show(value).split()) if words else len(show(value))
        return low <= size and (high is None or size <= high)

    return Limit(f"{span} {'words' if words else 'characters'} long", allows)
