"""When a contract stops by itself: the same failure, run after run, is no accident of one row.

Invariant: pure. A run counts once however often it is tried again: how often is for its own Retry to say.
"""

import re
from dataclasses import dataclass

from runner.errors import RowpactError

#: Equal failures in a row after which a contract stops.
EQUAL_FAILURES = 5
#: What differs between two failures of one kind: addresses, names, numbers (but for an answer's status).
_PARTICULAR = re.compile(r"https?://\S+|\S+@\S+|“[^”]*”|\b(?![1-5]\d\d\b)\d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Equal failures of one contract, with no success of the step in between."""

    step: str
    kind: str
    #: The runs that failed so, each once.
    runs: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether this is too much."""
        return len(self.runs) >= EQUAL_FAILURES


def failure_kind(error: RowpactError) -> str:
    """What two failures have in common when a person would call them the same."""
    return f"{type(error).__name__}: {alike(str(error))}"


def alike(text: str) -> str:
    """The beginning of the text without what differs between two failures of one kind."""
    return _PARTICULAR.sub("…", text)[:120]


def longer(streak: Streak | None, run: str, step: str, kind: str) -> Streak:
    """The streak after one more failure; another kind or another step begins a new one."""
    runs = streak.runs if streak and (streak.step, streak.kind) == (step, kind) else ()
    return Streak(step=step, kind=kind, runs=runs if run in runs else (*runs, run))


def stopped_by(ask: str) -> str:
    """Why a run of the contract waits."""
    return f"stopped after {EQUAL_FAILURES} equal failures: see {ask} in Approvals"


def question(contract: str, step: str, error: str) -> str:
    """What Approvals asks about a contract that has stopped."""
    return (
        f"{contract} is stopped after {EQUAL_FAILURES} equal failures at “{step}”: {error}\n"
        "Its runs wait before their next step outside. RELEASE lets them try again; "
        "SKIP puts those that wait into Dead letters, and lets later ones try."
    )
