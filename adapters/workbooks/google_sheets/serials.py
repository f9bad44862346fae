"""What a cell of Google's holds and what it means: Google keeps moments as days since 1899-12-30, and their kind in the format.

Invariant: text is sent as text and never parsed, so nothing that stands in a cell of ours can become a formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from runner.values import ErrorValue, Value, is_blank, show

#: A cell as JSON has it; blank is None, whole numbers are int.
Raw: TypeAlias = str | int | float | bool | None

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - cells hold local times without a zone
_WHOLE = 2**53
#: 9999-12-31; numbers beyond are no dates.
_LAST_DAY = 2_958_465
#: What a formula that cannot be worked out shows; typed as text it looks the same.
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!"})


class Kind(StrEnum):
    """What a raw number or text means."""

    PLAIN = "plain"
    DATE = "date"
    CLOCK = "clock"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value as it is sent."""

    raw: Raw
    kind: Kind = Kind.PLAIN
    #: Google's NumberFormat; None for a value that needs none.
    format: Mapping[str, str] | None = None

    def message(self, *, formatted: bool) -> dict[str, Any]:
        """CellData; with `formatted` the number format too, an automatic one where the value needs none."""
        told: dict[str, Any] = {}
        match self.raw:
            case None:
                pass
            case bool():
                told["userEnteredValue"] = {"boolValue": self.raw}
            case str():
                told["userEnteredValue"] = {"stringValue": self.raw}
            case _:
                told["userEnteredValue"] = {"numberValue": self.raw}
        if formatted and self.format:
            told["userEnteredFormat"] = {"numberFormat": dict(self.format)}
        return told


def cell_of(value: Value) -> Cell:
    """The value as a cell. Raises ValueError for a time with a zone, which a cell cannot keep."""
    match value:
        case None | "":
            return Cell(raw=None)
        case bool() | str():
            return Cell(raw=value)
        case datetime():
            if value.tzinfo:
                message = f"{value}: a cell keeps no time zone"
                raise ValueError(message)
            return Cell(raw=_days(value - _EPOCH), kind=Kind.DATE, format=_format("DATE_TIME", "yyyy-mm-dd hh:mm:ss"))
        case date():
            days = (datetime(value.year, value.month, value.day) - _EPOCH).days  # noqa: DTZ001 - as above
            return Cell(raw=days, kind=Kind.DATE, format=_format("DATE", "yyyy-mm-dd"))
        case time():
            return Cell(raw=_days(datetime.combine(_EPOCH, value) - _EPOCH), kind=Kind.CLOCK, format=_format("TIME", "hh:mm:ss"))
        case timedelta():
            return Cell(raw=_days(value), kind=Kind.CLOCK, format=_format("TIME", "[h]:mm:ss"))
        case Decimal():
            return Cell(raw=plain_number(float(value)))
        case ErrorValue():
            return Cell(raw=show(value))
    return Cell(raw=plain_number(value))


def value_of(raw: Raw, kind: Kind) -> Value:
    """What the cell means. A midnight is its day, as in Excel; a number that can be no moment stays a number."""
    if kind is Kind.ERROR and isinstance(raw, str):
        return ErrorValue(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or kind is Kind.PLAIN or not 0 <= raw <= _LAST_DAY:
        return raw
    span = timedelta(seconds=round(raw * 86_400, 3))
    if kind is Kind.CLOCK:
        return (_EPOCH + span).time() if raw < 1 else span
    moment = _EPOCH + span
    return moment.date() if moment.time() == time() else moment


def raw_of(cell: object) -> Raw:
    """A value of Google's answer in the one way that we compare by: blank is None, a whole number is int."""
    if cell == "" and isinstance(cell, str):
        return None
    return plain_number(cell) if isinstance(cell, float) else cell  # type: ignore[return-value]  # JSON has nothing else


def told_raw(value: Mapping[str, Any]) -> Raw:
    """ExtendedValue as the values API would give it; an error as what it shows."""
    if "errorValue" in value:
        return _SHOWN.get(value["errorValue"].get("type", ""), "#ERROR!")
    return next((raw_of(value[name]) for name in ("numberValue", "stringValue", "boolValue") if name in value), None)


def kind_of(value: Mapping[str, Any], shown: Mapping[str, Any]) -> Kind:
    """From ExtendedValue and CellFormat: what the cell means."""
    if "errorValue" in value:
        return Kind.ERROR
    number = shown.get("numberFormat") or {}
    match number.get("type"):
        case "DATE" | "DATE_TIME":
            return Kind.DATE
        case "TIME":
            return Kind.CLOCK
    return Kind.PLAIN


def is_empty(raw: Raw) -> bool:
    """Blank, or text of nothing but white space."""
    return is_blank(raw)


def plain_number(number: float) -> int | float:
    """A whole number as int."""
    return int(number) if number % 1 == 0 and abs(number) < _WHOLE else number


def _days(span: timedelta) -> int | float:
    return plain_number(span / timedelta(days=1))


def _format(kind: str, pattern: str) -> dict[str, str]:
    return {"type": kind, "pattern": pattern}


_SHOWN = {
    "NULL_VALUE": "#NULL!", "DIVIDE_BY_ZERO": "#DIV/0!", "VALUE": "#VALUE!", "REF": "#REF!", "NAME": "#NAME?", "NUM": "#NUM!",
    "N_A": "#N/A", "ERROR": "#ERROR!", "LOADING": "Loading...",
}  # fmt: skip
