"""Whether a text says a value, in any of the ways in which people write it.

Invariant: whole words only; `4200` is not found in `14200`, nor `Ana` in `Banana`.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from runner.rules.comparisons import fold
from runner.values import Value, is_blank, show

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def mentions(text: str, value: Value, *, least: int = 1) -> bool:
    """Whether the text says the value; one of fewer than `least` characters is never looked for."""
    if is_blank(value) or isinstance(value, bool) or len(show(value).strip()) < least:
        return False
    said = f" {' '.join(fold(text).split())} "
    return any(_as_words(said, " ".join(fold(way).split())) for way in ways(value) if way.strip())


def _as_words(said: str, way: str) -> bool:
    place = said.find(way)
    while place > 0:
        before, after = said[place - 1], said[place + len(way)]
        further = said[place + len(way) : place + len(way) + 2]
        number = way[-1].isdigit() and len(further) == 2 and further[0] in ".," and further[1].isdigit()
        if not before.isalnum() and not after.isalnum() and not number and not (way[0].isdigit() and before in ".,"):
            return True
        place = said.find(way, place + 1)
    return False


def ways(value: Value) -> Iterator[str]:
    """How people write it: 4200 as 4,200 or 4.200,00; a date as 2026-11-22, 22 November or Nov 22."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        yield from _dates(value)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        yield from _numbers(Decimal(str(value)))
    else:
        yield show(value)


def _dates(day: date) -> Iterator[str]:
    month = _MONTHS[day.month - 1]
    yield day.isoformat()
    for name in (month, month[:3], f"{month[:3]}."):
        for number in (f"{day.day}", f"{day.day}{_ending(day.day)}", f"{day.day}."):
            yield f"{number} {name}"
            yield f"{name} {number}"
    for separator in "/.-":
        for first, second in ((day.day, day.month), (day.month, day.day)):
            yield f"{first}{separator}{second}{separator}{day.year}"
            yield f"{first:02}{separator}{second:02}{separator}{day.year}"


def _ending(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _numbers(number: Decimal) -> Iterator[str]:
    plain = show(number)
    whole = int(number) if number == int(number) else None
    yield plain
    yield plain.replace(".", ",")
    if whole is not None:
        for separator in (",", ".", " ", "\u00a0", "’", "'"):
            grouped = f"{whole:,}".replace(",", separator)
            yield grouped
            yield f"{grouped}{'.' if separator != '.' else ','}00"
        yield f"{whole}.00"
        yield f"{whole},00"
    else:
        cents = f"{number:,.2f}"
        yield cents
        yield cents.translate(str.maketrans(",.", ".,"))


_DIGITS = r"(\d[\d.,  ’']{0,15})"
#: An amount of money, its number in one of the two groups.
AMOUNT = re.compile(
    rf"(?:[$€£¥]|\b(?:USD|EUR|GBP|CAD|AUD|CHF)\b)\s?{_DIGITS}"
    rf"|{_DIGITS}\s?(?:[$€£¥]|\b(?:USD|EUR|GBP|CAD|AUD|CHF|dollars|euros|pounds)\b)",
    re.IGNORECASE,
)
