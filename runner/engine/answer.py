"""Takes what people typed: approvals, dead letters, tasks; and asks anew when what was asked is no longer what would happen.

Invariant: a question is answered once; a void or expired one is never a yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import Seen, keep_plan, plan_of
from runner.errors import ActionFailed
from runner.events import EventKind
from runner.model import Ask, AskKind, EffectRecord, Row, Run, RunState
from runner.ports import World
from runner.rules import answers, fields, four_eyes, roll_back
from runner.rules.advance import AskFirst, Desk, advance, own_row
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan, thaw
from runner.rules.project import local
from runner.rules.replay import changes
from runner.values import Value


def answer(world: World, seen: Seen, view: SheetView, desk: Desk, journal: Journal, now: datetime) -> None:
    """Carry every answer that stands in the sheet into the ledger, then void and expire what no longer holds."""
    if seen.snapshot is None:
        return
    clerk = _Clerk(world, seen, view, desk, journal, Recorder(journal, now, seen.book), now)
    open_asks = {ask.id: ask for ask in world.ledger.books.asks.values() if ask.state == "open"}
    rows = answers.rows_of(open_asks, seen.snapshot, world.zone)
    seen.replies = {}
    stale = {ask.id for ask in open_asks.values() if ask.kind is AskKind.APPROVAL and clerk.is_stale(ask)}
    for given in answers.answers(open_asks, rows):
        if given.ask.id not in stale:
            clerk.take(given)
    for ask_id in stale:
        clerk.reconsider(open_asks[ask_id])
    journal.commit()


@dataclass(slots=True)
class _Clerk:
    """One tick's answers."""

    world: World
    seen: Seen
    view: SheetView
    desk: Desk
    journal: Journal
    record: Recorder
    now: datetime

    # ------------------------------------------------------------------------------------------------- taking an answer

    def take(self, given: answers.Answer) -> None:
        run = self.world.ledger.books.runs.get(given.ask.run)
        if run is None or run.ask != given.ask.id:
            return
        plan = plan_of(run, self.world.ledger)
        match given.ask.kind, given.word:
            case AskKind.APPROVAL, "APPROVE":
                self._approve(given, run, plan)
            case AskKind.APPROVAL, "REJECT" if run.reverses:
                self._undo_rejected(given, run, plan)
            case AskKind.APPROVAL, "REJECT":
                rejected = replace(run, state=RunState.REJECTED, ask="", error=given.reason, ended=self.now, updated=self.now)
                self._close(given, run, rejected, plan, "rejected", "Rejected")
            case AskKind.TASK, "DONE":
                self._by_hand(given, run, plan, "done", "Done")
            case AskKind.TASK, "FAILED":
                self._task_failed(given, run, plan)
            case AskKind.DEAD_LETTER, "DONE":
                self._by_hand(given, run, plan, "done", "Done by hand")
            case AskKind.DEAD_LETTER, "RETRY":
                self._retry(given, run, plan)
            case AskKind.DEAD_LETTER, "UNDO" if run.reverses:
                self.seen.replies[given.ask.id] = "It is being reversed already. Type RETRY, DONE or CLOSE."
            case AskKind.DEAD_LETTER, "UNDO":
                back = roll_back.begin(run, plan, f"UNDO by {given.by or self._nobody()}: {run.error}", self.now)
                self._close(given, run, back, plan, "undone", "Undo asked for")
            case AskKind.DEAD_LETTER, "CLOSE":
                closed = replace(run, state=RunState.CLOSED, ask="", ended=self.now, updated=self.now)
                self._close(given, run, closed, plan, "closed", "Closed")

    def _approve(self, given: answers.Answer, run: Run, plan: Plan) -> None:
        """A yes; under four eyes the first one is noted, and the second one decides."""
        ask = given.ask
        if ask.deciders > 1 or four_eyes.asked_of(run.contract, self.seen.book.settings):
            vote = four_eyes.vote(ask, given.by, run.owner)
            if vote.says:
                self.seen.replies[ask.id] = vote.says
                return
            if not vote.enough:
                self._first(given, run, plan)
                return
            given = replace(given, by=vote.by)
        approved = replace(run, state=run.under_way, approved=ask.digest, ask="", updated=self.now)
        self._close(given, run, approved, plan, "approved", "Approved")

    def _first(self, given: answers.Answer, run: Run, plan: Plan) -> None:
        moment = local(self.now, self.world.zone)
        result = f"1 of 2: approved by {given.by}, {moment:%Y-%m-%d %H:%M}. The second: your name over theirs in Decided by."
        noted = replace(given.ask, first_by=given.by, result=result)
        self.journal.change(
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

    def _close(self, given: answers.Answer, old: Run, new: Run, plan: Plan, state: str, said: str, **more: object) -> Run:
        ask = given.ask
        moment = local(self.now, self.world.zone)
        by = given.by or self._nobody()
        result = f"{said} by {by}, {moment:%Y-%m-%d %H:%M}."
        closed = replace(ask, state=state, by=by, note=given.note, result=result)
        detail = f"{given.word} in {given.where}" + (f": {given.reason}" if given.reason else "")
        data = {"ask": changes(ask, closed), **more}
        return self.journal.change(
            EventKind.ANSWERED, old, new, plan.contract, step=ask.step, result=given.word, who=by, detail=detail, data=data
        )

    def _nobody(self) -> str:
        return "someone with the workbook"

    def _by_hand(self, given: answers.Answer, run: Run, plan: Plan, state: str, said: str) -> None:
        """A person did the step, or knows that it happened: the run goes on behind it."""
        step = plan.contract.step(run.step)
        effect = self._effect(run)
        action = self.desk.actions.get(step.action) if step else None
        known = (
            {name: effect.request[name] for name in (action.results or ()) if name in effect.request} if action and effect else {}
        )
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
        self._close(given, run, on, plan, state, said, **self._settled(effect, "done"))

    def _task_failed(self, given: answers.Answer, run: Run, plan: Plan) -> None:
        step = plan.contract.step(run.step)
        effect = self._effect(run)
        back = replace(run, state=run.under_way, ask="", updated=self.now)
        back = self._close(given, run, back, plan, "failed", "Failed", **self._settled(effect, "failed"))
        if step:
            error = ActionFailed(
                f"{given.by or 'A person'} says that it failed. {given.reason or given.note}".strip(), permanent=True
            )
            self.record.refuse(back, step, plan, None, error, self.world.ledger.next_id("D"), "")

    def _undo_rejected(self, given: answers.Answer, run: Run, plan: Plan) -> None:
        """Somebody does not want this reversed in this way: a person settles it, and the rest is still to be reversed."""
        back = self._close(given, run, replace(run, state=run.under_way, ask="", updated=self.now), plan, "rejected", "Rejected")
        step = plan.contract.step(run.step)
        if step:
            because = f"Reversing was rejected. {given.reason} DONE goes on without it.".replace("  ", " ")
            self.record.park(back, step, plan, because, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), given.ask.what)

    def _retry(self, given: answers.Answer, run: Run, plan: Plan) -> None:
        """Again from the failed step, with the row's values and the contract as they are now."""
        values, wrong = self._values_now(run, plan)
        if wrong:
            self.seen.replies[given.ask.id] = f"Not tried again yet: {wrong}"
            return
        fresh = run.plan
        if run.contract in self.seen.book.contracts:
            candidate = keep_plan(run.contract, self.seen.book, self.world.ledger)
            contract = thaw(self.world.ledger.plan(candidate)).contract
            fresh = candidate if all(map(contract.step, (run.finished or run.step, *run.undoing[:1]))) else fresh
        again = replace(
            run,
            state=run.under_way,
            plan=fresh,
            input=values,
            moment=self.now,
            tries=0,
            next_try=None,
            ask="",
            error="",
            updated=self.now,
        )
        self._close(given, run, again, plan, "retried", "Tried again", **self._settled(self._effect(run), "failed"))

    def _effect(self, run: Run) -> EffectRecord | None:
        """The try that the question is about."""
        effects = [
            effect for effect in self.world.ledger.books.effects.values() if effect.run == run.id and effect.step == run.step
        ]
        return max(effects, key=lambda effect: effect.attempt, default=None)

    def _settled(self, effect: EffectRecord | None, state: str) -> dict[str, object]:
        if effect is None or effect.state not in ("in doubt", "waiting", "begun"):
            return {}
        return {"effect": changes(effect, replace(effect, state=state, ended=self.now))}

    def _values_now(self, run: Run, plan: Plan) -> tuple[Mapping[str, Value], str]:
        """(the row's values now, what is wrong with them); the run's own values when the row is gone."""
        row = self._row(run)
        if row is None:
            return run.input, ""
        values = row.values()
        checked = fields.check_row(plan.contract.fields, values)
        if checked.missing:
            return values, f"{', '.join(checked.missing)} is blank in {row.tab.name} row {row.number}."
        if checked.wrong:
            return values, " ".join(f"{row.address(name)}: {sentence}" for name, sentence in checked.wrong)
        return {**values, **checked.values}, ""

    def _row(self, run: Run) -> Row | None:
        match = own_row(run)
        return self.view.find_row(run.tab, match) if match else None

    # ------------------------------------------------------------------------------------- questions that no longer hold

    def is_stale(self, ask: Ask) -> bool:
        """Expired, or asked about something that would no longer happen."""
        run = self.world.ledger.books.runs.get(ask.run)
        if run is None or run.ask != ask.id:
            return False
        return bool(ask.expires and ask.expires <= self.now) or not self._same(ask, run)

    def _same(self, ask: Ask, run: Run) -> bool:
        plan = plan_of(run, self.world.ledger)
        values, wrong = (run.input, "") if run.reverses else self._values_now(run, plan)
        move = advance(replace(run, input=values), plan, self.desk)
        return not wrong and isinstance(move, AskFirst) and move.digest == ask.digest

    def reconsider(self, ask: Ask) -> None:
        """Close the question; the run goes on from its step with the row as it is now, and is asked anew if need be."""
        run = self.world.ledger.books.runs[ask.run]
        plan = plan_of(run, self.world.ledger)
        if ask.expires and ask.expires <= self.now:
            self._expire(ask, run, plan)
            return
        values, wrong = (run.input, "") if run.reverses else self._values_now(run, plan)
        closed = replace(ask, state="void", result="Void: the data changed, so something else would happen. See the newer row.")
        on = replace(run, state=run.under_way, ask="", input=values, moment=self.now, updated=self.now)
        on = self.journal.change(
            EventKind.VOIDED, run, on, plan.contract, result=ask.id, detail="the data changed", data={"ask": changes(ask, closed)}
        )
        step = plan.contract.step(run.step)
        if wrong and step:
            self.record.park(on, step, plan, wrong, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), "")

    def _expire(self, ask: Ask, run: Run, plan: Plan) -> None:
        closed = replace(ask, state="expired", result="Expired without an answer; nothing was done. See Dead letters.")
        on = replace(run, ask="", updated=self.now)
        on = self.journal.change(EventKind.EXPIRED, run, on, plan.contract, result=ask.id, data={"ask": changes(ask, closed)})
        step = plan.contract.step(run.step)
        if step:
            because = f"Nobody answered {ask.id} in time. RETRY asks again."
            self.record.park(on, step, plan, because, RunState.DEAD_LETTER, self.world.ledger.next_id("D"), ask.what)
