"""The circuit breaker: counts equal failures across ticks, and stops a contract with one question.

Invariant: a contract is stopped for exactly as long as its question is open.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from runner.engine.journal import Journal, mask
from runner.errors import RowpactError
from runner.events import EventKind
from runner.model import Ask, AskKind, HoldKind, Run
from runner.ports import Ledger
from runner.rules.breaker import EQUAL_FAILURES, Streak, failure_kind, longer, question
from runner.rules.own import is_own
from runner.rules.plan import Plan
from runner.rules.replay import whole
from runner.values import dump, load

#: Where the ledger keeps the streaks between ticks.
NOTE = "equal failures"


@dataclass(slots=True)
class Breaker:
    """The failures of all contracts, and which of them are stopped."""

    ledger: Ledger
    journal: Journal
    #: Contract, as its runs name it → the open question.
    stopped: dict[str, str] = field(default_factory=dict)
    streaks: dict[str, Streak] = field(default_factory=dict)
    _changed: bool = False

    @classmethod
    def of(cls, ledger: Ledger, journal: Journal) -> "Breaker":
        """As the ledger remembers it."""
        asks = (ask for ask in ledger.books.asks.values() if ask.hold == HoldKind.FAILURES and ask.state == "open")
        kept = load(ledger.note(NOTE) or "{}")
        streaks = {contract: Streak(**{**streak, "runs": tuple(streak["runs"])}) for contract, streak in kept.items()}
        return cls(ledger, journal, {ask.contract: ask.id for ask in asks}, streaks)

    def worked(self, run: Run, step: str) -> None:
        """The step did its work: what came before was no streak."""
        streak = self.streaks.get(run.contract)
        if streak and streak.step == step:
            del self.streaks[run.contract]
            self._changed = True

    def failed(self, run: Run, step: str, plan: Plan, error: RowpactError, now: datetime) -> None:
        """One more failure; the contract stops when they are too many."""
        if run.contract in self.stopped or is_own(run.contract):
            return
        streak = longer(self.streaks.get(run.contract), run.id, step, failure_kind(error))
        self.streaks[run.contract] = streak
        self._changed = True
        if streak.stops:
            del self.streaks[run.contract]
            self._stop(run, step, plan, error, now)

    def remember(self) -> None:
        """For the next tick."""
        if self._changed:
            self.ledger.note(NOTE, dump({contract: asdict(streak) for contract, streak in self.streaks.items()}))
            self._changed = False

    def _stop(self, run: Run, step: str, plan: Plan, error: RowpactError, now: datetime) -> None:
        ask = Ask(
            id=self.ledger.next_id("A"),
            kind=AskKind.APPROVAL,
            hold=HoldKind.FAILURES,
            run="",
            contract=run.contract,
            step=step,
            what=question(run.contract, step, str(error)),
            risk=plan.contract.risk,
            severity=plan.contract.severity,
            owner=plan.contract.owner,
            asked=now,
        )
        self.stopped[run.contract] = ask.id
        detail = f"{EQUAL_FAILURES} equal failures at “{step}”: {mask(str(error), run, plan.contract)} Type RELEASE or SKIP."
        self.journal.note(EventKind.STOPPED, contract=run.contract, result=ask.id, detail=detail, ask=whole(ask))
