"""Reads the values in a condition: names, literals, bare texts, functions and sums.

Invariant: a bare word is a column wherever a value to work with is meant, and text behind `=`, `is`, `in` and `contains`; a word
that could be both is refused, never guessed. Depth is bounded, so that neither reading nor answering can exhaust the stack.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from runner.errors import ConditionError
from runner.model import Names
from runner.rules.comparisons import Kind, kind_of
from runner.rules.conditions.reader import ARITHMETIC_SIGNS, JOINS, Reader
from runner.rules.conditions.tree import Blank, Test
from runner.rules.conditions.values import Arithmetic, Function, Literal, Operand, Present
from runner.rules.spans import SpanError

DEEPEST = 20
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("yes", "true"), True),
    **dict.fromkeys(("no", "false"), False),
    **dict.fromkeys(("blank", "empty", "null"), None),
}
_RESERVED = frozenset(("today", "now", "not", *JOINS))
_VALUE_KINDS = ("number", "grouped", "span", "date", "clock")
_FUNCTIONS = ("len", "abs", "round", "lower", "upper", "trim")
_CALLED = frozenset((*_FUNCTIONS, "today", "now", "true", "false", "isblank"))
_ALL_FUNCTIONS = "AND, OR, NOT, TODAY, NOW, ISBLANK, LEN, ABS, ROUND, LOWER, UPPER and TRIM"


class OperandReader(Reader):
    """Reads values; what is yes or no stands in `ConditionReader`."""

    def __init__(self, text: str, names: Names) -> None:
        super().__init__(text, names)
        self.depth = 0
        #: How many lists and AND( ) are open: there a comma separates, and never stands inside a number.
        self.commas = 0
        #: The last comparison with a bare text, (name, text): for the hint when somebody writes `Country = US or CA`.
        self.last_text = ("", "")

    def either(self) -> Test | Operand:
        """A whole condition or value in brackets; see `ConditionReader`."""
        raise NotImplementedError

    @contextmanager
    def deeper(self, *, commas: bool = False) -> Iterator[None]:
        """One level down, where nothing may nest deeper than `DEEPEST`."""
        self.depth += 1
        self.commas += commas
        if self.depth > DEEPEST:
            raise ConditionError(f"There are more than {DEEPEST} brackets inside brackets. Split the rule into two rows.")
        yield
        self.depth -= 1
        self.commas -= commas

    def need(self, key: str) -> None:
        """Step over the sign that has to stand here."""
        if self.take(key):
            return
        if key == "and":
            raise self.stray("After “between” write two values: between 1 and 5.")
        raise self.stray(f"A “{key}” is missing before {self.typed(self.at)}.")

    def stray(self, otherwise: str = "") -> ConditionError:
        """The sentence for a token that cannot stand here."""
        found, before = self.typed(self.at), self.tokens[self.at - 1] if self.at else self.end
        if found == "," and before.kind == "number" and self.touches(self.at + 1) and self.token(1).kind in ("number", "span"):
            return ConditionError(f"Write decimals with a point: {self.typed(self.at - 1)}.{self.typed(self.at + 1)}")
        if before.kind in ("number", "grouped") and self.token().kind == "word":
            number = self.typed(self.at - 1)
            return ConditionError(f"I do not understand “{found}” behind {number}. Leave it out, or put all of the text in quotes.")
        if otherwise:
            return ConditionError(otherwise)
        if found == ",":
            return ConditionError("I did not expect a comma. For several values write: Country in US, CA")
        if found in ")]}":
            return ConditionError(f"There is one “{found}” too many.")
        behind = f" after “{self.typed(self.at - 1)}”" if self.at else ""
        hint = "Is “and”, “or” or a comparison such as = missing? Text with signs in it goes in quotes."
        return ConditionError(f"I did not expect “{found}”{behind}. {hint}")

    def note_text(self, left: Operand, right: Operand) -> None:
        """Remember a comparison with a text, for the hint in a later sentence."""
        if isinstance(right, Literal) and isinstance(right.fixed, str):
            self.last_text = (left.label, right.typed)

    # ------------------------------------------------------------------------------------------------------- sums

    def sum(self) -> Test | Operand:
        """Products joined by + and -; a lone atom is given back as it is, which may be a whole condition in brackets."""
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Test | Operand:
        return self._chain(("*", "/"), self.atom)

    def _chain(self, signs: tuple[str, ...], part: Any) -> Test | Operand:
        start = self.at
        left: Test | Operand = part()
        while sign := self.take(*signs):
            right = self.as_value(part())
            left = Arithmetic(sign, self.as_value(left), right, self.text(start, self.at))
        return left

    def value(self) -> Operand:
        """A sum that is a value and not a condition."""
        return self.as_value(self.sum())

    def as_value(self, node: Test | Operand) -> Operand:
        """The node, when it is a value."""
        if isinstance(node, Test):
            raise ConditionError("What is yes or no already cannot be compared or added up again. Join comparisons with and, or.")
        return node

    # ------------------------------------------------------------------------------------------------------ atoms

    def atom(self) -> Test | Operand:
        """One value: a literal, a name, a function, a bracket, or something negative."""
        token = self.token()
        if token.kind == "end":
            raise ConditionError("The rule stops too early: something is missing at the end.")
        if token.key == "-":
            return self._negative()
        if self.take("("):
            with self.deeper():
                inner = self.either()
                self.need(")")
                return inner
        if token.kind == "quoted" or token.kind in _VALUE_KINDS:
            return self._literal()
        if token.kind == "name":
            return self._bracketed()
        return self._named()

    def _negative(self) -> Operand:
        start = self.at
        self.at += 1
        with self.deeper():
            inner = self.as_value(self.atom())
        typed = self.text(start, self.at)
        if isinstance(inner, Literal) and kind_of(inner.fixed) is Kind.NUMBER:
            return Literal(typed, -inner.fixed)
        return Arithmetic("-", Literal("0", 0), inner, typed)

    def _literal(self) -> Literal:
        token, place = self.token(), self.at
        if isinstance(token.value, SpanError):
            raise ConditionError(str(token.value))
        if token.kind == "grouped" and self.commas:
            plain = self.typed(place).replace(",", "")
            raise ConditionError(
                f"“{self.typed(place)}” could be one number or several. Write {plain} for one, or a blank behind each comma."
            )
        self.at += 1
        return Literal(self.typed(place) if token.kind != "quoted" else token.value, token.value)

    def _bracketed(self) -> Operand:
        typed = str(self.token().value)
        header = self.known.column(typed)
        if not header:
            raise self.known.no_column(typed)
        self.at += 1
        return self.column(header)

    def _named(self) -> Test | Operand:
        if self.at_reference():
            return self.reference()
        header, end = self.longest(lambda typed, loose: self.known.column(typed, loose=loose))
        alone = end == self.at + 1
        if header and not (alone and self.token().key in _RESERVED):
            self.at = end
            return self.column(header)
        if self.token().kind == "word" and self.token(1).key == "(":
            return self._function()
        key = self.token().key
        if key in ("today", "now") or key in _WORDS:
            self.at += 1
            return Present(key) if key in ("today", "now") else Literal(self.typed(self.at - 1), _WORDS[key])
        raise self._unknown()

    def _unknown(self) -> ConditionError:
        if self.token().kind != "word" or self.token().key in JOINS:
            return self.stray()
        end = self.name_end()
        typed, before = self.text(self.at, end), self.tokens[self.at - 1].key if self.at else ""
        name, text = self.last_text
        if name and before == "or":
            return self.known.no_column(typed, f"For several values write: {name} in {text}, {typed}")
        if name and before == "and":
            return self.known.no_column(typed, f"If the text is “{text} and {typed}”, put it in quotes.")
        return self.known.no_column(typed)

    # -------------------------------------------------------------------------------------------------- functions

    def _function(self) -> Test | Operand:
        start, name = self.at, self.token().key
        self.at += 2
        with self.deeper():
            if name in ("today", "now", "true", "false"):
                self.need(")")
                return Present(name) if name in ("today", "now") else Literal(name, _WORDS[name])
            if name not in _CALLED:
                raise ConditionError(f"There is no function {self.typed(start)}( ). There are {_ALL_FUNCTIONS}.")
            argument = self.value()
            digits = self._digits() if name == "round" else 0
            self.need(")")
        if name == "isblank":
            return Blank(argument)
        return Function(name, argument, self.text(start, self.at), digits)

    def _digits(self) -> int:
        if not self.take(","):
            return 0
        token = self.token()
        if token.kind != "number" or token.value not in range(11):
            raise ConditionError("ROUND takes a value and a number of digits from 0 to 10: ROUND(Amount, 2).")
        self.at += 1
        return int(token.value)

    # ------------------------------------------------------------------------------------------------- bare texts

    def worded(self, *, columns: bool, lines: bool = False) -> Operand:
        """What stands behind `=` (`columns`: a bare name means the column) or behind `is`, `in`: a value, or a bare text."""
        end = self.text_end(lines=lines)
        if end <= self.at or self._starts_value(end):
            return self.value()
        if end == self.at + 1 and self.token().key in _WORDS:
            self.at = end
            return Literal(self.typed(end - 1), _WORDS[self.tokens[end - 1].key])
        typed = self.text(self.at, end)
        if header := self.known.column(typed):
            if columns:
                return self.value()
            raise ConditionError(
                f'“{typed}” could be the column or the word. Write [{header}] for the column, "{typed}" for the word.'
            )
        if columns and self._starts_sum():
            return self.value()
        self.at = end
        return Literal(typed, typed)

    def _starts_value(self, end: int) -> bool:
        """Whether the words up to `end` are no bare text but a literal, a reference, a function or a sum."""
        token, after = self.token(), self.token(1)
        if token.key == "-" or self.at_reference() or (token.key in _CALLED and after.key == "("):
            return True
        sums = after.key in ARITHMETIC_SIGNS and not self.touches(self.at + 1)
        if token.key in ("today", "now"):
            return end == self.at + 1 or after.key in ARITHMETIC_SIGNS
        if token.kind not in _VALUE_KINDS:
            return False
        if end > self.at + 1:
            return sums
        # 02134 is a code, and `12 months` a text, where no number or length is asked for.
        return not (re.match(r"0\d", self.typed(self.at)) or isinstance(token.value, SpanError))

    def _starts_sum(self) -> bool:
        header, end = self.longest(lambda typed, loose: self.known.column(typed, loose=loose))
        return bool(header) and end < len(self.tokens) and self.tokens[end].key in ARITHMETIC_SIGNS

    def searched(self) -> Operand:
        """What stands behind `contains`: as `worded`, but numbers and dates are text too."""
        end = self.text_end()
        if end > self.at and self.token().kind in _VALUE_KINDS:
            typed = self.text(self.at, end)
            self.at = end
            return Literal(typed, typed)
        found = self.worded(columns=False)
        return Literal(found.typed, found.typed) if isinstance(found, Literal) and not isinstance(found.fixed, timedelta) else found
