"""`Limit`: how many runs of a contract may begin to act in any stretch of time, and when the next one may.

Invariant: pure. In no stretch of the limit's length do more runs begin than it says; each run that has to wait knows its time.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from runner.model import Run
from runner.rules.literals import Unclear

#: Turns are given so much apart from those before them that a runner which wakes a little late keeps them.
SLACK = timedelta(seconds=1)
_LIMIT = re.compile(r"(?:at most\s+)?(\d{1,9})\s*(?:per|a|an|/|every)\s*(minute|hour|day|week)s?", re.IGNORECASE)
_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many in any stretch of this length."""

    count: int
    length: timedelta


@dataclass(slots=True, kw_only=True)
class Turns:
    """When runs of one contract began to act, and when those that wait may begin; both in order."""

    begun: list[datetime] = field(default_factory=list)
    given: list[datetime] = field(default_factory=list)

    @classmethod
    def of(cls, contract: str, runs: Iterable[Run], now: datetime) -> "Turns":
        """As the ledger knows them. A turn that was missed is void: its run is given another."""
        own = [run for run in runs if run.contract == contract]
        given = (run.turn for run in own if run.turn and run.turn > now and run.acted is None and not run.state.ended)
        return cls(begun=sorted(run.acted for run in own if run.acted), given=sorted(given))

    def begin(self, run: Run, now: datetime) -> None:
        """The run acts for the first time."""
        self.let_go(run)
        insort(self.begun, now)

    def give(self, run: Run, at: datetime) -> None:
        """The run waits for this moment."""
        self.let_go(run)
        insort(self.given, at)

    def let_go(self, run: Run) -> None:
        """The turn that the run had is used or missed."""
        if run.turn in self.given:
            self.given.remove(run.turn)


@lru_cache(maxsize=256)
def parse_limit(text: str) -> Limit:
    """`30 per hour` → limit. Raises `Unclear` with a sentence."""
    match = _LIMIT.fullmatch(" ".join(text.split()))
    if match is None or not int(match[1]):
        raise Unclear(f"“{text[:40]}” is not a limit. Write for example 30 per hour, 5 per day, or 100 per week.")
    return Limit(count=int(match[1]), length=_LENGTHS[match[2].casefold()])


def turn(limit: Limit, turns: Turns, run: Run, now: datetime) -> datetime | None:
    """When the run may begin to act; None for now. Whoever has waited comes before those that have not."""
    recent = len(turns.begun) - bisect_right(turns.begun, now - limit.length)
    waiting = 0 if run.turn and run.turn <= now else len(turns.given)
    if recent + waiting < limit.count:
        return None
    last = sorted((*turns.begun[-limit.count :], *turns.given[-limit.count :]))[-limit.count]
    return max(last + limit.length, now) + SLACK
