"""Tools as an owner would look them up: risk, arguments, and the lines to paste into the With cell of a step.

Invariant: what a server says of itself is shown as one line of plain text, whatever it holds.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.mcp.arguments import types_of
from adapters.mcp.description import Description
from runner.model import Effect

#: Characters of a description that are shown.
LONGEST = 300
#: How deep the lines to paste go into lists and objects, how many parts of one they name, and how long one may be.
_DEEP, _WIDE, _LONG = 3, 8, 1000
_KINDS = {"string": "text", "integer": "whole number", "boolean": "yes/no", "array": "list", "object": "JSON", "null": "empty"}


def entry(server: str, tool: Description, *, allowed: bool, redact: Callable[[str], str]) -> dict[str, Any]:
    """All there is to say about one tool, as plain data."""
    said = {"tool": tool.name, "title": tool.title, "description": tool.text}
    return {
        **{name: one_line(redact(text)) for name, text in said.items()},
        "risk": tool.risk,
        "effect": str(tool.effect),
        "asks": asks(tool),
        "allowed": allowed,
        "arguments": [_argument(name, schema, tool, redact) for name, schema in tool.arguments.items()],
        "with": with_cell(server, tool),
    }


def asks(tool: Description) -> str:
    """When a person is asked before it is called, where the step's Approval cell does not say."""
    if tool.not_for_us:
        return "only works as a task, which Rowpact does not do"
    if tool.reads:
        return "reads only, you are not asked"
    if tool.destroys:
        return "may change or remove things, you are asked each time"
    return "writes, you are asked each time" if tool.effect is Effect.ONCE else "writes, you are asked the first time"


def _argument(name: str, schema: Mapping[str, Any], tool: Description, redact: Callable[[str], str]) -> dict[str, Any]:
    text = one_line(redact(str(schema.get("description", ""))))
    return {"name": one_line(name), "type": one_line(_kind(schema)), "required": name in tool.required, "description": text}


def _kind(schema: Mapping[str, Any]) -> str:
    """In the owner's words: `text`, `one of name, size`, `list of text`, `whole number or empty`."""
    values, items = schema.get("enum"), schema.get("items")
    if isinstance(values, list):
        return f"one of {', '.join(map(str, values))}"
    kinds = sorted(types_of(schema))
    if kinds == ["array"] and isinstance(items, dict) and types_of(items):
        return f"list of {_kind(items)}"
    return " or ".join(_KINDS.get(kind, kind) for kind in kinds) or "anything"


def with_cell(server: str, tool: Description) -> str:
    """The lines for the With cell: what must be there, with a placeholder for a column of the argument's name."""
    needed = [name for name in tool.required if name != tool.key_argument]
    settings = [f"arg.{name}: {_filled(name, tool.arguments.get(name, {}))}" for name in needed]
    return "\n".join(map(plain, [f"server: {server}", f"tool: {tool.name}", *settings]))


def _filled(name: str, schema: Mapping[str, Any]) -> str:
    example = _example(name, schema)
    return example if len(example) <= _LONG else _placeholder(name)


def _example(name: str, schema: Mapping[str, Any], deep: int = 0) -> str:
    """A placeholder; where the argument has parts, JSON with a placeholder for each that must be there."""
    types, parts, items = types_of(schema), schema.get("properties"), schema.get("items")
    if "object" in types and isinstance(parts, dict) and parts and deep < _DEEP:
        needed = schema.get("required") or list(parts)
        inner = (
            f"{json.dumps(part)}: {_example(part, parts[part], deep + 1)}"
            for part in list(needed)[:_WIDE]
            if isinstance(parts.get(part), dict)
        )
        return f"{{{', '.join(inner)}}}"
    if "array" in types and isinstance(items, dict) and (deep or isinstance(items.get("properties"), dict)) and deep < _DEEP:
        return f"[{_example(_one_of(name), items, deep + 1)}]"
    values = schema.get("enum")
    return json.dumps(values[0]) if deep and isinstance(values, list) and values else _placeholder(name)


def _placeholder(argument: str) -> str:
    """`startTime` → {{ start_time }}: how a column of that name would be written."""
    column = re.sub(r"[^a-z0-9_]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", argument).lower())
    return f"{{{{ {column} }}}}"


def _one_of(name: str) -> str:
    """`observations` → observation."""
    return name[:-1] if name.endswith("s") and len(name) > 3 else name


def one_line(text: str) -> str:
    """Plain, and cut between two words where it is long."""
    line = plain(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 2].rsplit(' ', 1)[0]} …"


def plain(text: str) -> str:
    """Without line breaks and without signs that would steer a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
