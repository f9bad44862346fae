"""Every tool that is known by its description, and the pins that a person has approved.

Invariant: changes only by `learn`, between two decisions; what decisions rest on is in the ledger too: a restart forgets nothing.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from adapters.mcp.description import Description, read, written

_TOOL, _ALLOWED, _SAID = "mcp tool", "mcp approved", "mcp said"
#: What only `check` finds out, and no ledger keeps: what a server offers, and why one is silent.
_OFFERS, _SILENT = "mcp offers", "mcp silent"


class Catalogue:
    """What decisions know of tools; nobody is asked for it."""

    def __init__(self) -> None:
        self._facts: dict[str, str] = {}
        self._tools: dict[str, Description] = {}

    def learn(self, facts: Mapping[str, str]) -> None:
        """Facts by their names, as the ledger keeps them."""
        self._facts |= facts
        self._tools |= {name: read(text) for name, text in facts.items() if name.startswith(_TOOL)}

    def tool(self, server: str, tool: str) -> Description | None:
        """The tool as it was last described; None while it is not known."""
        return self._tools.get(f"{_TOOL} {server}/{tool}")

    def approved(self, server: str, tool: str) -> str:
        """The pin under which the tool was last called with a person's approval; "" when it never was."""
        return self._facts.get(f"{_ALLOWED} {server}/{tool}", "")

    def said(self, server: str, tool: str) -> str:
        """When it was described so, by the owner's clock: `2026-11-22 18:12`; "" when that was not kept."""
        return self._facts.get(f"{_SAID} {server}/{tool}", "")

    def offers(self, server: str) -> tuple[str, ...] | None:
        """Every tool that the server has; None while nobody has asked."""
        listed = self._facts.get(f"{_OFFERS} {server}")
        return tuple(json.loads(listed)) if listed else None

    def silent(self, server: str) -> str:
        """Why the server did not answer, a sentence; "" when it did, or was not asked."""
        return self._facts.get(f"{_SILENT} {server}", "")


def fact_of(server: str, tool: Description, moment: datetime | None = None) -> dict[str, str]:
    """How the tool is described, and since when (local time) that is known, as facts."""
    since = {f"{_SAID} {server}/{tool.name}": f"{moment:%Y-%m-%d %H:%M}"} if moment else {}
    return {f"{_TOOL} {server}/{tool.name}": written(tool), **since}


def answer_of(server: str, tools: Collection[Description]) -> dict[str, str]:
    """What the server says now, as facts."""
    facts = {f"{_OFFERS} {server}": json.dumps([tool.name for tool in tools])}
    return {name: text for tool in tools for name, text in fact_of(server, tool).items()} | facts


def silence_of(server: str, because: str) -> dict[str, str]:
    """That the server did not answer, as a fact."""
    return {f"{_SILENT} {server}": because}


def approval_of(server: str, tool: str, pin: str) -> dict[str, str]:
    """That the tool was called under this pin, as a fact."""
    return {f"{_ALLOWED} {server}/{tool}": pin}


def names_of(server: str, tools: Iterable[str]) -> tuple[str, ...]:
    """Names of all facts about these tools."""
    return tuple(f"{kind} {server}/{tool}" for tool in tools for kind in (_TOOL, _ALLOWED, _SAID))
