"""What counts against a budget besides the runs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from runner.model import Run, Step
from runner.ports import Budget
from runner.rules.spending import Purse, noted, with_cost

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
STEP = Step(name="Draft", action="ai.write")


def test_costs_that_no_run_has_are_kept_with_their_moment_and_forgotten_when_no_budget_asks_for_them():
    note = with_cost("", Decimal("0.50"), NOW - timedelta(days=41))
    note = with_cost(note, Decimal("0.25"), NOW - timedelta(days=30))
    note = with_cost(with_cost(note, Decimal("0.10"), NOW), Decimal("0.05"), NOW)
    assert sorted(noted(note).values()) == [Decimal("0.15"), Decimal("0.25")]
    assert noted("") == {}


@pytest.mark.parametrize(("per", "waits"), [("day", False), ("week", False), ("month", True)])
def test_they_count_in_the_stretch_in_which_they_fell(per: str, waits: bool):
    besides = noted(with_cost("", Decimal(3), NOW - timedelta(days=10)))
    run = Run(id="R-0001", contract="Hello", key="ada", spent={NOW.isoformat(): Decimal(2)})
    purse = Purse(runs={run.id: run}, budget=Budget(amount=Decimal(5), currency="USD", per=per), besides=besides)
    assert (purse.held_back(STEP, NOW, UTC) is not None) == waits
    purse.pay(Decimal(3))
    assert purse.held_back(STEP, NOW, UTC) is not None
