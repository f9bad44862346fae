"""`rowpact simulate [CONTRACT] [--at TIME]`: what would happen to the rows as they are. Nothing is done, nothing is written."""

import shutil
import textwrap
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import screen
from runner.model import RunState

if TYPE_CHECKING:
    from runner.engine.simulate import Line, Outlook, Trace

#: More runs, or rows that wait, than this are only counted on the screen.
LISTED = 10


@click.command("simulate")
@click.argument("contract", default="", metavar="[CONTRACT]")
@click.option("--at", "at", default="", metavar="TIME", help="As if it were then, for example “2026-12-01 09:00”.")
@screen.json_option
@click.pass_obj
def command(config: Path, contract: str, at: str, as_json: bool) -> None:  # noqa: FBT001
    """What would happen to the rows as they are now, and none of it is done."""
    from runner import wiring
    from runner.engine.simulate import simulate

    loaded = wiring.load_config(config)
    zone = loaded.runner.zone
    moment = _moment(at, zone, wiring.open_clock().now())
    with wiring.open_simulation(loaded) as world:
        outlooks, problems = simulate(world, contract, moment)
        now = world.clock.now()
    if as_json:
        screen.say_json(facts(outlooks, now) | {"problems": [str(problem) for problem in problems]})
    else:
        click.echo(f"{click.style(f'What would happen at {screen.moment(now, zone)}', bold=True)} – nothing is done or written")
        for outlook in outlooks:
            tell(outlook, zone, whole=bool(contract))
        _close(outlooks, whole=bool(contract))
        for problem in problems:
            click.echo(f"{click.style('✗', fg='red')} {problem}")
    raise click.exceptions.Exit(1 if problems else 0)


def _moment(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment in UTC; None for now."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"“{text}” is not a time. Write it like 2026-12-01 09:00.") from None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if moment < now - timedelta(minutes=1):
        raise click.UsageError(f"“{text}” has passed. Give a time that is still to come.")
    return moment


def facts(outlooks: "list[Outlook]", now: datetime) -> dict[str, Any]:
    """`at contracts: contract runs waiting ran_already next_moment`."""
    return {
        "at": now,
        "contracts": [
            {
                "contract": outlook.contract.name,
                "runs": [_run(trace) for trace in outlook.traces],
                "waiting": [{"row": place, "because": because} for place, because in outlook.waits],
                "ran_already": outlook.ran,
                "next_moment": outlook.coming,
            }
            for outlook in outlooks
        ],
    }


def _run(trace: "Trace") -> dict[str, Any]:
    return {
        "row": trace.place,
        "key": trace.run.key,
        "state": trace.run.state.value,
        "held": trace.held,
        "effects": _of(trace, "effect"),
        "asks": _of(trace, "ask"),
        "notes": _of(trace, "note"),
        "ends": trace.ends,
    }


def _of(trace: "Trace", sort: str) -> list[dict[str, str]]:
    return [{"step": line.step, "what": line.what} for line in trace.lines if line.sort == sort]


# ------------------------------------------------------------------------------------------------------- for people

#: Sort of line → the sign before it.
_SIGNS = {"effect": ("→", "green"), "ask": ("?", "yellow"), "note": ("·", "white")}


def tell(outlook: "Outlook", zone: tzinfo, *, whole: bool) -> None:
    """One contract: its runs first, then what waits. `whole`: with the full text of every effect."""
    traces = outlook.traces
    runs = _started(outlook)
    count = f"{runs} run{'s' * (runs != 1)} would start" if runs else "nothing would start"
    click.echo(f"\n{click.style(outlook.contract.name, bold=True)}  {click.style(count, fg='green' if runs else 'white')}")
    for trace in traces[:LISTED]:
        _tell_run(trace, whole=whole)
    if len(traces) > LISTED:
        click.echo(f"  … and {len(traces) - LISTED} more: `rowpact simulate --json` lists all.")
    if outlook.ran:
        _aside(f"{outlook.ran} row{'s have' if outlook.ran > 1 else ' has'} run already")
    for place, because in outlook.waits[:LISTED]:
        _aside(f"{place}: {because}")
    if len(outlook.waits) > LISTED:
        _aside(f"… and {len(outlook.waits) - LISTED} more rows that start nothing yet")
    if outlook.coming:
        moment = screen.moment(outlook.coming, zone)
        _aside(f'Its next moment is {moment}. To see it: rowpact simulate "{outlook.contract.name}" --at "{moment}"')


def _started(outlook: "Outlook") -> int:
    return sum(trace.run.state is not RunState.INVALID for trace in outlook.traces)


def _aside(text: str) -> None:
    click.echo(click.style(f"  {text}", dim=True))


def _tell_run(trace: "Trace", *, whole: bool) -> None:
    run = trace.run
    key = "" if run.row_id and run.row_id in run.key else run.key
    refused = f"  {screen.state(run.state)}" if run.state is RunState.INVALID else ""
    click.echo(f"  {click.style(trace.place or 'At', bold=True)} {key}{refused}")
    if trace.held:
        _say("!", "yellow", trace.held)
    for line in trace.lines:
        _tell_line(line, whole=whole)
    _say(" ", "white", trace.ends, dim=True)


def _tell_line(line: "Line", *, whole: bool) -> None:
    sign, colour = _SIGNS[line.sort]
    lines = [text for text in line.what.splitlines() if text.strip()] or [""]
    subject = next((f" – {text}" for text in lines if text.startswith("Subject: ")), "")
    first = f"{line.step}: {lines[0]}" + (subject if not whole else "")
    _say(sign, colour, first if whole else _clipped(first), dim=line.sort == "note")
    for text in lines[1:] if whole else ():
        _say(" ", "white", f"  {text}", dim=True)


def _clipped(text: str) -> str:
    width = shutil.get_terminal_size().columns - 6
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _say(sign: str, colour: str, text: str, *, dim: bool = False) -> None:
    """A line under a run, broken at the terminal's width."""
    width = max(40, shutil.get_terminal_size().columns - 6)
    indent = " " * (len(text) - len(text.lstrip()))
    pieces = textwrap.wrap(text, width, subsequent_indent=indent + ("  " if sign.strip() else "")) or [""]
    for place, piece in enumerate(pieces):
        mark = click.style(sign, fg=colour) if not place else " "
        click.echo(f"    {mark} {click.style(piece, dim=dim)}")


def _close(outlooks: "list[Outlook]", *, whole: bool) -> None:
    lines = [line for outlook in outlooks for trace in outlook.traces for line in trace.lines]
    effects, runs = sum(line.sort == "effect" for line in lines), sum(map(_started, outlooks))
    if not outlooks:
        click.echo("\nNo contract is switched on. Name one to see what it would do: rowpact simulate CONTRACT")
        return
    click.echo(f"\n{runs} run{'s' * (runs != 1)} would start, with {effects} effect{'s' * (effects != 1)}. None was carried out.")
    if any("‹" in line.what for line in lines):
        click.echo("‹…› stands for what a step will give: it is known only once that step has run.")
    if effects and not whole:
        click.echo("To read every text in full, name one contract: rowpact simulate CONTRACT")
