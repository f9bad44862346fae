"""What paid steps have cost, and when a budget lets the next one begin.

Invariant: pure. A budget that is used up makes steps wait and fails none; it may be passed only by what was under way at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from runner.model import Run, Step
from runner.ports import Budget
from runner.rules.pace import Later
from runner.values import iso, utc

#: The ledger's note about what `rowpact ai replay` has spent: it counts against the budget as runs do, and no run has it.
OUTSIDE_RUNS = "spent by ai replay"
#: No budget looks back further than a month.
_KEPT = timedelta(days=40)
_AGAIN = {"day": "tomorrow", "week": "next week", "month": "next month"}
_NOW = {"day": "today's", "week": "this week's", "month": "this month's"}


@dataclass(slots=True, kw_only=True)
class Purse:
    """What all runs may spend together: the same for all runs of one tick."""

    #: Run id → run, as the ledger has them.
    runs: Mapping[str, Run] = field(default_factory=dict)
    budget: Budget | None = None
    #: Moment (ISO, UTC) → what was spent then by no run: see `OUTSIDE_RUNS`.
    besides: Mapping[str, Decimal] = field(default_factory=dict)
    #: Since when `_spent` counts; None before somebody asked.
    _since: datetime | None = None
    _spent: Decimal = Decimal()

    def held_back(self, step: Step, now: datetime, zone: tzinfo) -> Later | None:
        """Why the step may not cost anything now; None when it may."""
        if self.budget is None:
            return None
        begun, ends = stretch(self.budget.per, now, zone)
        if begun != self._since:  # looked up in the runs once
            self._since, self._spent = begun, spent(self.runs, begun) + since(self.besides, begun)
        if self._spent < self.budget.amount:
            return None
        per, of = self.budget.per, f"{self.budget.amount:f} {self.budget.currency}"
        because = f"waits for {_AGAIN[per]}: {_NOW[per]} AI budget of {of} is used up ({self._spent:.4f} {self.budget.currency})"
        return Later(step=step, until=ends, because=because)

    def pay(self, cost: Decimal) -> None:
        """A step of this tick has cost something."""
        self._spent += cost


def stretch(per: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Begin and end, in UTC, of the owner's day, week (from Monday) or month that `now` is in."""
    today = now.astimezone(zone).date()
    if per == "day":
        first, after = today, today + timedelta(days=1)
    elif per == "week":
        first = today - timedelta(days=today.weekday())
        after = first + timedelta(days=7)
    else:
        first = today.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return _midnight(first, zone), _midnight(after, zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def spent(runs: Mapping[str, Run], moment: datetime) -> Decimal:
    """What the runs have cost from that moment on."""
    return sum((since(run.spent, moment) for run in runs.values()), Decimal())


def since(costs: Mapping[str, Decimal], moment: datetime) -> Decimal:
    """What of these costs fell from that moment on."""
    edge = moment.isoformat()
    return sum((cost for at, cost in costs.items() if at >= edge), Decimal())


def cost_of(ending: object) -> Decimal:
    """What a try has cost, however it ended."""
    cost = getattr(ending, "cost", None)
    return cost if isinstance(cost, Decimal) else Decimal()


def after(run: Run, ending: object, now: datetime) -> Mapping[str, Decimal]:
    """`Run.spent` once a try has ended so."""
    cost = cost_of(ending)
    if not cost:
        return run.spent
    moment = iso(utc(now))
    return {**run.spent, moment: run.spent.get(moment, Decimal()) + cost}


def noted(note: str) -> Mapping[str, Decimal]:
    """What the note `OUTSIDE_RUNS` says: moment (ISO, UTC) → cost."""
    return {moment: Decimal(cost) for moment, cost in json.loads(note).items()} if note else {}


def with_cost(note: str, cost: Decimal, now: datetime) -> str:
    """The note with one more cost; what no budget asks for any more is dropped."""
    moment, edge = now.astimezone(UTC).isoformat(), (now.astimezone(UTC) - _KEPT).isoformat()
    costs = {at: each for at, each in noted(note).items() if at >= edge}
    costs[moment] = costs.get(moment, Decimal()) + cost
    return json.dumps({at: str(each) for at, each in costs.items()})
