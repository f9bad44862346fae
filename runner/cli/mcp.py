"""`rowpact mcp`: the tools of the servers in config.toml, and those of another program as tables for it. No tool is called."""

import json
import shutil
import textwrap
from pathlib import Path
from typing import Any

import click

from runner.cli import screen
from runner.errors import ConfigError

_HOW = (
    "To use a tool, write mcp.call under Action in the tab Steps, open the cell With beside it (F2 or a double click), "
    "and paste the lines from “server:” on. What stands between {{ and }} is a column of your own tab."
)
_COLOURS = {"Low": "green", "Medium": "yellow", "High": "red"}


@click.group("mcp")
def command() -> None:
    """List the tools of tool servers, or take over servers from another program."""


@command.command("tools")
@click.argument("server", required=False)
@screen.json_option
@click.pass_obj
def tools(config: Path, server: str | None, as_json: bool) -> None:  # noqa: FBT001
    """What each tool takes and may do, ready to paste into the With cell of a step."""
    from runner import toolbox, wiring

    found = toolbox.listing(wiring.load_config(config), server)
    if as_json:
        screen.say_json({"servers": found})
    else:
        if any(one["tools"] for one in found):
            click.echo(f"{_folded(_HOW, '')}\n")
        for one in found:
            _show(one, whole=len(found) == 1)
            click.echo()
    raise click.exceptions.Exit(1 if any(one["problem"] for one in found) else 0)


def _show(server: dict[str, Any], *, whole: bool) -> None:
    """One server; with `whole` its tools that may not be called are shown like the others, else in a line each."""
    name, tools = server["server"], server["tools"]
    if server["problem"]:
        click.echo(f"{click.style('✗', fg='red')} {click.style(name, bold=True)}\n{_folded(server['problem'], '  ')}")
        return
    may = [tool["tool"] for tool in tools if tool["allowed"]]
    count = f"{len(tools)} tool{'s' * (len(tools) != 1)}, {len(may) or 'none'} may be called"
    click.echo(f"{click.style(name, bold=True)}  {click.style(count, dim=True)}\n")
    for tool in tools:
        if whole or tool["allowed"]:
            _in_full(tool)
    others = [tool for tool in tools if not tool["allowed"]]
    if others and not whole:
        _in_a_line_each(others)
    if others:
        names = json.dumps(may or [others[0]["tool"]], ensure_ascii=False)
        click.echo(_folded(f"To let {'more' if may else 'some'} be called, name them in config.toml under [mcp.{name}]:", ""))
        click.echo(f"tools = {names}")
    if others and not whole:
        click.echo(f"To see them in full: rowpact mcp tools {name}")


def _in_full(tool: dict[str, Any]) -> None:
    risk = click.style(f"{tool['risk']} risk", fg=_COLOURS[tool["risk"]])
    closed = "" if tool["allowed"] else click.style(" Not allowed yet.", dim=True)
    click.echo(f"  {click.style(tool['tool'], bold=True)}\n    {risk}: {tool['asks']}.{closed}")
    if tool["description"]:
        click.echo(_folded(tool["description"], "    "))
    for each in tool["arguments"]:
        about = f"{each['type']}{'' if each['required'] else ', may be left out'}"
        says = f": {each['description']}" if each["description"] else ""
        click.echo(click.style(_folded(f"{each['name']} ({about}){says}", "    ", "      "), dim=True))
    # a line that begins with a blank continues the setting above it, so what is to be pasted begins at the margin
    click.echo(f"\n{tool['with']}\n")


def _in_a_line_each(tools: list[dict[str, Any]]) -> None:
    width = max(len(tool["tool"]) for tool in tools) + 2
    for tool in tools:
        says = screen.brief(tool["description"], width + 12)
        risk = click.style(f"{tool['risk']:<8}", fg=_COLOURS[tool["risk"]])
        click.echo(f"  {tool['tool']:<{width}}{risk}{click.style(says, dim=True)}")
    click.echo()


def _folded(text: str, first: str, then: str | None = None) -> str:
    """The text over as many lines as this terminal needs."""
    width = min(shutil.get_terminal_size().columns, 100)
    return "\n".join(textwrap.wrap(text, width, initial_indent=first, subsequent_indent=first if then is None else then))


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def take_over(file: Path) -> None:
    """Print the servers of a file with a block “mcpServers” as tables for config.toml; its secrets are only named."""
    from adapters.mcp.other_programs import tables

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}.") from None
    click.echo(tables(text))
