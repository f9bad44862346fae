"""Servers of tools: whether each starts or answers, and has the tools that config.toml lets be called. None of them is called."""

from datetime import timedelta

from adapters.mcp.server import McpServer
from runner.ports.checkup import Finding, problem, warning
from runner.rules.findings import did_you_mean

#: What a first start may take here; `rowpact run` waits longer.
PATIENCE = timedelta(seconds=30)


def served(server: McpServer) -> Finding:
    """One line for the server. Raises `ActionFailed`."""
    try:
        names = [tool.name for tool in server.tools(PATIENCE)]
    finally:
        server.close()
    missing = [name for name in server.allowed if name not in names]
    if missing:
        mend = did_you_mean(missing[0], names) or f"Look at tools in config.toml [mcp.{server.name}]."
        return problem(server.name, f"It has no tool {', '.join(missing)}.", mend)
    if not server.allowed:
        mend = f"Name them under tools in [mcp.{server.name}]; `rowpact mcp tools {server.name}` lists them."
        return warning(server.name, f"It has {len(names)} tools, and none may be called.", mend)
    return Finding(what=server.name, says=f"{len(names)} tools; may be called: {', '.join(server.allowed)}")
