"""Made-up facts for KPIs: a plain week that can be counted by hand, and thousands of runs drawn from a seed."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from runner.rules.kpi.calculate import Facts
from runner.rules.kpi.facts import AskFact, RunFact
from runner.rules.kpi.invoices import Invoice

CHICAGO = ZoneInfo("America/Chicago")
#: A Wednesday; its week is 2026-W47.
NOW = datetime(2026, 11, 18, 18, tzinfo=UTC)


def run(number: int, started: datetime, **fields: object) -> RunFact:
    """One run that has begun and not ended."""
    plain = {"contract": "Hello", "lead": True, "critical": True, "minutes": 0.0, "acted": None, "due": None, "ended": None}
    plain |= {"outcome": None, "failed": False, "cost": 0.0} | fields
    return RunFact(run=f"R-{number:04d}", started=started, **plain)  # type: ignore[arg-type]


def ask(answered: datetime, waited: timedelta, *, approval: bool = True, rejected: bool = False) -> AskFact:
    """One answered question."""
    return AskFact("Hello", approval, rejected, answered - waited, answered)


def drawn(count: int, seed: int = 7) -> Facts:
    """So many runs over a year, every third with a question, a tenth as many invoices."""
    dice = random.Random(seed)
    begin = NOW - timedelta(days=365)
    runs = [_drawn_run(number, begin, dice) for number in range(count)]
    asks = [
        ask(
            begin + timedelta(seconds=dice.randrange(365 * 86_400)),
            timedelta(seconds=dice.randrange(-100, 200_000)),
            approval=dice.random() < 0.7,
            rejected=dice.random() < 0.1,
        )
        for _ in range(count // 3)
    ]
    paid = [Invoice(date(2025, 11, 20) + timedelta(days=dice.randrange(360)), dice.randrange(90)) for _ in range(count // 10)]
    return Facts(runs=runs, asks=asks, invoices=paid, zone=CHICAGO, now=NOW)


def _drawn_run(number: int, begin: datetime, dice: random.Random) -> RunFact:
    started = begin + timedelta(seconds=dice.randrange(365 * 86_400))
    acted = started + timedelta(seconds=dice.randrange(-30, 90_000)) if dice.random() < 0.8 else None
    ended = started + timedelta(seconds=dice.randrange(200_000)) if dice.random() < 0.95 else None
    if ended and ended > NOW:
        ended = None
    failed = dice.random() < 0.05
    return run(
        number,
        started,
        lead=dice.random() < 0.4,
        critical=dice.random() < 0.5,
        minutes=dice.choice([0.0, 2.5, 10.0]) if ended else 0.0,
        acted=acted,
        due=started + timedelta(hours=1) if dice.random() < 0.7 else None,
        ended=ended,
        outcome=started + timedelta(minutes=3) if failed else ended,
        failed=failed,
        cost=dice.choice([0.0, 0.0, 0.013]),
    )
