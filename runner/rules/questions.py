"""What is asked of people, as the rows of Approvals show it.

Invariant: pure; an approval is bound to the digest of exactly what it shows, and always has an end.
"""

from collections.abc import Mapping
from datetime import datetime

from runner.model import Ask, AskKind, Run
from runner.rules import four_eyes
from runner.rules.advance import AskFirst
from runner.rules.approval_settings import life
from runner.values import Value


def approval(name: str, run: Run, move: AskFirst, settings: Mapping[str, Value], now: datetime) -> Ask:
    """May this happen? `name`: the approval's number."""
    two = four_eyes.asked_of(run.contract, settings)
    return Ask(
        id=name,
        kind=AskKind.APPROVAL,
        run=run.id,
        contract=run.contract,
        step=move.step.name,
        what=move.what,
        digest=move.digest,
        risk=run.risk,
        owner=move.step.owner or run.owner,
        rollback_owner=run.rollback_owner,
        asked=now,
        expires=now + life(settings),
        deciders=2 if two else 1,
        result=four_eyes.invitation(run.owner) if two else "",
    )
