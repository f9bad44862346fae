"""`rowpact mcp import`: settings as other programs write them become tables for config.toml, and no secret is printed."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.mcp.other_programs import tables
from runner.config import load
from runner.errors import ConfigError

CLAUDE = r"""
{
  "globalShortcut": "",
  "mcpServers": {
    "filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "C:\\Users\\Ana\\Documents"]},
    "google workspace": {"command": "uvx", "args": ["workspace-mcp"], "env": {"API_KEY": "first-secret", "PORT": "8080"}},
    "google-workspace": {"command": "cmd", "args": ["/c", "npx", "other"], "env": {"API_KEY": "second-secret"}},
    "google_workspace": {"command": "third", "env": {"KEY_FILE": "/home/ana/key.json", "DATA_DIR": "/srv/data"}}
  }
}
"""
CURSOR = """
{
  "mcpServers": {
    "notion": {"url": "https://mcp.notion.com/mcp", "headers": {"Authorization": "Bearer third-secret"}},
    "linear": {"command": "npx", "args": ["mcp-remote", "https://mcp.linear.app/mcp"], "env": {"LINEAR_KEY": "${env:MY_KEY}"}},
    "older": {"type": "sse", "url": "https://sse.example.com/sse"}
  }
}
"""
VS_CODE = """
{
  // what is asked for at the start
  "inputs": [
    {"type": "promptString", "id": "gh-token", "description": "https://github.com // a token", "password": true},
  ],
  "servers": {
    "github": {"type": "http", "url": "https://mcp.github.example/mcp/", "headers": {"Authorization": "Bearer ${input:gh-token}"}},
    "docs": {"type": "stdio", "command": "npx", "args": ["-y", "docs", "${workspaceFolder}"], "cwd": "/srv", /* why? */ },
  },
}
"""


def _read(text: str) -> dict[str, Any]:
    return tomllib.loads(tables(text))


def test_claudes_servers_keep_their_words_and_no_two_get_one_name() -> None:
    found = _read(CLAUDE)
    assert found["mcp"]["filesystem"]["command"][-1] == r"C:\Users\Ana\Documents"
    assert list(found["mcp"]) == ["filesystem", "google_workspace", "google-workspace", "google_workspace_2"]
    assert found["mcp"]["google_workspace"]["env"] == {"API_KEY": "{{ secrets.API_KEY }}", "PORT": "8080"}
    assert found["mcp"]["google-workspace"]["env"] == {"API_KEY": "{{ secrets.GOOGLE_WORKSPACE_API_KEY }}"}
    assert found["mcp"]["google_workspace_2"]["env"] == {"KEY_FILE": "/home/ana/key.json", "DATA_DIR": "/srv/data"}
    assert found["secrets"]["API_KEY"]["hosts"] == ["mcp.google_workspace"]
    assert "first-secret" not in tables(CLAUDE)
    assert "second-secret" not in tables(CLAUDE)


def test_cursors_servers_keep_the_word_before_a_secret_and_the_variable_that_holds_one() -> None:
    found = _read(CURSOR)
    assert found["mcp"]["notion"]["headers"] == {"Authorization": "Bearer {{ secrets.NOTION_AUTHORIZATION }}"}
    assert found["secrets"]["NOTION_AUTHORIZATION"]["hosts"] == ["mcp.notion.com"]
    assert found["secrets"]["LINEAR_KEY"]["env"] == "MY_KEY"
    assert "older" not in found["mcp"]
    assert "# older: it speaks the older SSE, which Rowpact does not." in tables(CURSOR)
    assert "third-secret" not in tables(CURSOR)


def test_vs_codes_file_has_comments_and_commas_too_many() -> None:
    found, printed = _read(VS_CODE), tables(VS_CODE)
    assert found["mcp"]["github"]["headers"] == {"Authorization": "Bearer {{ secrets.GITHUB_AUTHORIZATION }}"}
    assert "# what the other program asks for as gh-token" in printed
    assert "# It was started in /srv; here it is started beside config.toml." in printed
    assert "# Write what is meant in place of ${…}." in printed


@pytest.mark.parametrize(
    "text",
    [
        '{"mcp": {"servers": {"diary": {"command": "diary"}}}}',
        '"mcpServers": {"diary": {"command": "diary"}}',
        '{"diary": {"command": "diary", "disabled": true}}',
        '{"context_servers": {"diary": {"command": {"path": "diary", "args": []}}}}',
        '\ufeff{"mcpServers": {"diary": {"command": "diary", "args": null, "env": null}}}',
    ],
)
def test_other_shapes_of_the_block_are_found_too(text: str) -> None:
    assert _read(text)["mcp"]["diary"]["command"] == ["diary"]


@pytest.mark.parametrize(
    "words", ['["--api-key=abc"]', '["--token", "abc"]', '["sk_live_abcdefgh"]', '["--header", "Authorization: abc"]']
)
def test_a_key_among_the_words_of_a_command_is_pointed_at(words: str) -> None:
    assert "# There may be a key in the next lines" in tables(f'{{"mcpServers": {{"x": {{"command": "y", "args": {words}}}}}}}')


@pytest.mark.parametrize("text", ["", "[]", "null", '{"mcpServers": {}}', '{"mcpServers": []}', "{", "[" * 100_000, '{"a": 1}'])
def test_a_file_without_servers_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=r"The file (is not JSON|has no block)"):
        tables(text)


@pytest.mark.parametrize("text", [CLAUDE, CURSOR, VS_CODE])
def test_what_is_printed_is_a_config_as_it_stands(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[workbook]\nkind = "excel"\npath = "business.xlsx"\n{tables(text)}', encoding="utf-8")
    names = ("API_KEY", "GOOGLE_WORKSPACE_API_KEY", "NOTION_AUTHORIZATION", "MY_KEY", "GITHUB_AUTHORIZATION")
    _config, problems = load(file, dict.fromkeys(names, "x"))
    assert problems == []
