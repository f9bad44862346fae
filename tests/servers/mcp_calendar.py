"""A real server of tools for the tests, by the official package: a calendar that writes down every call.

`mcp_calendar.py FOLDER [http]`. In FOLDER: `calls` (a line of JSON for each call), `words` (what add_event is said to do,
read anew for each list), `port` (of the HTTP server), `starts` (a line for each start); `hang` or `die` make it do that in a call,
and `slow` at the start.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

FOLDER = Path(sys.argv[1])
TEXT = {"type": "string"}


def tool(name: str, text: str, hints: dict[str, bool] | None, required: tuple[str, ...] = (), **arguments: Any) -> types.Tool:
    schema = {"type": "object", "properties": arguments, "required": list(required)}
    annotations = types.ToolAnnotations.model_validate(hints) if hints is not None else None
    return types.Tool(name=name, description=text, input_schema=schema, annotations=annotations)


def tools() -> list[types.Tool]:
    words = FOLDER / "words"
    added = words.read_text() if words.exists() else "Adds an event."
    writes = {"readOnlyHint": False, "destructiveHint": False}
    number, yes = {"type": "integer", "minimum": 1}, {"type": "boolean"}
    tags, place = {"type": "array", "items": TEXT}, {"type": "object"}
    return [
        tool("find_events", "Finds events.", {"readOnlyHint": True}, ("day",), day=TEXT),
        tool("add_event", added, writes, ("title",), title=TEXT, guests=number, all_day=yes, tags=tags, place=place),
        tool("put_event", "Puts an event.", {**writes, "idempotentHint": True}, ("title",), title=TEXT),
        tool("pay", "Pays.", writes, ("amount",), amount={"type": "number"}, idempotency_key=TEXT),
        tool("wipe", "Removes everything.", {"readOnlyHint": False, "destructiveHint": True}),
        tool("mystery", "Does something.", None, title=TEXT),
        tool("refuse", "Says no.", writes),
    ]


async def list_tools(_context: Any, parameters: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    """In two pages."""
    first, rest = tools()[:3], tools()[3:]
    if parameters and parameters.cursor == "more":
        return types.ListToolsResult(tools=rest)
    return types.ListToolsResult(tools=first, next_cursor="more")


async def call_tool(_context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
    with (FOLDER / "calls").open("a") as calls:
        calls.write(json.dumps({"tool": parameters.name, "args": parameters.arguments, "pid": os.getpid()}) + "\n")
    if (FOLDER / "die").exists():
        os._exit(1)
    if (FOLDER / "hang").exists():
        await anyio.sleep(60)
    if parameters.name == "refuse":
        told = f"The calendar is closed, {os.environ.get('CALENDAR_KEY', 'nobody')}."
        return types.CallToolResult(content=[types.TextContent(text=told)], is_error=True)
    answer = {"event": "E-1", "of": parameters.name}
    return types.CallToolResult(content=[types.TextContent(text=json.dumps(answer))], structured_content=answer)


server: Server[Any] = Server("calendar", version="1", on_list_tools=list_tools, on_call_tool=call_tool)


async def over_pipes() -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


class Telling(uvicorn.Server):
    """Writes its port down once it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        (FOLDER / "port.new").write_text(str(port))
        (FOLDER / "port.new").rename(FOLDER / "port")


if __name__ == "__main__":
    with (FOLDER / "starts").open("a") as starts:
        starts.write(f"{os.getpid()}\n")
    if (FOLDER / "slow").exists():
        time.sleep(60)
    if sys.argv[2:] == ["http"]:
        Telling(uvicorn.Config(server.streamable_http_app(), port=0, log_level="error")).run()
    else:
        anyio.run(over_pipes)
