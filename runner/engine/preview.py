"""Carries a shadow run one move further: what it would do is said, and not done.

Invariant: nothing outside and no cell of the owner's changes; only what computes or reads the workbook is really carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.engine.briefing import call_for
from runner.engine.record import Recorder, state_edit
from runner.errors import RowpactError
from runner.events import EventKind
from runner.model import Edit, Effect, Run, RunState
from runner.ports import Done, World
from runner.rules.advance import Act, AskFirst, ByHand, End, Fail, Go, Move, advance
from runner.rules.desk import Desk
from runner.rules.overlay import SheetView
from runner.rules.pace import Later
from runner.rules.plan import Plan
from runner.rules.replay import altered, whole
from runner.rules.shadow import placeholders
from runner.rules.spending import Purse


@dataclass(frozen=True, slots=True)
class Preview:
    """The shadow runs of one tick, at one moment."""

    world: World
    view: SheetView
    desk: Desk
    record: Recorder
    #: Cells that it would write go into the ledger as if they were on their way, so that later steps see them: for a ledger that
    #: keeps nothing.
    lays_over: bool = False

    def take(self, run: Run, plan: Plan, move: Move) -> Run:
        """The run after the move."""
        match move:
            case Act():
                return self._act(run, plan, move)
            case AskFirst():
                approved = altered(run, step=move.step.name, approved=move.digest)
                return self._would(run, approved, plan, f"ask first ({move.because}): {move.what}")
            case Go():
                return self.record.go(self._state(run, plan, move.set_state), replace(move, set_state=""), plan)
            case End():
                state = move.set_state or (plan.contract.exit_state if move.state is RunState.DONE else "")
                return self._end(self._state(run, plan, state), plan, f"it would end {move.state}: {move.because}")
            case Later(because=because):
                waited = self._would(run, run, plan, f"wait: it {because}")
                at_once = replace(plan, contract=replace(plan.contract, hours="", limit=""))
                return self.take(waited, plan, advance(waited, at_once, replace(self.desk, purse=Purse())))
            case Fail(message=message):
                return self._end(run, plan, "it would stop at this step", error=message)
            case ByHand(step=step):  # a shadow never goes back: it has done nothing
                return self._end(run, plan, "it would stop at this step", error=f"“{step.name}” would be reversed by hand.")

    def _act(self, run: Run, plan: Plan, act: Act) -> Run:
        if act.effect is Effect.PURE or (act.action.inline and act.effect is Effect.READ):
            call = call_for(run, act.step, act.key, 1, self.world, self.desk.book, self.view, self.record.now)
            try:
                outcome = act.action.perform(act.request, call)
            except RowpactError as error:
                return self._end(run, plan, "it would stop at this step", error=str(error))
            if isinstance(outcome, Done):
                done = self._finished(run, act, dict(outcome.result))
                return self.record.journal.change(EventKind.RECEIPT, run, done, plan.contract, detail=outcome.said)
        return self._unseen(run, plan, act)

    def _unseen(self, run: Run, plan: Plan, act: Act) -> Run:
        """An effect: its results are made up, but for those that follow from the workbook alone."""
        results = placeholders(act.step, act.action, plan)
        edits: Sequence[Edit] = ()
        if self.lays_over and act.action.inline:
            call = call_for(run, act.step, act.key, 1, self.world, self.desk.book, self.view, self.record.now)
            try:
                outcome = act.action.perform(act.request, call)
            except RowpactError as error:
                return self._end(run, plan, "it would stop at this step", error=str(error))
            if isinstance(outcome, Done):
                results, edits = {**results, **outcome.result}, outcome.edits
        shown = altered(self._finished(run, act, results), attempts=run.attempts + 1)
        return self._would(run, shown, plan, act.action.describe(act.request), edits)

    def _finished(self, run: Run, act: Act, results: dict[str, object]) -> Run:
        return altered(
            run,
            step=act.step.name,
            finished=act.step.name,
            results={**run.results, act.step.name: results},
            output=results,
            updated=self.record.now,
        )

    def _state(self, run: Run, plan: Plan, state: str) -> Run:
        """Says which State the row would get."""
        if not state or not run.tab:
            return run
        shown = altered(run, attempts=run.attempts + 1)
        edits = (state_edit(run, state),) if self.lays_over else ()
        return self._would(run, shown, plan, f"set State to {state} in its row of {run.tab}", edits)

    def _would(self, old: Run, new: Run, plan: Plan, what: str, edits: Sequence[Edit] = ()) -> Run:
        data = {"edits": [whole(altered(edit, run=new.id)) for edit in edits]} if edits else {}
        detail = f"would: {what}"
        return self.record.journal.change(EventKind.SHADOW, old, new, plan.contract, result="not done", detail=detail, data=data)

    def _end(self, run: Run, plan: Plan, because: str, error: str = "") -> Run:
        ended = altered(
            run,
            state=RunState.DONE,
            step=run.finished or run.step,
            finished="",
            output={"shadow": f"{run.attempts} effect{'s' * (run.attempts != 1)} shown in Audit, none done"},
            error=error,
            ended=self.record.now,
            updated=self.record.now,
        )
        detail = f"{because}: {error}" if error else because
        return self.record.journal.change(EventKind.ENDED, run, ended, plan.contract, result="shadow", detail=detail)
