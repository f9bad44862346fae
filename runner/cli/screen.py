"""How things are said in the terminal: one look for all commands.

Invariant: with `--json` nothing but JSON reaches the standard output.
"""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from runner.model import Problem, RunState

COLOURS = {
    RunState.DONE: "green",
    RunState.RUNNING: "blue",
    RunState.WAITING: "blue",
    RunState.RETRYING: "blue",
    RunState.AWAITING_APPROVAL: "yellow",
    RunState.AWAITING_TASK: "yellow",
    RunState.HELD: "yellow",
    RunState.PAUSED: "yellow",
    RunState.IN_DOUBT: "red",
    RunState.DEAD_LETTER: "red",
    RunState.INVALID: "red",
}

PAUSED = "Everything is paused: nothing happens until Settings, Pause says No."

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")


def say_json(value: object) -> None:
    """One JSON document on the standard output; times as ISO text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def problems(found: Sequence[Problem], fine: str, meanwhile: str) -> None:
    """Every problem with its place and its mend, and what happens `meanwhile`; or the sentence that there is none."""
    if not found:
        click.echo(f"{click.style('✓', fg='green')} {fine}")
        return
    for problem in found:
        click.echo(f"{click.style('✗', fg='red')} {click.style(problem.where, bold=True)}  {problem.message}")
        if problem.fix:
            click.echo(f"  {click.style('→', fg='yellow')} {problem.fix}")
    count = f"{len(found)} problem{'s' * (len(found) > 1)}"
    click.echo(f"\n{click.style(count, fg='red', bold=True)}. {meanwhile}")


def state(value: RunState | str) -> str:
    """The state in its colour."""
    return click.style(str(value), fg=COLOURS.get(RunState(value)))


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A quiet table as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for header in headers:
        grid.add_column(header, overflow="fold", no_wrap=header in ("Run", "State"))
    for row in rows:
        grid.add_row(*(Text.from_ansi(cell) for cell in row))
    Console(file=sys.stdout, highlight=False).print(grid)


def brief(text: str, taken: int = 0) -> str:
    """The text's first line, cut to fit a line of this terminal that has `taken` columns already."""
    line = next(iter(text.splitlines()), "")
    width = max(40, shutil.get_terminal_size().columns - taken)
    if len(line) <= width:
        return line
    words = line[: width - 1].rpartition(" ")[0]
    return f"{words} …" if len(words) > width // 2 else f"{line[: width - 1]}…"


def wrapped(head: str, text: str) -> str:
    """Where it is, and the first line of what is said, in at most two lines of this terminal."""
    said, width = next(iter(text.splitlines()), ""), max(40, shutil.get_terminal_size().columns)
    return textwrap.fill(head + said, width, subsequent_indent="    ", max_lines=2, placeholder=" …", break_on_hyphens=False)


def need_you(count: int) -> str:
    """The headline of what waits for a person."""
    return click.style(f"{count} need{'s' * (count == 1)} you", fg="yellow", bold=True)


def moment(value: datetime | None, zone: Any) -> str:
    """Owner's wall clock, to the minute."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else ""
