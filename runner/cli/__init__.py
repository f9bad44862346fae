"""The command line, one file a command.

Invariant: what a command needs is imported when it runs, so that `rowpact --help` answers at once; what goes wrong is a sentence.
"""

import importlib
import sys
from pathlib import Path

import click

from runner import __version__
from runner.errors import RowpactError

#: Command → (module, one line for the help).
COMMANDS = {
    "demo": ("demo", "Make a workbook with sample data, run it for real, and show what happened."),
    "new": ("new", "Make a workbook from a template."),
    "login": ("login", "Sign in to Google with your own account."),
    "convert": ("convert", "Move a workbook from Excel to Google Sheets, or back."),
    "check": ("check", "Name every mistake in workbook and config."),
    "simulate": ("simulate", "What would happen to the rows as they are; nothing is done."),
    "drill": ("drill", "Every step with every failure, in a sandbox, and where it ends."),
    "run": ("run", "Poll the workbook and carry its runs out."),
    "status": ("status", "What is running, waiting for whom, failing."),
    "show": ("show", "Everything about one run."),
    "report": ("report", "What needs you, and what the automation was worth in a week."),
    "audit": ("audit", "Verify or export the audit trail."),
    "ai": ("ai", "Ask for approved texts again, after a change of prompt, model or checks."),
    "mcp": ("mcp", "Tools of the servers in config.toml, ready to paste into a step."),
    "doctor": ("doctor", "Try every connection and credential; name each problem with its mend."),
}


class Commands(click.Group):
    """Loads a command's file only when the command is called; prints what went wrong without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order in which an owner meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"runner.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """A command that does not exist gets a "did you mean"."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from runner.rules.findings import did_you_mean

            ctx.fail(f"There is no command “{args[0]}”. {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Rowpact")
@click.option(
    "--config", type=click.Path(path_type=Path, readable=False), default=Path("config.toml"), help="Default: ./config.toml"
)
@click.pass_context
def rowpact(ctx: click.Context, config: Path) -> None:
    """Rowpact runs the promises in your spreadsheet: nothing twice, nothing lost, nothing sent that nobody allowed."""
    ctx.obj = config


def main() -> None:
    """The program. Exit 0: fine; 1: problems were found and named; 2: wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            # a console that cannot show a sign shows “?” instead of ending in a traceback
            reconfigure(errors="replace")
    try:
        code = rowpact(prog_name="rowpact", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except RowpactError as error:
        click.echo(f"{click.style('✗', fg='red')} {error}", err=True)
        _as_json(str(error))
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        _as_json(error.format_message())
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _as_json(error: str) -> None:
    """The same for a program that asked for JSON."""
    if "--json" in sys.argv:
        from runner.cli.screen import say_json

        say_json({"problems": error.splitlines()})
