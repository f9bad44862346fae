"""Conditions that are open questions: dead letters, doubts, stopped contracts, held runs, approvals that nobody gives.

Invariant: pure; a question that is answered is no condition any more. What a question shows – a mail's text, the keys of
rows – is not repeated: it may be private.
"""

from collections.abc import Iterator, Sequence

from runner.model import Ask, AskKind, Condition, HoldKind
from runner.rules import answers
from runner.rules.alerts.view import NAMED, View, checklist, key, said
from runner.rules.breaker import EQUAL_FAILURES
from runner.rules.weekly.words import many, moment


def questions(view: View) -> Iterator[Condition]:
    """One condition for each group of equal questions."""
    groups: dict[tuple[str, ...], list[Ask]] = {}
    for ask in view.asks.values():
        kind = _kind(ask) if ask.state == "open" and not ask.archived else ""
        if kind:
            groups.setdefault((kind, _severity(ask, view), ask.contract, ask.step, _cause(ask, view)), []).append(ask)
    for (kind, severity, contract, step, cause), asks in groups.items():
        first = asks[0]
        yield Condition(
            key=key(kind, contract, step, cause),
            severity=severity,
            kind=kind,
            what=_what(first, len(asks), view),
            contract=contract,
            step=step,
            where=_type(asks, answers.place_of(first, None)),
            tab=answers.DESKS[first.kind].tab.name,
            ask=first.id,
            steps=checklist(view.clean(first.sop, view.runs.get(first.run))) or view.sop(contract),
            count=len(asks),
            runs=tuple(ask.run for ask in asks[:NAMED] if ask.run),
        )


def _kind(ask: Ask) -> str:
    """What the question is called as an alert; "" for one that is no alert."""
    if ask.hold:
        return "contract stopped" if ask.hold == HoldKind.FAILURES else "runs held"
    if ask.kind is AskKind.DEAD_LETTER:
        return "in doubt" if ask.run_state == "IN_DOUBT" else "dead letter"
    return "approval overdue" if ask.kind is AskKind.APPROVAL and ask.reminded else ""


def _severity(ask: Ask, view: View) -> str:
    return ask.severity or view.severity(ask.contract, view.runs.get(ask.run))


def _cause(ask: Ask, view: View) -> str:
    """What equal failures have in common; held runs and stopped contracts are each a matter of their own."""
    if ask.kind is AskKind.DEAD_LETTER:
        return key(view.clean(ask.what, view.runs.get(ask.run)))
    return ask.id if ask.hold else ""


def _what(ask: Ask, count: int, view: View) -> str:
    match _kind(ask):
        case "contract stopped":
            return f"{ask.contract} has stopped after {EQUAL_FAILURES} equal failures at “{ask.step}”. Its runs wait."
        case "runs held":
            held = sum(run.ask == ask.id for run in view.runs.values())
            return f"{many(held, 'new run')} of {ask.contract} came at once and {'wait' if held != 1 else 'waits'} for your word."
        case "approval overdue":
            since, ends = moment(ask.asked, view.zone), moment(ask.expires, view.zone)
            of = f"{count} approvals have" if count > 1 else "An approval has"
            return f"{of} been waiting since {since}" + (f"; the first expires {ends} and is then no yes." if ends else ".")
        case _:
            return said(view.clean(ask.what, view.runs.get(ask.run)))


def _type(asks: Sequence[Ask], place: str) -> str:
    words = answers.words_for(asks[0])
    others = f", and in the rows of the {many(len(asks) - 1, 'other')}" if len(asks) > 1 else ""
    return f"Type {', '.join(words[:-1])} or {words[-1]} in {place}{others}"
