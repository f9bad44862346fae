"""Tools as an owner would look them up: risk, arguments, and the lines to paste into the With cell of a step.

Invariant: what a server says of itself is shown as one line of plain text, whatever it holds.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.mcp.arguments import types_of
from adapters.mcp.description import Description

#: Characters of a description that are shown.
LONGEST = 300
_KINDS = {"string": "text", "integer": "whole number", "boolean": "yes/no", "array": "list", "object": "JSON", "null": "empty"}


def entry(server: str, tool: Description, *, allowed: bool, redact: Callable[[str], str]) -> dict[str, Any]:
    """All there is to say about one tool, as plain data."""
    plain = {"tool": tool.name, "title": tool.title, "description": tool.text}
    return {
        **{name: one_line(redact(text)) for name, text in plain.items()},
        "risk": tool.risk,
        "effect": str(tool.effect),
        "allowed": allowed,
        "arguments": [_argument(name, schema, tool, redact) for name, schema in tool.arguments.items()],
        "with": with_cell(server, tool),
    }


def _argument(name: str, schema: Mapping[str, Any], tool: Description, redact: Callable[[str], str]) -> dict[str, Any]:
    kinds = " or ".join(_KINDS.get(kind, kind) for kind in sorted(types_of(schema))) or "anything"
    values = schema.get("enum")
    kinds = f"one of {', '.join(map(str, values))}" if isinstance(values, list) else kinds
    text = one_line(redact(str(schema.get("description", ""))))
    return {"name": one_line(name), "type": one_line(kinds), "required": name in tool.required, "description": text}


def with_cell(server: str, tool: Description) -> str:
    """The lines for the With cell: what must be there, with a placeholder for a column of the argument's name."""
    needed = [name for name in tool.required if name != tool.key_argument]
    lines = [f"server: {server}", f"tool: {tool.name}", *(f"arg.{name}: {{{{ {_column(name)} }}}}" for name in needed)]
    return "\n".join(map(one_line, lines))


def _column(argument: str) -> str:
    """`startTime` → start_time: how a column of that name would be written."""
    return re.sub(r"[^a-z0-9_]", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", argument).lower())


def one_line(text: str) -> str:
    """Without line breaks and without signs that would steer a terminal."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:LONGEST]
