"""Patterns that owners write behind `matches`: the common part of regular expressions, matched in bounded time.

Invariant: no pattern and no text can make a match slow. A backtracking matcher can be busy for hours with `(a+)+$`; this one
follows all readings of the pattern at once, so a match costs at most characters times states, and both are capped. What would
need backtracking (looking ahead or behind, back references) is refused with a sentence. The whole text has to match.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from runner.errors import RowpactError

LONGEST_PATTERN, LONGEST_TEXT = 200, 1000
_MOST_STATES, _DEEPEST = 500, 20
_QUANTITY = re.compile(r"(?:[*+?]|\{([0-9]{1,3})(,([0-9]{1,3})?)?\})\??")

Char = Callable[[str], bool]


class PatternError(RowpactError):
    """The pattern cannot be used; the message says why."""


def _digit(char: str) -> bool:
    return char.isdecimal()


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


_CLASSES: dict[str, Char] = {"d": _digit, "w": _word, "s": str.isspace}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to match. States lead on: a test of one character, a fork, or an assertion."""

    #: ("char", test, next) · ("fork", nexts) · ("start", next) · ("end", next) · ("done",)
    states: tuple[tuple[Any, ...], ...]
    first: int
    any_case: bool = False

    def matches(self, text: str) -> bool:
        """Whether the whole text matches; a text longer than `LONGEST_TEXT` never does."""
        if len(text) > LONGEST_TEXT:
            return False
        folded = text.casefold() if self.any_case else text
        current = self._reached([self.first], at_start=True, at_end=not folded)
        for place, char in enumerate(folded, start=1):
            follow = [state[2] for number in current if (state := self.states[number])[0] == "char" and state[1](char)]
            if not follow:
                return False
            current = self._reached(follow, at_start=False, at_end=place == len(folded))
        return any(self.states[number][0] == "done" for number in current)

    def _reached(self, pending: list[int], *, at_start: bool, at_end: bool) -> set[int]:
        """The states that can be reached without reading a character."""
        reached: set[int] = set()
        while pending:
            number = pending.pop()
            if number in reached:
                continue
            reached.add(number)
            kind, *rest = self.states[number]
            if kind == "fork":
                pending.extend(rest[0])
            elif (kind == "start" and at_start) or (kind == "end" and at_end):
                pending.append(rest[0])
        return reached


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Read a pattern. Raises PatternError with a sentence."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"The pattern is {len(text)} characters long; the limit is {LONGEST_PATTERN}.")
    any_case = text.startswith("(?i)")
    parser = _Parser(text[4:].casefold() if any_case else text)
    tree = parser.either()
    if parser.at < len(parser.text):
        raise PatternError("The pattern has one “)” too many.")
    builder = _Builder()
    return Pattern(first=builder.build(tree, builder.add("done")), states=tuple(builder.states), any_case=any_case)


class _Parser:
    """Reads a pattern into nested tuples: either, then, repeat, char, start, end."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, what: str) -> bool:
        found = self.text.startswith(what, self.at)
        self.at += len(what) * found
        return found

    def either(self) -> tuple[Any, ...]:
        options = [self.sequence()]
        while self.take("|"):
            options.append(self.sequence())
        return ("either", options)

    def sequence(self) -> tuple[Any, ...]:
        parts = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.repeated(self.atom()))
        return ("then", parts)

    def repeated(self, part: tuple[Any, ...]) -> tuple[Any, ...]:
        match = _QUANTITY.match(self.text, self.at)
        if match is None:
            return part
        self.at = match.end()
        if _QUANTITY.match(self.text, self.at) or self.peek() == "+":
            raise PatternError(f"“{self.text[match.start() : self.at + 1]}” repeats a repetition.")
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(match.group()[0], (int(match[1] or 0), None))
        if match.group().startswith("{"):
            high = int(match[3]) if match[3] else None if match[2] else low
        if high is not None and high < low:
            raise PatternError(f"“{match.group()}” counts backwards.")
        return ("repeat", part, low, high)

    def atom(self) -> tuple[Any, ...]:
        char = self.peek()
        self.at += 1
        match char:
            case "(":
                return self.group()
            case "[":
                return ("char", self.listed())
            case ".":
                return ("char", lambda found: found != "\n")
            case "\\":
                return ("char", self.escaped())
            case "^" | "$":
                return ("start",) if char == "^" else ("end",)
            case "*" | "+" | "?":
                raise PatternError(
                    f"There is nothing in front of “{char}” that it could repeat. For the sign itself write \\{char}."
                )
        return ("char", char.__eq__)

    def group(self) -> tuple[Any, ...]:
        if self.peek() == "?" and not self.take("?:"):
            raise PatternError(f"“(?{self.text[self.at + 1 : self.at + 3]}” cannot be used here: write a plain group ( ).")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PatternError("The pattern has too many brackets inside brackets.")
        inner = self.either()
        self.depth -= 1
        if not self.take(")"):
            raise PatternError("The pattern has a “(” that is never closed.")
        return inner

    def escaped(self) -> Char:
        char = self.peek()
        self.at += 1
        if not char:
            raise PatternError("The pattern ends with a lone \\.")
        if char in _CONTROLS:
            return _CONTROLS[char].__eq__
        if char.casefold() in _CLASSES:
            test = _CLASSES[char.casefold()]
            return test if char.islower() else lambda found: not test(found)
        if char.isalnum():
            raise PatternError(f"\\{char} cannot be used here. There are \\d, \\w, \\s, and \\ in front of a sign.")
        return char.__eq__

    def listed(self) -> Char:
        """What stands in square brackets, up to the closing one."""
        negated = self.take("^")
        tests: list[Char] = []
        while self.peek() != "]" or not tests:
            if not self.peek():
                raise PatternError("The pattern has a “[” that is never closed.")
            tests.append(self.member())
        self.at += 1
        return lambda char: any(test(char) for test in tests) != negated

    def member(self) -> Char:
        if self.take("\\"):
            return self.escaped()
        low, dash, high = (
            self.text[self.at : self.at + 1],
            self.text[self.at + 1 : self.at + 2],
            self.text[self.at + 2 : self.at + 3],
        )
        if dash != "-" or high in ("", "]", "\\"):
            self.at += 1
            return low.__eq__
        if high < low:
            raise PatternError(f"“{low}-{high}” counts backwards.")
        self.at += 3
        return lambda char: low <= char <= high


class _Builder:
    """Turns the tuples into states, last part first, each leading to the one after it."""

    def __init__(self) -> None:
        self.states: list[tuple[Any, ...]] = []

    def add(self, *state: Any) -> int:
        if len(self.states) >= _MOST_STATES:
            raise PatternError("The pattern repeats too much. For long texts use a rule such as max 200 characters.")
        self.states.append(state)
        return len(self.states) - 1

    def build(self, tree: tuple[Any, ...], after: int) -> int:
        match tree:
            case ("then", parts):
                for part in reversed(parts):
                    after = self.build(part, after)
                return after
            case ("either", [single]):
                return self.build(single, after)
            case ("either", options):
                return self.add("fork", tuple(self.build(option, after) for option in options))
            case ("repeat", part, low, high):
                return self.repeat(part, low, high, after)
        return self.add(*tree, after)

    def repeat(self, part: tuple[Any, ...], low: int, high: int | None, after: int) -> int:
        end = after
        if high is None:
            after = self.add("fork", ())
            self.states[after] = ("fork", (self.build(part, after), end))
        for _ in range((high or low) - low):
            after = self.add("fork", (self.build(part, after), end))
        for _ in range(low):
            after = self.build(part, after)
        return after
