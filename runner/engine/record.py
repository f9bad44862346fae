"""Turns every ending of a step, and every question, into the one record that is stored.

Invariant: each function adds to the journal and returns the run as it is now; none acts, none commits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runner.engine.journal import Journal
from runner.errors import RowpactError
from runner.events import EventKind, Settled
from runner.model import Ask, AskKind, Book, Edit, EffectRecord, Run, RunState, Step
from runner.ports import Done, Learned, NeedsPerson, Wait
from runner.rules import questions, roll_back, spending, taint
from runner.rules.advance import Act, AskFirst, End, Go, straight_on
from runner.rules.echo import traces
from runner.rules.failure import Park, Retry, RollBack, after_failure
from runner.rules.pace import Later
from runner.rules.plan import Plan
from runner.rules.project import said
from runner.rules.replay import altered, whole
from runner.rules.request import own_row
from runner.tabs import STATE
from runner.values import iso, name_key


@dataclass(slots=True)
class Recorder:
    """Writes what happens to runs, at one moment."""

    journal: Journal
    now: datetime
    book: Book

    # ------------------------------------------------------------------------------------------------- one try of a step

    def intent(self, run: Run, act: Act, plan: Plan) -> tuple[Run, EffectRecord]:
        """Before the effect: exactly what is about to happen."""
        effect = EffectRecord(
            run=run.id,
            step=act.step.name,
            attempt=run.attempts + 1,
            effect=act.effect,
            state="begun",
            key=act.key,
            digest=act.digest,
            request=act.request,
            by_model=act.by_model,
            kept_in=act.action.kept_in,
            begun=self.now,
        )
        begun = altered(
            run,
            state=run.under_way,
            step=act.step.name,
            tries=run.tries + 1,
            attempts=effect.attempt,
            next_try=None,
            acted=run.acted or (self.now if act.outside else None),
            updated=self.now,
        )
        detail = act.action.describe(act.request) + (f" ({act.because})" if act.because else "")
        run = self.journal.change(
            EventKind.INTENT, run, begun, plan.contract, attempt=effect.attempt, detail=detail, data={"effect": whole(effect)}
        )
        return run, effect

    def done(self, run: Run, effect: EffectRecord, plan: Plan, outcome: Done, result: str = "", **more: Any) -> Run:
        """After the effect: what it gave. Where it is plain what comes next, the run is there already."""
        then = straight_on(effect.step, run, plan)
        place = {"finished": "", "step": then, "moment": self.now, "approved": ""} if then else {"finished": effect.step}
        edits = [altered(edit, run=run.id) for edit in outcome.edits]
        finished = altered(
            run,
            state=run.under_way,
            results={**run.results, effect.step: dict(outcome.result)},
            output=dict(outcome.result),
            by_model=taint.after(run, effect),
            cleared=(*run.cleared, *outcome.cleared) if outcome.cleared else run.cleared,
            spent=spending.after(run, outcome, self.now),
            wrote={**run.wrote, **traces(plan.contract, edits)} if edits else run.wrote,
            tries=0,
            next_try=None,
            error="",
            ask="",
            updated=self.now,
            **place,
        )
        return self.journal.change(
            EventKind.RECEIPT,
            run,
            finished,
            plan.contract,
            step=effect.step,
            attempt=effect.attempt,
            result=result,
            detail=outcome.said or said(outcome.result),
            data={
                "effect": self._ended(effect, "done"),
                "edits": [whole(edit) for edit in edits],
                **taint.recorded(effect, edits),
                **more,
            },
        )

    def waits(self, run: Run, effect: EffectRecord, plan: Plan, outcome: Wait) -> Run:
        """The step is done at a later time."""
        waiting = altered(run, state=RunState.WAITING, next_try=outcome.until, updated=self.now)
        return self.journal.change(
            EventKind.WAITING,
            run,
            waiting,
            plan.contract,
            detail=outcome.because,
            data={"effect": self._ended(effect, "waiting")},
        )

    def anew(self, run: Run, effect: EffectRecord, plan: Plan, outcome: Learned) -> Run:
        """Nothing was done: the step is decided on anew. What was learned is progress, so tries before it no longer count."""
        before = altered(run, state=run.under_way, tries=0, updated=self.now)
        data = {"effect": self._ended(effect, "failed", outcome.because)}
        return self.journal.change(EventKind.RESUMED, run, before, plan.contract, detail=outcome.because, data=data)

    def needs_person(self, run: Run, effect: EffectRecord, plan: Plan, outcome: NeedsPerson, task: str) -> Run:
        """The step is done when a person says so."""
        ask = Ask(
            id=task,
            kind=AskKind.TASK,
            run=run.id,
            contract=run.contract,
            step=effect.step,
            what=outcome.what,
            owner=outcome.owner or run.owner,
            due=outcome.due,
            sop=outcome.sop,
            asked=self.now,
        )
        waiting = altered(run, state=RunState.AWAITING_TASK, ask=ask.id, updated=self.now)
        data = {"effect": self._ended(effect, "waiting"), "ask": whole(ask)}
        return self.journal.change(
            EventKind.ASKED,
            run,
            waiting,
            plan.contract,
            result=ask.id,
            detail=f"{ask.owner or 'somebody'} is to: {ask.what}",
            data=data,
        )

    def failed(self, run: Run, effect: EffectRecord, plan: Plan, error: RowpactError, **more: Any) -> Run:
        """It is certain that nothing happened: this says so; `refuse` says what becomes of the run."""
        noted = altered(run, error=str(error), ask="", spent=spending.after(run, error, self.now), updated=self.now)
        return self.journal.change(
            EventKind.FAILED,
            run,
            noted,
            plan.contract,
            attempt=effect.attempt,
            detail=str(error),
            data={"effect": self._ended(effect, "failed", str(error)), **more},
        )

    def interrupted(self, run: Run, effect: EffectRecord, plan: Plan, how: Settled, because: str) -> Run:
        """The try was cut off, and may be repeated: it does not count as one."""
        before = altered(run, state=run.under_way, tries=max(0, run.tries - 1), updated=self.now)
        words: dict[str, Any] = {"attempt": effect.attempt, "result": how.value, "detail": because}
        data = {"effect": self._ended(effect, "failed", because)}
        return self.journal.change(EventKind.FAILED, run, before, plan.contract, **words, data=data)

    def _ended(self, effect: EffectRecord, state: str, error: str = "") -> dict[str, Any]:
        names = {"run": effect.run, "step": effect.step, "attempt": effect.attempt}
        return {"state": state, "ended": iso(self.now), **({"error": error} if error != effect.error else {}), **names}

    # --------------------------------------------------------------------------------------------- what becomes of a run

    def refuse(self, run: Run, step: Step, plan: Plan, action: Any, error: RowpactError, dead_letter: str, payload: str) -> Run:
        """After a failure: another try, another step, or Dead letters."""
        match after_failure(step, run, plan, action, error, self.now):
            case Retry(at=at, because=because):
                later = altered(run, state=RunState.RETRYING, next_try=at, error=str(error), updated=self.now)
                return self.journal.change(EventKind.WAITING, run, later, plan.contract, detail=because)
            case Go() as move:
                return self.go(run, move, plan)
            case RollBack(because=because):
                back = roll_back.begin(run, plan, because, self.now)
                return self.journal.change(EventKind.UNDOING, run, back, plan.contract, step=step.name, detail=because)
            case Park(because=because):
                return self.park(run, step, plan, because, RunState.DEAD_LETTER, dead_letter, payload)

    def doubt(self, run: Run, effect: EffectRecord, plan: Plan, message: str, dead_letter: str, payload: str) -> Run:
        """Begun, end never seen, not safe to repeat: a person says which it was."""
        step = plan.contract.step(effect.step) or Step(name=effect.step, action="")
        noted = self.journal.change(
            EventKind.DOUBTED, run, altered(run, error=message), plan.contract, attempt=effect.attempt, detail=message,
            data={"effect": self._ended(effect, "in doubt", message)},
        )  # fmt: skip
        return self.park(noted, step, plan, message, RunState.IN_DOUBT, dead_letter, payload)

    def park(self, run: Run, step: Step, plan: Plan, because: str, state: RunState, dead_letter: str, payload: str) -> Run:
        """A row in Dead letters."""
        ask = Ask(
            id=dead_letter,
            kind=AskKind.DEAD_LETTER,
            run=run.id,
            contract=run.contract,
            step=step.name,
            what=because,
            run_state=state.value,
            severity="P0" if run.reverses else plan.contract.severity,
            payload=payload or said(run.input),
            tries=run.tries,
            owner=step.owner or run.owner,
            rollback_owner=run.rollback_owner,
            sop=self._sop(plan.contract.sop),
            asked=questions.failed_at(run, self.journal.ledger.books.asks.values(), self.now),
        )
        parked = altered(run, state=state, step=step.name, error=because, ask=ask.id, next_try=None, updated=self.now)
        return self.journal.change(
            EventKind.PARKED, run, parked, plan.contract, result=state.value, detail=because, data={"ask": whole(ask)}
        )

    def _sop(self, name: str) -> str:
        """The checklist itself: whoever has to act should not have to look for it."""
        return "\n".join([name, *(f"{number}. {line}" for number, line in enumerate(self.book.sops.get(name_key(name), ()), 1))])

    def later(self, run: Run, move: Later, plan: Plan) -> Run:
        """The step may not act yet."""
        waiting = altered(
            run,
            state=RunState.WAITING,
            step=move.step.name,
            next_try=move.until,
            ask=move.ask,
            error=move.because if move.ask else run.error,
            turn=move.until if move.turn else run.turn,
            updated=self.now,
        )
        return self.journal.change(EventKind.WAITING, run, waiting, plan.contract, detail=move.because)

    def ask_first(self, run: Run, move: AskFirst, plan: Plan, approval: str) -> Run:
        """A row in Approvals; nothing happens before it is answered."""
        ask = questions.approval(approval, run, move, self.book.settings, self.now)
        waiting = altered(run, state=RunState.AWAITING_APPROVAL, step=move.step.name, ask=ask.id, updated=self.now)
        detail = f"may this happen? ({move.because})"
        return self.journal.change(
            EventKind.ASKED, run, waiting, plan.contract, result=ask.id, detail=detail, data={"ask": whole(ask)}
        )

    def go(self, run: Run, move: Go, plan: Plan) -> Run:
        """On to another step."""
        kind = EventKind.SKIPPED if move.skipped else EventKind.ROUTED
        moved = altered(
            run,
            state=run.under_way,
            undoing=run.undoing if move.undoing is None else move.undoing,
            step=self._spelled(move.to, plan) or (move.to if move.undoing else ""),
            finished="",
            moment=self.now,
            tries=0,
            approved="",
            next_try=None,
            updated=self.now,
        )
        if not (move.because or move.set_state):
            # the next row of Steps is no news; it is recorded with whatever comes next
            return self.journal.along(run, moved)
        to = f" → {moved.step}" if moved.step and not move.skipped else ""
        return self.journal.change(
            kind, run, moved, plan.contract, step=run.finished or run.step, detail=f"{move.because}{to}",
            data=self._state(run, move.set_state),
        )  # fmt: skip

    def _spelled(self, name: str, plan: Plan) -> str:
        step = plan.contract.step(name)
        return step.name if step else ""

    def end(self, run: Run, move: End, plan: Plan) -> Run:
        """Nothing more to do."""
        ended = altered(
            run,
            state=move.state,
            step=run.finished or run.step,
            finished="",
            next_try=None,
            ask="",
            error=move.because if move.state is RunState.ROLLED_BACK else run.error,
            ended=self.now,
            updated=self.now,
        )
        state = move.set_state or (plan.contract.exit_state if move.state is RunState.DONE else "")
        return self.journal.change(
            EventKind.ENDED,
            run,
            ended,
            plan.contract,
            result=move.state.value,
            detail=move.because,
            data=self._state(run, state),
        )

    def _state(self, run: Run, state: str) -> dict[str, Any]:
        """The edit that writes the row's State."""
        return {"edits": [whole(state_edit(run, state))]} if state and run.tab else {}


def state_edit(run: Run, state: str) -> Edit:
    """The row's `State`, wherever the row is by then."""
    edit_id = f"{run.id}/state/{name_key(state)}/{run.attempts}"
    return Edit(id=edit_id, tab=run.tab, match=dict(own_row(run)), cells={STATE: state}, run=run.id)
