"""Counts what the ledger holds: the KPIs of every week.

Invariant: asks the ledger, not the books, so that what was archived counts; nothing is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache

from runner.model import Ask, Contract, Run, Snapshot
from runner.ports import Ledger
from runner.rules.calendar import read_calendar
from runner.rules.kpi.calculate import Facts, Numbers, calculate
from runner.rules.kpi.facts import ask_facts, run_facts
from runner.rules.kpi.invoices import paid_invoices
from runner.rules.kpi.response_hours import response_hours
from runner.rules.own import is_own
from runner.rules.plan import thaw
from runner.rules.shadow import is_shadow
from runner.values import Value, is_blank

#: Settings: minutes that an answer takes a person, where nothing else is said.
PER_APPROVAL, PER_DEAD_LETTER = 2.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The numbers, and the runs and questions that they were counted from."""

    numbers: Numbers
    #: Without Rowpact's own, of which nothing is counted; questions about those need somebody all the same.
    runs: Mapping[str, Run]
    asks: list[Ask]
    #: Run → the contract that it started with.
    contracts: Mapping[str, Contract]
    minutes: tuple[float, float]


def measure(ledger: Ledger, snapshot: Snapshot | None, settings: Mapping[str, Value], zone: tzinfo, now: datetime) -> Measured:
    """Everything there ever was, counted."""
    runs = {run.id: run for run in ledger.all_runs() if not (is_shadow(run) or is_own(run.contract))}
    asks = [ask for ask in ledger.all_asks() if not ask.run or ask.run in runs or is_own(ask.contract)]
    contract_of = _contracts(ledger)
    contracts = {run.id: contract_of(run.plan) or Contract(name=run.contract) for run in runs.values()}
    minutes = (
        _minutes(settings.get("minutes_per_approval"), PER_APPROVAL),
        _minutes(settings.get("minutes_per_dead_letter"), PER_DEAD_LETTER),
    )
    facts = Facts(
        runs=run_facts(runs.values(), asks, lambda run: contracts[run.id], settings),
        asks=ask_facts(ask for ask in asks if not is_own(ask.contract)),
        invoices=paid_invoices(snapshot, settings),
        zone=zone,
        now=now,
        minutes_per_approval=minutes[0],
        minutes_per_dead_letter=minutes[1],
        hours=response_hours(settings),
        free=read_calendar(settings).free,
    )
    return Measured(numbers=calculate(facts), runs=runs, asks=asks, contracts=contracts, minutes=minutes)


def _contracts(ledger: Ledger) -> Callable[[str], Contract | None]:
    """Digest → contract, each read once; None for one that the ledger does not hold, which must not stop the count."""

    @cache
    def contract_of(digest: str) -> Contract | None:
        try:
            return thaw(ledger.plan(digest)).contract
        except KeyError:
            return None

    return contract_of


def _minutes(value: Value, standard: float) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return float(value) if usable and not is_blank(value) else standard  # type: ignore[arg-type]
