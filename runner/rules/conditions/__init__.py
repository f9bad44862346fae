"""Conditions as owners type them into cells: `Fit score >= 70 and Country in US, CA`, `=AND([Fit score]>=70, VIP)`.

Invariant: a condition is read once, however many rows it is asked about; it answers yes or no with the values it saw, or raises
ConditionError with a sentence. It runs nothing: no code, no attributes, no loops, at most 1000 characters, 200 parts, 20 levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from runner.model import Names, Scope
from runner.rules.conditions.grammar import read
from runner.rules.conditions.tree import Test

_LONGEST_REASON = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer for one row, and the values it was made from."""

    yes: bool
    #: `Fit score 82 >= 70 ✓, Country CA in US, CA ✓`. Shows what the row holds: mask it when a field is private.
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that has been read."""

    text: str
    #: What it uses: headers as typed in the sheet, and `settings.x`, `steps.step.result`, `run.key`, `contract.owner`.
    names: frozenset[str]
    tree: Test = field(repr=False)

    def holds(self, scope: Scope) -> Verdict:
        """The answer for one row, in time linear in the condition. Raises ConditionError when this row gives no answer."""
        trail: list[str] = []
        yes = self.tree.holds(scope, trail)
        because = ", ".join(trail)
        return Verdict(yes=yes, because=because if len(because) <= _LONGEST_REASON else f"{because[: _LONGEST_REASON - 1]}…")


def parse(text: str, names: Names) -> Condition:
    """Read a condition that may use these names. Raises ConditionError with a sentence that says how to mend it."""
    return _parse(text, tuple(names.columns), tuple(names.settings), _steps(names.steps))


def _steps(steps: Mapping[str, tuple[str, ...] | None]) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    return tuple((step, None if known is None else tuple(known)) for step, known in steps.items())


@lru_cache(maxsize=1024)
def _parse(
    text: str, columns: tuple[str, ...], settings: tuple[str, ...], steps: tuple[tuple[str, tuple[str, ...] | None], ...]
) -> Condition:
    tree, names = read(text, Names(columns=columns, settings=settings, steps=dict(steps)))
    return Condition(text=text, names=names, tree=tree)
