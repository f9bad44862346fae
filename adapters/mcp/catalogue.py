"""Every tool that is known by its description, and the pins that a person has approved.

Invariant: changes only by `learn`, between two decisions; what it holds is in the ledger too, so a restart forgets nothing.
"""

from collections.abc import Iterable, Mapping

from adapters.mcp.description import Description, read, written

_TOOL, _ALLOWED = "mcp tool", "mcp approved"


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


def fact_of(server: str, tool: Description) -> dict[str, str]:
    """How the tool is described, as a fact."""
    return {f"{_TOOL} {server}/{tool.name}": written(tool)}


def approval_of(server: str, tool: str, pin: str) -> dict[str, str]:
    """That the tool was called under this pin, as a fact."""
    return {f"{_ALLOWED} {server}/{tool}": pin}


def names_of(server: str, tools: Iterable[str]) -> tuple[str, ...]:
    """Names of all facts about these tools."""
    return tuple(f"{kind} {server}/{tool}" for tool in tools for kind in (_TOOL, _ALLOWED))
