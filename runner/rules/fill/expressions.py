"""Answers the expressions of a template for the values of one run.

Invariant: whatever the expression and the values, the work stays within `Expressions.work`; a text from a value is never read as
template; values of groups are found by name and nothing else is ever reached.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import nodes

from runner.errors import TemplateError
from runner.model import Scope
from runner.rules.comparisons import fold
from runner.rules.fill import values as fill_values
from runner.rules.fill.filters import apply
from runner.rules.fill.names import ALONE, ONLY_IN_STEPS, is_step_key, key, no_column, no_member, path, single, spell, which
from runner.rules.marks import NAME
from runner.values import ErrorValue, is_blank

#: Longest text that a template may make, in characters.
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that the owner's template asks for; never its value."""

    name: str


@dataclass(frozen=True, slots=True)
class _Group:
    """`settings`, `steps`, …: values by name, not a value itself."""

    name: str
    values: Mapping[str, Any]
    #: Where its values come from, when a model wrote them; "" otherwise.
    model: str = ""


@dataclass(slots=True)
class Expressions:
    """The values of one run, and how much work may still go into answering from them."""

    scope: Scope
    #: Loop variables by key.
    local: dict[str, Any] = field(default_factory=dict)
    #: Loop variables that go through what a model wrote → where that came from.
    local_models: dict[str, frozenset[str]] = field(default_factory=dict)
    #: What a model wrote and the present placeholder has used, by its name in `Scope.models`.
    touched: set[str] = field(default_factory=set)
    #: Steps and characters that may still be worked on; about a second's worth.
    work: int = 2_000_000

    def spend(self, amount: int) -> None:
        """Every step and every character worked on costs."""
        self.work -= amount
        if self.work < 0:
            raise TemplateError("The template is too much work to fill. Make its loops or texts shorter.")

    def value(self, node: nodes.Node) -> Any:
        """What the expression is."""
        self.spend(20)
        return _ANSWER[type(node)](self, node)

    def single(self, value: Any, node: nodes.Node) -> Any:
        """The value, unless it is a group or a secret, which are not values."""
        if isinstance(value, _Group):
            raise TemplateError(which(spell(path(node)) or value.name))
        if isinstance(value, Secret):
            raise TemplateError(ALONE)
        if isinstance(value, str):
            self.spend(len(value))
        return value

    def plain(self, node: nodes.Node) -> Any:
        """The expression's value, which is no group and no secret."""
        return self.single(self.value(node), node)

    def truth(self, node: nodes.Node) -> bool:
        """Whether the expression counts as yes. What is only asked puts none of its words into the text."""
        touched = set(self.touched)
        answer = fill_values.truth(self.plain(node))
        self.touched = touched
        return answer

    def compare(self, sign: str, left: Any, right: Any, names: tuple[str, str]) -> bool:
        """Whether `left sign right`, as in conditions."""
        return fill_values.compare(sign, left, right, names, self.scope.now.tzinfo)

    def bounded(self, text: str) -> str:
        """A text made by the template, if it is not too long."""
        self.spend(len(text))
        if len(text) > LONGEST:
            raise TemplateError(f"A text in the template would become longer than {LONGEST:,} characters.")
        return text

    def name(self, node: nodes.Name) -> Any:
        """A loop's item, one of the groups, or a column."""
        name = key(node.name)
        if name in self.local:
            self.touched |= self.local_models.get(name, frozenset())
            return self.local[name]
        scope = self.scope
        match name:
            case "row" | "settings" | "steps" | "run" | "contract":
                return _Group(name, scope.columns if name == "row" else getattr(scope, name))
            case "secrets":
                return _Group(name, {})
            case "now":
                return scope.now.replace(microsecond=0)
            case "today":
                return scope.now.date()
        header = _headers(tuple(scope.columns)).get(name)
        if header is None:
            raise TemplateError(no_column(node.name, scope.columns))
        self.touch(f"row.{name}")
        return _sound(scope.columns[header], f"The column “{header}”")

    def touch(self, source: str) -> None:
        """Remember that the placeholder uses this, if a model wrote it."""
        if source in self.scope.models:
            self.touched.add(source)

    def member(self, node: nodes.Node, owner_node: nodes.Node, name: str | int) -> Any:
        """What stands behind a dot or in brackets."""
        if is_step_key(path(node)) and "step" not in self.local:
            if not self.scope.step_key:
                raise TemplateError(ONLY_IN_STEPS)
            return self.scope.step_key
        owner = self.value(owner_node)
        match owner:
            case _Group(name="secrets"):
                if not isinstance(name, str) or not NAME.fullmatch(name):
                    raise TemplateError("A secret is written {{ secrets.NAME }}; its name has only letters, digits and _.")
                return Secret(name)
            case list() | tuple() if isinstance(name, int):
                if name >= len(owner):
                    raise TemplateError(
                        f"{called(owner_node)} has only {len(owner)} items: there is no [{name}]. The first one is [0]."
                    )
                return _sound(owner[name], called(node))
            case _Group(values=values) | (Mapping() as values):
                if isinstance(owner, _Group) and owner.model:
                    self.touched.add(owner.model)
                group = owner.name if isinstance(owner, _Group) else spell(path(owner_node)) or "The value"
                return self.found(values, group, name, node)
        raise TemplateError(single(spell(path(owner_node)) or "The value", name))

    def found(self, values: Mapping[str, Any], group: str, name: str | int, node: nodes.Node) -> Any:
        """The value of that name in any spelling; a spelling that is exactly right wins."""
        exact = str(name)
        if exact not in values:
            self.spend(10 * len(values))
            wanted = key(exact)
            spelled = next((other for other in values if key(str(other)) == wanted), None)
            if spelled is None:
                raise TemplateError(no_member(group, name, (str(other) for other in values)))
            exact = spelled
        value = values[exact]
        if group == "steps" and isinstance(value, Mapping):
            source = f"steps.{key(exact)}"
            return _Group(spell(path(node)), value, source if source in self.scope.models else "")
        if group == "row":
            self.touch(f"row.{key(exact)}")
        return _sound(value, f"The column “{exact}”" if group == "row" else called(node))


def called(node: nodes.Node) -> str:
    """What sentences call the expression: “steps.lookup.json”, or “A value”."""
    parts = path(node)
    return f"“{spell(parts)}”" if parts else fill_values.TYPED


def _sound(value: Any, name: str) -> Any:
    if isinstance(value, ErrorValue):
        raise TemplateError(f"{name} holds the error {value}. Mend the formula in that cell.")
    return value


@lru_cache(256)
def _headers(columns: tuple[str, ...]) -> dict[str, str]:
    """Key → header as typed; of two headers alike, the first."""
    return {key(column): column for column in reversed(columns)}


def _getattr(run: Expressions, node: nodes.Getattr) -> Any:
    return run.member(node, node.node, node.attr)


def _getitem(run: Expressions, node: nodes.Getitem) -> Any:
    return run.member(node, node.node, node.arg.as_const())


def _filter(run: Expressions, node: nodes.Filter) -> Any:
    inner = node.node or nodes.Const(None)
    value = run.plain(inner)
    if isinstance(value, list | tuple):
        run.spend(10 * len(value))
    result = apply(node.name, value, [run.plain(setting) for setting in node.args], called(inner), LONGEST)
    return run.bounded(result) if isinstance(result, str) else result


def _condition(run: Expressions, node: nodes.CondExpr) -> Any:
    if run.truth(node.test):
        return run.plain(node.expr1)
    return None if node.expr2 is None else run.plain(node.expr2)


_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def _compare(run: Expressions, node: nodes.Compare) -> bool:
    left_node: nodes.Node = node.expr
    left = run.plain(left_node)
    for operand in node.ops:
        right = run.plain(operand.expr)
        names = spell(path(left_node)), spell(path(operand.expr))
        sign = _SIGNS.get(operand.op)
        holds = _in(run, left, right) is (operand.op == "in") if sign is None else run.compare(sign, left, right, names)
        if not holds:
            return False
        left_node, left = operand.expr, right
    return True


def _in(run: Expressions, left: Any, right: Any) -> bool:
    """Whether a list has the item, or a text the words."""
    if isinstance(right, list | tuple):
        run.spend(50 * len(right))
        return any(run.compare("=", left, item, ("", "")) for item in right)
    words, text = fill_values.text(left), fill_values.text(right)
    run.spend(len(words) + len(text))
    return fold(words) in fold(text)


def _arithmetic(sign: str) -> Callable[[Expressions, Any], Any]:
    def work(run: Expressions, node: nodes.BinExpr) -> Any:
        names = called(node.left), called(node.right)
        return fill_values.arithmetic(sign, run.plain(node.left), run.plain(node.right), names)

    return work


def _signed(sign: int) -> Callable[[Expressions, Any], Any]:
    def work(run: Expressions, node: nodes.UnaryExpr) -> Any:
        return fill_values.tidy(sign * fill_values.number(run.plain(node.node), called(node.node)))

    return work


def _concat(run: Expressions, node: nodes.Concat) -> str:
    return run.bounded("".join(fill_values.text(run.plain(part)) for part in node.nodes))


_ANSWER: dict[type[nodes.Node], Callable[[Expressions, Any], Any]] = {
    nodes.Name: lambda run, node: run.name(node),
    nodes.Const: lambda _run, node: node.value,
    nodes.Getattr: _getattr,
    nodes.Getitem: _getitem,
    nodes.List: lambda run, node: [run.plain(item) for item in node.items],
    nodes.Tuple: lambda run, node: [run.plain(item) for item in node.items],
    nodes.Filter: _filter,
    nodes.Test: lambda run, node: is_blank(run.plain(node.node)),
    nodes.CondExpr: _condition,
    nodes.Compare: _compare,
    nodes.And: lambda run, node: run.truth(node.left) and run.truth(node.right),
    nodes.Or: lambda run, node: run.truth(node.left) or run.truth(node.right),
    nodes.Not: lambda run, node: not run.truth(node.node),
    nodes.Add: _arithmetic("+"),
    nodes.Sub: _arithmetic("-"),
    nodes.Mul: _arithmetic("*"),
    nodes.Div: _arithmetic("/"),
    nodes.Neg: _signed(-1),
    nodes.Pos: _signed(1),
    nodes.Concat: _concat,
}
