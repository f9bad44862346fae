"""The small words of cells: yes and no, and lengths of time such as `30s`, `1h 30m`, `3 days`, `2 business days`.

Invariant: a length means the same everywhere; what has no fixed length or no unit is refused with a hint, never guessed.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches

from runner.errors import RowpactError
from runner.values import Value, is_blank

_YES = frozenset({"yes", "y", "true", "1", "x", "✓", "✔", "☑", "✅", "on"})
_NO = frozenset({"no", "n", "false", "0", "", "☐", "✗", "✘", "off"})

_LONGEST_SECONDS = 3_660 * 86_400
_NAMES = {
    "w": ("w", "wk", "wks", "week", "weeks"),
    "d": ("d", "day", "days"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "s": ("s", "sec", "secs", "second", "seconds"),
}
_UNIT = {name: unit for unit, names in _NAMES.items() for name in names}
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
#: The unit that a number without one means behind another: `1h30` is 30 minutes.
_NEXT = {"h": "m", "m": "s"}
_NO_FIXED_LENGTH = {
    **dict.fromkeys(("mo", "mon", "month", "months"), "month"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "year"),
}

_PAIR = re.compile(r"\s*(?:and\b\s*)?(?P<number>\d{1,30}(?:\.\d{1,6})?)\s*(?P<unit>[a-z]*)\.?", re.ASCII)
_BUSINESS = re.compile(r"(\d{1,30})\s*(?:business|working|work)\s*-?\s*days?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,30}) days?, )?(\d{1,30}):([0-5]\d):([0-5]\d)", re.ASCII)


def parse_yes_no(value: Value) -> bool | None:
    """Yes, Y, True, 1, x or a ticked box → True; No, N, False, 0 or blank → False; None when it is neither."""
    if isinstance(value, bool):
        return value
    if is_blank(value):
        return False
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in _YES else False if word in _NO else None
    counts = isinstance(value, int | float) or (isinstance(value, Decimal) and value.is_finite())
    return bool(value) if counts and value in (0, 1) else None


class SpanError(RowpactError, ValueError):
    """A text is no length of time, or not one that can be used in this place; the message says how to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time: either plain, or a number of business days, which only a calendar can turn into hours."""

    length: timedelta = timedelta()
    business_days: int = 0

    def plain(self) -> timedelta:
        """The length by the clock. Raises `SpanError` for business days."""
        if self.business_days:
            raise SpanError(f"Business days cannot be used here. Write {self.business_days} days, or a number of hours.")
        return self.length


def parse_span(text: str) -> Span:
    """One length of time. Raises `SpanError` with a sentence.

    >>> parse_span("1h 30m").plain(), parse_span("2 business days").business_days
    (datetime.timedelta(seconds=5400), 2)
    """
    plain, text = " ".join(text.casefold().split()), " ".join(text[:100].split())[:60]
    if not plain:
        raise SpanError("A length of time is missing. Write for example 30s, 2m, 1h 30m or 3 days.")
    if match := _BUSINESS.fullmatch(plain):
        return Span(business_days=_bounded(text, int(match[1]) * 86_400).days)
    if match := _CLOCK.fullmatch(plain):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return Span(length=_bounded(text, ((days * 24 + hours) * 60 + minutes) * 60 + seconds))
    _refuse(text, plain)
    return Span(length=_bounded(text, sum(number * _SECONDS[unit] for number, unit in _pairs(text, plain))))


def _bounded(text: str, seconds: float) -> timedelta:
    if seconds > _LONGEST_SECONDS:
        raise SpanError(f"“{text}” is longer than ten years. Is the unit right?")
    return timedelta(seconds=seconds)


def _refuse(text: str, plain: str) -> None:
    if re.match(r"[-−]", plain):
        raise SpanError(f"“{text}” is negative. A length of time is written without a minus.")
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        raise SpanError(f"“{text}” needs a unit. Write {text}s, {text}m, {text}h or {text} days.")
    if match := re.fullmatch(r"(\d+):(\d+)", plain):
        raise SpanError(f"“{text}” could be hours or minutes. Write {match[1]}h {match[2]}m or {match[1]}m {match[2]}s.")
    if re.match(r"\d+\s*(?:[-–]|to)\s*\d", plain):
        raise SpanError(f"“{text}” is a range. Give one length of time, for example the longer one.")
    if "," in plain:
        raise SpanError(f"“{text}” has a comma. Only one length of time goes here; write 1.5h with a point.")


def _pairs(text: str, plain: str) -> list[tuple[float, str]]:
    """(number, unit letter) pairs, largest unit first, each unit at most once."""
    pairs: list[tuple[float, str]] = []
    at = 0
    while at < len(plain):
        match = _PAIR.match(plain, at)
        if match is None:
            raise SpanError(f"“{text}” is not a length of time. Write for example 30s, 2m, 1h 30m or 3 days.")
        before = pairs[-1][1] if pairs else ""
        unit = _unit(text, match["number"], match["unit"], before)
        if before and _SECONDS[unit] >= _SECONDS[before]:
            raise SpanError(f"“{text}” is out of order. Write the largest unit first and each one once: 1h 30m.")
        pairs.append((float(match["number"]), unit))
        at = match.end()
    return pairs


def _unit(text: str, number: str, word: str, before: str) -> str:
    if not word and before in _NEXT:
        return _NEXT[before]
    if word in _UNIT:
        return _UNIT[word]
    if word in _NO_FIXED_LENGTH:
        name = _NO_FIXED_LENGTH[word]
        days = f"{30 if name == 'month' else 365} days"
        raise SpanError(f"A {name} has no fixed length, so “{text}” cannot be used. Write {days}, or a number of weeks.")
    close = get_close_matches(word, [name for name in _UNIT if len(name) > 2], 1, 0.6)
    hint = f"Did you mean {number} {close[0]}?" if close else f"Write for example {number}s, {number}m, {number}h or {number} days."
    raise SpanError(f"“{text}” is not a length of time. {hint}")


def parse_spans(text: str) -> tuple[timedelta, ...]:
    """A list of plain lengths, separated by commas or line breaks: `30s, 2m, 10m`. Raises `SpanError`; blank gives ()."""
    return tuple(parse_span(part).plain() for part in re.split(r"[,;\n]", text) if part.strip())


def show_span(length: timedelta) -> str:
    """For sentences, to the second: `2 h 30 min`, `3 days`, `45 s`; `under 1 s` for less."""
    if length < timedelta():
        return f"-{show_span(-length)}"
    if timedelta() < length < timedelta(seconds=1):
        return "under 1 s"
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} day{'s' * (days != 1)}"] * bool(days)
    parts += [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if number]
    return " ".join(parts) or "0 s"
