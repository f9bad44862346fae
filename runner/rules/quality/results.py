"""What a model is to give, as the owner writes it: `subject, body, tone: one of warm, formal; score: number 0..100`.

Invariant: the same words mean the same in a `fields` setting and in a Schema line of Checks.
"""

import re

from runner.errors import ConditionError
from runner.model import FieldRule
from runner.rules import fields
from runner.rules.fields.types import TYPES, type_key


def read_results(text: str) -> list[FieldRule]:
    """One rule a name, in order; all are required. Raises ConditionError with a sentence."""
    rules: list[FieldRule] = []
    for part in filter(str.strip, re.split(r"[;\n]", text)):
        head, colon, wanted = part.partition(":")
        *plain, last = [name.strip() for name in head.split(",") if name.strip()] or [""]
        if not last:
            raise ConditionError(f"No name stands before the colon in “{part.strip()[:60]}”.")
        rules += [_result(name, "") for name in plain]
        rules.append(_result(last, wanted.strip() if colon else ""))
    return rules


def _result(name: str, wanted: str) -> FieldRule:
    word, _, rest = wanted.partition(" ")
    typed = type_key(word) in TYPES and word != ""
    rule = FieldRule(field=name, type=word.lower() if typed else "text", rule=rest if typed else wanted, required=True)
    for sentence in fields.check_field_rule(rule, (name,)):
        raise ConditionError(f"{sentence} Put ; between a rule and the next name." if ":" in rule.rule else sentence)
    return rule
