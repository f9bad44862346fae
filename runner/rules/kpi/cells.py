"""The runner's cells of the tabs KPIs and KPI weeks.

Invariant: Baseline and Target are the owner's and are never among them.
"""

from collections.abc import Mapping

from runner.model import Snapshot
from runner.rules.kpi.definitions import KPIS
from runner.rules.kpi.score import WEEKS, Kept, Score, shown, typed_in
from runner.values import Value


def kpi_cells(kept: Kept, snapshot: Snapshot) -> dict[object, Mapping[str, Value]]:
    """KPI → its cells, header → value."""
    return {score.kpi.name: _cells(score) for score in kept.scores(typed_in(snapshot))}


def week_cells(kept: Kept) -> dict[object, Mapping[str, Value]]:
    """Weeks ago → the numbers of that week, header → value; the oldest first, as charts want them."""
    return {back: _week(kept, back) for back in reversed(range(WEEKS))}


def _week(kept: Kept, back: int) -> dict[str, Value]:
    monday = kept.week.before(back).monday
    numbers = {kpi.name: _number(kept.trends[kpi.key][-1 - back]) for kpi in KPIS if kpi.key in kept.trends}
    return {"Weeks ago": back, "Week": f"{monday.day} {monday:%b}", **numbers}


def _cells(score: Score) -> dict[str, Value]:
    return {
        "KPI": score.kpi.name,
        "Unit": score.kpi.unit,
        "This week": _number(score.value),
        "Last week": _number(score.last),
        "Trend": score.spark,
        "Status": score.status,
        "Meaning": score.kpi.meaning,
    }


def _number(value: float | None) -> float | None:
    return None if value is None else shown(value)
