"""What a template asks of single values: their text, their JSON, their number, their date.

Invariant: numbers are exact decimals (0.1 + 0.2 is 0.3) of at most 30 digits, so none takes long or much room; values compare just
as they do in conditions.
"""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Context, Decimal, DecimalException, InvalidOperation, Overflow
from typing import Any

from runner.errors import ConditionError, TemplateError
from runner.rules import comparisons
from runner.rules.comparisons import Kind, display, kind_of, local
from runner.rules.spans import parse_yes_no
from runner.values import ErrorValue, is_blank, show

_TRAPS: list[Any] = [InvalidOperation, Overflow]
_MATH = Context(prec=34, Emax=30, Emin=-30, traps=_TRAPS)
#: What sentences call a value that has no name because it was typed or worked out in the template itself.
TYPED = "A value"
#: Digits of a quotation that has no end: as many as a spreadsheet keeps.
_QUOTIENT = Context(prec=15, Emax=30, Emin=-30, traps=_TRAPS)


def text(value: Any) -> str:
    """The value as a person would write it; a list of single values with commas, anything deeper as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and not any(isinstance(item, list | tuple | Mapping) for item in value):
        return ", ".join(text(item) for item in value)
    if isinstance(value, list | tuple | Mapping):
        return literal(value)
    if isinstance(value, ErrorValue):
        raise TemplateError(f"A value holds the error {value}. Mend the formula that it comes from.")
    return show(_writable(value))


def literal(value: Any) -> str:
    """The value as JSON: numbers as numbers, blank as null, dates as ISO text."""
    if isinstance(value, Decimal) or (isinstance(value, float) and value.is_integer()):
        return show(_writable(value))
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (ValueError, TypeError) as error:
        raise TemplateError("A value has no place in JSON: it is no number, text, yes/no, date, or list of these.") from error


def _writable(value: Any) -> Any:
    """The value, unless it is a number that would be written with thousands of digits, or none at all."""
    return number(value, TYPED) if isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value)) else value


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.replace(microsecond=0).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta() | ErrorValue():
            return text(value)
        case Mapping():
            return dict(value)
    raise TypeError


def number(value: Any, name: str) -> Decimal:
    """The value as an exact decimal; `name` is what the sentence calls it."""
    if kind_of(value) is not Kind.NUMBER:
        hint = comparisons.stored_as_text(value, 0, name) if name != TYPED else ""
        raise TemplateError(f"{name} {_holds(value)} where a number is needed. {hint}".strip())
    try:
        exact = Decimal(comparisons.exact(value))
    except ConditionError as error:
        raise TemplateError(str(error)) from None
    if exact and not -100 < exact.adjusted() <= _MATH.Emax:
        raise TemplateError(f"{name} is a number too large or too small to be written.")
    return exact


def _holds(value: Any) -> str:
    kind = kind_of(value)
    return "is blank" if kind is Kind.BLANK else f"holds {kind} ({display(value, 40)})"


def arithmetic(sign: str, left: Any, right: Any, names: tuple[str, str]) -> Any:
    """`left sign right` for + - * /; a date plus or minus a number counts days, two dates give the days between."""
    if sign in "+-" and isinstance(left, date):
        return _shifted(sign, left, right, names)
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        raise TemplateError("Texts are joined with ~ and not with +, for example {{ first_name ~ last_name }}.")
    one, other = number(left, names[0]), number(right, names[1])
    if sign == "/" and not other:
        raise TemplateError(f"{names[1]} is 0, and nothing can be divided by 0.")
    work = {"+": _MATH.add, "-": _MATH.subtract, "*": _MATH.multiply, "/": _QUOTIENT.divide}[sign]
    try:
        return tidy(work(one, other))
    except DecimalException as error:
        raise TemplateError("A calculation gives a number too large to be written.") from error


def tidy(exact: Decimal) -> int | Decimal:
    """A whole number as one; else without zeros at the end."""
    return int(exact) if exact == exact.to_integral_value() else exact.normalize(_MATH)


def _shifted(sign: str, left: date, right: Any, names: tuple[str, str]) -> Any:
    if sign == "-" and isinstance(right, date):
        return tidy(Decimal(repr((_moment(left) - _moment(right)) / timedelta(days=1))))
    try:
        days = right if isinstance(right, timedelta) else timedelta(days=float(number(right, names[1])))
        return left + days if sign == "+" else left - days
    except OverflowError as error:
        raise TemplateError("A calculation gives a date that no calendar has.") from error


def _moment(value: date) -> datetime:
    """On the owner's clock: cells have no zone, and `now` is already in the owner's."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time())


def truth(value: Any) -> bool:
    """Whether `if` takes it as yes: everything but blank, No in any spelling, 0 and an empty list."""
    if isinstance(value, str):
        return parse_yes_no(value) is not False
    return bool(value) if isinstance(value, bool | int | float | Decimal | list | tuple | Mapping) else value is not None


def compare(sign: str, left: Any, right: Any, names: tuple[str, str], zone: tzinfo | None) -> bool:
    """As in conditions; and a text beside a date is read as a date, since templates have no other way to write one."""
    if {kind_of(left), kind_of(right)} == {Kind.DATE, Kind.TEXT}:
        left, right = moment(left), moment(right)
    try:
        return comparisons.compare(sign, local(left, zone), local(right, zone), *names)
    except ConditionError as error:
        raise TemplateError(str(error)) from None


def moment(value: Any, name: str = TYPED) -> date:
    """The value as a date, with its time of day where it has one; ISO text (2026-11-22, 2026-11-22T17:30) is read."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and not is_blank(value):
        written = value.strip()
        try:
            return date.fromisoformat(written) if len(written) <= 10 else datetime.fromisoformat(written)
        except ValueError:
            pass
    raise TemplateError(f"{name} {_holds(value)} where a date is needed.")
