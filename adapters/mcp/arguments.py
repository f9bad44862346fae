"""Turns what cells say into the arguments that a tool takes: numbers, yes and no, lists and JSON, by the tool's own schema.

Invariant: pure; a value is never read as something else than the schema says, and what does not fit is a sentence.
"""

import json
from collections.abc import Mapping
from typing import Any

from adapters.mcp.description import Description
from runner.errors import ActionFailed
from runner.rules.findings import did_you_mean
from runner.rules.spans import parse_yes_no

FAMILY = "arg."


def named(settings: Mapping[str, str]) -> dict[str, str]:
    """Argument → its text, from the settings `arg.NAME`."""
    return {name.strip()[len(FAMILY) :].strip(): text for name, text in settings.items() if name.strip().lower().startswith(FAMILY)}


def takes_json(tool: Description, argument: str) -> bool:
    """Whether its text is JSON: the argument is a list or an object."""
    return bool(types_of(tool.arguments.get(argument, {})) & {"array", "object"})


def arguments(tool: Description, texts: Mapping[str, str]) -> dict[str, Any]:
    """The arguments as the tool takes them. Raises `ActionFailed` with every mistake."""
    given, wrong = {}, []
    for name, text in texts.items():
        schema = tool.arguments.get(name, {})
        if not text.strip() and name not in tool.required and "string" not in types_of(schema):
            continue  # an empty cell gives no number
        try:
            given[name] = typed(text, schema)
        except ValueError as error:
            wrong.append(f"arg.{name}: {error}")
    wrong += unknown(tool, texts) or ([] if wrong else misfits(tool, given))
    if wrong:
        raise ActionFailed(f"{tool.name}: {' '.join(wrong[:5])}", permanent=True)
    return given


def unknown(tool: Description, texts: Mapping[str, str]) -> list[str]:
    """A sentence for each argument that the tool does not have."""
    if tool.schema.get("additionalProperties", False) not in (False, None):
        return []
    names = tool.arguments
    return [f"{tool.name} has no argument “{name}”. {did_you_mean(name, names)}".strip() for name in texts if name not in names]


def misfits(tool: Description, given: Mapping[str, Any]) -> list[str]:
    """A sentence for each argument that the tool's schema does not allow."""
    import jsonschema

    try:
        kind = jsonschema.validators.validator_for(tool.schema, default=jsonschema.Draft202012Validator)
        found = sorted(kind(dict(tool.schema)).iter_errors(dict(given)), key=lambda error: list(map(str, error.path)))
    except Exception as error:  # noqa: BLE001 - a schema is a stranger's text: one that cannot be used is told, whatever it breaks
        return [f"The schema of {tool.name} cannot be used: {str(error)[:200]}"]
    return [_sentence(list(error.path), error.message, error.validator == "required") for error in found]


def _sentence(path: list[Any], message: str, missing: bool) -> str:  # noqa: FBT001
    if missing and not path:
        return f"The argument {message.split(' is ', maxsplit=1)[0]} is missing. Write a line arg.NAME: … for it."
    return f"{'arg.' + '.'.join(map(str, path)) + ': ' if path else ''}{message[:200]}."


def typed(text: str, schema: Mapping[str, Any]) -> Any:
    """The text as the schema's type. Raises `ValueError` with a sentence."""
    types = types_of(schema)
    if not text.strip() and "null" in types and "string" not in types:
        return None
    for kind in ("boolean", "integer", "number"):
        if kind in types and (value := _plain(text, kind)) is not None:
            return value
    if "string" in types or not types:
        return text
    if types & {"array", "object"}:
        return _json(text, schema, types)
    raise ValueError(f"“{text[:60]}” is not {' or '.join(_WORDS.get(kind, kind) for kind in sorted(types))}.")


_WORDS = {"boolean": "Yes or No", "integer": "a whole number", "number": "a number", "null": "empty"}


def _plain(text: str, kind: str) -> bool | int | float | None:
    """The text as that kind of value; None when it is none."""
    if kind == "boolean":
        return parse_yes_no(text) if text.strip() else None
    try:
        number = float(text)
        if kind == "integer" or number.is_integer():
            return int(text) if text.strip().lstrip("+-").isdecimal() else int(number) if number.is_integer() else None
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0 else None  # JSON has no infinity


def _json(text: str, schema: Mapping[str, Any], types: frozenset[str]) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, str) and "array" in types:
        items = schema.get("items")
        parts = (part.strip() for part in value.replace("\n", ",").split(","))
        return [typed(part, items if isinstance(items, dict) else {}) for part in parts if part]
    if isinstance(value, str):
        message = f'“{text[:60]}” is not JSON. Write for example {{"city": "{{{{ city }}}}"}}.'
        raise ValueError(message)  # noqa: TRY004 - what stands in a cell has no type
    return value


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Every type that the schema allows; empty when it does not say."""
    said = schema.get("type", ())
    found = {said} if isinstance(said, str) else set(map(str, said))
    for way in ("anyOf", "oneOf"):
        for one in schema.get(way) or ():
            found |= types_of(one) if isinstance(one, dict) else set()
    values = schema.get("enum")
    if not found and isinstance(values, list) and all(isinstance(value, str) for value in values):
        found.add("string")
    return frozenset(found)
