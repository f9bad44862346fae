"""How two values compare as a person means it; shared by conditions and decision tables.

Invariant: only values of one kind are compared. Unlike kinds, and blanks in < > <= >=, are a sentence, never a silent no.
Text compares without regard to case, surrounding blanks and Unicode form (NFKC); numbers exactly, as decimals; a date with a
moment by its date; a ticked box with the words for yes and no.
"""

import operator
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import StrEnum
from typing import Any

from runner.errors import ConditionError
from runner.rules.literals import Unclear, read_date, read_number
from runner.rules.spans import parse_yes_no, show_span
from runner.values import ErrorValue, is_blank, show

#: Sums are done with 34 digits, whatever the surrounding program does with its own decimals.
ARITHMETIC = Context(prec=34, Emin=-9_999, Emax=9_999, traps=[InvalidOperation, DivisionByZero, Overflow])

EQUALITY = ("=", "<>")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Kind(StrEnum):
    """What a value is, in the owner's words."""

    BLANK = "blank"
    YES_NO = "yes or no"
    NUMBER = "a number"
    DATE = "a date"
    CLOCK = "a time of day"
    SPAN = "a length of time"
    TEXT = "text"
    #: A list or a record from a step's JSON.
    MANY = "several values"


def kind_of(value: object) -> Kind:
    """The kind of a cell's value or of a piece of JSON; text of blanks is blank."""
    match value:
        case str():
            return Kind.BLANK if is_blank(value) else Kind.TEXT
        case bool():
            return Kind.YES_NO
        case int() | float() | Decimal():
            return Kind.NUMBER
        case None:
            return Kind.BLANK
        case date():
            return Kind.DATE
        case time():
            return Kind.CLOCK
        case timedelta():
            return Kind.SPAN
    return Kind.MANY


def fold(text: str) -> str:
    """Text as it is compared: NFKC, trimmed, case-folded."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def exact(number: float | Decimal) -> int | Decimal:
    """The number without binary rounding: 0.1 is 0.1. Raises ConditionError for infinity and not-a-number."""
    if isinstance(number, int):
        return number
    decimal = number if isinstance(number, Decimal) else Decimal(repr(number).removesuffix(".0"))
    if not decimal.is_finite():
        raise ConditionError("A number that is used here is too large to be worked with.")
    return decimal


def local(value: Any, zone: tzinfo | None) -> Any:
    """A moment as the owner's wall clock shows it, the way the sheet holds moments; everything else as it is."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(zone).replace(tzinfo=None) if zone else value.replace(tzinfo=None)
    return value


def display(value: Any, limit: int = 60) -> str:
    """The value for a sentence, at most `limit` characters; blank is the word blank."""
    kind = kind_of(value)
    if kind is Kind.BLANK:
        return "blank"
    if kind is Kind.MANY and not isinstance(value, ErrorValue):
        return f"{len(value)} values" if isinstance(value, list | tuple | dict) else "several values"
    text = show_span(value) if isinstance(value, timedelta) else show(value)
    text = " ".join(text[: limit * 4].split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def compare(sign: str, left: Any, right: Any, left_name: str = "", right_name: str = "") -> bool:
    """Whether `left sign right` holds; `sign` is one of = <> < > <= >=. The names are the columns', "" for what was typed.

    Blank equals blank and nothing else. Raises ConditionError with a sentence.
    """
    one, other = kind_of(left), kind_of(right)
    if one is not other or one is Kind.BLANK:
        if Kind.BLANK in (one, other):
            if sign in EQUALITY:
                return (one is other) == (sign == "=")
            raise ConditionError(_blank(sign, left_name if one is Kind.BLANK else right_name))
        yes_no = _yes_no_pair(left, right, left_name, right_name) if sign in EQUALITY else None
        left, right = yes_no or _unlike(left, right, left_name, right_name)
    elif one is Kind.MANY or (one is Kind.YES_NO and sign not in EQUALITY):
        raise ConditionError(f"{_holds(left, left_name)}, and that cannot be compared with {sign}.")
    elif one is Kind.TEXT:
        left, right = fold(left), fold(right)
    elif one is Kind.NUMBER:
        left, right = exact(left), exact(right)
    elif one is Kind.DATE and not (isinstance(left, datetime) and isinstance(right, datetime)):
        left, right = day_of(left), day_of(right)
    return _OPERATORS[sign](left, right)


def day_of(value: date) -> date:
    """The date of a date or a moment."""
    return value.date() if isinstance(value, datetime) else value


def _blank(sign: str, name: str) -> str:
    if not name:
        return f"Blank cannot be compared with {sign}."
    return f"“{name}” is blank, so it cannot be compared with {sign}. Put this in front: {name} is not blank and"


def _yes_no_pair(left: Any, right: Any, left_name: str, right_name: str) -> tuple[bool, bool] | None:
    """Both as yes or no when one of them is and the other can be read so: a ticked box and the word Yes."""
    flag, other, name = (left, right, left_name) if isinstance(left, bool) else (right, left, right_name)
    if not isinstance(flag, bool):
        return None
    read = parse_yes_no(other) if kind_of(other) is not Kind.MANY else None
    if read is None and isinstance(other, str) and not name:
        read = not flag  # a typed Yes is a word too, and differs from Maybe
    return None if read is None else (flag, read)


def _unlike(left: Any, right: Any, left_name: str, right_name: str) -> tuple[Any, Any]:
    hint = stored_as_text(left, right, left_name) or stored_as_text(right, left, right_name)
    if not hint and isinstance(left, timedelta) and kind_of(right) is Kind.NUMBER:
        hint = f"Write the unit too, for example {display(right)} days."
    if not hint and right_name and kind_of(left) is Kind.TEXT:
        hint = f"“{right_name}” is a column here; for the word itself, write it in quotes."
    which = ", which" if left_name else ""
    unlike = f"{_holds(left, left_name)}{which} cannot be compared with {_holds(right, right_name, bare=True)}."
    raise ConditionError(f"{unlike} {hint}".strip())


def stored_as_text(value: Any, other: Any, name: str) -> str:
    """A hint for text that only looks like the number or date it is compared with; "" when it does not."""
    if not isinstance(value, str) or kind_of(other) not in (Kind.NUMBER, Kind.DATE):
        return ""
    wanted = "number" if kind_of(other) is Kind.NUMBER else "date"
    try:
        read_number(value) if wanted == "number" else read_date(value)
    except Unclear:
        return ""
    if not name:
        return "Leave out the quotes."
    return f"It is a {wanted} stored as text: format the cell as a {wanted} and type it again, or name it in Fields with that type."


def _holds(value: Any, name: str, *, bare: bool = False) -> str:
    kind = kind_of(value)
    said = kind.value if kind is Kind.MANY else f"{kind} ({display(value, 40)})"
    if not name:
        return said if bare else said[0].upper() + said[1:]
    return f"“{name}”, which holds {said}" if bare else f"“{name}” holds {said}"
