"""Carries out the statements of a template and puts the filled text together.

Invariant: output and loops stay within `Filling`'s bounds; only a placeholder that the owner wrote gives the mark of a secret; in
JSON no value can end the string that it stands in.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from jinja2 import nodes

from runner.errors import TemplateError
from runner.model import Scope
from runner.ports import Written
from runner.rules.fill import values as fill_values
from runner.rules.fill.expressions import LONGEST, Expressions, Secret, called
from runner.rules.fill.names import key, path
from runner.rules.marks import mark, neutralise
from runner.values import is_blank

_QUOTES = re.compile(r'\\(?:.|$)|"', re.DOTALL)


@dataclass(slots=True)
class Filling:
    """One template being filled."""

    answers: Expressions
    as_json: bool
    #: Makes a value harmless in the text around it; the value that a template begins with is left as it is, unless `quote_first`.
    quote: Callable[[str], str] | None = None
    quote_first: bool = False
    pieces: list[str | Secret] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    #: Characters that may still come.
    room: int = LONGEST
    #: Items that loops may still go through, all loops together.
    items: int = 1_000
    #: In JSON: whether the next character stands inside a string, and right behind a backslash.
    quoted: bool = False
    escaped: bool = False

    @classmethod
    def of(cls, scope: Scope, as_json: bool, quote: Callable[[str], str] | None, quote_first: bool) -> "Filling":  # noqa: FBT001
        """With the values of one run."""
        return cls(Expressions(scope), as_json, quote, quote_first)

    def run(self, tree: nodes.Template) -> str:
        """The filled text. Raises TemplateError."""
        self.statements(tree.body)
        text = "".join(self._joined())
        try:
            text.encode()
        except UnicodeEncodeError:  # half of a character, as broken JSON answers hold them: nothing could store it
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text

    def _joined(self) -> list[str]:
        """Text between secrets is neutralised as a whole: two values side by side could make up a mark together."""
        parts: list[str] = []
        plain: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                plain.append(piece)
            else:
                parts += [neutralise("".join(plain)), mark(piece.name)]
                plain = []
        return [*parts, neutralise("".join(plain))]

    def add(self, piece: str | Secret) -> None:
        """Put out text."""
        self.room -= len(piece if isinstance(piece, str) else mark(piece.name))
        if self.room < 0:
            raise TemplateError(f"The filled text would be longer than {LONGEST:,} characters.")
        self.pieces.append(piece)

    def statements(self, body: list[nodes.Node]) -> None:
        """Carry out Output, If and For in order."""
        for node in body:
            self.answers.spend(20)
            match node:
                case nodes.Output():
                    for part in node.nodes:
                        self.literal(part.data) if isinstance(part, nodes.TemplateData) else self.place(part)
                case nodes.If():
                    self.statements(self.branch(node))
                case nodes.For():
                    self.loop(node)

    def branch(self, node: nodes.If) -> list[nodes.Node]:
        """The statements behind the first condition that holds."""
        for choice in (node, *node.elif_):
            if self.answers.truth(choice.test):
                return choice.body
        return node.else_

    def loop(self, node: nodes.For) -> None:
        """Go through a list; blank is an empty list."""
        self.answers.touched = set()
        found = self.answers.value(node.iter)
        sources = frozenset(self.answers.touched)
        if not isinstance(found, list | tuple) and not is_blank(found):
            raise TemplateError(f"{called(node.iter)} is not a list, so {{% for %}} cannot go through it.")
        values = found or []
        self.items -= len(values)
        if self.items < 0:
            raise TemplateError("The loops of this template would go through more than 1,000 items.")
        outer, outer_models = dict(self.answers.local), dict(self.answers.local_models)
        target = key(getattr(node.target, "name", ""))
        self.answers.local_models[target] = sources
        for index, value in enumerate(values):
            self.answers.local |= {
                target: value,
                "loop": {"index": index + 1, "first": index == 0, "last": index == len(values) - 1},
            }
            self.statements(node.body)
        self.answers.local, self.answers.local_models = outer, outer_models
        if not values:
            self.statements(node.else_)

    def literal(self, text: str) -> None:
        """Text of the template itself; in JSON it also tells where strings begin and end."""
        self.add(text)
        if self.as_json and text:
            self.escaped = False
            for sign in _QUOTES.finditer(text):
                if sign[0] == '"':
                    self.quoted = not self.quoted
                self.escaped = sign[0] == "\\"

    def place(self, node: nodes.Node) -> None:
        """A placeholder's value."""
        if self.escaped:
            raise TemplateError("A backslash stands right before a placeholder. Write two of them, or none.")
        self.answers.touched = set()
        value = self.answers.value(node)
        if isinstance(value, Secret) and path(node):
            for piece in ('"', value, '"') if self.as_json and not self.quoted else (value,):
                self.add(piece)
            return
        value = self.answers.single(value, node)
        if self.answers.touched and not is_blank(value):
            self.written.append(Written(fill_values.text(value), frozenset(self.answers.touched)))
        if not self.as_json:
            text = fill_values.text(value)
            self.add(self.quote(text) if self.quote and (self.pieces or self.quote_first) else text)
        elif self.quoted:
            self.add(json.dumps(fill_values.text(value), ensure_ascii=False)[1:-1])
        else:
            self.add(fill_values.literal(value))
