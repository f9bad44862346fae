"""Carries out what people type into Runs: PAUSE, RESUME, RETRY, UNDO, CANCEL.

Invariant: a command is taken once, its answer is on disk together with what it did, and a run that it ends or turns round
leaves no question open.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runner.engine.answer import Clerk
from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen, plan_of
from runner.events import EventKind
from runner.model import Run, RunState
from runner.ports import World
from runner.rules import roll_back
from runner.rules.answers import SOMEONE, Answer
from runner.rules.commands import Command, commands, refusal
from runner.rules.desk import Desk
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan
from runner.rules.project import local
from runner.rules.replay import altered


def obey(world: World, seen: Seen, view: SheetView, desk: Desk, journal: Journal, now: datetime) -> None:
    """Carry every new command into the ledger, or say why it makes no sense."""
    if seen.snapshot is None:
        return
    clerk = Clerk(world, seen, view, desk, journal, Recorder(journal, now, seen.book), now)
    for given in commands(world.ledger.books.runs, seen.snapshot):
        _Order(given, clerk, plan_of(given.run, world.ledger)).carry_out()
    journal.commit()


@dataclass(frozen=True, slots=True)
class _Order:
    """One command to one run."""

    given: Command
    clerk: Clerk
    plan: Plan

    def carry_out(self) -> None:
        """What the word says, or a sentence that says why not."""
        run, word = self.given.run, self.given.word
        why_not = refusal(word, run) if word else ""
        if not word or why_not:
            self._answer(why_not, run, run)
            return
        match word:
            case "PAUSE":
                paused = altered(run, state=RunState.PAUSED, resumes=run.state.value, updated=self.clerk.now)
                self._answer(f"Paused, {self._moment()}. RESUME goes on.", run, paused)
            case "RESUME":
                on = altered(run, state=RunState(run.resumes), resumes="", updated=self.clerk.now)
                self._answer(f"It goes on, {self._moment()}.", run, on)
            case "RETRY":
                self._retry(run)
            case "UNDO":
                back = roll_back.begin(run, self.plan, f"{word} in {self.given.where}", self.clerk.now)
                self._answer(f"It is being reversed, {self._moment()}.", run, back, **self._left_open(run))
            case "CANCEL":
                ended = altered(
                    run, state=RunState.CANCELLED, resumes="", ask="", next_try=None, ended=self.clerk.now, updated=self.clerk.now
                )
                self._answer(f"Cancelled, {self._moment()}.{_what_stays(run, self.plan)}", run, ended, **self._left_open(run))

    def _retry(self, run: Run) -> None:
        ask = self.clerk.world.ledger.books.asks.get(run.ask)
        if run.state is RunState.INVALID:
            self._answer(f"The row was checked again, {self._moment()}; Error says what is still wrong.", run, run)
        elif run.state is RunState.DEAD_LETTER and ask:
            typed = Answer(ask=ask, word="RETRY", reason="", by="", note="", where=self.given.where)
            again = self.clerk.retry(typed, run, self.plan)
            self._answer(self.clerk.seen.replies.pop(ask.id, f"Tried again, {self._moment()}."), again, again)
        else:
            again = altered(run, state=run.under_way, next_try=None, updated=self.clerk.now)
            self._answer(f"Tried again, {self._moment()}.", run, again)

    def _left_open(self, run: Run) -> dict[str, Any]:
        """What is recorded about the question and the try that the run leaves behind."""
        ask = self.clerk.world.ledger.books.asks.get(run.ask)
        because = f"{self.given.word} in {self.given.where}, {self._moment()}."
        settled = self.clerk.settled(run, "failed")
        of_this_run = ask and ask.state == "open" and not ask.hold  # a hold is a question about other runs too
        return settled | self.clerk.withdraw(ask, because) if ask and of_this_run else settled

    def _answer(self, reply: str, old: Run, new: Run, **data: Any) -> None:
        noted = altered(new, command=self.given.word, reply=reply)
        detail = f"{self.given.where}: {reply}" if self.given.word else f"taken out of {self.given.where}"
        word = self.given.word[:40]
        self.clerk.journal.change(
            EventKind.COMMANDED, old, noted, self.plan.contract, result=word, who=SOMEONE, detail=detail, data=data
        )

    def _moment(self) -> str:
        return f"{local(self.clerk.now, self.clerk.world.zone):%Y-%m-%d %H:%M}"


def _what_stays(run: Run, plan: Plan) -> str:
    """What a person should know about a run that ends before its time."""
    if run.reverses:
        return f" Not reversed: {', '.join(run.undoing)}." if run.undoing else ""
    finished = roll_back.finished_steps(run, plan)
    return f" What is finished stays: {', '.join(reversed(finished))}. UNDO reverses it." if finished else ""
