"""What conditions are read from: the ledger's present state, and how its texts may be said outside.

Invariant: pure; whatever goes into a `Condition` has passed `clean`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from runner.model import Ask, Book, Contract, Run
from runner.ports import Budget
from runner.rules.breaker import alike
from runner.values import name_key

#: Runs that an alert names.
NAMED = 5
_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one look at the books sees."""

    now: datetime
    zone: tzinfo
    runs: Mapping[str, Run] = field(default_factory=dict)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    #: Run → the contract that it started with; None where nobody knows it.
    started_with: Callable[[Run], Contract | None] = lambda _run: None
    #: (text, the run it is about) → the text without private values and secrets.
    clean: Callable[[str, Run | None], str] = lambda text, _run: text
    #: Contract → (what is said of its silence, its owner).
    silences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    budget: Budget | None = None

    def severity(self, contract: str, run: Run | None = None) -> str:
        """How loudly a failure of the contract alerts."""
        found = (self.started_with(run) if run else None) or self.book.contracts.get(contract)
        return found.severity if found else "P2"

    def sop(self, contract: str) -> tuple[str, ...]:
        """The contract's checklist."""
        found = self.book.contracts.get(contract)
        return checklist("\n".join(self.book.sops.get(name_key(found.sop), ()) if found and found.sop else ()))


def key(*parts: str) -> str:
    """What two conditions have in common when they are one."""
    return "|".join(map(alike, parts))


def checklist(text: str) -> tuple[str, ...]:
    """The lines of an SOP, as many as fit into a message; where its name stands above lines with numbers, without all of these."""
    lines = [line.strip()[:200] for line in text.splitlines() if line.strip()]
    steps = [line.removeprefix(f"{number}. ") for number, line in enumerate(lines) if line.startswith(f"{number}. ")]
    named = len(lines) > 1 and len(steps) == len(lines) - 1
    return tuple((steps if named else lines)[:_LINES])


def said(text: str, most: int = 300) -> str:
    """On one line, cut between two words."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]} …"
