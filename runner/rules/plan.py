"""A contract as text, so that a run keeps the contract it started with whatever happens to the sheet.

Invariant: `thaw(freeze(contract, templates)) == Plan(contract, templates)`, and equal contracts give equal text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from runner.model import Contract, FieldRule, MailTemplate, Route, Step
from runner.rules.named_templates import named_in
from runner.values import dump, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run carries out: its contract, and the mail templates that its steps name."""

    contract: Contract
    #: `name_key(template)` → template
    templates: Mapping[str, MailTemplate] = field(default_factory=dict)


def freeze(contract: Contract, templates: Mapping[str, MailTemplate]) -> str:
    """Canonical text of the contract and of those templates that it uses by name."""
    used = frozenset[str]().union(*map(named_in, contract.steps))
    kept = {key: _fields(template) for key, template in templates.items() if key in used}
    document = _fields(contract)
    for part in ("steps", "fields", "routes"):
        document[part] = [_fields(item) for item in document[part]]
    # where a row stood, and whether new runs may start, say nothing about what a run does
    document.pop("enabled")
    for step in document["steps"]:
        step.pop("address")
    return dump({"contract": document, "templates": kept})


@lru_cache(maxsize=256)
def thaw(text: str) -> Plan:
    """The inverse of `freeze`."""
    document = load(text)
    contract = document["contract"]
    contract["steps"] = tuple(
        Step(**{**step, "retry": None if step["retry"] is None else tuple(step["retry"])}) for step in contract["steps"]
    )
    contract["fields"] = tuple(FieldRule(**rule) for rule in contract["fields"])
    contract["routes"] = tuple(Route(**route) for route in contract["routes"])
    templates = {key: MailTemplate(**template) for key, template in document["templates"].items()}
    return Plan(contract=Contract(enabled=True, **contract), templates=templates)


def _fields(record: Any) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record)}
