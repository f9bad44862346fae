"""What a person types for a number, a date or a moment.

Invariant: text with two readings is refused with a sentence, never guessed; numbers are given back exact, as int or Decimal.
"""

import re
from datetime import date, datetime, tzinfo
from decimal import Decimal

from runner.errors import RowpactError

#: Currency signs that may stand before or behind an amount.
CURRENCY = "$£€¥"

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Blanks that people and programs put between thousands: plain, no-break, thin, narrow no-break.
_GAP = r"[ \u00a0\u2009\u202f'’]"
_PLAIN = re.compile(r"\d{1,30}(?:\.\d{1,30})?|\.\d{1,30}", re.ASCII)
_GROUPED = re.compile(rf"\d{{1,3}}(?:(?:,\d{{3}}){{1,9}}|(?:{_GAP}\d{{3}}){{1,9}})(?:\.\d{{1,30}})?", re.ASCII)
_DECIMAL_COMMA = re.compile(
    rf"\d{{1,3}}(?:(?:\.\d{{3}}){{1,9}}|(?:{_GAP}\d{{3}}){{1,9}}),\d{{1,30}}|\d{{1,30}},\d{{1,2}}", re.ASCII
)
_POINT_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3}){2,9}", re.ASCII)
_SIGNED = re.compile(
    rf"(?P<minus>[-−+])?\s*(?:[{CURRENCY}]|[A-Z]{{3}}\s)?\s*(?P<minus2>[-−+])?(?P<digits>[\d.,'’ \u00a0\u2009\u202f]+?)"
    rf"\s*(?:(?P<percent>%)|[{CURRENCY}]|\s[A-Z]{{3}})?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([a-z]{3,9})\.?[ ,.-]+(\d{4})", re.ASCII)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?[ -]+(\d{1,2})(?:st|nd|rd|th)?[ ,-]+(\d{4})", re.ASCII)

_WHOLE_CELL = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
_DECIMAL_CELL = re.compile(r"-?(0|[1-9]\d{0,11})\.\d{1,4}", re.ASCII)
_ISO_CELL = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)


class Unclear(RowpactError):
    """The text has more than one reading, or none; the message says which and how to write it."""


class Unlike(Unclear):
    """The text is no number, or no date, at all."""


def read_number(text: str) -> int | Decimal:
    """`1234`, `1,234.50`, `$4,200`, `4.200,50 €`, `USD 12`, `-3`, `70%` (0.7) → int or Decimal.

    Raises `Unclear` for anything that is no number, and for `€2.000`, which is two or two thousand.
    """
    stripped = text.strip()
    match = _SIGNED.fullmatch(stripped) if len(stripped) <= 60 else None
    if match is None or (match["minus"] and match["minus2"]):
        raise Unlike(f"“{stripped[:40]}” is not a number.")
    digits = match["digits"].strip()
    number = _digits(digits, is_money=any(sign in stripped for sign in CURRENCY))
    if "-" in stripped or "−" in stripped:
        number = -number
    if match["percent"]:
        number /= 100
    return int(number) if "." not in format(number, "f") else number


def _digits(digits: str, *, is_money: bool) -> Decimal:
    if is_money and re.fullmatch(r"\d{1,3}\.\d{3}", digits):
        small, whole = format(Decimal(digits).normalize(), "f"), digits.replace(".", "")
        raise Unclear(f"“{digits}” could be {small} or {whole}. Write {whole} or {small}.")
    if _PLAIN.fullmatch(digits):
        return Decimal(digits)
    if _GROUPED.fullmatch(digits):
        return Decimal(re.sub(rf",|{_GAP}", "", digits))
    if _DECIMAL_COMMA.fullmatch(digits):
        return Decimal(re.sub(rf"\.|{_GAP}", "", digits).replace(",", "."))
    if _POINT_GROUPS.fullmatch(digits):
        return Decimal(digits.replace(".", ""))
    raise Unlike(f"“{digits}” is not a number.")


def read_date(text: str) -> date:
    """`2026-11-22`, `22 Nov 2026`, `November 22, 2026`, `22.11.2026`, `22/11/2026` → date.

    Raises `Unclear` for anything else, for days that no calendar has, and for `03/04/2026`, which is March or April.
    """
    stripped = " ".join(text.split())
    lowered = stripped.casefold() if len(stripped) <= 60 else ""
    if match := _YEAR_FIRST.fullmatch(lowered):
        return _calendar(stripped, int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(lowered):
        return _year_last(stripped, int(match[1]), int(match[3]), int(match[4]), match[2])
    if match := _DAY_MONTH.fullmatch(lowered):
        day, month, year = match.groups()
    elif match := _MONTH_DAY.fullmatch(lowered):
        month, day, year = match.groups()
    else:
        raise Unlike(f"“{stripped[:40]}” is not a date. Write it like 2026-11-22.")
    return _calendar(stripped, int(year), _month(stripped, month), int(day))


def _year_last(text: str, first: int, second: int, year: int, separator: str) -> date:
    # With points the day always comes first; with a slash or a dash it depends on the country.
    if separator != "." and first <= 12 and second <= 12 and first != second:
        one, other = _MONTHS[second - 1], _MONTHS[first - 1]
        raise Unclear(f"“{text}” could be {first} {one} or {second} {other}. Write it like {year}-{second:02}-{first:02}.")
    day, month = (second, first) if separator != "." and second > 12 else (first, second)
    return _calendar(text, year, month, day)


def _month(text: str, name: str) -> int:
    for number, month in enumerate(_MONTHS, start=1):
        if month.casefold().startswith(name) or (name == "sept" and number == 9):
            return number
    raise Unlike(f"“{text}” is not a date. Write it like 2026-11-22.")


def _calendar(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear(f"“{text}” is not a day in the calendar.") from None


def read_moment(text: str) -> datetime:
    """A date with a time of day behind it, or alone (midnight) → datetime; aware only when the text names its offset.

    Raises `Unclear`, as `read_date` does.
    """
    stripped = " ".join(text.split())
    try:
        return datetime.fromisoformat(stripped)
    except ValueError:
        day, _, clock = stripped.rpartition(" ")
        try:
            at = datetime.strptime(clock, "%H:%M").time() if day and ":" in clock else None  # noqa: DTZ007 - only the clock is used
        except ValueError:
            raise Unlike(f"“{stripped[:40]}” is not a date and time. Write it like 2026-11-22 14:30.") from None
    whole = read_date(day if at else stripped)
    return datetime.combine(whole, at) if at else datetime(whole.year, whole.month, whole.day)  # noqa: DTZ001 - the sheet's own time


def read_instant(text: str, zone: tzinfo) -> datetime:
    """ISO 8601, without an offset by the owner's clock: `2026-11-30`, `2026-11-30 09:00`, `2026-11-30T09:00+01:00` → aware.

    Raises `Unlike` when it is none, and `Unclear` so near the ends of the calendar that no other zone could show it.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unlike(f"“{text.strip()[:40]}” is not a date and time. Write it like 2026-11-22 14:30.") from None
    if not date.min.year < moment.year < date.max.year:
        raise Unclear(f"“{text.strip()[:40]}” is too far away for a calendar.")
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def as_cell(text: str) -> str | int | float | date:
    """`4200` and `2026-11-30` are what they look like; `00123`, `+49 30` and `1,5` are text."""
    if _WHOLE_CELL.fullmatch(text):
        return int(text)
    if _DECIMAL_CELL.fullmatch(text):
        return float(text)
    if _ISO_CELL.fullmatch(text):
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            return text
    return text
