"""What tools of servers that others wrote may do, by their own hints, and how they are listed."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.mcp.description import Description
from adapters.mcp.paste import entry, with_cell
from adapters.mcp.server import Broke, McpServer, Way
from runner.model import Effect
from tests.servers.strangers import Strangers


def _tools(command: tuple[str, ...]) -> dict[str, Description]:
    server = McpServer("there", Way(command=command), (), str)
    try:
        return {tool.name: tool for tool in server.tools(timedelta(seconds=60))}
    finally:
        server.close()


def test_hints_set_what_a_repeat_would_mean_and_when_somebody_is_asked(strangers: Strangers, tmp_path: Path) -> None:
    tools = _tools(strangers.files(tmp_path)) | _tools(strangers.memory)
    said = {name: (tool.risk, tool.effect) for name, tool in tools.items()}
    assert said["read_text_file"] == said["read_graph"] == ("Low", Effect.READ)
    assert said["create_directory"] == ("Medium", Effect.REPEATABLE)
    assert said["create_entities"] == ("Medium", Effect.ONCE)
    assert said["write_file"] == said["move_file"] == said["delete_entities"] == ("High", Effect.ONCE)
    asks = {name: entry("there", tool, allowed=True, redact=str)["asks"] for name, tool in tools.items()}
    assert asks["read_text_file"] == "reads only, you are not asked"
    assert asks["create_directory"] == "writes, you are asked the first time"
    assert asks["create_entities"] == "writes, you are asked each time"
    assert asks["delete_entities"] == "may change or remove things, you are asked each time"


def test_a_tool_that_says_nothing_of_itself_is_taken_for_the_worst(strangers: Strangers) -> None:
    tools = _tools(strangers.everything_before)
    assert {(tool.risk, tool.effect) for tool in tools.values()} == {("High", Effect.ONCE)}


def test_one_that_asks_for_our_model_is_refused_and_says_so(strangers: Strangers) -> None:
    server = McpServer("there", Way(command=strangers.everything_before), (), str)
    try:
        with pytest.raises(Broke, match="Sampling not supported"):
            server.call("sampleLLM", {"prompt": "Hello"}, timedelta(seconds=60))
    finally:
        server.close()


def test_lines_to_paste_name_the_parts_of_a_list_and_have_no_blank_before_them(strangers: Strangers) -> None:
    tools = _tools(strangers.memory)
    assert with_cell("notes", tools["create_entities"]).splitlines() == [
        "server: notes",
        "tool: create_entities",
        'arg.entities: [{"name": {{ name }}, "entityType": {{ entity_type }}, "observations": [{{ observation }}]}]',
    ]
    assert with_cell("notes", tools["open_nodes"]).splitlines()[-1] == "arg.names: {{ names }}"
