"""Counts the KPIs anew, so that the tab KPIs shows them: at most once an hour while something happens, and when a week ends.

Invariant: a workbook in which nothing happened wakes nobody but when a week ends; what was counted is kept in the ledger, so a
restart counts nothing twice. The first count comes with the first tick that has something to do an hour after the runner's first.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from runner.engine.measure import measure
from runner.engine.seen import Seen
from runner.ports import World
from runner.rules.kpi.score import Kept, keep
from runner.rules.kpi.weeks import Week

#: The note in the ledger that keeps the last count.
_KEPT = "kpis"
EVERY = timedelta(hours=1)


def appraise(world: World, seen: Seen, now: datetime) -> None:
    """Count if it is time to; `seen.counts_at` says when it will be."""
    line, week = world.ledger.head()[0], Week.of(now, world.zone)
    kept = Kept.read(world.ledger.note(_KEPT))
    if kept is None:
        kept = Kept(at=now, line=0, week=week)
        world.ledger.note(_KEPT, kept.text)
    if now >= _due(kept, line, world) or now < kept.at:
        try:
            measured = measure(world.ledger, seen.snapshot, seen.book.settings, world.zone, now)
            kept = keep(measured.numbers, week, at=now, line=line)
        except Exception as error:  # noqa: BLE001 - figures are no reason to leave work undone
            world.say(f"The KPIs could not be counted ({type(error).__name__}: {error}). They are tried again in an hour.")
            kept = replace(kept, at=now, line=line, week=week)
        world.ledger.note(_KEPT, kept.text)
    seen.kpis, seen.counts_at = kept, _due(kept, line, world) if kept.trends else None


def _due(kept: Kept, line: int, world: World) -> datetime:
    """When the next count is due: with news within the hour, else when the week ends."""
    end = kept.week.ends(world.zone)
    return min(kept.at + EVERY, end) if kept.line != line else end
