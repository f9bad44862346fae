"""Values made up for a drill: a row where no live one fits, and results of steps that nobody carried out.

Invariant: pure. What a cell of the contract compares a name with decides its value; else its type and its name do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from runner.model import FieldRule
from runner.rules import fields
from runner.rules.fields.types import type_key
from runner.values import Value, name_key

#: A host that cannot exist (RFC 2606): made-up addresses lead there.
HOST = "drill.example"
_LITERAL = (
    r"""\s*(?P<sign>>=|<=|==|>|<|=|\bis\b(?!\s+not|\s+blank)|\bin\b)\s*(?P<value>-?\d+(?:\.\d+)?|"[^"]*"|'[^']*'|[^\W\d][\w .-]*)"""
)
_SETTING = re.compile(r"settings\s*\.\s*(\w+)", re.IGNORECASE)
_BY_NAME: Sequence[tuple[str, Value]] = (
    (r"e_?mail|mailbox|recipient", f"person@{HOST}"),
    (r"url|link|website|web|href", f"https://{HOST}"),
    (r"phone|mobile|tel", "+1 555 0100"),
    (r"amount|price|budget|total|points|score|count|number|size|quantity|hours|days|rate|status", 100),
)
_DATES = re.compile(r"(?:^|_)(?:date|due|since|until|start|end|day|birthday|issued)(?:_|$)")


def made_up_row(
    headers: Iterable[str], rules: Sequence[FieldRule], texts: Sequence[str], settings: Mapping[str, Value], today: date
) -> dict[str, Value]:
    """Header → value: each fits its line in Fields, and what `texts` compare it with where that can be seen."""
    by_name = {name_key(rule.field): rule for rule in rules}
    row: dict[str, Value] = {}
    for header in filter(None, headers):
        wanted = wish(_column(header), texts, settings)
        rule = by_name.get(name_key(header))
        row[header] = fitting(rule, wanted, today) if rule else plausible(header, today) if wanted is None else wanted
    return row


def fitting(rule: FieldRule, wanted: Value, today: date) -> Value:
    """The first of many values that the line of Fields takes."""
    tried = [*([] if wanted is None else [wanted]), *_candidates(rule, today)]
    for value in tried:
        checked = fields.check_row((rule,), {rule.field: value})
        if not checked.wrong and not checked.missing:
            return value
    return tried[0]


def _candidates(rule: FieldRule, today: date) -> Iterator[Value]:
    numbers = [float(text) if "." in text else int(text) for text in re.findall(r"-?\d+(?:\.\d+)?", rule.rule)]
    words = [word.strip() for word in re.split(r"[,;\n]", re.sub(r"(?i)^\s*one of:?", "", rule.rule)) if word.strip()]
    noon = datetime(today.year, today.month, today.day, 12)  # noqa: DTZ001 - the sheet's own time
    match type_key(rule.type):
        case "number" | "integer" | "money":
            yield from (100, 10, 1, 0, 1000, *numbers, *(number + 1 for number in numbers), *(number - 1 for number in numbers))
        case "date":
            yield from (today, *(today + timedelta(days=days) for days in (1, 30, -30, 365, -365)))
        case "datetime":
            yield from (noon, *(noon + timedelta(days=days) for days in (1, 30, -30)))
        case "yes_no":
            yield from (True, False)
        case "choice":
            yield from words
        case "email":
            yield f"person@{HOST}"
        case "phone":
            yield "+1 555 0100"
        case "url":
            yield f"https://{HOST}"
        case _:
            yield from (f"Example {rule.field}", "Example", *words, "A", "AB", "ABC", "ABC-123", "A1", "1", "12345", "x" * 40)


def plausible(name: str, today: date) -> Value:
    """A value that something of this name might have."""
    key = name_key(name)
    if _DATES.search(key):
        return today
    return next((value for pattern, value in _BY_NAME if re.search(rf"(?:^|_)(?:{pattern})", key)), f"Example {name}")


def believable(results: Mapping[str, Any], step: str, texts: Sequence[str], settings: Mapping[str, Value], today: date) -> Any:
    """The results with every placeholder (`‹Score: points›`) replaced by a value that later cells can work with."""
    return {name: _leaf(value, (name,), step, texts, settings, today) for name, value in results.items()}


def _leaf(value: Any, path: tuple[str, ...], step: str, texts: Sequence[str], settings: Mapping[str, Value], today: date) -> Any:
    if isinstance(value, dict):
        return {name: _leaf(inner, (*path, name), step, texts, settings, today) for name, inner in value.items()}
    if not (isinstance(value, str) and value.startswith("‹")):
        return value
    wanted = wish(r"steps\s*\.\s*" + r"\s*\.\s*".join([_column(step), *map(re.escape, path)]), texts, settings)
    made = plausible(path[-1], today) if wanted is None else wanted
    return made.isoformat() if isinstance(made, date) else made


def wish(name: str, texts: Iterable[str], settings: Mapping[str, Value]) -> Value:
    """The value for which the first comparison with `name` (a pattern) holds; None when it is compared with nothing plain."""
    for text in texts:
        filled = _SETTING.sub(lambda match: _shown(settings.get(name_key(match[1]))), text)
        if match := re.search(rf"(?<![\w.]){name}\]?{_LITERAL}", filled, re.IGNORECASE):
            return _meeting(match["sign"], match["value"])
    return None


def _meeting(sign: str, literal: str) -> Value:
    if re.fullmatch(r"-?\d+(?:\.\d+)?", literal):
        number = float(literal) if "." in literal else int(literal)
        return number + {">": 1, "<": -1}.get(sign, 0)
    text = literal.strip("\"'")
    if literal[:1] not in "\"'":
        text = re.split(r"\s+(?:and|or)\b", text, maxsplit=1, flags=re.IGNORECASE)[0].strip()
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.casefold(), text)


def _shown(value: Value) -> str:
    return str(value) if isinstance(value, int | float) else f'"{value}"' if value else "?"


def _column(header: str) -> str:
    """The header as a condition may spell it."""
    return r"[\W_]{0,3}".join(map(re.escape, filter(None, name_key(header).split("_")))) or re.escape(header)
