"""What the ledger holds, reduced to what the KPIs count: one line a run, one an answered question.

Invariant: pure; shadow runs are no facts.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from runner.model import Ask, AskKind, Contract, Run, RunState
from runner.rules.shadow import is_shadow
from runner.values import Value, name_key, show

_LEADS = ("lead", "enquir", "inquir")
_CRITICAL = ("P0", "P1")
#: Cancelled, or never begun: no verdict on the automation.
_NO_OUTCOME = (RunState.INVALID, RunState.CANCELLED)
#: How a question ends when a person has answered it.
_ANSWERED = ("approved", "rejected", "retried", "done", "failed", "undone", "closed", "settled")


class RunFact(NamedTuple):
    """One run."""

    run: str
    contract: str
    lead: bool
    critical: bool
    #: Minutes that it saved: 0 unless it is DONE.
    minutes: float
    started: datetime | None
    #: When its first effect outside began.
    acted: datetime | None
    due: datetime | None
    ended: datetime | None
    #: Of its first failure, else of its end; None while it has no outcome, or when it is none.
    outcome: datetime | None
    failed: bool
    cost: float


class AskFact(NamedTuple):
    """One question that a person has answered."""

    contract: str
    approval: bool
    rejected: bool
    asked: datetime | None
    answered: datetime


def run_facts(
    runs: Iterable[Run], asks: Iterable[Ask], contract_of: Callable[[Run], Contract], settings: Mapping[str, Value]
) -> list[RunFact]:
    """A line for each run; `contract_of` gives the contract that a run started with."""
    named = {name_key(name) for name in show(settings.get("lead_contracts")).replace("\n", ",").split(",") if name.strip()}
    failures = first_failures(asks)
    return [_fact(run, contract_of(run), failures.get(run.id), named) for run in runs if not is_shadow(run)]


def first_failures(asks: Iterable[Ask]) -> dict[str, datetime]:
    """Run → when it first came to Dead letters."""
    first: dict[str, datetime] = {}
    for ask in asks:
        if is_failure(ask) and ask.asked and (ask.run not in first or ask.asked < first[ask.run]):
            first[ask.run] = ask.asked
    return first


def is_failure(ask: Ask) -> bool:
    """Whether the question is a run in Dead letters; a hold asks about no single run."""
    return ask.kind is AskKind.DEAD_LETTER and bool(ask.run) and not ask.hold


def _fact(run: Run, contract: Contract, failed: datetime | None, named: set[str]) -> RunFact:
    outcome = None if run.state in _NO_OUTCOME else run.ended
    return RunFact(
        run=run.id,
        contract=run.contract,
        lead=_is_lead(contract, named),
        critical=contract.severity in _CRITICAL,
        minutes=contract.minutes_saved if run.state is RunState.DONE else 0.0,
        started=run.started,
        acted=run.acted,
        due=run.due,
        ended=run.ended,
        outcome=failed or outcome,
        failed=failed is not None,
        cost=cost_of(run),
    )


def _is_lead(contract: Contract, named: set[str]) -> bool:
    if named:
        return name_key(contract.name) in named
    return contract.trigger == "New row" and any(word in contract.tab.casefold() for word in _LEADS)


def cost_of(run: Run) -> float:
    """What its AI steps cost, tries that came to nothing included; what is not priced counts as 0."""
    return float(sum(run.spent.values()))


def ask_facts(asks: Iterable[Ask]) -> list[AskFact]:
    """A line for each approval and dead letter that somebody has answered."""
    return [
        AskFact(ask.contract, ask.kind is AskKind.APPROVAL, ask.state == "rejected", ask.asked, ask.answered)
        for ask in asks
        if ask.answered and ask.kind in (AskKind.APPROVAL, AskKind.DEAD_LETTER) and ask.state in _ANSWERED and not ask.hold
    ]
