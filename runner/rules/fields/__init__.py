"""The payload contract: whether a row is complete, whether its values are right, and what they mean.

Invariant: a value is accepted in its one meaning or refused with a sentence; the sentence for a private field does not show it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from runner.errors import ConditionError
from runner.model import FieldRule
from runner.rules.comparisons import display, fold
from runner.rules.fields.limits import Limit, parse_limits
from runner.rules.fields.types import TYPES, Unfit, type_key
from runner.rules.findings import did_you_mean
from runner.rules.literals import Unclear, Unlike
from runner.values import ErrorValue, Value, is_blank, name_key, show


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """What the payload contract says about one row."""

    #: Required fields that are still blank, as named in Fields: the row has not happened yet.
    missing: tuple[str, ...] = ()
    #: (field, sentence) for each value that is wrong.
    wrong: tuple[tuple[str, str], ...] = ()
    #: The whole row, header as in the row → value; declared fields cleaned to their type, wrong ones as they were.
    values: Mapping[str, Value] = field(default_factory=dict)


def check_field_rule(rule: FieldRule, headers: Collection[str]) -> list[str]:
    """A sentence for each mistake in one row of Fields; `headers` are those of the contract's tab."""
    sentences = []
    if name_key(rule.field) not in map(name_key, headers):
        sentences.append(f"There is no column “{rule.field}”. {did_you_mean(rule.field, headers)}".strip())
    kind = type_key(rule.type)
    if kind not in TYPES:
        names = [name.replace("yes_no", "yes/no") for name in TYPES]
        return [*sentences, f"There is no type “{rule.type}”. {did_you_mean(rule.type, names)}"]
    try:
        limits = parse_limits(rule.rule, kind)
    except ConditionError as error:
        return [*sentences, str(error)]
    if kind == "choice" and not any(limit.choices for limit in limits):
        sentences.append("A choice needs its values. Write them under Rule: one of Small, Medium, Large")
    return sentences


def check_row(fields: Sequence[FieldRule], row: Mapping[str, Value]) -> RowCheck:
    """Check one row (header → value) against the fields of its contract."""
    values = dict(row)
    if not fields:
        return RowCheck(values=values)
    headers = _headers(tuple(row))
    missing: list[str] = []
    wrong: list[tuple[str, str]] = []
    for rule in fields:
        header = headers.get(name_key(rule.field))
        value = None if header is None else row[header]
        if header is None or is_blank(value):
            missing += [rule.field] * rule.required
            continue
        cleaned, sentence = _clean(rule, value)
        if sentence:
            wrong.append((rule.field, sentence))
        else:
            values[header] = cleaned
    return RowCheck(missing=tuple(missing), wrong=tuple(wrong), values=values)


@lru_cache(maxsize=64)
def _headers(headers: tuple[str, ...]) -> Mapping[str, str]:
    return {name_key(header): header for header in reversed(headers)}


def _clean(rule: FieldRule, value: Value) -> tuple[Value, str]:
    """The value as its type reads it, and "" or the sentence that says why it is wrong."""
    if isinstance(value, ErrorValue):
        return value, f"“{rule.field}” shows the error {value}. Mend the formula in that cell."
    kind = type_key(rule.type)
    should_be, read = TYPES.get(kind, TYPES["text"])
    try:
        cleaned = read(value)
        limits = parse_limits(rule.rule, kind)
    except (Unfit, Unclear) as error:
        return value, _sentence(rule, should_be, value, "" if isinstance(error, Unlike) else str(error))
    except ConditionError as error:
        return value, f"“{rule.field}” cannot be checked. {error}"
    for limit in limits:
        if not limit.allows(cleaned):
            return value, _sentence(rule, limit.should_be, value)
    return (_spelled(cleaned, limits) if kind == "choice" else cleaned), ""


def _spelled(value: Value, limits: Sequence[Limit]) -> Value:
    """A choice in the spelling of the rule."""
    return dict(choice for limit in limits for choice in limit.choices).get(fold(show(value)), value)


def _sentence(rule: FieldRule, should_be: str, value: Value, hint: str = "") -> str:
    if rule.private:
        return f"“{rule.field}” should be {should_be}, but holds something else. It is private, so it is not shown here."
    shown = f"“{display(value)}”" if isinstance(value, str) else display(value)
    return f"“{rule.field}” should be {should_be}, but holds {shown}. {hint}".strip()
