"""The cells of a decision table: `>= 70`, `10..20`, `US, CA`, `not US`, `blank`, a plain value, or `-` for any.

Invariant: a cell is read once and compares as conditions do; what could mean two things is refused with a sentence.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from runner.errors import ConditionError
from runner.rules.comparisons import EQUALITY, Kind, compare, kind_of, stored_as_text
from runner.rules.literals import Unclear, Unlike, read_date, read_moment, read_number
from runner.rules.spans import SpanError, parse_span
from runner.values import ErrorValue, Value, is_blank, show

_LONGEST = 1000
_ANY = frozenset({"", "-", "–", "—", "*", "any"})
_BLANK = frozenset({"blank", "empty"})
_SIGNED = re.compile(r"(>=|<=|<>|!=|=>|=<|>|<|==?|≥|≤|≠)\s*(.*)", re.DOTALL)
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>", "!=": "<>", "==": "="}
_RANGE = re.compile(r"([^.…]*(?:\.[^.…]+)*?)\s*(?:\.\.\.?|…)\s*([^.…]+(?:\.[^.…]+)*)")
_AMBIGUOUS_COMMA = re.compile(r"[0-9],[0-9]{3}(?![0-9])")
_HYPHEN_RANGE = re.compile(r"[0-9.]+\s*[-–]\s*[0-9.]+")
_TODAY = re.compile(r"(today|now)(?:\s*\(\s*\))?(?:\s*([+−-])\s*(.+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edge:
    """What a cell compares with: a fixed value, or a moment counted from now."""

    fixed: Value
    #: What the text of the cell is when the row holds a number or date: `70` typed as text. None when it is only text.
    also: Value = None
    #: For `today - 14 days`: how far from now; `fixed` is then "today" or "now".
    offset: timedelta | None = None
    #: The word alone was typed: beside a text that is no date, as in Now, Soon, Later, it is that word.
    alone: bool = False

    def at(self, now: datetime, value: Any) -> Value:
        """The value to compare with a row's value, whose kind decides what a word or a number typed as text means."""
        if self.alone and kind_of(value) is Kind.TEXT and not stored_as_text(value, now, ""):
            return self.fixed
        if self.offset is not None:
            moment = now.replace(tzinfo=None) + self.offset
            return moment.date() if self.fixed == "today" else moment
        if self.also is not None and kind_of(value) in (Kind.NUMBER, Kind.DATE, Kind.CLOCK):
            return self.also
        return self.fixed


@dataclass(frozen=True, slots=True)
class Option:
    """Bounds that must all hold, as (sign, edge) pairs; none at all means blank."""

    bounds: tuple[tuple[str, Edge], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that asks for something: one of the options, or none of them."""

    typed: str
    options: tuple[Option, ...]
    negated: bool = False

    @property
    def about_blank(self) -> bool:
        """Whether it says what a blank means."""
        return any(not option.bounds for option in self.options)

    def fits(self, value: Any, name: str, now: datetime, *, blanks_known: bool) -> bool:
        """Whether a row's value fits; `blanks_known`: another row of the table says what a blank means.

        Raises ConditionError when the value cannot be compared, and for a blank in a comparison.
        """
        return any(self._fits(option, value, name, now, blanks_known) for option in self.options) != self.negated

    def _fits(self, option: Option, value: Any, name: str, now: datetime, blanks_known: bool) -> bool:  # noqa: FBT001
        blank = kind_of(value) is Kind.BLANK
        if not option.bounds:
            return blank
        if blank and option.bounds[0][0] not in EQUALITY:
            if blanks_known:
                return False
            hint = f"Fill it in, or add a row to the table with the word blank under {name}."
            raise ConditionError(f"“{name}” is blank, so it cannot be compared with {self.typed}. {hint}")
        try:
            return all(compare(sign, value, edge.at(now, value), name) for sign, edge in option.bounds)
        except ConditionError as error:
            if _HYPHEN_RANGE.fullmatch(self.typed):
                better = re.sub(r"\s*[-–]\s*", "..", self.typed)
                raise ConditionError(f"{error} For a range write {better}") from None
            raise


def parse_cell(value: Value) -> Cell | None:
    """The cell's test; None for any. Raises ConditionError with a sentence."""
    if isinstance(value, ErrorValue):
        raise ConditionError(f"The cell shows the error {value}. Mend its formula.")
    if is_blank(value):
        return None
    if not isinstance(value, str):
        return Cell(show(value), (Option((("=", Edge(value)),)),))
    if len(value) > _LONGEST:
        raise ConditionError(f"The cell holds {len(value):,} characters; the limit is {_LONGEST:,}.")
    typed = " ".join(value.split())
    if typed.casefold() in _ANY:
        return None
    asked = value.strip()
    negated = typed.casefold().startswith("not ")
    return Cell(typed, _options(asked[4:].strip() if negated else asked), negated)


def _options(text: str) -> tuple[Option, ...]:
    if re.fullmatch(r"[\"“”][^\"“”]*[\"“”]", text):
        return (Option((("=", Edge(text[1:-1])),)),)
    if _SIGNED.fullmatch(text):
        return (Option(tuple(_bound(part.strip()) for part in re.split(r"\band\b", text, flags=re.IGNORECASE))),)
    if _RANGE.fullmatch(text):
        return (_option(text),)
    if _AMBIGUOUS_COMMA.search(text):
        plain = text.replace(",", "")
        raise ConditionError(f"“{text}” could be one number or several. Write {plain} for one, or a blank behind each comma.")
    return tuple(_option(part.strip()) for part in re.split(r"[,;\n]", text) if part.strip())


def _option(text: str) -> Option:
    if text.casefold() in _BLANK:
        return Option(())
    if _SIGNED.fullmatch(text):
        raise ConditionError(f"A list cannot hold “{text}”. For two bounds write >= 10 and < 20; for either of two, make two rows.")
    match = _RANGE.fullmatch(text)
    if match and (low := _ordered(match[1])) and (high := _ordered(match[2])):
        if low.offset is None and high.offset is None and compare(">", low.fixed, high.fixed):
            raise ConditionError(f"“{text}” is backwards. Write {match[2]}..{match[1]}.")
        return Option(((">=", low), ("<=", high)))
    if match and re.search(r"[0-9]", text):
        raise ConditionError(f"“{text}” is not a range. Write it like 10..20 or 2026-01-01..2026-03-31.")
    unquoted = text.strip('"“”')
    edge = None if unquoted != text else _ordered(text)
    if edge is None:
        return Option((("=", Edge(unquoted)),))
    return Option((("=", _equal(edge, text)),))


def _bound(text: str) -> tuple[str, Edge]:
    match = _SIGNED.fullmatch(text)
    if match is None or not match[2].strip():
        raise ConditionError(f"“{text}” is not complete. Write for example >= 10 and < 20.")
    if match[1] in ("=>", "=<"):
        raise ConditionError(f"Write {match[1][::-1]} instead of {match[1]}.")
    sign, typed = _SIGNS.get(match[1], match[1]), match[2].strip()
    if edge := _ordered(typed):
        return sign, _equal(edge, typed) if sign in EQUALITY else edge
    if sign in EQUALITY:
        return sign, Edge(typed.strip('"“”'))
    hint = " For two bounds write >= 10 and < 20." if "," in typed else ""
    raise ConditionError(f"“{typed}” is not a number or date, so {sign} cannot compare with it.{hint}")


def _equal(edge: Edge, typed: str) -> Edge:
    """The edge where the row's value must be it, or must not: its text may be meant as text."""
    if edge.offset is None:
        return Edge(typed, also=edge.fixed)
    return replace(edge, alone=typed.casefold() == edge.fixed)


def _ordered(text: str) -> Edge | None:
    """The number, date, time of day or today ± a length; None when the text is none of these."""
    typed = text.strip()
    if match := _TODAY.fullmatch(typed):
        return _from_now(match, typed)
    for read in (read_number, read_date, read_moment, _clock, _span):
        try:
            return Edge(read(typed))
        except (Unclear, SpanError, ValueError) as error:
            if isinstance(error, Unclear) and not isinstance(error, Unlike):
                raise ConditionError(str(error)) from None
    return None


def _clock(text: str) -> time:
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", text):
        raise ValueError(text)
    return time.fromisoformat(text if text[1] != ":" else f"0{text}")


def _span(text: str) -> timedelta:
    return parse_span(text).plain()


def _from_now(match: re.Match[str], typed: str) -> Edge:
    try:
        offset = parse_span(match[3]).plain() if match[3] else timedelta()
    except SpanError as error:
        raise ConditionError(f"“{typed}” cannot be read. {error}") from None
    return Edge(match[1].casefold(), offset=offset if match[2] == "+" else -offset)
