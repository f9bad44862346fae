"""When a step may act outside the workbook: within the contract's Hours, and no more often than its Limit says.

Invariant: pure. What is held back knows the moment at which it goes on; questions to people are not held back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from runner.model import Contract, Effect, Run, Step
from runner.ports import Action
from runner.rules import limit
from runner.rules.hours import opening, parse_hours
from runner.rules.limit import Turns, parse_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Nothing is wrong with the run, but the step may not act before this moment, or before this question is answered."""

    step: Step
    until: datetime | None = None
    ask: str = ""
    because: str
    #: The moment is the run's turn under the contract's Limit.
    turn: bool = False


@dataclass(slots=True, kw_only=True)
class Pace:
    """How often contracts have acted: the same for all runs of one tick."""

    #: Run id → run, as the ledger has them.
    runs: Mapping[str, Run] = field(default_factory=dict)
    _turns: dict[str, Turns] = field(default_factory=dict)

    def turns(self, contract: str, now: datetime) -> Turns:
        """The contract's; looked up in the runs once."""
        if contract not in self._turns:
            self._turns[contract] = Turns.of(contract, self.runs.values(), now)
        return self._turns[contract]

    def begins(self, run: Run, now: datetime) -> None:
        """The run acts outside; the first time counts."""
        if run.acted is None and run.contract in self._turns:
            self._turns[run.contract].begin(run, now)

    def waits(self, run: Run, move: Later) -> None:
        """The run has been told to wait."""
        if move.turn and move.until and run.contract in self._turns:
            self._turns[run.contract].give(run, move.until)


def outside(action: Action, effect: Effect) -> bool:
    """Whether the effect reaches beyond the workbook: a model that is asked for a text changes nothing there."""
    return effect.reaches_outside and not action.inline and not action.by_model


def held_back(step: Step, run: Run, contract: Contract, pace: Pace, now: datetime, zone: tzinfo) -> Later | None:
    """Why the step may not act outside now; None when it may."""
    if contract.hours:
        opens = opening(parse_hours(contract.hours), now.astimezone(zone))
        if opens:
            return Later(step=step, until=opens, because=f"waits for Hours: {contract.hours}")
    if contract.limit and run.acted is None:
        at = limit.turn(parse_limit(contract.limit), pace.turns(run.contract, now), run, now)
        if at:
            return Later(step=step, until=at, because=f"waits its turn: {contract.limit}", turn=True)
    return None
