"""Reads the tool servers that somebody has set up for another program: the `mcpServers` block of its JSON file.

Invariant: no value of an environment variable or header is repeated; each becomes a secret that is only named.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from runner.errors import ConfigError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def tables(text: str) -> str:
    """The tables for config.toml. Raises `ConfigError`."""
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The file is not JSON: {error}.") from None
    block = data.get("mcpServers", data.get("servers")) if isinstance(data, dict) else None
    if not isinstance(block, dict) or not block:
        raise ConfigError("The file has no block “mcpServers” with servers in it.")
    return "\n".join(line for name, server in block.items() for line in _table(name, server))


def _table(name: str, server: Any) -> Iterator[str]:
    key = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    if not isinstance(server, dict) or not (server.get("command") or server.get("url") or server.get("serverUrl")):
        yield f"# {key}: it has neither command nor url."
        return
    url = str(server.get("url") or server.get("serverUrl") or "")
    yield f"[mcp.{key}]"
    if url:
        yield f"url = {_text(url)}"
    else:
        words = [str(server["command"]), *map(str, server.get("args") or ())]
        yield f"command = [{', '.join(map(_text, words))}]"
    yield f"tools = []  # name what may be called; `rowpact mcp tools {key}` lists them"
    host = urlsplit(url).netloc.rpartition("@")[2] if url else f"mcp.{key}"
    kind, values = ("headers", server.get("headers")) if url else ("env", server.get("env"))
    names = {str(each): _secret(key, str(each)) for each in values} if isinstance(values, dict) else {}
    if names:
        yield f"{kind} = {{ {', '.join(f'{_key(each)} = {_text(_mark(secret))}' for each, secret in names.items())} }}"
    yield from _secrets(names, host)
    yield ""


def _secrets(names: Mapping[str, str], host: str) -> Iterator[str]:
    for each, secret in names.items():
        yield ""
        yield f"[secrets.{secret}]  # the value of {re.sub(r'[^ -~]', ' ', each)} in that file"
        yield f'env = "{secret}"'
        yield f"hosts = [{_text(host)}]"


def _secret(server: str, name: str) -> str:
    """API_KEY; with the server's name before it where it would be no name, or says nothing."""
    plain, place = (re.sub(r"[^A-Za-z0-9_]", "_", text).upper() for text in (name, server.replace("-", "_")))
    return plain if re.match(r"[A-Z]", plain) and plain != "AUTHORIZATION" else f"{place}_{plain}"


def _mark(secret: str) -> str:
    return f"{{{{ secrets.{secret} }}}}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """As a basic string of TOML, which has JSON's escapes."""
    return json.dumps(value).replace("\x7f", "\\u007f")
