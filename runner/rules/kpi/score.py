"""A KPI's number beside what it was, what it should be, and what became of it over eight weeks.

Invariant: pure. The baseline is what the owner typed, else the first full week; a week that is not over is nobody's baseline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from runner import tabs
from runner.model import Snapshot
from runner.rules.kpi.calculate import Numbers
from runner.rules.kpi.definitions import KPIS, Kpi
from runner.rules.kpi.weeks import Week
from runner.values import Value, dump, load

WEEKS = 8
_BARS = "▁▂▃▄▅▆▇█"
ON, OFF, BETTER, WORSE, SAME, NONE = (
    "On target",
    "Off target",
    "Better than before",
    "Worse than before",
    "As before",
    "No data yet",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One KPI in one week."""

    kpi: Kpi
    value: float | None
    #: The week before.
    last: float | None
    #: Eight weeks, oldest first; the last one is `value`.
    trend: tuple[float | None, ...]
    baseline: float | None
    target: float | None
    #: How many things the value was counted from; 0 where that says nothing.
    count: int

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a value, a target, or a direction."""
        if self.value is None or self.target is None or self.kpi.lower is None:
            return None
        return self.value <= self.target if self.kpi.lower else self.value >= self.target

    def better_than(self, other: float | None) -> bool | None:
        """Whether the value is better than the other; None when they are equal or cannot be compared."""
        if self.value is None or other is None or self.kpi.lower is None or shown(self.value) == shown(other):
            return None
        return (self.value < other) == self.kpi.lower

    @property
    def status(self) -> str:
        """In words, so that nothing hangs on a colour."""
        if self.value is None:
            return NONE
        if self.met is not None:
            return ON if self.met else OFF
        if self.baseline is None or self.kpi.lower is None:
            return ""
        return {True: BETTER, False: WORSE, None: SAME}[self.better_than(self.baseline)]

    @property
    def spark(self) -> str:
        """The trend as eight signs; `·` for a week without a number."""
        known = [value for value in self.trend if value is not None]
        low, top = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
        size = (top - low) or 1.0
        return "".join("·" if value is None else _BARS[min(7, int(7.99 * (value - low) / size))] for value in self.trend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One count, as the ledger keeps it between two."""

    at: datetime
    #: The last line of the audit trail that it knew.
    line: int
    week: Week
    #: KPI key → eight weeks, oldest first.
    trends: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    #: KPI key → its first full week.
    first: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As it is stored."""
        return dump([self.at.isoformat(), self.line, self.week.name, dict(self.trends), dict(self.first)])

    @classmethod
    def read(cls, text: str) -> "Kept | None":
        """The inverse of `text`; None where nothing is kept."""
        if not text:
            return None
        at, line, week, trends, first = load(text)
        shaped = {key: tuple(trend) for key, trend in trends.items()}
        return cls(at=datetime.fromisoformat(at), line=line, week=Week.read(week), trends=shaped, first=first)

    def scores(self, typed: Mapping[str, tuple[float | None, float | None]]) -> list[Score]:
        """The scores of its week against what is typed now."""
        return [
            _compared(kpi, self.trends[kpi.key], typed.get(kpi.key, (None, None)), self.first.get(kpi.key))
            for kpi in KPIS
            if kpi.key in self.trends
        ]


def keep(numbers: Numbers, week: Week, *, at: datetime, line: int) -> Kept:
    """What of a count the tab KPIs needs; `week` is the one in progress."""
    trends = {kpi.key: _trend(kpi, numbers, week) for kpi in KPIS}
    first = {kpi.key: _first_full(kpi, numbers, week) for kpi in KPIS}
    return Kept(at=at, line=line, week=week, trends=trends, first=first)


def score(numbers: Numbers, week: Week, typed: Mapping[str, tuple[float | None, float | None]], now: Week) -> list[Score]:
    """Every KPI as it was in that week; `now` is the week in progress."""
    return [
        _compared(
            kpi,
            _trend(kpi, numbers, week),
            typed.get(kpi.key, (None, None)),
            _first_full(kpi, numbers, now),
            numbers.counts.get(kpi.key, {}).get(week.monday, 0),
        )
        for kpi in KPIS
    ]


def _compared(
    kpi: Kpi,
    trend: tuple[float | None, ...],
    typed: tuple[float | None, float | None],
    first: float | None,
    count: int = 0,
) -> Score:
    baseline, target = typed
    return Score(
        kpi=kpi,
        value=trend[-1],
        last=trend[-2],
        trend=trend,
        baseline=first if baseline is None else baseline,
        target=kpi.target if target is None else target,
        count=count,
    )


def _trend(kpi: Kpi, numbers: Numbers, week: Week) -> tuple[float | None, ...]:
    return tuple(_at(kpi, numbers, week.before(back)) for back in reversed(range(WEEKS)))


def _at(kpi: Kpi, numbers: Numbers, week: Week) -> float | None:
    value = numbers.values.get(kpi.key, {}).get(week.monday)
    if value is None:
        return kpi.empty if numbers.first and week >= numbers.first else None
    return round(float(value), 4)


def _first_full(kpi: Kpi, numbers: Numbers, now: Week) -> float | None:
    """The number of the first full week that has one."""
    if numbers.first is None:
        return None
    week = numbers.first if numbers.from_monday else numbers.first.before(-1)
    known = {**dict.fromkeys([week.monday] if kpi.empty is not None else [], kpi.empty), **numbers.values.get(kpi.key, {})}
    over = sorted(monday for monday in known if week.monday <= monday < now.monday)
    value = known[over[0]] if over else None
    return None if value is None else round(float(value), 4)


def typed_in(snapshot: Snapshot | None) -> dict[str, tuple[float | None, float | None]]:
    """KPI key → (Baseline, Target) as the owner typed them in the tab KPIs; what is no number counts as blank."""
    tab = snapshot.tab(tabs.KPIS.name) if snapshot else None
    known = {kpi.name.casefold(): kpi for kpi in KPIS}
    rows = ((known.get(row.text("KPI").casefold()), row) for row in (tab.rows if tab else ()))
    return {kpi.key: (_number(row.get("Baseline"), kpi), _number(row.get("Target"), kpi)) for kpi, row in rows if kpi}


def _number(value: Value, kpi: Kpi) -> float | None:
    if isinstance(value, str):
        try:
            return float(value.removesuffix(kpi.unit).replace(",", "").strip())
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) * (100 if 0 < value <= kpi.fraction else 1)


def last_full(now: datetime, zone: tzinfo) -> Week:
    """The newest week that is over."""
    return Week.of(now, zone).before()


def shown(value: float) -> float:
    """As it is shown: one digit behind the point, two for what is below one."""
    return round(value, 1 if abs(value) >= 1 else 2)
