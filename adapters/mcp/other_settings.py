"""Finds the servers of tools in another program's settings: Claude, Cursor, VS Code, Windsurf, Zed, Gemini and their like.

Invariant: pure; JSON with comments and commas too many is read as these programs read it.
"""

import json
import re
from typing import Any

from runner.errors import ConfigError

_NAMES = ("mcpServers", "servers", "context_servers", "mcp_servers")
#: A string, or what is none of JSON: a comment, or a comma before the end of a list.
_BESIDE = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])', re.DOTALL)


def block(text: str) -> dict[str, Any]:
    """Server's name → what is said of it; {} when there is none. Raises `ConfigError` for what is not JSON."""
    data = _data(_BESIDE.sub(lambda found: found[1] or "", text.removeprefix("\ufeff")))
    if not isinstance(data, dict):
        return {}
    inner = data.get("mcp")
    for place in (data, inner if isinstance(inner, dict) else {}):
        for name in _NAMES:
            if isinstance(place.get(name), dict):
                return dict(place[name])
    alone = data.values() and all(
        isinstance(each, dict) and {"command", "url", "serverUrl"} & each.keys() for each in data.values()
    )
    return data if alone else {}


def _data(text: str) -> Any:
    """Documentation often shows the block without the braces around it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        try:
            return json.loads(f"{{{text}}}")
        except (ValueError, RecursionError):
            raise ConfigError(f"The file is not JSON: {error}.") from None
