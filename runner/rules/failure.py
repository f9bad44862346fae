"""What becomes of a step that did not do its work: another try, another step, the way back, or Dead letters.

Invariant: pure, and only asked when it is certain that the step did nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.errors import RowpactError
from runner.model import Run, Step
from runner.ports import Action
from runner.rules.advance import Go, following
from runner.rules.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try the step again at this time."""

    at: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Reverse the finished steps, last first."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """Into Dead letters: a person decides."""

    because: str


def after_failure(
    step: Step, run: Run, plan: Plan, action: Action | None, error: RowpactError, now: datetime
) -> Retry | Go | RollBack | Park:
    """The Retry cell first, then On failure. A failed reversal is always a person's: there is no way back from the way back."""
    delays = step.retry if step.retry is not None else action.retry if action else ()
    permanent = getattr(error, "permanent", True)
    if not permanent and run.tries <= len(delays):
        delay = max(delays[run.tries - 1], getattr(error, "retry_after", None) or timedelta())
        return Retry(at=now + delay, because=f"try {run.tries} of {len(delays) + 1} failed: {error}")
    if run.reverses:
        return Park(because=str(error))
    if step.on_failure == "undo":
        return RollBack(because=f"“{step.name}” failed: {error}")
    if step.on_failure.startswith("go to "):
        return Go(to=step.on_failure[6:], because=f"“{step.name}” failed: {error}")
    if step.on_failure == "continue":
        return Go(to=following(step, plan), because=f"“{step.name}” failed, and its On failure says Continue: {error}")
    return Park(because=str(error))
