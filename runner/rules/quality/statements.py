"""The lines of the tab Checks, read: what each asks of a text.

Invariant: a line is read once and refused with a sentence, or it can answer every text in bounded time.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from runner.errors import ConditionError
from runner.model import FieldRule
from runner.rules import fields
from runner.rules.comparisons import fold
from runner.rules.fields.limits import parse_limits
from runner.rules.fields.patterns import Pattern, PatternError, compile_pattern
from runner.rules.findings import did_you_mean
from runner.rules.quality.results import read_results
from runner.rules.quality.subject import Subject
from runner.rules.quality.values import AMOUNT, mentions, ways
from runner.values import Value, is_blank, name_key, show

KINDS = ("Schema", "Policy", "Context", "Length")
Statement = Callable[[str, Subject], Iterator[str]]
#: Patterns look at a text line by line, and at most at so many characters of each at once.
_WINDOW, _OVERLAP = 900, 200
_HOW = {
    "Length": "Write for example: 80..1200 characters; max 160 words",
    "Schema": "Write the results and what they must be: subject: max 80 characters; tone: one of warm, formal",
    "Policy": "Write for example: no words: guarantee, refund; no links; must say: VAT; no pattern: [0-9]+ ?%",
    "Context": "Write for example: names: Name, Amount; not other: Leads.Name; only amounts of this row",
}

#: Words of Context lines, as `name_key` gives them: columns of this row, and of the other rows.
_NAMES, _NOT_OTHER = ("names", "name", "says"), ("not_other", "no_other")


@lru_cache(maxsize=512)
def read(kind: str, rule: str) -> tuple[Statement, ...]:
    """What the line asks, in order. Raises ConditionError with a sentence that says how to mend it."""
    parts = _parts(rule)
    if not parts:
        raise ConditionError(f"The rule is missing. {_HOW[kind]}")
    return tuple(_READERS[kind](part) for part in parts)


def _parts(rule: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", rule) if part.strip()]


def columns(kind: str, rule: str) -> tuple[str, ...]:
    """The columns of the run's row that the line names."""
    return tuple(_named(kind, rule, _NAMES))


def other_columns(kind: str, rule: str) -> tuple[tuple[str, str], ...]:
    """The (tab, column) pairs of other rows that the line names."""
    return tuple(_place(name) for name in _named(kind, rule, _NOT_OTHER))


def _named(kind: str, rule: str, heads: tuple[str, ...]) -> Iterator[str]:
    """What stands behind these words of a Context line."""
    for head, _, text in (part.partition(":") for part in _parts(rule) if kind == "Context"):
        if name_key(head) in heads:
            yield from _listed(text)


def _listed(text: str) -> list[str]:
    return [part.strip().strip('"“”') for part in text.split(",") if part.strip()]


def _headed(part: str, kind: str) -> tuple[str, list[str]]:
    head, colon, text = part.partition(":")
    listed = _listed(text)
    if colon and not listed:
        raise ConditionError(f"Nothing stands behind “{head.strip()}:”. {_HOW[kind]}")
    return name_key(head), listed


# ---------------------------------------------------------------------------------------------------------------- Length


def _length(part: str) -> Statement:
    limits = parse_limits(part, "text")
    if not re.search(r"(?:character|char|letter|word)s?\b", part, re.IGNORECASE):
        raise ConditionError(f"“{part}” is no length. {_HOW['Length']}")
    return lambda text, _subject: (f"The text should be {limit.should_be}." for limit in limits if not limit.allows(text.strip()))


# ---------------------------------------------------------------------------------------------------------------- Schema


def _schema(part: str) -> Statement:
    return partial(_results_fit, read_results(part))


def _results_fit(rules: list[FieldRule], _text: str, subject: Subject) -> Iterator[str]:
    checked = fields.check_row(rules, subject.results)
    yield from (f"The result “{name}” is missing." for name in checked.missing)
    yield from (sentence for _, sentence in checked.wrong)


# ---------------------------------------------------------------------------------------------------------------- Policy


def _policy(part: str) -> Statement:
    key = name_key(part)
    if key in ("no_links", "no_addresses", "no_numbers"):
        return partial(_none_at_all, {"no_links": "link", "no_addresses": "mail address", "no_numbers": "number"}[key])
    if part.strip().casefold().startswith(("no pattern:", "no patterns:")):
        pattern = part.partition(":")[2].strip()
        return partial(_without_pattern, _compiled(pattern), pattern)
    head, listed = _headed(part, "Policy")
    if head in ("no_words", "no_word", "no_claims", "no_claim", "never"):
        return partial(_without, listed)
    if head in ("must_say", "must_have", "with"):
        return partial(_saying, listed)
    raise ConditionError(f"“{part[:60]}” is no policy. {_HOW['Policy']}")


_SHAPES = {
    "link": re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE),
    "mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    "number": re.compile(r"\d"),
}


def _none_at_all(called: str, text: str, _subject: Subject) -> Iterator[str]:
    if found := _SHAPES[called].search(text):
        yield f"The text may hold no {called}, and holds “{found[0][:60]}”."


def _compiled(pattern: str) -> Pattern:
    try:
        return compile_pattern(f".*({pattern}).*")
    except PatternError as error:
        raise ConditionError(str(error)) from None


def _without_pattern(pattern: Pattern, written: str, text: str, _subject: Subject) -> Iterator[str]:
    for line in text.splitlines():
        for start in range(0, max(1, len(line) - _OVERLAP), _WINDOW - _OVERLAP):
            if pattern.matches(line[start : start + _WINDOW]):
                yield f"The text holds what the pattern {written} forbids."
                return


def _without(words: list[str], text: str, _subject: Subject) -> Iterator[str]:
    said = _words(text)
    for word in words:
        if _words(word) in said:
            yield f"The text may not say “{word}”."


def _saying(words: list[str], text: str, _subject: Subject) -> Iterator[str]:
    for word in words:
        if not mentions(text, word):
            yield f"The text must say “{word}”."


_WORDS = re.compile(r"[^\W_]+|[%€$£]")


def _words(text: str) -> str:
    """Words and signs of money and percent, blanks between: `100%` and `risk-free` are found however they are spaced."""
    return f" {' '.join(_WORDS.findall(fold(text)))} "


# --------------------------------------------------------------------------------------------------------------- Context


def _context(part: str) -> Statement:
    key = name_key(part)
    if key in ("only_amounts_of_this_row", "only_amounts"):
        return _only_amounts
    head, listed = _headed(part, "Context")
    if head in _NAMES:
        return partial(_naming, listed)
    if head in _NOT_OTHER:
        return partial(_not_other, [_place(name) for name in listed])
    raise ConditionError(f"“{part[:60]}” is no context. {_HOW['Context']} {did_you_mean(head, ('names', 'not other'))}".strip())


def _place(name: str) -> tuple[str, str]:
    tab, dot, column = name.partition(".")
    if not dot or not tab.strip() or not column.strip():
        raise ConditionError(f"“{name}” names no column of a tab. Write for example not other: Leads.Name")
    return tab.strip(), column.strip()


def _naming(names: list[str], text: str, subject: Subject) -> Iterator[str]:
    for name in names:
        value = subject.value(name)
        if is_blank(value):
            yield f"“{name}” is blank in this row, so the text cannot be held against it."
        elif not mentions(text, value):
            yield f"The text must name {name}: {show(value)[:80]}."


def _not_other(places: list[tuple[str, str]], text: str, subject: Subject) -> Iterator[str]:
    for tab, column in places:
        values = subject.others(tab, column)
        if values is None:
            yield f"There is no column “{column}” in {tab}, so the text cannot be held against it."
            continue
        own = show(subject.value(column) or "")
        for value in dict.fromkeys(show(value) for value in values if not is_blank(value)):
            if _another(value, own, text):
                yield f"The text names another row's {column}: {value[:80]}."


def _another(value: str, own: str, text: str) -> bool:
    """Whether the text says another row's value, beyond what this row's own value makes it say."""
    return fold(value) != fold(own) and not mentions(own, value) and mentions(text, value, least=2)


def _only_amounts(text: str, subject: Subject) -> Iterator[str]:
    known = {re.sub(r"\D", "", way) for value in subject.row.values() if _is_number(value) for way in ways(value)}
    words = re.sub(r"[^\d\s]", "", subject.own_words()).split()
    for match in AMOUNT.finditer(text):
        found = (match[1] or match[2]).strip(" .,’'")
        digits = re.sub(r"\D", "", found)
        if digits not in known and digits not in words:
            yield f"The amount “{match[0].strip()[:40]}” does not stand in the row."


def _is_number(value: Value) -> bool:
    return not isinstance(value, bool | str) and not is_blank(value)


_READERS: dict[str, Callable[[str], Statement]] = {"Length": _length, "Schema": _schema, "Policy": _policy, "Context": _context}
