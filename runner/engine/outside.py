"""Everything beyond this process, as a drill plays it: it answers, fails on demand, and counts what was done to it.

Invariant: no action's own `perform` is called unless it only computes or touches the drill's workbook.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Any, NoReturn

from runner.errors import ActionFailed, ActionInDoubt, RowpactError
from runner.model import Effect
from runner.ports import Action, Call, Done, Fault, Outcome
from runner.rules.drill import Deed, Trial
from runner.rules.plan import Plan
from runner.rules.sample import believable
from runner.rules.shadow import placeholders
from runner.rules.stage import texts_of
from runner.values import name_key


class Killed(BaseException):
    """The process dies here. Nothing catches it, as nothing catches a power cut."""


@dataclass(slots=True)
class Outside:
    """The other side of every action during one drill."""

    contract: str = ""
    #: `name_key` of the step that is drilled, and what goes wrong there.
    step: str = ""
    trial: Trial | None = None
    #: What was done, and how often.
    deeds: dict[Deed, int] = field(default_factory=dict)
    #: `name_key` of every step of the contract that was carried out or tried.
    reached: set[str] = field(default_factory=set)
    #: The failure has happened at least once.
    struck: bool = False
    #: The failure is over: the service is back, the computer is on again.
    over: bool = False
    #: How often the process has died: what a dead one still had under way never happens.
    _deaths: int = 0
    _one_at_a_time: Lock = field(default_factory=Lock)

    def around(self, actions: Mapping[str, Action]) -> dict[str, Action]:
        """The actions with this in place of what they reach, for a process that starts now; nobody is asked what did happen."""
        born = self._deaths
        return {
            name: replace(action, perform=partial(self.perform, born, action), probe=None, scout=lambda _settings: None)
            for name, action in actions.items()
        }

    def perform(self, born: int, action: Action, request: Mapping[str, Any], call: Call) -> Outcome:
        """What the action would give; raises what it would raise, or `Killed`."""
        with self._one_at_a_time:
            if born != self._deaths:
                raise Killed
            return self._performed(action, request, call)

    def _performed(self, action: Action, request: Mapping[str, Any], call: Call) -> Outcome:
        ours = call.contract == self.contract
        if ours:
            self.reached.add(name_key(call.step))
        drilled = ours and not self.over and name_key(call.step) == self.step and self.trial is not None
        self.struck = self.struck or drilled
        if drilled and self.trial is Trial.KILLED_BEFORE:
            self._die()
        outcome = self._answer(action, request, call, self.trial.fault if drilled and self.trial else None)
        if drilled and self.trial is Trial.KILLED_AFTER:
            self._die()
        return outcome

    def _die(self) -> NoReturn:
        self.over = True
        self._deaths += 1
        raise Killed

    def _answer(self, action: Action, request: Mapping[str, Any], call: Call, fault: Fault | None) -> Outcome:
        if action.inline:
            if fault and action.name != "task":  # a task is refused by the person who should do it
                raise ActionFailed(
                    "The tab or the row that this step needs is not there. Put it back, then type RETRY.", permanent=True
                )
            return action.perform(request, call)
        try:
            outcome = action.other_side.answer(request, call, fault) if action.other_side else _by_class(action, call, fault)
        except RowpactError as error:
            if _perhaps_done(error, fault):
                self._count(action, request, call)
            raise
        self._count(action, request, call)
        return replace(outcome, result=_results(action, outcome, call))

    def _count(self, action: Action, request: Mapping[str, Any], call: Call) -> None:
        """The other side does it, each time anew if that is its way."""
        deed = (call.contract, call.step, call.key)
        counts = action.other_side.counts(request) if action.other_side else _effect(action, call) is Effect.ONCE
        self.deeds[deed] = self.deeds.get(deed, 0) + 1 if counts else 1


def _perhaps_done(error: RowpactError, fault: Fault | None) -> bool:
    """The worst case: what may have been done was done."""
    lost = fault in (Fault.TIMEOUT, Fault.SERVER_ERROR) and not getattr(error, "permanent", True)
    return isinstance(error, ActionInDoubt) or lost


def _effect(action: Action, call: Call) -> Effect:
    contract = call.book.contracts.get(call.contract)
    step = contract.step(call.step) if contract else None
    return action.effect(step.settings if step else {})


def _by_class(action: Action, call: Call, fault: Fault | None) -> Done:
    """For an action that does not say how its other side fails."""
    match fault:
        case None | Fault.MALFORMED:
            return Done()
        case Fault.TIMEOUT | Fault.SERVER_ERROR:
            message = f"{action.name}: no good answer came ({fault})."
            raise ActionFailed(message) if _effect(action, call).may_repeat else ActionInDoubt(f"{message} It may have been done.")
        case Fault.TOO_MANY:
            raise ActionFailed(f"{action.name}: too much was asked at once. It was not done.")
        case Fault.REFUSED:
            raise ActionFailed(f"{action.name}: it was refused. Correct the step, then type RETRY.", permanent=True)


def _results(action: Action, outcome: Done, call: Call) -> dict[str, Any]:
    """What the other side gave, with everything that later cells name of it."""
    contract = call.book.contracts.get(call.contract)
    step = contract.step(call.step) if contract else None
    if contract is None or step is None:
        return dict(outcome.result)
    named = placeholders(step, action, Plan(contract=contract, templates=call.book.templates))
    today = call.now.astimezone(call.zone).date()
    made = believable(named, step.name, texts_of(contract), call.book.settings, today)
    given = {name: value for name, value in outcome.result.items() if not (isinstance(made.get(name), dict) and value == {})}
    return {**made, **given}
