"""What becomes of a text that may not leave: the model writes it anew, a person looks at it, or it stops here.

Invariant: a text leaves as it passed the check, or as a person let it pass; nobody's silence lets it pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runner.engine.briefing import call_for
from runner.engine.record import Recorder
from runner.events import EventKind
from runner.model import EffectRecord, Run, RunState, Step
from runner.ports import Done, Ledger, Then, Unfit
from runner.rules import questions
from runner.rules.advance import AskFirst
from runner.rules.answers import Answer
from runner.rules.plan import Plan
from runner.rules.replay import altered, changes, whole
from runner.rules.taint import mark_of
from runner.values import name_key

if TYPE_CHECKING:
    from runner.engine.answer import Clerk

#: How often a model may write a text anew before a person looks at it.
MOST_REDOS = 2


def unfit(run: Run, effect: EffectRecord, plan: Plan, found: Unfit, record: Recorder, ledger: Ledger) -> Run:
    """The check has said no: record its reasons, and what follows."""
    step, source = plan.contract.step(effect.step) or Step(name=effect.step, action=""), plan.contract.step(found.source)
    reasons = " ".join(found.reasons)
    results = {"passed": False, "reasons": list(found.reasons), "text": found.text}
    looked = altered(
        run, results={**run.results, step.name: results}, output=results, tries=0, approved="", error=reasons, updated=record.now
    )
    tried = run.redo.get(source.name, ()) if source else ()
    data = {"effect": changes(effect, replace(effect, state="done", ended=record.now))}
    say = _sayer(record, run, plan, effect, data)
    if found.then is Then.REDO and source and len(tried) < MOST_REDOS:
        anew = altered(looked, step=source.name, moment=record.now, redo={**run.redo, source.name: (*tried, reasons)})
        return say(anew, "redo", f"{reasons} “{source.name}” writes it anew ({len(tried) + 1} of {MOST_REDOS}).")
    if found.then is Then.STOP:
        stopped = say(looked, "stop", reasons)
        return record.park(stopped, step, plan, reasons, RunState.DEAD_LETTER, ledger.next_id("D"), found.text)
    waiting = say(looked, "review", reasons)
    what = (
        f"May this text leave? The check says: {reasons}\nAPPROVE lets it pass as it is, or as you write it under Edited text.\n\n"
    )
    move = AskFirst(step=step, what=what + found.text, digest=effect.digest, because=reasons)
    ask = replace(questions.approval(ledger.next_id("A"), run, move, record.book.settings, record.now), review=True)
    asked = altered(waiting, state=RunState.AWAITING_APPROVAL, step=step.name, ask=ask.id, updated=record.now)
    detail = "may this text leave?"
    return record.journal.change(
        EventKind.ASKED, waiting, asked, plan.contract, result=ask.id, detail=detail, data={"ask": whole(ask)}
    )


def _sayer(record: Recorder, run: Run, plan: Plan, effect: EffectRecord, data: dict[str, Any]) -> Callable[[Run, str, str], Run]:
    def say(after: Run, result: str, detail: str) -> Run:
        return record.journal.change(
            EventKind.UNFIT,
            run,
            after,
            plan.contract,
            step=effect.step,
            attempt=effect.attempt,
            result=result,
            detail=detail,
            data=data,
        )

    return say


def let_pass(clerk: "Clerk", given: Answer, run: Run, plan: Plan) -> Run:
    """A person lets the text pass, as it is or edited; an edited one that may not leave either stays with them."""
    effect, step = clerk.effect_of(run), plan.contract.step(run.step)
    action = clerk.desk.actions.get(step.action) if step else None
    if effect is None or step is None or action is None:
        return run
    request, edited = effect.request, given.edited
    results, marks = dict(run.results), tuple(request["marks"])
    if edited and edited != request["text"]:
        call = call_for(run, step, effect.key, effect.attempt, clerk.world, clerk.seen.book, clerk.view, clerk.now)
        found = action.perform({**request, "text": edited, "marks": [mark_of(edited)]}, call)
        holder = _holder(run, request)
        if isinstance(found, Unfit):
            clerk.seen.replies[given.ask.id] = f"The edited text may not leave either: {' '.join(found.reasons)} {_AGAIN}"
            return run
        if holder is None or not isinstance(found, Done):
            clerk.seen.replies[given.ask.id] = (
                "This text has several parts and cannot be edited here: empty Edited text, or type REJECT."
            )
            return run
        results[holder[0]] = {**results[holder[0]], holder[1]: edited}
        marks = found.cleared
    reasons = list(results.get(step.name, {}).get("reasons", ()))
    results[step.name] = {"passed": True, "reasons": reasons, "text": edited or request["text"]}
    on = altered(
        run,
        state=run.under_way,
        results=results,
        finished=step.name,
        cleared=(*run.cleared, *marks),
        ask="",
        error="",
        updated=clerk.now,
    )
    return clerk.close(given, run, on, plan, "approved", "Approved as edited" if edited else "Approved")


_AGAIN = "Change it; it is looked at again."


def writer(effect: EffectRecord | None, plan: Plan) -> str:
    """The step to go back to when a text was stopped by its check: trying the check again would find the same; "" for others."""
    source = str(effect.request.get("source", "")) if effect and "marks" in effect.request else ""
    step = plan.contract.step(source) if source else None
    return step.name if step else ""


def _holder(run: Run, request: Mapping[str, Any]) -> tuple[str, str] | None:
    """(step, result name) that holds just the text that was looked at; None when no single one does."""
    for step, results in run.results.items():
        if name_key(step) == request["source"]:
            for name, value in results.items():
                if isinstance(value, str) and mark_of(value) == mark_of(str(request["text"])):
                    return step, name
    return None
