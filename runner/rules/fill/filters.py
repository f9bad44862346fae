"""The filters that a template may use: `{{ amount | money("USD") }}`.

Invariant: a blank stays blank through every filter but `default`, and no filter makes more text than `room` allows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from runner.errors import TemplateError
from runner.rules.fill.values import moment, number, text, tidy
from runner.values import is_blank

#: English whatever the machine's language is.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its work, and how many settings it takes in its brackets."""

    #: (value, settings, what the value is called in sentences, longest text allowed) → value
    work: Callable[[Any, Sequence[Any], str, int], Any]
    at_least: int = 0
    at_most: int = 0
    #: Whether it is asked for blank values too.
    blanks: bool = False


def _on_text(change: Callable[[str], str]) -> Filter:
    return Filter(lambda value, _settings, _name, _room: change(text(value)))


def _title(words: str) -> str:
    """Capitals at the beginning of words only: `don't` becomes `Don't`."""
    return re.sub(r"\w[\w'’]*", lambda word: word[0][0].upper() + word[0][1:].lower(), words)


def _default(value: Any, settings: Sequence[Any], _name: str, _room: int) -> Any:
    return settings[0] if is_blank(value) or value == [] else value


def _join(value: Any, settings: Sequence[Any], name: str, room: int) -> str:
    if not isinstance(value, list | tuple):
        raise TemplateError(f"{name} is not a list, so there is nothing to join.")
    between = text(settings[0]) if settings else ", "
    if len(value) * (len(between) + 1) > room:
        raise TemplateError(f"{name} is too long a list to join.")
    return between.join(text(item) for item in value)


def _round(value: Any, settings: Sequence[Any], name: str, _room: int) -> int | Decimal:
    places = settings[0] if settings else 0
    if not isinstance(places, int) or not 0 <= places <= 10:
        raise TemplateError("round takes the number of decimals: a whole number from 0 to 10.")
    return tidy(_rounded(number(value, name), places))


def _rounded(exact: Decimal, places: int) -> Decimal:
    """Half goes up, as on an invoice."""
    return Decimal(format(exact, "f")).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) if exact else Decimal(0)


def _money(value: Any, settings: Sequence[Any], name: str, _room: int) -> str:
    """`4,200.00`, or `USD 4,200.00`; no minus before a zero."""
    exact = _rounded(number(value, name), 2)
    amount = f"{exact or Decimal(0):,.2f}"
    return f"{text(settings[0])} {amount}" if settings else amount


def _replace(value: Any, settings: Sequence[Any], name: str, room: int) -> str:
    words, old, new = text(value), text(settings[0]), text(settings[1])
    if not old:
        raise TemplateError("replace needs the text that is to be replaced.")
    if len(words) + words.count(old) * (len(new) - len(old)) > room:
        raise TemplateError(f"{name} would become too long a text.")
    return words.replace(old, new)


def _length(value: Any, _settings: Sequence[Any], _name: str, _room: int) -> int:
    return len(value) if isinstance(value, list | tuple | Mapping) else len(text(value))


def _end(index: int) -> Filter:
    def pick(value: Any, _settings: Sequence[Any], name: str, _room: int) -> Any:
        if not isinstance(value, list | tuple | str):
            raise TemplateError(f"{name} is not a list.")
        return value[index] if value else None

    return Filter(pick)


#: Spreadsheet letters, and %-letters for those who know them; `mm` after `hh:` is minutes.
_LETTERS = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss", re.IGNORECASE)
_PERCENTS = re.compile(r"%[YmdyBbAaHMS%]")
_PARTS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "yy": lambda at: f"{at.year % 100:02}",
    "mmmm": lambda at: _MONTHS[at.month - 1],
    "mmm": lambda at: _MONTHS[at.month - 1][:3],
    "mm": lambda at: f"{at.month:02}",
    "m": lambda at: str(at.month),
    "dddd": lambda at: _WEEKDAYS[at.weekday()],
    "ddd": lambda at: _WEEKDAYS[at.weekday()][:3],
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: str(at.day),
    "hh": lambda at: f"{at.hour:02}",
    "h": lambda at: str(at.hour),
    "ss": lambda at: f"{at.second:02}",
    "minutes": lambda at: f"{at.minute:02}",
    "%": lambda _at: "%",
}
_PERCENT = {
    "Y": "yyyy",
    "m": "mm",
    "d": "dd",
    "y": "yy",
    "B": "mmmm",
    "b": "mmm",
    "A": "dddd",
    "a": "ddd",
    "H": "hh",
    "M": "minutes",
    "S": "ss",
    "%": "%",
}


def _date(value: Any, settings: Sequence[Any], name: str, _room: int) -> str:
    """`22 Nov 2026`, or as the format says: `dd.mm.yyyy`, `dddd d mmmm`, `hh:mm`, `%d/%m/%Y`."""
    day = moment(value, name)
    at = day if isinstance(day, datetime) else datetime.combine(day, time())
    return format_date(at, text(settings[0]) if settings else "d mmm yyyy")


def format_date(at: datetime, form: str) -> str:
    """The moment in the form's letters; every other character stands for itself."""

    def part(found: re.Match[str]) -> str:
        letters = _PERCENT[found[0][1]] if found[0][0] == "%" else found[0].lower()
        if letters == "mm" and form[: found.start()].lower().endswith("h:"):
            letters = "minutes"
        return _PARTS[letters](at)

    return (_PERCENTS if "%" in form else _LETTERS).sub(part, form)


FILTERS: dict[str, Filter] = {
    "upper": _on_text(str.upper),
    "lower": _on_text(str.lower),
    "trim": _on_text(str.strip),
    "title": _on_text(_title),
    "default": Filter(_default, at_least=1, at_most=1, blanks=True),
    "join": Filter(_join, at_most=1),
    "round": Filter(_round, at_most=1),
    "money": Filter(_money, at_most=1),
    "date": Filter(_date, at_most=1),
    "replace": Filter(_replace, at_least=2, at_most=2),
    "length": Filter(_length),
    "first": _end(0),
    "last": _end(-1),
}


def apply(name: str, value: Any, settings: Sequence[Any], called: str, room: int) -> Any:
    """The filtered value; `called` is what sentences call the value. Raises TemplateError."""
    known = FILTERS[name]
    if is_blank(value) and not known.blanks:
        return 0 if name == "length" else value
    return known.work(value, settings, called, room)
