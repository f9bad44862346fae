"""Takes what people typed: approvals, dead letters, tasks; and asks anew when what was asked is no longer what would happen.

Invariant: a question is answered once; a void or expired one is never a yes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runner.engine import review
from runner.engine.hold import ask_again, decide_hold
from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen, keep_plan, plan_of
from runner.errors import ActionFailed
from runner.events import EventKind
from runner.model import Ask, AskKind, EffectRecord, Run, RunState
from runner.ports import World
from runner.rules import answers, four_eyes, roll_back
from runner.rules.advance import Act, AskFirst, advance
from runner.rules.desk import Desk
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan, thaw
from runner.rules.project import local
from runner.rules.replay import changes
from runner.rules.row_now import values_now
from runner.rules.tampered import misread

#: What is said to somebody who writes another text beside a question that is not about a text.
NOT_EDITABLE = (
    "Not approved yet: this cannot be edited here. Change the row or the template, and you are asked anew; or empty Edited text."
)


def answer(world: World, seen: Seen, view: SheetView, desk: Desk, journal: Journal, now: datetime) -> None:
    """Carry every answer that stands in the sheet into the ledger, then void and expire what no longer holds."""
    if seen.snapshot is None:
        return
    clerk = Clerk(world, seen, view, desk, journal, Recorder(journal, now, seen.book), now)
    open_asks = {ask.id: ask for ask in world.ledger.books.asks.values() if ask.state == "open"}
    rows = answers.rows_of(open_asks, seen.snapshot, world.zone)
    seen.replies = answers.contradictions(open_asks, seen.snapshot, world.zone) | answers.untrusted(open_asks, seen.snapshot)
    stale = {ask.id for ask in open_asks.values() if ask.kind is AskKind.APPROVAL and clerk.is_stale(ask)}
    for given in answers.answers(open_asks, rows):
        if given.ask.id in seen.replies.keys() | stale | seen.unasked:
            continue
        if because := misread(given, rows[given.ask.id], world.zone):
            clerk.reconsider(given.ask, because)
        elif given.ask.hold:
            decide_hold(given, clerk.record, world)
        else:
            clerk.take(given)
    for ask_id in stale:
        clerk.reconsider(open_asks[ask_id])
    for ask in filter(clerk.moved_on, open_asks.values()):
        run = world.ledger.books.runs[ask.run]
        data = clerk.withdraw(ask, f"{run.id} has moved on: it is {run.state}.")
        journal.change(EventKind.VOIDED, run, run, plan_of(run, world.ledger).contract, result=ask.id, detail="moved on", data=data)
    journal.commit()


@dataclass(slots=True)
class Clerk:
    """One tick's answers; each method that takes one returns the run as it is now."""

    world: World
    seen: Seen
    view: SheetView
    desk: Desk
    journal: Journal
    record: Recorder
    now: datetime

    # ------------------------------------------------------------------------------------------------- taking an answer

    def take(self, given: answers.Answer) -> None:
        """Carry one answer into the ledger; a paused run remembers it, and stays paused."""
        run = self.world.ledger.books.runs.get(given.ask.run)
        if run is not None and run.ask == given.ask.id:
            self._still_paused(run, self._taken(given, run, plan_of(run, self.world.ledger)))

    def _still_paused(self, run: Run, after: Run) -> None:
        if run.state is RunState.PAUSED and (after.state.goes_on or after.state is RunState.RETRYING):
            self.journal.along(after, replace(after, state=RunState.PAUSED, resumes=after.state.value))

    def _taken(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        match given.ask.kind, given.word:
            case AskKind.APPROVAL, "APPROVE":
                return self._approve(given, run, plan)
            case AskKind.APPROVAL, "REJECT" if run.reverses:
                return self._undo_rejected(given, run, plan)
            case AskKind.APPROVAL, "REJECT":
                rejected = replace(run, state=RunState.REJECTED, ask="", error=given.reason, ended=self.now, updated=self.now)
                return self.close(given, run, rejected, plan, "rejected", "Rejected")
            case AskKind.TASK, "DONE":
                return self._by_hand(given, run, plan, "done", "Done")
            case AskKind.TASK, "FAILED":
                return self._task_failed(given, run, plan)
            case AskKind.DEAD_LETTER, "DONE":
                return self._by_hand(given, run, plan, "done", "Done by hand")
            case AskKind.DEAD_LETTER, "RETRY":
                return self.retry(given, run, plan)
            case AskKind.DEAD_LETTER, "UNDO" if run.reverses:
                self.seen.replies[given.ask.id] = "It is being reversed already. Type RETRY, DONE or CLOSE."
            case AskKind.DEAD_LETTER, "UNDO":
                back = roll_back.begin(run, plan, f"UNDO by {given.by or answers.SOMEONE}: {run.error}", self.now)
                return self.close(given, run, back, plan, "undone", "Undo asked for")
            case AskKind.DEAD_LETTER, "CLOSE":
                closed = replace(run, state=RunState.CLOSED, ask="", ended=self.now, updated=self.now)
                return self.close(given, run, closed, plan, "closed", "Closed")
        return run

    def _approve(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        """A yes; under four eyes the first one is noted, and the second one decides."""
        ask = given.ask
        if given.edited and not ask.review:
            self.seen.replies[ask.id] = NOT_EDITABLE
            return run
        if ask.deciders > 1 or four_eyes.asked_of(run.contract, self.seen.book.settings):
            vote = four_eyes.vote(ask, given.by, run.owner)
            if vote.says:
                self.seen.replies[ask.id] = vote.says
                return run
            if not vote.enough:
                return self._first(given, run, plan)
            given = replace(given, by=vote.by)
        if ask.review:
            return review.let_pass(self, given, run, plan)
        approved = replace(run, state=run.under_way, approved=ask.digest, ask="", updated=self.now)
        return self.close(given, run, approved, plan, "approved", "Approved")

    def _first(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        moment = local(self.now, self.world.zone)
        result = f"1 of 2: approved by {given.by}, {moment:%Y-%m-%d %H:%M}. The second: your name over theirs in Decided by."
        noted = replace(given.ask, first_by=given.by, result=result)
        return self.journal.change(
            EventKind.ANSWERED,
            run,
            run,
            plan.contract,
            step=given.ask.step,
            result="APPROVE 1 of 2",
            who=given.by,
            detail=f"{given.word} in {given.where}",
            data={"ask": changes(given.ask, noted)},
        )

    def close(
        self, given: answers.Answer, old: Run, new: Run, plan: Plan, state: str, said: str, *, also: str = "", **more: Any
    ) -> Run:
        """The question is answered, and the run is as it is now."""
        ask, closed = given.ask, answers.closed(given, state, said, local(self.now, self.world.zone))
        closed = replace(closed, answered=self.now)
        detail = f"{given.word} in {given.where}" + (f": {given.reason}" if given.reason else "") + also
        data = {"ask": changes(ask, closed), **more}
        return self.journal.change(
            EventKind.ANSWERED, old, new, plan.contract, step=ask.step, result=given.word, who=closed.by, detail=detail, data=data
        )

    def _by_hand(self, given: answers.Answer, run: Run, plan: Plan, state: str, said: str) -> Run:
        """A person did the step, or knows that it happened: the run goes on behind it."""
        step = plan.contract.step(run.step)
        effect = self.effect_of(run)
        action = self.desk.actions.get(step.action) if step else None
        names = action.results_with(step.settings) or () if action and step else ()
        known = {name: effect.request[name] for name in names if name in effect.request} if effect else {}
        results = {**known, "done_by": given.by, "note": given.note}
        kept = run.finished or run.step in run.undoing[:1]
        on = replace(
            run,
            state=run.under_way,
            finished=run.finished or run.step,
            results=run.results if kept else {**run.results, run.step: results},
            ask="",
            error="",
            tries=0,
            updated=self.now,
        )
        return self.close(given, run, on, plan, state, said, **self.settled(run, "done"))

    def _task_failed(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        step = plan.contract.step(run.step)
        back = replace(run, state=run.under_way, ask="", updated=self.now)
        back = self.close(given, run, back, plan, "failed", "Failed", **self.settled(run, "failed"))
        if step is None:
            return back
        error = ActionFailed(f"{given.by or 'A person'} says that it failed. {given.reason or given.note}".strip(), permanent=True)
        return self.record.refuse(back, step, plan, None, error, self.world.ledger.next_id("D"), "")

    def _undo_rejected(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        """Somebody does not want this reversed in this way: a person settles it, and the rest is still to be reversed."""
        back = self.close(given, run, replace(run, state=run.under_way, ask="", updated=self.now), plan, "rejected", "Rejected")
        step = plan.contract.step(run.step)
        if step is None:
            return back
        because = f"Reversing was rejected. {given.reason} DONE goes on without it.".replace("  ", " ")
        return self.record.park(back, step, plan, because, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), given.ask.what)

    def retry(self, given: answers.Answer, run: Run, plan: Plan) -> Run:
        """Again from the failed step, with the row's values and the contract as they are now."""
        values, wrong = values_now(run, plan, self.view)
        if wrong:
            self.seen.replies[given.ask.id] = f"Not tried again yet: {wrong}"
            return run
        fresh = run.plan
        if run.contract in self.seen.book.contracts:
            candidate = keep_plan(run.contract, self.seen.book, self.world.ledger)
            contract = thaw(self.world.ledger.plan(candidate)).contract
            fresh = candidate if all(map(contract.step, (run.finished or run.step, *run.undoing[:1]))) else fresh
        again = replace(
            run,
            state=run.under_way,
            step=review.writer(self.effect_of(run), plan) or run.step,
            plan=fresh,
            input=values,
            moment=self.now,
            tries=0,
            next_try=None,
            ask="",
            error="",
            updated=self.now,
        )
        version = f" (contract {fresh[:8]})"
        return self.close(given, run, again, plan, "retried", "Tried again", also=version, **self.settled(run, "failed"))

    def effect_of(self, run: Run) -> EffectRecord | None:
        """The try that the question is about."""
        effects = [
            effect for effect in self.world.ledger.books.effects.values() if effect.run == run.id and effect.step == run.step
        ]
        return max(effects, key=lambda effect: effect.attempt, default=None)

    def settled(self, run: Run, state: str) -> dict[str, Any]:
        """What is recorded about a try whose end was not seen, when a person has said what became of it."""
        effect = self.effect_of(run)
        if effect is None or effect.state not in ("in doubt", "waiting", "begun"):
            return {}
        return {"effect": changes(effect, replace(effect, state=state, ended=self.now))}

    # ------------------------------------------------------------------------------------- questions that no longer hold

    def is_stale(self, ask: Ask) -> bool:
        """Expired, or asked about something that would no longer happen."""
        run = self.world.ledger.books.runs.get(ask.run)
        if run is None or run.ask != ask.id:
            return False
        return bool(ask.expires and ask.expires <= self.now) or not self._same(ask, run)

    def _same(self, ask: Ask, run: Run) -> bool:
        plan = plan_of(run, self.world.ledger)
        values, wrong = (run.input, "") if run.reverses else values_now(run, plan, self.view)
        move = advance(replace(run, input=values), plan, self.desk)
        return not wrong and isinstance(move, Act if ask.review else AskFirst) and move.digest == ask.digest

    def moved_on(self, ask: Ask) -> bool:
        """Whether its run has ended, or asks something else by now."""
        run = self.world.ledger.books.runs.get(ask.run)
        return run is not None and (run.state.ended or run.ask not in ("", ask.id))

    def withdraw(self, ask: Ask, because: str) -> dict[str, Any]:
        """What is recorded about a question that nobody has to answer any more."""
        return {"ask": changes(ask, replace(ask, state="void", result=f"No longer asked: {because}"))}

    def reconsider(self, ask: Ask, because: str = "the data changed, so something else would happen") -> None:
        """Close the question; the run goes on from its step with the row as it is now, and is asked anew if need be."""
        if ask.hold:
            ask_again(ask, because, self.record, self.world)
            return
        run = self.world.ledger.books.runs[ask.run]
        if run.ask != ask.id:
            return
        plan = plan_of(run, self.world.ledger)
        if ask.expires and ask.expires <= self.now:
            self._still_paused(run, self._expire(ask, run, plan))
            return
        values, wrong = (run.input, "") if run.reverses else values_now(run, plan, self.view)
        closed = replace(ask, state="void", result=f"Void: {because}. See the newer row.")
        on = replace(run, state=run.under_way, ask="", input=values, moment=self.now, updated=self.now)
        on = self.journal.change(
            EventKind.VOIDED, run, on, plan.contract, result=ask.id, detail=because, data={"ask": changes(ask, closed)}
        )
        step = plan.contract.step(run.step)
        if wrong and step:
            on = self.record.park(on, step, plan, wrong, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), "")
        self._still_paused(run, on)

    def _expire(self, ask: Ask, run: Run, plan: Plan) -> Run:
        closed = replace(ask, state="expired", result="Expired without an answer; nothing was done. See Dead letters.")
        on = replace(run, ask="", updated=self.now)
        on = self.journal.change(EventKind.EXPIRED, run, on, plan.contract, result=ask.id, data={"ask": changes(ask, closed)})
        step = plan.contract.step(run.step)
        if step is None:
            return on
        because = f"Nobody answered {ask.id} in time. RETRY asks again."
        return self.record.park(on, step, plan, because, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), ask.what)
