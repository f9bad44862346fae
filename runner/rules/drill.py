"""Which failures a contract is drilled with, and what their outcome proves.

Invariant: pure. An outcome is judged by what the other side counted and where the run stands, never by what we declare.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from runner.model import Contract, Effect, RunState, Step
from runner.ports import Action, Fault
from runner.values import name_key

#: What the ledger's note, and the row of the tab Runner, about it is called.
LAST_DRILL = "last drill"
#: What it says before there was one.
NEVER = "never"


class Trial(StrEnum):
    """What goes wrong in one drill."""

    TIMEOUT = "time-out"
    SERVER_ERROR = "500"
    TOO_MANY = "429"
    MALFORMED = "malformed answer"
    REFUSED = "refused"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    DUPLICATE = "duplicate trigger"
    LOCKED = "workbook locked"
    CLOCKS = "clock-change night"

    @property
    def fault(self) -> Fault | None:
        """What the other side does; None when it is not the other side that fails."""
        return Fault(self.value) if self.value in set(Fault) else None

    @property
    def kills(self) -> bool:
        """Whether the runner's process dies."""
        return self in (Trial.KILLED_BEFORE, Trial.KILLED_AFTER)


#: What one deed is known by: contract, step, idempotency key.
Deed = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What one drill, or the rehearsal without a failure, came to."""

    #: Where the run stood when it first needed somebody because of the failure; else where it ended.
    state: RunState | None
    #: Where it ended after the pretended owner had answered.
    final: RunState | None
    #: The tab and the cells of the row that the owner finds then; "" and nothing when nobody has to do anything.
    tab: str = ""
    row: Mapping[str, str] = field(default_factory=dict)
    #: The words that the row takes.
    words: tuple[str, ...] = ()
    #: Whom the row is shown to.
    people: tuple[str, ...] = ()
    tries: int = 0
    #: What else there is to say: that writes waited, or which night it was.
    said: str = ""
    #: What the other side counted; 1 each when all is well.
    deeds: Mapping[Deed, int] = field(default_factory=dict)
    #: Steps that were carried out or tried.
    reached: frozenset[str] = frozenset()
    #: Rows of data tabs at the end, and runs of the contract.
    rows: int = 0
    runs: int = 0
    #: The pretended owner did the step by hand.
    by_hand: bool = False
    #: More than one run is meant: a schedule that comes several times a day.
    often: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """One line of the table."""

    contract: str
    step: str
    action: str
    trial: Trial
    ending: Ending
    #: How the step was reached, where its row does not lead there; "" otherwise.
    way: str = ""
    #: Broken promises, each with what to mend.
    problems: tuple[str, ...] = ()

    @property
    def twice(self) -> bool:
        """Whether something went out twice."""
        return any(problem.startswith(_TWICE) for problem in self.problems)

    @property
    def lost(self) -> bool:
        """Whether a run, or its step, was lost."""
        return any(problem.startswith(_LOST) for problem in self.problems)


_TWICE, _LOST = "TWICE: ", "LOST: "


def trials_of(step: Step, action: Action | None) -> tuple[Trial, ...]:
    """What can go wrong at this step."""
    kills = (Trial.KILLED_BEFORE, Trial.KILLED_AFTER)
    if action is None:
        return ()
    if not action.inline and action.effect(step.settings) is not Effect.PURE:
        faults = action.other_side.faults if action.other_side else tuple(Fault)
        return (*(Trial(fault.value) for fault in faults), *kills)
    refuses = action.name == "task" or action.effect(step.settings) is not Effect.PURE
    return (Trial.REFUSED, *kills) if refuses else kills


def whole_trials(contract: Contract) -> tuple[Trial, ...]:
    """What can go wrong around the steps."""
    by_time = contract.trigger in ("Schedule", "Date due")
    return (Trial.DUPLICATE, Trial.LOCKED, *((Trial.CLOCKS,) if by_time else ()))


def judge(contract: Contract, step: Step | None, trial: Trial, ending: Ending, usual: Ending) -> tuple[str, ...]:
    """Every promise that was broken. `usual`: the same without a failure."""
    return tuple(_broken(contract, step, trial, ending, usual))


def _broken(contract: Contract, step: Step | None, trial: Trial, ending: Ending, usual: Ending) -> Iterator[str]:
    twice = sorted({name for (_, name, _), count in ending.deeds.items() if count > 1})
    if trial is Trial.DUPLICATE and sum(ending.deeds.values()) > sum(usual.deeds.values()):
        twice = twice or sorted({name for _, name, _ in ending.deeds})
    for name in twice:
        done = contract.step(name)
        where = f" ({done.address})" if done and done.address else ""
        yield f"{_TWICE}“{name}”{where} was done twice. Its action may not be repeated blindly."
    if ending.runs > usual.runs and not ending.often:
        yield f"{_TWICE}one event became {ending.runs} runs. Give “{contract.name}” a Dedupe key in Contracts."
    if ending.rows > usual.rows and ending.final is usual.final and trial is not Trial.DUPLICATE:
        yield f"{_TWICE}the workbook has {ending.rows - usual.rows} row more than without the failure."
    if ending.final is None:
        yield f"{_LOST}no run was left that could go on."
    elif not ending.final.ended:
        yield f"{_LOST}the run stands at {ending.final} and nothing moves it on."
    elif step and _left_out(step, ending, usual):
        yield f"{_LOST}“{step.name}” was never done, and nobody was told."
    if ending.words and not any(ending.people):
        yield f"Nobody is named to see it: fill in Owner beside “{contract.name}” in Contracts."


def _left_out(step: Step, ending: Ending, usual: Ending) -> bool:
    """The step should have been done again after the failure, and was not. Another On failure is the owner's own choice."""
    if step.on_failure != "dead letter" or ending.by_hand or ending.final is not RunState.DONE:
        return False
    ours, before = (any(name_key(name) == name_key(step.name) for _, name, _ in each.deeds) for each in (ending, usual))
    return before and not ours


def verdict(drilled: Sequence[Drilled], undrilled: Iterable[str] = ()) -> str:
    """The closing sentence. `undrilled`: contracts that could not be drilled."""
    left = len(list(undrilled))
    more = f" {_many(left, 'contract')} could not be drilled." if left else ""
    if not drilled:
        return f"Nothing was drilled.{more}"
    twice, lost = sum(one.twice for one in drilled), sum(one.lost for one in drilled)
    nobody = sum(bool(one.problems) and not one.twice and not one.lost for one in drilled)
    letters = sum(one.ending.state is RunState.DEAD_LETTER for one in drilled)
    doubts = sum(one.ending.state is RunState.IN_DOUBT for one in drilled)
    ends = (
        f"{letters} end{'s' * (letters == 1)} in Dead letters" if letters else "",
        f"{doubts} ask{'s' * (doubts == 1)} you whether it happened" if doubts else "",
        f"{nobody} would be seen by nobody" if nobody else "",
    )
    said = ", ".join(filter(None, ends))
    promise = f"{twice or 'none'} sent anything twice, {lost or 'none'} lost a run"
    return f"{_many(len(drilled), 'drill')}: {promise}{f'; {said}' if said else ''}.{more}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def found(one: Drilled) -> str:
    """Where the owner finds it and what to type; "nothing to do" and why, where that is so."""
    ending, trial = one.ending, one.trial
    if ending.words:
        *first, last = ending.words
        return f"{ending.tab}: type {', '.join(first)} or {last}"
    if trial is Trial.DUPLICATE:
        return "nothing to do: it is the same event, so nothing more happened"
    if trial is Trial.LOCKED:
        return "nothing to do: it went on, and was written once the workbook was closed"
    if trial is Trial.CLOCKS:
        times = "once" if ending.runs == 1 else f"{ending.runs} times"
        return f"nothing to do: on {ending.said}, it ran {times}"
    if trial.kills:
        return "nothing to do: it went on by itself"
    if trial is Trial.MALFORMED and ending.state is RunState.DONE:
        return "nothing to do: no later step needs that answer"
    if ending.state is RunState.DONE:
        return "nothing to do: it went on as its On failure says"
    if ending.state is RunState.ROLLED_BACK:
        return "nothing to do: what was done before is reversed"
    return f"the run is {ending.state}" if ending.state else "no run"


def sees(one: Drilled) -> str:
    """What stands there, for people who want to read it: the row's own words, or what `status` says meanwhile."""
    tries = f" (after {one.ending.tries} tries)" if one.ending.tries > 1 else ""
    return f"{one.ending.row.get('Error', '')}{tries}" if one.ending.words else one.ending.said if one.trial is Trial.LOCKED else ""
