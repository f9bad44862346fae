"""What the ledger holds, reduced to what the KPIs count: one line a run, one an answered question.

Invariant: pure; a line holds no text that a person wrote but the names of run and contract.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from runner.model import Ask, AskKind, Contract, Run, RunState
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


def run_fact(settings: Mapping[str, Value]) -> Callable[[Run, Contract, datetime | None], RunFact]:
    """(run, the contract that it started with, when it first came to Dead letters) → its line."""
    named = {name_key(name) for name in show(settings.get("lead_contracts")).replace("\n", ",").split(",") if name.strip()}
    leads: dict[tuple[str, str, str], bool] = {}

    def fact(run: Run, contract: Contract, failed: datetime | None) -> RunFact:
        about = (contract.name, contract.trigger, contract.tab)
        if about not in leads:
            leads[about] = _is_lead(contract, named)
        return _fact(run, contract, failed, lead=leads[about])

    return fact


def note_failure(ask: Ask, first: dict[str, datetime]) -> None:
    """Run → when it first came to Dead letters: what the question adds to that."""
    if is_failure(ask) and ask.asked and (ask.run not in first or ask.asked < first[ask.run]):
        first[ask.run] = ask.asked


def is_failure(ask: Ask) -> bool:
    """Whether the question is a run in Dead letters; a hold asks about no single run."""
    return ask.kind is AskKind.DEAD_LETTER and bool(ask.run) and not ask.hold


def _fact(run: Run, contract: Contract, failed: datetime | None, *, lead: bool) -> RunFact:
    outcome = None if run.state in _NO_OUTCOME else run.ended
    return RunFact(
        run=run.id,
        contract=run.contract,
        lead=lead,
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


def ask_fact(ask: Ask) -> AskFact | None:
    """Its line, for an approval or dead letter that somebody has answered."""
    counts = ask.kind in (AskKind.APPROVAL, AskKind.DEAD_LETTER) and ask.state in _ANSWERED and not ask.hold
    if not (counts and ask.answered):
        return None
    return AskFact(ask.contract, ask.kind is AskKind.APPROVAL, ask.state == "rejected", ask.asked, ask.answered)
