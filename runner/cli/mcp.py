"""`rowpact mcp`: the tools of the servers in config.toml, and those of another program as tables for it. No tool is called."""

from pathlib import Path
from typing import Any

import click

from runner.cli import screen
from runner.errors import ConfigError

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
        for one in found:
            _show(one)
    raise click.exceptions.Exit(1 if any(one["problem"] for one in found) else 0)


def _show(server: dict[str, Any]) -> None:
    click.echo(click.style(server["server"], bold=True))
    if server["problem"]:
        click.echo(f" {click.style('✗', fg='red')} {server['problem']}")
    for tool in server["tools"]:
        may = "" if tool["allowed"] else click.style("  not under tools in config.toml", dim=True)
        risk = click.style(tool["risk"], fg=_COLOURS[tool["risk"]])
        click.echo(f"\n {click.style(tool['tool'], bold=True)}  risk {risk}, {tool['effect']}{may}")
        if tool["description"]:
            click.echo(f"   {tool['description']}")
        for each in tool["arguments"]:
            needed = ", required" if each["required"] else ""
            says = f" – {each['description']}" if each["description"] else ""
            click.echo(click.style(f"   {each['name']}: {each['type']}{needed}{says}", dim=True))
        click.echo("\n".join(f"     {line}" for line in tool["with"].splitlines()))
    click.echo()


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
