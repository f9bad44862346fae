"""Counts what the ledger holds: the KPIs of every week.

Invariant: asks the ledger, not the books, so that what was archived counts; nothing is written. Of what is long over only a line of
numbers stays in memory, however many years there are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import TypeAlias

from runner.model import Ask, Contract, Run, Snapshot
from runner.ports import Ledger
from runner.rules.calendar import read_calendar
from runner.rules.kpi.calculate import Facts, Numbers, calculate
from runner.rules.kpi.facts import AskFact, RunFact, ask_fact, note_failure, run_fact
from runner.rules.kpi.invoices import paid_invoices
from runner.rules.kpi.response_hours import response_hours
from runner.rules.own import is_own
from runner.rules.plan import thaw
from runner.rules.shadow import is_shadow
from runner.values import Value, is_blank

#: From when, and until just before when.
Span: TypeAlias = tuple[datetime, datetime]
#: Settings: minutes that an answer takes a person, where nothing else is said.
PER_APPROVAL, PER_DEAD_LETTER = 2.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The numbers, and of the runs and questions that they were counted from those that somebody wanted."""

    numbers: Numbers
    #: How many runs were counted. Rowpact's own are not; questions about those need somebody all the same.
    count: int
    #: Those that are open, and those to which something happened in the span that was asked for.
    runs: Mapping[str, Run]
    asks: list[Ask]
    #: Run → when it first came to Dead letters, of all runs.
    failures: Mapping[str, datetime]
    #: Run → the contract that it started with.
    contracts: Mapping[str, Contract]
    minutes: tuple[float, float]


def measure(
    ledger: Ledger,
    snapshot: Snapshot | None,
    settings: Mapping[str, Value],
    zone: tzinfo,
    now: datetime,
    wanted: Span | None = None,
) -> Measured:
    """Everything there ever was, counted; `wanted`: from when to when what happened is kept, besides what is open."""
    asked, asks, failures = _questions(ledger, wanted)
    facts, runs, contracts = _runs(ledger, settings, failures, wanted, {ask.run for ask in asks})
    minutes = (
        _minutes(settings.get("minutes_per_approval"), PER_APPROVAL),
        _minutes(settings.get("minutes_per_dead_letter"), PER_DEAD_LETTER),
    )
    numbers = calculate(
        Facts(
            runs=facts,
            asks=asked,
            invoices=paid_invoices(snapshot, settings),
            zone=zone,
            now=now,
            minutes_per_approval=minutes[0],
            minutes_per_dead_letter=minutes[1],
            hours=response_hours(settings),
            free=read_calendar(settings).free,
        )
    )
    return Measured(
        numbers=numbers, count=len(facts), runs=runs, asks=asks, failures=failures, contracts=contracts, minutes=minutes
    )


def _questions(ledger: Ledger, wanted: Span | None) -> tuple[list[AskFact], list[Ask], dict[str, datetime]]:
    """What is counted of them, those that are kept, and run → when it first came to Dead letters; one at a time in memory."""
    facts: list[AskFact] = []
    kept: list[Ask] = []
    failures: dict[str, datetime] = {}
    for ask in ledger.all_asks():
        if is_shadow(ask):
            continue
        note_failure(ask, failures)
        if not is_own(ask.contract) and (fact := ask_fact(ask)):
            facts.append(fact)
        if ask.state == "open" or within(wanted, ask.asked, ask.answered):
            kept.append(ask)
    return facts, kept, failures


def _runs(
    ledger: Ledger, settings: Mapping[str, Value], failures: Mapping[str, datetime], wanted: Span | None, asked: set[str]
) -> tuple[list[RunFact], dict[str, Run], dict[str, Contract]]:
    """What is counted of them, those that are kept, and the contracts of those; one at a time in memory."""
    contract_of, fact_of = _contracts(ledger), run_fact(settings)
    facts: list[RunFact] = []
    kept: dict[str, Run] = {}
    contracts: dict[str, Contract] = {}
    for run in ledger.all_runs():
        if is_shadow(run) or is_own(run.contract):
            continue
        contract, failed = contract_of(run.plan) or Contract(name=run.contract), failures.get(run.id)
        facts.append(fact_of(run, contract, failed))
        if not run.state.ended or run.id in asked or within(wanted, run.started, run.ended):
            kept[run.id], contracts[run.id] = run, contract
    return facts, kept, contracts


def within(span: Span | None, *moments: datetime | None) -> bool:
    """Whether any of the moments is in the span; never where there is none."""
    return span is not None and any(moment is not None and span[0] <= moment < span[1] for moment in moments)


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
