"""Rebuilds a ledger that is gone – deleted, or left behind when the workbook was copied – from the workbook's own tabs.

Invariant: whatever stands in the sheet, a run that is taken from it has ended, waits for a person, or is in doubt. What was done is
known by its key and not done again; no number is given twice; one transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen, keep_plan, store
from runner.events import EventKind
from runner.model import Ask, AskKind, Contract, Event, Run, RunState, Snapshot, Step
from runner.ports import Ledger, World
from runner.rules import adoption
from runner.rules.adoption import OldAsk
from runner.rules.advance import AskFirst, advance
from runner.rules.answers import name_of
from runner.rules.desk import Desk
from runner.rules.plan import Plan, freeze, thaw
from runner.rules.replay import changes, whole

_PLACE = {AskKind.APPROVAL: "A", AskKind.DEAD_LETTER: "D", AskKind.TASK: "T"}
_VOID = "Void: the ledger was gone, so what was asked here is asked anew. See the newer row."


def adopt(world: World, seen: Seen, desk: Desk, journal: Journal, now: datetime) -> None:
    """When the ledger is new and the tab Runs is not: take over what the tabs tell, before anything is done."""
    if seen.snapshot is None or not _is_new(world.ledger):
        return
    runs = adoption.runs(seen.snapshot, seen.book, world.zone)
    archived = archived_runs(world, seen, runs)
    if not runs and not archived:
        return
    _begin(seen.snapshot, len(runs) + len(archived), journal)
    asks = adoption.asks(seen.snapshot, world.zone)
    adopter = Adopter(world, seen, desk, journal, Recorder(journal, now, seen.book), now)
    adopter.count(old.ask.id for olds in asks.values() for old in olds)
    for run in runs:
        adopter.take(run, asks.get(run.id, []))
    for run in archived:
        journal.start(EventKind.ADOPTED, run, Contract(name=run.contract), detail=f"{run.id} was {run.state} in the archive")
    journal.commit()
    taken = len(runs) + len(archived)
    world.say(f"The ledger was gone: {taken} runs were taken over from {world.workbook.name}, and nothing of theirs is done again.")


def _is_new(ledger: Ledger) -> bool:
    return not ledger.books.runs and next(iter(ledger.events(limit=1)), None) is None


def archived_runs(world: World, seen: Seen, runs: list[Run]) -> list[Run]:
    """Runs that ended long ago and left the workbook: their keys are still taken."""
    snapshot = world.archived()
    found = adoption.runs(snapshot, seen.book, world.zone) if snapshot else []
    numbers, keys = {run.id for run in runs}, {(run.contract, run.key) for run in runs}
    free = (run for run in found if run.id not in numbers and (run.contract, run.key) not in keys)
    return [replace(run, archived=True) for run in free if run.state.ended]


def _begin(snapshot: Snapshot, runs: int, journal: Journal) -> None:
    """The first line of the new trail: it names the last one of the old, and its number follows that one's."""
    seq, last_hash = adoption.last_line(snapshot)
    detail = (
        f"The ledger was gone; {runs} runs were taken over from the workbook. The trail before ended with line {seq}, hash "
        f"{last_hash or 'unknown'}. Runs that go on follow their contracts as they are now."
    )
    rows = [whole(named) for named in adoption.copies(snapshot)]
    journal.waiting.append(Event(kind=EventKind.ADOPTED, seq=seq + 1, detail=detail, data={"rows": rows}))  # type: ignore[dict-item]


@dataclass(slots=True)
class Adopter:
    """Takes runs over from the workbook, in one tick."""

    world: World
    seen: Seen
    desk: Desk
    journal: Journal
    record: Recorder
    now: datetime
    #: What had happened, as a sentence begins.
    lost: str = "The ledger was lost"
    #: Letter → the highest number that stands in the sheet.
    numbers: dict[str, int] = field(default_factory=dict)
    #: What names it in the sheet → a question that the ledger knows.
    known: dict[tuple[str, ...], Ask] = field(default_factory=dict)

    def count(self, ids: Iterable[str]) -> None:
        """Numbers that stand in the sheet are not given again."""
        for letter, _, number in (each.partition("-") for each in ids if each):
            self.numbers[letter] = max(int(number), self.numbers.get(letter, 0))

    def take(self, run: Run, olds: list[OldAsk], old: Run | None = None) -> None:
        """The run with its questions, and what becomes of it; `old` as the ledger has it, if it does."""
        plan_name = old.plan if old else self._plan(run)
        plan = thaw(self.world.ledger.plan(plan_name))
        open_ask = next((one for one in reversed(olds) if one.open and _awaits(run, one.ask)), None)
        asks = [self._closed(one, one is open_ask) for one in olds]
        kept = next((ask for ask in asks if ask.state == "open"), None)
        # A question that is to be put anew is put by one of the two below; until then the run belongs to nobody.
        taken = replace(run, plan=plan_name, moment=self.now, ask=kept.id if kept else "")
        detail = f"{run.id} was {run.state} in the tab Runs"
        if old is None:
            taken = self.journal.start(EventKind.ADOPTED, taken, plan.contract, detail=detail, asks=[whole(ask) for ask in asks])
        else:
            facts = {"asks": [whole(ask) for ask in self._with_unseen(run, asks)], "effects": self._broken_off(run, bool(kept))}
            taken = self.journal.change(EventKind.ADOPTED, old, taken, plan.contract, detail=detail, data=facts)
        if run.state.ended or kept:
            return
        if run.state is RunState.AWAITING_APPROVAL and self._ask_anew(taken, plan):
            return
        self._park(taken, plan)

    def _plan(self, run: Run) -> str:
        """The contract as it is now; for one that is gone, a plan that can do nothing."""
        if run.contract in self.seen.book.contracts:
            return keep_plan(run.contract, self.seen.book, self.world.ledger)
        return store(freeze(Contract(name=run.contract, steps=(Step(name=run.step or "?", action=""),)), {}), self.world.ledger)

    def name(self, ask: Ask) -> tuple[str, ...]:
        """What names the question in the sheet."""
        return name_of(ask, self.world.zone)

    def _closed(self, old: OldAsk, stays_open: bool) -> Ask:  # noqa: FBT001
        known = self.known.get(self.name(old.ask))
        if known and known.state != "open":
            return known
        ask = known or (old.ask if old.ask.id else replace(old.ask, id=self.fresh(_PLACE[old.ask.kind])))
        if stays_open:
            return replace(ask, state="open")
        result = old.ask.result or ask.result
        return replace(ask, state=old.ask.state, result=result) if old.ask.result else replace(ask, state="void", result=_VOID)

    def _with_unseen(self, run: Run, asks: list[Ask]) -> list[Ask]:
        """With the run's open questions that the sheet does not show: they are asked no more."""
        shown = {ask.id for ask in asks}
        unseen = (ask for ask in self.known.values() if ask.run == run.id and ask.state == "open" and ask.id not in shown)
        return [*asks, *(replace(ask, state="void", result=_VOID) for ask in unseen)]

    def _broken_off(self, run: Run, waits: bool) -> list[dict[str, Any]]:  # noqa: FBT001
        """The run's effects that the ledger believes under way; `waits`: one that waits for a person goes on waiting."""
        open_ = ("begun",) if waits else ("begun", "waiting")
        found = [effect for effect in self.world.ledger.books.effects.values() if effect.run == run.id and effect.state in open_]
        return [changes(effect, replace(effect, state="in doubt", ended=self.now, error=f"{self.lost}.")) for effect in found]

    def _ask_anew(self, run: Run, plan: Plan) -> bool:
        """Put the question that the contract asks now, if it asks one."""
        move = advance(replace(run, state=RunState.RUNNING), plan, self.desk)
        if isinstance(move, AskFirst):
            self.record.ask_first(run, move, plan, self.fresh("A"))
        return isinstance(move, AskFirst)

    def _park(self, run: Run, plan: Plan) -> None:
        """Into Dead letters: only a person can say what had happened."""
        step = plan.contract.step(run.step) or Step(name=run.step, action="")
        if run.state in _MAY_HAVE_ACTED and not self._may_repeat(step):
            because = (
                f"{self.lost} while this run was {run.state}, so “{step.name}”, or what follows it, may or may not have been done."
            )
            self.record.park(
                run, step, plan, f"{because} Find out, then type DONE or RETRY.", RunState.IN_DOUBT, self.fresh("D"), ""
            )
            return
        because = f"{self.lost} while this run was {run.state}. RETRY goes on with “{step.name}”, CLOSE leaves it."
        self.record.park(run, step, plan, because, RunState.DEAD_LETTER, self.fresh("D"), "")

    def _may_repeat(self, step: Step) -> bool:
        action = self.desk.actions.get(step.action)
        return action is not None and action.effect(step.settings).may_repeat

    def fresh(self, letter: str) -> str:
        """The next number that stands nowhere in the sheet."""
        while True:
            name = self.world.ledger.next_id(letter)
            if int(name.partition("-")[2]) > self.numbers.get(letter, 0):
                return name


_MAY_HAVE_ACTED = (RunState.RUNNING, RunState.RETRYING, RunState.ROLLING_BACK, RunState.IN_DOUBT)
_ASKS = {
    AskKind.TASK: (RunState.AWAITING_TASK,),
    AskKind.DEAD_LETTER: (RunState.DEAD_LETTER, RunState.IN_DOUBT),
    AskKind.APPROVAL: (),  # it is bound to an effect that only the ledger knew
}


def _awaits(run: Run, ask: Ask) -> bool:
    """Whether the run can go on waiting for the answer to this very row."""
    shows = ask.kind is not AskKind.DEAD_LETTER or ask.run_state == run.state.value
    return run.state in _ASKS[ask.kind] and shows
