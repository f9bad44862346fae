"""The four numbers of the report.

Invariant: pure; the first four KPIs of `TILES` that have a number in the last eight weeks.
"""

from runner.rules.kpi.definitions import CASH_LAG, FAILURES, FAILURES_CRITICAL, HOURS_RETURNED, LEAD_RESPONSE, TILES, Kpi
from runner.rules.kpi.score import NONE, Score
from runner.rules.weekly.letter import Tile
from runner.rules.weekly.words import amount, change, many

_COUNTED: dict[Kpi, tuple[str, str]] = {
    LEAD_RESPONSE: ("median of ", "lead"),
    CASH_LAG: ("median of ", "invoice"),
    FAILURES: ("of ", "run"),
    FAILURES_CRITICAL: ("of ", "run"),
    HOURS_RETURNED: ("from ", "finished run"),
}


def chosen(scores: list[Score]) -> list[Score]:
    """The scores that become tiles."""
    by_key = {score.kpi.key: score for score in scores}
    known = [by_key[kpi.key] for kpi in TILES if any(value is not None for value in by_key[kpi.key].trend)]
    return known[:4]


def tile(score: Score) -> Tile:
    """The score in words and lengths."""
    kpi, trend = score.kpi, [value for value in score.trend if value is not None]
    top = max((abs(value) for value in trend), default=0.0) or 1.0
    before, one = _COUNTED.get(kpi, ("", ""))
    return Tile(
        name=kpi.name,
        value=NONE if score.value is None else amount(score.value, kpi),
        change=change(score),
        better=score.better_than(score.last),
        bars=tuple(None if value is None else max(0.0, value) / top for value in score.trend),
        spark=score.spark,
        was=f"was {amount(score.baseline, kpi)}" if score.baseline is not None else "",
        target=f"target {amount(score.target, kpi)}" if score.target is not None else "",
        status=score.status,
        met=score.met,
        way=_way(score),
        note=f"{before}{many(score.count, one)}" if score.count and one else "",
    )


def _way(score: Score) -> int | None:
    """How far the value has come from baseline to target, in percent."""
    if score.value is None or score.baseline is None or score.target is None or score.met is None:
        return None
    if score.met or score.baseline == score.target:
        return 100 if score.met else 0
    done = (score.baseline - score.value) / (score.baseline - score.target)
    return round(100 * min(1.0, max(0.0, done)))
