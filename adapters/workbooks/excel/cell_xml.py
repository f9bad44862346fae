"""A value as the XML of one cell. What text says never becomes a formula, and every value reads back as it was written."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from adapters.workbooks.excel.markup import escape, escape_cell
from adapters.workbooks.excel.reference import address
from adapters.workbooks.excel.styles import Styles
from runner.values import ErrorValue, Value, show

#: What one Excel cell holds, counted in UTF-16 units as Excel does.
MAX_TEXT = 32_767
#: Above this a double-precision number loses digits.
MAX_WHOLE = 2**53
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of the owner's table that is carried on into a new row, without its `=`."""

    text: str


class CellWriter:
    """Writes cells for one workbook: its name-space prefix, its formats, its first day."""

    def __init__(self, styles: Styles, prefix: bytes, *, counts_from_1904: bool) -> None:
        self._styles, self._prefix, self._from_1904 = styles, prefix, counts_from_1904

    def cell(self, row: int, column: int, value: Value | Formula, style: int) -> bytes:
        """`<c …>…</c>` with the style, or with one like it in which the value shows as what it is."""
        p, where = self._prefix, address(row, column).encode()
        if not isinstance(value, Formula):
            value = self._storable(value)
            style = self._styles.fit(style, value)
        head = b'<%sc r="%s"' % (p, where) + (b' s="%d"' % style if style else b"")
        match value:
            case None:
                return head + b"/>"
            case Formula():
                return head + b"><%sf>%s</%sf></%sc>" % (p, escape(value.text), p, p)
            case bool():
                return head + b' t="b"><%sv>%d</%sv></%sc>' % (p, value, p, p)
            case str():
                keep = b' xml:space="preserve"' if value != value.strip() or "\n" in value or "  " in value else b""
                return head + b' t="inlineStr"><%sis><%st%s>%s</%st></%sis></%sc>' % (p, p, keep, escape_cell(value), p, p, p)
        return head + b"><%sv>%s</%sv></%sc>" % (p, self._number(value), p, p)

    def _storable(self, value: Value) -> Value:
        """The value, or its text where Excel has no such value."""
        match value:
            case str() | ErrorValue():
                return _shortened(str(value)) or None
            case float() if not math.isfinite(value):
                return show(value)
            case Decimal() if not value.is_finite():
                return show(value)
            case int() if abs(value) > MAX_WHOLE:
                return show(value)
            case datetime() if value.tzinfo is not None:
                message = f"{value} has a time zone: a cell holds the owner's local time, so give it without one"
                raise ValueError(message)
            case date() if value.year < (1904 if self._from_1904 else 1900):
                return show(value)
            case timedelta() if value < timedelta():
                return show(value)
        return value

    def _number(self, value: object) -> bytes:
        match value:
            case datetime():
                return _digits(self._serial(value))
            case date():
                return _digits(self._serial(datetime.combine(value, time())))
            case time():
                return _digits(
                    timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond) / _DAY
                )
            case timedelta():
                return _digits(value / _DAY)
            case Decimal():
                return format(value, "f").encode()
        return repr(value).encode()

    def _serial(self, moment: datetime) -> float:
        """Days since the workbook's first day, with the 29 February 1900 that Excel believes in."""
        if self._from_1904:
            return (moment - datetime(1904, 1, 1)) / _DAY  # noqa: DTZ001 - cells hold local times without a zone
        days = (moment - datetime(1899, 12, 30)) / _DAY  # noqa: DTZ001
        return days if days >= 61 else days - 1


def _digits(days: float) -> bytes:
    return (str(int(days)) if days.is_integer() else repr(days)).encode()


def _shortened(text: str) -> str:
    """At most what a cell holds; a cut shows as `…`."""
    if len(text) * 2 <= MAX_TEXT or len(text.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: (MAX_TEXT - 1) * 2]
    return units.decode("utf-16-le", "ignore") + "…"
