"""What is asked of people, as the rows of Approvals and Dead letters show it.

Invariant: pure; an approval is bound to the digest of exactly what it shows, and always has an end.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from runner.model import Ask, AskKind, Run
from runner.rules import four_eyes
from runner.rules.advance import AskFirst
from runner.rules.approval_settings import life
from runner.rules.confidence import raised
from runner.values import Value

_RISKS = ("Low", "Medium", "High")


def approval(name: str, run: Run, move: AskFirst, settings: Mapping[str, Value], now: datetime) -> Ask:
    """May this happen? `name`: the approval's number."""
    two = four_eyes.asked_of(run.contract, settings)
    risk = max(run.risk, move.risk, key=lambda risk: _RISKS.index(risk) if risk in _RISKS else 0)
    return Ask(
        id=name,
        kind=AskKind.APPROVAL,
        run=run.id,
        contract=run.contract,
        step=move.step.name,
        what=f"Look twice: {move.doubt}.\n\n{move.what}" if move.doubt else move.what,
        digest=move.digest,
        risk=raised(risk) if move.doubt else risk,
        owner=move.step.owner or run.owner,
        rollback_owner=run.rollback_owner,
        asked=now,
        expires=now + life(settings),
        deciders=2 if two else 1,
        result=four_eyes.invitation(run.owner) if two else "",
    )


def failed_at(run: Run, asks: Iterable[Ask], now: datetime) -> datetime:
    """What a new row in Dead letters says that it failed at: run and second name the row, and so whose answer stands in it."""
    taken = [ask.asked for ask in asks if ask.run == run.id and ask.kind is AskKind.DEAD_LETTER and ask.asked]
    return max(now, max(taken) + timedelta(seconds=1)) if taken else now
