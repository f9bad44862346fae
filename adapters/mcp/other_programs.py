"""Makes tables for config.toml of the tool servers that somebody has set up for another program.

Invariant: no value of an environment variable or header that could be a secret is repeated; it becomes a secret that is only named.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from adapters.mcp.other_settings import block
from runner.errors import ConfigError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: `${env:KEY}`, `${input:key}`, `${KEY}`, `${KEY:-default}`: the other program puts something there.
_FILLED = re.compile(r"\$\{(?:(?P<kind>\w+):(?!-))?(?P<name>[^}:]+)[^}]*\}")
_LIKE_A_KEY = re.compile(r"(?i)(api[-_]?key|token|secret|password|authorization|bearer)|\b(sk|pk|rk|ghp|xox[abp])[-_]\w{8}")
_SWITCH = re.compile(r"(?i)true|false|yes|no|on|off|\d{1,5}")
_PLACE = re.compile(r"(?i)(PATH|DIR|FOLDER|FILE|DIRECTORY)$")


@dataclass(slots=True)
class _Given:
    """Names that are taken in the file that is being written."""

    servers: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)

    def free(self, taken: set[str], *wanted: str) -> str:
        """The first of these that is free, or the last with a number."""
        names = (*wanted, *(f"{wanted[-1]}_{number}" for number in range(2, 1000)))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        return name


def tables(text: str) -> str:
    """The tables for config.toml. Raises `ConfigError`."""
    servers = block(text)
    if not servers:
        raise ConfigError("The file has no block “mcpServers” with servers in it.")
    given = _Given()
    return "\n".join(line for name, server in servers.items() for line in _table(name, server, given))


def _table(name: str, server: Any, given: _Given) -> Iterator[str]:
    key = given.free(given.servers, re.sub(r"[^A-Za-z0-9_-]", "_", name) or "server")
    if why := _not_taken(server):
        yield f"# {key}: {why}"
        yield ""
        return
    url, words = _url(server), _words(server)
    yield from _remarks(server, [url, *words])
    yield f"[mcp.{key}]"
    yield f"url = {_text(url)}" if url else f"command = [{', '.join(map(_text, words))}]"
    yield f"tools = []  # name what may be called; `rowpact mcp tools {key}` lists them"
    host = urlsplit(url).netloc.rpartition("@")[2] if url else f"mcp.{key}"
    kind, values = ("headers", server.get("headers")) if url else ("env", server.get("env"))
    values = {str(each): str(value) for each, value in values.items()} if isinstance(values, dict) else {}
    secrets = {each: given.free(given.secrets, *_secret(key, each)) for each, value in values.items() if not _harmless(each, value)}
    if values:
        pairs = (
            f"{_key(each)} = {_text(_marked(value, secrets[each]) if each in secrets else value)}" for each, value in values.items()
        )
        yield f"{kind} = {{ {', '.join(pairs)} }}"
    for each, secret in secrets.items():
        yield from ("", *_kept(secret, each, values[each], host))
    yield ""


def _not_taken(server: Any) -> str:
    """Why it cannot be used here; "" when it can."""
    if not isinstance(server, dict) or not (_url(server) or _words(server)):
        return "it has neither command nor url."
    if str(server.get("type", server.get("transport", ""))).lower() == "sse":
        return "it speaks the older SSE, which Rowpact does not. Ask its maker for an address for “streamable HTTP”."
    return ""


def _url(server: Mapping[str, Any]) -> str:
    return str(server.get("url") or server.get("serverUrl") or server.get("httpUrl") or "")


def _words(server: Mapping[str, Any]) -> list[str]:
    command = server.get("command")
    said = command if isinstance(command, dict) else {"path": command, "args": server.get("args")}
    program, words = said.get("path"), said.get("args")
    return [str(program), *map(str, words if isinstance(words, list) else ())] if program else []


def _remarks(server: Mapping[str, Any], words: list[str]) -> Iterator[str]:
    """What somebody has to look at."""
    if server.get("disabled") is True or server.get("enabled") is False:
        yield "# It was switched off there."
    if server.get("cwd"):
        yield f"# It was started in {_plain(str(server['cwd']))}; here it is started beside config.toml."
    if any(_FILLED.search(word) for word in words):
        yield "# Write what is meant in place of ${…}."
    if any(_LIKE_A_KEY.search(word) for word in words):
        yield "# There may be a key in the next lines, which whoever sees this file can read."
        yield "# See whether the server takes it by env or headers instead."


def _harmless(name: str, value: str) -> bool:
    """A switch, a small number, or where something lies."""
    if _LIKE_A_KEY.search(name) or _FILLED.search(value):
        return False
    return bool(_SWITCH.fullmatch(value) or (_PLACE.search(name) and re.match(r"[/~.]|[A-Za-z]:\\", value)))


def _kept(secret: str, name: str, value: str, host: str) -> Iterator[str]:
    scheme, rest = _parts(value)
    found = _FILLED.fullmatch(rest)
    variable, what = secret, f"what follows {scheme.strip()} there" if scheme else f"the value of {_plain(name)} in that file"
    if found and found["kind"] == "input":
        what = f"what the other program asks for as {_plain(found['name'])}"
    elif found and found["kind"] in (None, "env"):
        variable = found["name"]
    yield f"[secrets.{secret}]  # {what}"
    yield f"env = {_text(variable)}"
    yield f"hosts = [{_text(host)}]"


def _secret(server: str, name: str) -> tuple[str, ...]:
    """API_KEY; with the server's name before it where that is taken, would be no name, or says nothing."""
    plain, place = (re.sub(r"[^A-Za-z0-9_]", "_", text).upper() for text in (name, server.replace("-", "_")))
    place = place if re.match(r"[A-Z]", place) else f"MCP_{place}"
    says = re.match(r"[A-Z]", plain) and plain != "AUTHORIZATION"
    return (plain, f"{place}_{plain}") if says else (f"{place}_{plain}",)


def _marked(value: str, secret: str) -> str:
    return f"{_parts(value)[0]}{{{{ secrets.{secret} }}}}"


def _parts(value: str) -> tuple[str, str]:
    """`Bearer abc` → the word that is none of the secret, and the secret."""
    found = re.fullmatch(r"((?:Bearer|Basic|Token) +)?(.*)", value.strip(), re.DOTALL | re.IGNORECASE)
    return (found[1] or "", found[2]) if found else ("", value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _plain(text: str) -> str:
    return re.sub(r"[^ -~]", " ", text)[:200]


def _text(value: str) -> str:
    """As a basic string of TOML, which has JSON's escapes."""
    return json.dumps(value).replace("\x7f", "\\u007f")
