"""The servers of tools that config.toml names.

Invariant: nothing is started here; a secret goes to a url's own host, or to a command as the host `mcp.NAME`.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from adapters.mcp.server import McpServer, Way
from runner.ports import Secrets


class Table(Protocol):
    """One table [mcp.NAME]; either a command or a url is given."""

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its words."""

    @property
    def url(self) -> str:
        """Where it is reached."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The only tools that may be called."""

    @property
    def env(self) -> Mapping[str, str]:
        """The command's environment beside the usual; may hold secrets."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers for the url; may hold secrets."""


def open_servers(tables: Mapping[str, Table], folder: Path, secrets: Secrets) -> dict[str, McpServer]:
    """By their names. `folder`: where commands are started."""
    return {name: _open(name, table, folder, secrets) for name, table in tables.items()}


def _open(name: str, table: Table, folder: Path, secrets: Secrets) -> McpServer:
    host = urlsplit(table.url).netloc.rpartition("@")[2] if table.url else f"mcp.{name}"

    def revealed(texts: Mapping[str, str]) -> dict[str, str]:
        return {key: secrets.reveal(text, host) for key, text in texts.items()}

    way = Way(
        command=table.command,
        folder=folder,
        url=table.url,
        environment=partial(revealed, table.env),
        headers=partial(revealed, table.headers),
    )
    return McpServer(name, way, table.tools, secrets.redact)
