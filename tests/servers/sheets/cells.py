"""One cell: what was entered, what it shows, what it looks like.

Invariant: a cell never changes; a tab puts another one in its place. Numbers are doubles, dates are numbers with a format.
"""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from runner.values import ErrorValue, Value

EPOCH = datetime(1899, 12, 30)
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: What an automatic format becomes when a person types a moment, and how it is shown.
PATTERNS = {"DATE": "yyyy-mm-dd", "DATE_TIME": "yyyy-mm-dd hh:mm:ss", "TIME": "hh:mm:ss"}
ERRORS = {
    "#NULL!": "NULL_VALUE", "#DIV/0!": "DIVIDE_BY_ZERO", "#VALUE!": "VALUE", "#REF!": "REF", "#NAME?": "NAME", "#NUM!": "NUM",
    "#N/A": "N_A", "#ERROR!": "ERROR",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`value` is what it comes to: text, float, bool, an error; None is empty."""

    value: str | float | bool | ErrorValue | None = None
    #: With its equals sign; "" for a cell that holds a plain value.
    formula: str = ""
    #: userEnteredFormat, as JSON.
    format: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    #: dataValidation, as JSON.
    rule: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    note: str = ""

    @property
    def kind(self) -> str:
        """`DATE`, `DATE_TIME`, `TIME`, …: the type of its number format; "" for an automatic one."""
        return str(self.format.get("numberFormat", {}).get("type", ""))

    def shown(self, render: str, dates: str) -> str | float | bool:
        """As the values API gives it."""
        if render == "FORMULA" and self.formula:
            return self.formula
        if self.value is None:
            return ""
        if isinstance(self.value, ErrorValue):
            return self.value.text
        if render == "FORMATTED_VALUE" or (dates == "FORMATTED_STRING" and self.kind in PATTERNS and _is_number(self.value)):
            return self.formatted()
        return _plain(self.value)

    def formatted(self) -> str:
        """As a person sees it."""
        match self.value:
            case None:
                return ""
            case bool():
                return "TRUE" if self.value else "FALSE"
            case float() if self.kind in PATTERNS:
                return _dated(self.value, str(self.format["numberFormat"].get("pattern") or PATTERNS[self.kind]))
            case float():
                return f"{self.value:.15g}"
        return str(self.value)

    def python(self) -> Value:
        """As the tests speak of it: a date where the format says so."""
        if not _is_number(self.value):
            return self.value
        number = float(self.value)  # type: ignore[arg-type]  # it is a number
        if self.kind == "TIME" and 0 <= number < 1:
            return (EPOCH + _span(number)).time()
        if self.kind == "TIME":
            return _span(number)
        if self.kind in PATTERNS:
            moment = EPOCH + _span(number)
            return moment.date() if self.kind == "DATE" and moment.time() == time() else moment
        return _plain(number)


EMPTY = Cell()


def entered(value: Any) -> Cell:
    """What becomes of a value that a person types: dates, times and numbers are understood, `=` begins a formula."""
    if not isinstance(value, str):
        return of(value)
    if value.startswith("'"):
        return Cell(value=value[1:])
    if value.startswith(("=", "+")) and len(value) > 1:
        return Cell(value=_computed(value), formula="=" + value[1:])
    if value.upper() in ("TRUE", "FALSE"):
        return Cell(value=value.upper() == "TRUE")
    if re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value, re.IGNORECASE):
        return Cell(value=float(value))
    for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        if re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?|\d\d:\d\d(:\d\d)?", value):
            try:
                return of(read(value))
            except ValueError:
                continue
    return Cell(value=value)


def of(value: Value) -> Cell:
    """A cell that holds exactly this; a moment as a number with its format."""
    match value:
        case None | "":
            return EMPTY
        case bool() | str() | ErrorValue():
            return Cell(value=value)
        case datetime():
            return _moment((value - EPOCH) / timedelta(days=1), "DATE_TIME")
        case date():
            return _moment(float((datetime(value.year, value.month, value.day) - EPOCH).days), "DATE")
        case time():
            return _moment((datetime.combine(EPOCH, value) - EPOCH) / timedelta(days=1), "TIME")
        case timedelta():
            return _moment(value / timedelta(days=1), "TIME", "[h]:mm:ss")
    return Cell(value=float(value))


def _moment(number: float, kind: str, pattern: str = "") -> Cell:
    return Cell(value=number, format={"numberFormat": {"type": kind, **({"pattern": pattern} if pattern else {})}})


def _span(number: float) -> timedelta:
    return timedelta(seconds=round(number * 86_400, 3))


def _plain(value: Any) -> Any:
    return int(value) if _is_number(value) and value.is_integer() and abs(value) < 1e15 else value


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and not isinstance(value, bool) and math.isfinite(value)


def _dated(number: float, pattern: str) -> str:
    if pattern.startswith("[h]"):
        minutes, seconds = divmod(round(number * 86_400), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    moment = EPOCH + _span(number)
    clock = pattern.replace("hh:mm:ss", "%H:%M:%S").replace("hh:mm", "%H:%M")
    return moment.strftime(clock.replace("yyyy", "%Y").replace("mm", "%m").replace("dd", "%d"))


_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _computed(formula: str) -> float | ErrorValue:
    """Sums of two numbers are worked out; of anything else only a person knows the result, see `Person.formula`."""
    found = re.fullmatch(r"[=+](\d+(?:\.\d+)?)([-+*/])(\d+(?:\.\d+)?)", formula.replace(" ", ""))
    if not found:
        return ErrorValue("#NAME?")
    try:
        return float(_ARITHMETIC[found[2]](float(found[1]), float(found[3])))
    except ZeroDivisionError:
        return ErrorValue("#DIV/0!")
