"""Walks over the tokens of a condition and finds the names in it, also those that are written with blanks and no brackets.

Invariant: of several names that could begin at a place the longest is taken, so that adding a column never splits another's name.
"""

from collections.abc import Callable

from runner.errors import ConditionError
from runner.model import Names
from runner.rules.conditions.names import SPACES, Known
from runner.rules.conditions.values import Column, Lookup
from runner.rules.conditions.words import Token, cut
from runner.values import name_key

JOINS = ("and", "or")
SIGNS = ("=", "<>", "<", ">", "<=", ">=")
ARITHMETIC_SIGNS = ("+", "-", "*", "/")
#: Words that stand behind a column, never inside a bare text.
_VERBS = ("is", "contains", "between", "does")
_OPERATORS = (*_VERBS, "in", "not", "contain", "starts", "ends")
_NAME_ENDS = frozenset((*SIGNS, ",", "[", "]", "{", "}"))
_TEXT_ENDS = frozenset((*_NAME_ENDS, *JOINS, "(", ")"))
#: Signs that may stand inside a name or text when they touch it on both sides: Pre-tax, A/B, Client's, draft.body
_INNER = frozenset("-/.'’&_")


class Reader:
    """A place in the tokens of one condition, and the names used so far."""

    def __init__(self, text: str, names: Names) -> None:
        self.source, self.tokens = cut(text)
        self.end = Token("end", "", len(self.source), len(self.source))
        self.at = 0
        self.known = Known(names)
        #: Headers as typed in the sheet, and `settings.x`, `steps.x.y`, …
        self.used: set[str] = set()

    # ------------------------------------------------------------------------------------------------- the cursor

    def token(self, ahead: int = 0) -> Token:
        """The token at the cursor or behind it; past the last one, a token of kind `end`."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else self.end

    def take(self, *keys: str) -> str:
        """Step over the word or sign if it is one of these, and say which it was; else ""."""
        key = self.token().key
        if key not in keys:
            return ""
        self.at += 1
        return key

    def touches(self, place: int) -> bool:
        """Whether no blank stands between the token at `place` and the one before it."""
        return 0 < place < len(self.tokens) and self.tokens[place].start == self.tokens[place - 1].end

    def text(self, start: int, end: int) -> str:
        """What was typed from token `start` up to token `end`, blanks evened out."""
        return " ".join(self.source[self.tokens[start].start : self.tokens[end - 1].end].split())

    def typed(self, place: int) -> str:
        """One token as typed, for sentences."""
        return self.text(place, place + 1)[:40] if place < len(self.tokens) else "the end"

    def starts_line(self, place: int) -> bool:
        """Whether a line break stands before the token."""
        return 0 < place < len(self.tokens) and "\n" in self.source[self.tokens[place - 1].end : self.tokens[place].start]

    # ------------------------------------------------------------------------------------------- bare names and texts

    def text_end(self, *, lines: bool = False) -> int:
        """Where a bare text that begins here ends: at a comma, bracket, comparison, `and`, `or`; with `lines`, at a line break."""
        place = self.at
        while place < len(self.tokens):
            token = self.tokens[place]
            later = place > self.at
            if token.key in _TEXT_ENDS or token.kind in ("name", "quoted") or (later and token.key in _VERBS):
                break
            if lines and later and self.starts_line(place):
                break
            place += 1
        return place

    def name_end(self) -> int:
        """Where a name that nobody knows seems to end; for the sentence about it."""
        place = self.at
        while place < len(self.tokens):
            token = self.tokens[place]
            inner = token.kind in ("op", "mark") and not self._joins(place)
            if inner or token.key in (*JOINS, *_OPERATORS) or token.kind in ("name", "quoted"):
                break
            place += 1
        return max(place, self.at + 1)

    def _joins(self, place: int) -> bool:
        return str(self.tokens[place].value) in _INNER and self.touches(place) and self.touches(place + 1)

    def longest(self, find: Callable[[str, bool], str]) -> tuple[str, int]:
        """The longest name that begins here and that `find(typed, loose)` knows, and where it ends; ("", here) when none."""
        stop = self.at
        while stop < len(self.tokens) and stop - self.at < self.known.longest:
            if self.tokens[stop].key in _NAME_ENDS or self.tokens[stop].kind in ("name", "quoted"):
                break
            stop += 1
        for end in range(stop, self.at, -1):
            if end == self.at + 1 and self.tokens[self.at].kind != "word":
                break  # a lone number or date is never a name
            if found := find(self.text(self.at, end), self._is_loose(end)):
                return found, end
        return "", self.at

    def _is_loose(self, end: int) -> bool:
        """Whether the signs up to `end` can only be part of a name, so that any spelling of it may be meant."""
        return all(
            token.kind not in ("op", "mark") or (self.at < place < end - 1 and self._joins(place))
            for place, token in enumerate(self.tokens[self.at : end], start=self.at)
        )

    # ------------------------------------------------------------------------------------------------------ references

    def at_reference(self) -> bool:
        """Whether `settings.…`, `steps.…`, `run.…`, `contract.…` or `row[…]` begins here."""
        after = self.token(1)
        return self.token().key in SPACES and self.touches(self.at + 1) and (after.key == "." or after.kind == "name")

    def reference(self) -> Column | Lookup:
        """The thing that begins here, which `at_reference` saw. Raises ConditionError for an unknown name."""
        space = self.token().key
        self.at += 1
        member = self._member(space, self.known.inside(space))
        if space == "row":
            return self.column(member)
        path, label = [name_key(member)], f"{space}.{member}"
        if space == "steps":
            path.append(self._member(label, self.known.results(member)))
            while self._goes_deeper():
                path.append(self._member(label, None))
            label = ".".join([label, *path[1:]])
        self.used.add(label)
        return Lookup(space, tuple(path), label)

    def _goes_deeper(self) -> bool:
        after = self.token()
        return self.touches(self.at) and (after.kind == "name" or (after.key == "." and self.touches(self.at + 1)))

    def _member(self, space: str, known: tuple[str, ...] | None) -> str:
        """The name behind the point or in the brackets; with `known`, in its spelling there."""
        if not (self.token().kind == "name" or self.take(".")) or self.token().kind == "end":
            raise ConditionError(f"“{space}” needs a name behind it, for example {space}.{(known or ('body',))[0]}.")
        by_key = {name_key(name): name for name in known or ()}
        member, end = self.longest(lambda typed, loose: by_key.get(name_key(typed), "") if loose else "")
        if member:
            self.at = end
            return member
        token = self.token()
        typed = token.value if token.kind in ("name", "quoted") else self.typed(self.at)
        self.at += 1
        if known is None:
            return str(typed)
        if name_key(typed) not in by_key:
            raise self.known.no_member(space, typed, known)
        return by_key[name_key(typed)]

    def column(self, header: str) -> Column:
        """The column, noted as used."""
        self.used.add(header)
        return Column(header)
