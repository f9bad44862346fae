"""The yes-or-no parts of a parsed condition, and how each is answered for one row.

Invariant: answering is linear in the size of the tree, and every comparison that was made leaves one entry in the trail with the
values it saw. Anything that has no answer is a ConditionError with a sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from runner.errors import ConditionError
from runner.model import Scope
from runner.rules.comparisons import EQUALITY, Kind, compare, display, fold, kind_of
from runner.rules.conditions.values import Literal, Operand
from runner.rules.spans import parse_yes_no
from runner.values import show


def _tick(answer: bool) -> str:  # noqa: FBT001 - the answer is all there is
    return "✓" if answer else "✗"


def _seen(operand: Operand, value: Any) -> str:
    return f"{operand.label} {display(value)}" if operand.label else display(value)


@dataclass(frozen=True, slots=True)
class Compare:
    """`left sign right`. As every part here: `holds` gives the answer and adds what was compared to the trail."""

    sign: str
    left: Operand
    right: Operand

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """As `comparisons.compare`; a typed `3 days` equals the text 3 days too."""
        left, right = self.left.value(scope), self.right.value(scope)
        if isinstance(right, timedelta) and isinstance(left, str) and isinstance(self.right, Literal) and self.sign in EQUALITY:
            right = self.right.typed
        answer = compare(self.sign, left, right, self.left.label, self.right.label)
        trail.append(f"{_seen(self.left, left)} {self.sign} {_seen(self.right, right)} {_tick(answer)}")
        return answer


@dataclass(frozen=True, slots=True)
class Among:
    """`left in items`; one item that is a name may hold the whole list as text with commas, or as a list."""

    left: Operand
    items: tuple[Operand, ...]
    negated: bool = False

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """Whether the left side equals one of them; when it can be compared with none, that is an error."""
        left = self.left.value(scope)
        values: Sequence[Any] = [item.value(scope) for item in self.items]
        if len(self.items) == 1 and self.items[0].label:
            values = _spread(values[0])
        answer = _equals_one(left, values, self.left.label) != self.negated
        shown = ", ".join(display(value, 20) for value in values[:8]) + ", …" * (len(values) > 8)
        trail.append(f"{_seen(self.left, left)} {'not ' * self.negated}in {shown} {_tick(answer)}")
        return answer


def _equals_one(left: Any, values: Sequence[Any], label: str) -> bool:
    refused: list[ConditionError] = []
    for value in values:
        try:
            if compare("=", left, value, label):
                return True
        except ConditionError as error:
            refused.append(error)
    if refused and len(refused) == len(values):
        raise refused[0]
    return False


def _spread(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.replace("\n", ",").split(",") if part.strip()]
    return value if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True)
class Within:
    """`left contains right`, `starts with`, `ends with`."""

    how: str
    left: Operand
    right: Operand
    negated: bool = False

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """Both sides as text. A blank left side contains nothing; a blank right side is an error."""
        left, right = self.left.value(scope), self.right.value(scope)
        if kind_of(right) is Kind.BLANK:
            raise ConditionError(f"“{self.right.label or 'The text'}” is blank, so there is nothing to look for.")
        answer = self._within(left, right) != self.negated
        how = {"contain": "does not contain"}.get(self.how, f"does not {self.how}") if self.negated else _THIRD_PERSON[self.how]
        trail.append(f"{_seen(self.left, left)} {how} {_seen(self.right, right)} {_tick(answer)}")
        return answer

    def _within(self, left: Any, right: Any) -> bool:
        if isinstance(left, list | tuple) and self.how == "contain":
            return any(fold(show(item)) == fold(show(right)) for item in left if kind_of(item) is not Kind.MANY)
        if Kind.MANY in (kind_of(left), kind_of(right)):
            raise ConditionError(f"“{self.left.label}” cannot be searched for text.")
        whole, part = fold(show(left)), fold(show(right))
        match self.how:
            case "contain":
                return part in whole
            case "start with":
                return whole.startswith(part)
        return whole.endswith(part)


_THIRD_PERSON = {"contain": "contains", "start with": "starts with", "end with": "ends with"}


@dataclass(frozen=True, slots=True)
class Blank:
    """`left is blank`, `left is not blank`."""

    left: Operand
    negated: bool = False

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """Whether the cell is empty or holds nothing but blanks."""
        value = self.left.value(scope)
        answer = (kind_of(value) is Kind.BLANK) != self.negated
        shown = f"{self.left.label} is {display(value)}" if self.left.label else f"{display(value)} is there"
        trail.append(f"{shown} {_tick(answer)}")
        return answer


@dataclass(frozen=True, slots=True)
class Flag:
    """A column or setting that is itself yes or no."""

    operand: Operand

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """Ticked, or one of the words for yes; blank is no."""
        value = self.operand.value(scope)
        answer = parse_yes_no(value) if kind_of(value) is not Kind.MANY else None
        if answer is None:
            label = self.operand.label
            raise ConditionError(
                f"“{label}” holds {display(value, 40)}, which is not yes or no. Is a comparison missing, as in {label} = …?"
            )
        trail.append(f"{_seen(self.operand, value)} {_tick(answer)}")
        return answer


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    test: "Test"

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """Yes when the part is no."""
        inner: list[str] = []
        answer = not self.test.holds(scope, inner)
        trail.append(f"not ({', '.join(inner)}) {_tick(answer)}")
        return answer


@dataclass(frozen=True, slots=True)
class Both:
    """All of them, from left to right; the first no ends it."""

    tests: "tuple[Test, ...]"

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """`all`, so that `Budget is not blank and Budget > 5` never compares a blank."""
        return all(test.holds(scope, trail) for test in self.tests)


@dataclass(frozen=True, slots=True)
class Either:
    """One of them, from left to right; the first yes ends it."""

    tests: "tuple[Test, ...]"

    def holds(self, scope: Scope, trail: list[str]) -> bool:
        """`any`."""
        return any(test.holds(scope, trail) for test in self.tests)


#: Whatever is yes or no.
Test: TypeAlias = Compare | Among | Within | Blank | Flag | Not | Both | Either
