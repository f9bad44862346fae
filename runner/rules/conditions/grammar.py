"""Reads a condition into its tree: word style, spreadsheet style, and any mix of the two.

Invariant: every text becomes either a tree or one ConditionError whose sentence says how to mend it.

    either  = both {"or" both}         both = inverse {"and" inverse}         inverse = {"not"} test
    test    = value [sign value | "is" … | ["does"] ["not"] ("in" list | "between" value "and" value | "contains" text | …)]
    value   = product {("+" | "-") product}         product = atom {("*" | "/") atom}
"""

from runner.errors import ConditionError
from runner.model import Names
from runner.rules.comparisons import EQUALITY
from runner.rules.conditions.operands import OperandReader
from runner.rules.conditions.reader import JOINS, SIGNS
from runner.rules.conditions.tree import Among, Blank, Both, Compare, Either, Flag, Not, Test, Within
from runner.rules.conditions.values import Column, Literal, Lookup, Operand

_CLOSE = {"[": "]", "(": ")", "{": "}"}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
#: What may follow `is`, longest first.
_PHRASES = (
    (("greater", "than", "or", "equal", "to"), ">="),
    (("less", "than", "or", "equal", "to"), "<="),
    (("greater", "than"), ">"),
    (("more", "than"), ">"),
    (("less", "than"), "<"),
    (("at", "least"), ">="),
    (("at", "most"), "<="),
    (("equal", "to"), "="),
    (("after",), ">"),
    (("before",), "<"),
)
_SEARCHES = {
    **dict.fromkeys(("contains", "contain"), "contain"),
    **dict.fromkeys(("starts", "start"), "start with"),
    **dict.fromkeys(("ends", "end"), "end with"),
}


def read(text: str, names: Names) -> tuple[Test, frozenset[str]]:
    """The tree of a condition, and the names that it uses. Raises ConditionError with a sentence."""
    reader = ConditionReader(text, names)
    tree = reader.as_test(reader.either())
    if reader.token().kind != "end":
        raise reader.stray()
    return tree, frozenset(reader.used)


class ConditionReader(OperandReader):
    """Reads what is yes or no."""

    def as_test(self, node: Test | Operand) -> Test:
        """The node as a condition: a column or setting alone counts as its own yes or no."""
        if isinstance(node, Test):
            return node
        if isinstance(node, Column | Lookup) or (isinstance(node, Literal) and isinstance(node.fixed, bool)):
            return Flag(node)
        shown = node.typed if isinstance(node, Literal) else node.label
        raise ConditionError(f"“{shown}” alone is not yes or no. A rule must come out as yes or no, for example Amount > 2000.")

    def either(self) -> Test | Operand:
        """Conditions joined by `or`; a lone value is given back as it is, for brackets in sums."""
        first = self._both()
        if self.token().key != "or":
            return first
        tests = [self.as_test(first)]
        while self.take("or"):
            tests.append(self.as_test(self._both()))
        return Either(tuple(tests))

    def _both(self) -> Test | Operand:
        first = self._inverse()
        if self.token().key != "and":
            return first
        tests = [self.as_test(first)]
        while self.take("and"):
            tests.append(self.as_test(self._inverse()))
        return Both(tuple(tests))

    def _inverse(self) -> Test | Operand:
        if self.token().key != "not" or self._is_name():
            return self._test()
        self.at += 1
        with self.deeper():
            return Not(self.as_test(self._inverse()))

    def _is_name(self) -> bool:
        """Whether a column of several words begins here, such as “Not before”."""
        header, end = self.longest(lambda typed, loose: self.known.column(typed, loose=loose))
        return bool(header) and end > self.at + 1

    def _test(self) -> Test | Operand:
        if self.token().key in JOINS and self.token(1).key == "(" and not self._is_name():
            return self._joined()
        left = self.sum()
        if isinstance(left, Literal) and isinstance(left.fixed, str) and self.known.column(left.typed):
            raise ConditionError(
                f"“{left.typed}” in quotes is a text, not the column. Leave out the quotes, or write [{left.typed}]."
            )
        if isinstance(left, Test):
            if self.token().key in (*SIGNS, "is", "in", "between"):
                self.as_value(left)
            return left
        if sign := self.take(*SIGNS):
            return self._compared(sign, left)
        if self.take("is"):
            return self._is(left)
        return self._verb(left)

    def _joined(self) -> Test:
        """`AND(a, b)`, `OR(a, b)`."""
        join = self.token().key
        self.at += 2
        with self.deeper(commas=True):
            tests = [self.as_test(self.either())]
            while self.take(","):
                tests.append(self.as_test(self.either()))
            self.need(")")
        return Both(tuple(tests)) if join == "and" else Either(tuple(tests))

    def _compared(self, sign: str, left: Operand) -> Test:
        right = self.worded(columns=True) if sign in EQUALITY else self.value()
        if self.token().key in SIGNS:
            better = f"{left.label or right.label or 'Amount'} between 1 and 5"
            raise ConditionError(f"Only two values can be compared at once. Write: {better}, or join two comparisons with and.")
        self.note_text(left, right)
        return Compare(sign, left, right)

    def _is(self, left: Operand) -> Test:
        before = self.at
        negated = bool(self.take("not"))
        if self.token().key in ("blank", "empty") and self.text_end() == self.at + 1:
            self.at += 1
            return Blank(left, negated)
        if sign := self.take(*SIGNS) or self._phrase():
            return self._compared(_OPPOSITE[sign] if negated else sign, left)
        if self.token().key in ("one", "any") and self.token(1).key == "of":
            self.at += 2
            return Among(left, self._list(), negated)
        if self.token().key == "between":
            between = self.as_test(self._verb(left))
            return Not(between) if negated else between
        if self.token().key == "in" and not self._capital(self.at):
            return self._is_in(left, negated)
        if negated and self._capital(before):
            typed = self.text(before, max(self.text_end(), before + 1))
            raise ConditionError(f'“{typed}” could be one text or its opposite. Write is "{typed}", or is not "{typed[4:]}".')
        right = self.worded(columns=False)
        self.note_text(left, right)
        return Compare("<>" if negated else "=", left, right)

    def _capital(self, place: int) -> bool:
        """Whether the word is written like the beginning of a text, `In progress`, while the one before it is not."""
        word, before = self.typed(place), self.typed(place - 1)
        return word.istitle() and not before.istitle()

    def _phrase(self) -> str:
        for words, sign in _PHRASES:
            if all(self.token(ahead).key == word for ahead, word in enumerate(words)) and self.token(len(words)).kind != "end":
                self.at += len(words)
                return sign
        return ""

    def _is_in(self, left: Operand, negated: bool) -> Test:  # noqa: FBT001
        """`is in US, CA`: a list, unless it could as well be a text such as “in progress”."""
        start = self.at
        self.at += 1
        alone = self.token().key not in _CLOSE and not self.at_reference() and self.token().kind not in ("quoted", "name")
        items = self._list()
        if alone and len(items) == 1:
            text = self.text(start, self.at)
            raise ConditionError(
                f'“{text}” could be a list or a text. Write is "{text}" for the text, or {left.label} in ({text[3:]}).'
            )
        return Among(left, items, negated)

    def _verb(self, left: Operand) -> Test | Operand:
        """`[does] [not] in, between, contains, starts with, ends with`; without any of them, the value alone."""
        does = bool(self.take("does", "do"))
        negated = bool(self.take("not"))
        if self.take("in"):
            items = self._list()
            self.note_text(left, items[-1])
            return Among(left, items, negated)
        if self.take("between"):
            low = self.value()
            self.need("and")
            between = Both((Compare(">=", left, low), Compare("<=", left, self.value())))
            return Not(between) if negated else between
        if how := self.take(*_SEARCHES):
            if how not in ("contain", "contains") and not self.take("with"):
                raise ConditionError(f"Write {how} with: {left.label} {how} with …")
            return Within(_SEARCHES[how], left, self.searched(), negated)
        if does or negated:
            raise ConditionError("After “not” write in, between, contain, start with or end with. Or put not in front: not VIP.")
        return left

    # ------------------------------------------------------------------------------------------------------- lists

    def _list(self) -> tuple[Operand, ...]:
        """`US, CA` up to `and`, `or` or a bracket; or the same in brackets of any kind."""
        close = _CLOSE.get(self.take(*_CLOSE))
        end = self.text_end()
        alone = close == "]" and self.at < end < len(self.tokens) and self.tokens[end].key == "]"
        if alone and (header := self.known.column(self.text(self.at, end))):
            self.at = end + 1  # `in [Allowed countries]`: the column that holds the list, not a list of one word
            return (self.column(header),)
        if not close and self.commas:
            return self._list_in_function()
        with self.deeper(commas=True):
            items = [self.worded(columns=False, lines=not close)]
            while self.take(",") or (not close and self.starts_line(self.at) and self.token().key not in (*JOINS, ")")):
                items.append(self.worded(columns=False, lines=not close))
            if close:
                self.need(close)
        return tuple(items)

    def _list_in_function(self) -> tuple[Operand, ...]:
        item = self.worded(columns=False)
        if self.token().key == ",":
            raise ConditionError("Inside AND( ) and OR( ) put the list in brackets of its own: in (US, CA).")
        return (item,)
