"""Pydantic's errors in the owner's words.

Invariant: every error becomes a sentence with the table and key; no value of a secret is repeated.
"""

from collections.abc import Mapping
from typing import Any

from runner.config.alerts import Alert, Alerts
from runner.config.kinds import Unusable
from runner.config.tables import Sent
from runner.config.whole import TABLES, Config, keys_of
from runner.model import Problem
from runner.rules.findings import did_you_mean

#: Pydantic's error type, or its beginning → (what is wrong, how to mend it); {…} from the error's own facts.
_SAID = {
    "literal_error": ("This must be one of: {expected}.", ""),
    "greater_than": ("The number is too small: at least {ge}.", ""),
    "less_than": ("The number is too large: at most {le}.", ""),
    "int": ("This must be a whole number.", "Write it without quotation marks: 8"),
    "string": ("This must be text.", 'Write it in quotation marks: "…"'),
    "path": ("This must be text.", 'Write it in quotation marks: "…"'),
    "tuple": ("This must be a list.", 'Write it in brackets: ["…", "…"]'),
    "missing": ("The table [workbook] is missing.", 'Add it with path = "business.xlsx".'),
}

_NO_TABLE = ("model_type", "dict_type", "mapping_type", "model_attributes_type")


def complaint(
    loc: tuple[str | int, ...], error: Mapping[str, Any], file: str, overridden: Mapping[tuple[str, str], str]
) -> Problem:
    """One error of pydantic as a problem. `overridden`: which keys came from which environment variable."""
    loc = _as_written(loc)
    parts = [str(part) for part in loc]
    variable = overridden.get((parts[0], parts[1])) if len(parts) > 1 else None
    message, fix = _sentence(parts, error)
    return Problem(where=f"environment variable {variable}" if variable else where(file, loc), message=message, fix=fix)


def _as_written(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Pydantic calls a key that was not given by our name for it; the owner knows only the one in the file."""
    if len(loc) < 2 or loc[0] not in TABLES:
        return loc
    field = TABLES[str(loc[0])].model_fields.get(str(loc[1]))
    return (loc[0], field.alias or loc[1], *loc[2:]) if field else loc


def where(file: str, loc: tuple[str | int, ...]) -> str:
    """`config.toml [runner] poll`, `config.toml [mcp.calendar] command`, `config.toml [[workbook]] 2 path`."""
    parts = [str(part) for part in loc]
    if loc[0] == "workbook" and len(loc) > 1:
        number = int(loc[1]) + 1 if isinstance(loc[1], int) else 1
        return " ".join([file, "[workbook]" if number == 1 else f"[[workbook]] {number}", *parts[2:3]])
    if loc[0] in ("mcp", "alerts", "webhook", "inbox", "folder", "secrets") and len(loc) > 1:
        return " ".join([file, f"[{parts[0]}.{parts[1]}]", *parts[2:3]])
    if parts[:2] == ["email", "sent"]:
        return " ".join([file, "[email.sent]", *parts[2:3]])
    return " ".join([file, f"[{parts[0]}]", *parts[1:2]])


def _sentence(parts: list[str], error: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(error["type"])
    facts: Mapping[str, Any] = error.get("ctx") or {}
    if kind == "extra_forbidden":
        return _unknown(parts)
    if kind == "value_error":
        reason = facts["error"]
        return (reason.message, reason.fix) if isinstance(reason, Unusable) else (str(reason), "")
    if kind in _NO_TABLE or (kind == "tuple_type" and parts == ["workbook"]):
        named = parts[0] in ("mcp", "webhook", "inbox", "folder", "secrets")
        return "This must be a table.", f"Begin it with [{parts[0]}.NAME]." if named else f"Begin it with [{'.'.join(parts)}]."
    message, fix = next((said for begin, said in _SAID.items() if kind.startswith(begin)), ("This value cannot be used.", ""))
    return message.format(**{"ge": "", "le": "", "expected": ""} | dict(facts)).replace(" or ''.", "."), fix


def _unknown(parts: list[str]) -> tuple[str, str]:
    name, holder = parts[-1], parts[:-1]
    if not holder:
        return f"There is no table or key “{name}”.", did_you_mean(name, keys_of(Config))
    if holder[0] == "alerts":
        return f"There is no key “{name}” here.", did_you_mean(name, keys_of(Alerts if len(holder) == 1 else Alert))
    if holder == ["email", "sent"]:
        return f"There is no key “{name}” in [email.sent].", did_you_mean(name, keys_of(Sent))
    return f"There is no key “{name}” in [{holder[0]}].", did_you_mean(name, keys_of(TABLES[holder[0]]))
