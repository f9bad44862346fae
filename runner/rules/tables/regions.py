"""Which values a decision table's cell covers: whether two cells overlap, one covers another, and what a column leaves out.

Invariant: only what is certain is said. A cell that depends on today, or compares times of day, is left out of the reckoning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from runner.rules.comparisons import Kind, exact, fold, kind_of
from runner.rules.tables.cells import Cell, Option
from runner.values import show

#: A place on a line with its side: (5, -1) just below 5, (5, 0) at 5, (5, 1) just above it.
Place = tuple[Any, int]
#: From one place to another, both included.
Stretch = tuple[Place, Place]

_LOWEST, _HIGHEST = (Decimal("-Infinity"), 0), (Decimal("Infinity"), 0)
_WHOLE: tuple[Stretch, ...] = ((_LOWEST, _HIGHEST),)


@dataclass(frozen=True, slots=True)
class Region:
    """A set of values: stretches of numbers, stretches of days (as ordinals), and words, or all words but these."""

    numbers: tuple[Stretch, ...] = ()
    days: tuple[Stretch, ...] = ()
    words: frozenset[str] = frozenset()
    all_but: bool = False

    def meets(self, other: "Region") -> bool:
        """Whether some value lies in both."""
        return (
            any(_meet(one, two) for one in self.numbers for two in other.numbers)
            or any(_meet(one, two) for one in self.days for two in other.days)
            or self._words_meet(other)
        )

    def _words_meet(self, other: "Region") -> bool:
        if self.all_but and other.all_but:
            return True
        if self.all_but or other.all_but:
            most, least = (self, other) if self.all_but else (other, self)
            return bool(least.words - most.words)
        return bool(self.words & other.words)

    def covers(self, other: "Region") -> bool:
        """Whether every value of the other lies in this one."""
        if self.all_but:
            words = not (self.words - other.words) if other.all_but else not (self.words & other.words)
        else:
            words = not other.all_but and other.words <= self.words
        return words and _cover(self.numbers, other.numbers) and _cover(self.days, other.days)


ANY = Region(numbers=_WHOLE, days=_WHOLE, all_but=True)


def region_of(cell: Cell | None) -> Region | None:
    """The values that fit the cell; None when that depends on the moment."""
    if cell is None:
        return ANY
    union = Region()
    for option in cell.options:
        region = _region(option)
        if region is None:
            return None
        union = Region(merged(union.numbers + region.numbers), merged(union.days + region.days), union.words | region.words)
    return _opposite(union) if cell.negated else union


def _opposite(region: Region) -> Region:
    return Region(between(region.numbers), between(region.days), region.words, not region.all_but)


def _region(option: Option) -> Region | None:
    if not option.bounds:
        return Region(words=frozenset({""}))
    numbers, days = _WHOLE, _WHOLE
    words: frozenset[str] = frozenset()
    for sign, edge in option.bounds:
        value = edge.fixed if edge.also is None else edge.also
        kind = kind_of(value)
        if edge.offset is not None or kind not in (Kind.NUMBER, Kind.DATE, Kind.TEXT, Kind.YES_NO) or sign == "<>":
            return None
        stretch = _stretch(sign, _point(value)) if kind in (Kind.NUMBER, Kind.DATE) else None
        numbers = _clip(numbers, stretch if kind is Kind.NUMBER else None)
        days = _clip(days, stretch if kind is Kind.DATE else None)
        if kind in (Kind.TEXT, Kind.YES_NO):
            words = frozenset({fold(show(value))})
    return Region(numbers, days, words)


def _point(value: Any) -> Any:
    if isinstance(value, datetime):
        return Decimal(value.toordinal()) + Decimal(value.hour * 60 + value.minute) / 1440
    number = Decimal(value.toordinal()) if isinstance(value, date) else exact(value)
    return int(number) if number == int(number) else number


def _stretch(sign: str, value: Any) -> Stretch:
    return {
        "=": ((value, 0), (value, 0)),
        ">=": ((value, 0), _HIGHEST),
        ">": ((value, 1), _HIGHEST),
        "<=": (_LOWEST, (value, 0)),
        "<": (_LOWEST, (value, -1)),
    }[sign]


def _clip(stretches: tuple[Stretch, ...], by: Stretch | None) -> tuple[Stretch, ...]:
    if by is None:
        return ()
    clipped = ((max(low, by[0]), min(high, by[1])) for low, high in stretches)
    return tuple((low, high) for low, high in clipped if low <= high)


def _meet(one: Stretch, two: Stretch) -> bool:
    return max(one[0], two[0]) <= min(one[1], two[1])


def _cover(whole: tuple[Stretch, ...], parts: tuple[Stretch, ...]) -> bool:
    joined = merged(whole)
    return all(any(low <= part[0] and part[1] <= high for low, high in joined) for part in parts)


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """In order, those that touch or overlap made one."""
    result: list[Stretch] = []
    for low, high in sorted(stretches):
        if result and low <= (result[-1][1][0], result[-1][1][1] + 1):
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return tuple(result)


def between(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """What the stretches leave out of the whole line."""
    gaps: list[Stretch] = []
    start = _LOWEST
    for low, high in merged(stretches):
        if start < low:
            gaps.append((start, (low[0], low[1] - 1)))
        start = (high[0], high[1] + 1)
    if start <= _HIGHEST:
        gaps.append((start, _HIGHEST))
    return tuple(gaps)


def say_gap(gap: Stretch) -> str:
    """`below 0`, `above 100`, `exactly 40`, `between 40 and 50`; "" for the gap between neighbouring whole numbers."""
    (low, after), (high, before) = gap
    if gap[0] == _LOWEST:
        return f"{show(high)} or below" if before == 0 else f"below {show(high)}"
    if gap[1] == _HIGHEST:
        return f"{show(low)} or above" if after == 0 else f"above {show(low)}"
    if low == high:
        return f"exactly {show(low)}"
    neighbours = isinstance(low, int) and isinstance(high, int) and high - low == 1 and after == 1 and before == -1
    return "" if neighbours else f"between {show(low)} and {show(high)}"
