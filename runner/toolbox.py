"""Servers of tools, asked by commands: the toolbox's half of the composition root.

Invariant: no tool is called; a server that does not answer in time is a sentence, or is passed over.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from runner import wiring
from runner.errors import ActionFailed, ConfigError
from runner.ports import Action, Tools

if TYPE_CHECKING:
    from adapters.mcp.server import McpServer
    from runner.config import Config


def listing(config: "Config", only: str | None) -> list[dict[str, Any]]:
    """What the servers of config.toml, or one of them, can do: server, problem, tools. Raises `ConfigError`."""
    from adapters.mcp.paste import entry
    from adapters.mcp.server import START

    if not config.mcp or (only and only not in config.mcp):
        known = f"It names: {', '.join(config.mcp)}." if config.mcp else 'Add a table [mcp.NAME] with command = ["…"] or url = "…".'
        raise ConfigError(f"config.toml names no tool server{f' “{only}”' if only else ''}. {known}")
    found, tools = [], wiring.open_tools(config, wiring.open_secrets(config))
    for name in [only] if only else config.mcp:
        server, redact = tools.mcp[name], tools.secrets.redact
        one: dict[str, Any] = {"server": name, "problem": "", "tools": []}
        try:
            listed = server.tools(timedelta(seconds=START))
            one["tools"] = [entry(name, tool, allowed=tool.name in server.allowed, redact=redact) for tool in listed]
        except ActionFailed as error:
            one["problem"] = str(error)
        found.append(one)
    return found


def meet(tools: Tools, actions: Mapping[str, Action], named: Collection[str], patience: timedelta) -> None:
    """Let the action mcp.call know the tools of these servers, or why one of them did not say in time."""
    asked = [server for name, server in tools.mcp.items() if name in named and server.allowed]
    if asked:
        with ThreadPoolExecutor(len(asked)) as pool:
            for facts in pool.map(lambda server: _facts(server, patience), asked):
                actions["mcp.call"].learn(facts)


def _facts(server: "McpServer", patience: timedelta) -> dict[str, str]:
    from adapters.mcp.catalogue import answer_of, silence_of

    try:
        return answer_of(server.name, server.tools(patience))
    except ActionFailed as silent:
        return silence_of(server.name, str(silent))
