"""The runner's cells of the tab KPIs.

Invariant: Baseline and Target are the owner's and are never among them.
"""

from collections.abc import Mapping

from runner.model import Snapshot
from runner.rules.kpi.score import Kept, Score, shown, typed_in
from runner.values import Value


def kpi_cells(kept: Kept, snapshot: Snapshot) -> dict[object, Mapping[str, Value]]:
    """KPI → its cells, header → value."""
    return {score.kpi.name: _cells(score) for score in kept.scores(typed_in(snapshot))}


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
