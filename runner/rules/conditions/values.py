"""What a condition can name or work out: cells, settings, results of steps, today, sums. Each gives its value for one row.

Invariant: nothing but the scope is read, no attribute of anything; a formula error or unknown result is never taken for a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from runner.errors import ConditionError
from runner.model import Scope
from runner.rules.comparisons import ARITHMETIC, Kind, day_of, display, exact, kind_of, local
from runner.values import ErrorValue, name_key, show


def _usable(value: Any, label: str, scope: Scope) -> Any:
    if isinstance(value, ErrorValue):
        raise ConditionError(f"“{label}” shows the error {value}. Mend the formula in that cell.")
    return local(value, scope.now.tzinfo)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that was typed, and how it was typed."""

    typed: str
    fixed: Any
    label: str = ""

    def value(self, scope: Scope) -> Any:  # noqa: ARG002
        """The typed value."""
        return self.fixed


@dataclass(frozen=True, slots=True)
class Column:
    """A cell of the row."""

    label: str

    def value(self, scope: Scope) -> Any:
        """The cell under the header, in any spelling of it."""
        header = self.label
        if header not in scope.columns:
            wanted = name_key(header)
            header = next((name for name in scope.columns if name_key(name) == wanted), "")
            if not header:
                raise ConditionError(f"There is no column “{self.label}” in this row.")
        return _usable(scope.columns[header], self.label, scope)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A setting, a fact about the run or its contract, or a result of an earlier step."""

    #: `settings`, `run`, `contract` or `steps`.
    space: str
    #: Names below it; for steps: the step, its result, and keys or positions inside the result.
    path: tuple[str, ...]
    label: str

    def value(self, scope: Scope) -> Any:
        """What stands there. A step that has not run has no results."""
        spaces: dict[str, Mapping[str, Any]] = {
            "settings": scope.settings,
            "run": scope.run,
            "contract": scope.contract,
            "steps": scope.steps,
        }
        found: Any = spaces[self.space]
        for depth, name in enumerate(self.path):
            found = _inside(found, name)
            if found is _ABSENT:
                raise ConditionError(self._absent(depth))
        return _usable(found, self.label, scope)

    def _absent(self, depth: int) -> str:
        if self.space != "steps":
            return f"There is no “{self.label}”."
        return f"“{self.label}” is not known: {f'the step gave no “{self.path[depth]}”' if depth else 'that step has not run'}."


_ABSENT = object()


def _inside(group: Any, name: str) -> Any:
    if isinstance(group, Mapping):
        if name in group:
            return group[name]
        wanted = name_key(name)
        return next((value for key, value in group.items() if name_key(str(key)) == wanted), _ABSENT)
    if isinstance(group, list | tuple) and name.isdecimal() and int(name) < len(group):
        return group[int(name)]
    return _ABSENT


@dataclass(frozen=True, slots=True)
class Present:
    """`today` or `now`, by the owner's wall clock."""

    label: str

    def value(self, scope: Scope) -> Any:
        """A date, or a moment without zone, as the sheet holds them."""
        return scope.now.date() if self.label == "today" else scope.now.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left sign right`, the sign one of + - * /."""

    sign: str
    left: "Operand"
    right: "Operand"
    label: str

    def value(self, scope: Scope) -> Any:
        """Numbers by decimal arithmetic; a date plus or minus a length of time or whole days; the length between two dates."""
        left, right = self.left.value(scope), self.right.value(scope)
        for operand, value in ((self.left, left), (self.right, right)):
            if kind_of(value) is Kind.BLANK:
                raise ConditionError(f"“{operand.label or self.label}” is blank, so “{self.label}” cannot be worked out.")
        try:
            result = _worked_out(self.sign, left, right)
        except (ArithmeticError, ValueError):
            zero = self.sign == "/" and right == 0
            why = "it divides by nothing (0)" if zero else "the result is too large"
            raise ConditionError(f"“{self.label}” cannot be worked out: {why}.") from None
        if result is None:
            said = " and ".join(f"{kind_of(value).value} ({display(value, 40)})" for value in (left, right))
            raise ConditionError(f"“{self.label}” cannot be worked out from {said}.")
        return result


def _worked_out(sign: str, left: Any, right: Any) -> Any:
    """The result, or None when these kinds do not go together."""
    match sign, kind_of(left), kind_of(right):
        case "+", Kind.NUMBER, Kind.NUMBER:
            return ARITHMETIC.add(exact(left), exact(right))
        case "-", Kind.NUMBER, Kind.NUMBER:
            return ARITHMETIC.subtract(exact(left), exact(right))
        case "*", Kind.NUMBER, Kind.NUMBER:
            return ARITHMETIC.multiply(exact(left), exact(right))
        case "/", Kind.NUMBER, Kind.NUMBER:
            return ARITHMETIC.divide(exact(left), exact(right))
        case "+" | "-", Kind.SPAN, Kind.SPAN:
            return left + right if sign == "+" else left - right
        case "+" | "-", Kind.DATE, Kind.SPAN | Kind.NUMBER:
            # As in a spreadsheet, a plain number added to a date is days.
            length = right if isinstance(right, timedelta) else timedelta(days=float(right))
            return _moved(left, length if sign == "+" else -length)
        case "-", Kind.DATE, Kind.DATE:
            both = isinstance(left, datetime) and isinstance(right, datetime)
            return left - right if both else day_of(left) - day_of(right)
    return None


def _moved(start: date, length: timedelta) -> date:
    if not isinstance(start, datetime) and length % timedelta(days=1):
        return datetime(start.year, start.month, start.day) + length  # noqa: DTZ001 - the sheet's own time
    return start + length


@dataclass(frozen=True, slots=True)
class Function:
    """One of the few spreadsheet functions that give a value."""

    name: str
    argument: "Operand"
    label: str
    digits: int = 0

    def value(self, scope: Scope) -> Any:
        """LEN, LOWER, UPPER and TRIM of any value as text; ABS and ROUND (half away from zero) of a number."""
        value = self.argument.value(scope)
        match self.name:
            case "len":
                return len(show(value))
            case "lower" | "upper" | "trim":
                return show(value).strip()  # text compares without regard to case
        if kind_of(value) is not Kind.NUMBER:
            raise ConditionError(f"{self.name.upper()} needs a number, but “{self.argument.label}” is {display(value, 40)}.")
        number = Decimal(exact(value))
        if self.name == "abs":
            return abs(number)
        return number.quantize(Decimal(1).scaleb(-self.digits), rounding=ROUND_HALF_UP) if abs(number) < 10**20 else number


#: Whatever has a value. Each has a `label`: its name in sentences, "" for what was typed into the condition.
Operand: TypeAlias = Literal | Column | Lookup | Present | Arithmetic | Function
