"""`rowpact status`: what is running, waiting for whom, failing. Reads the ledger; touches nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import screen
from runner.errors import WorkbookUnreadable
from runner.model import RunState
from runner.ports import Ledger, Workbook
from runner.values import load

if TYPE_CHECKING:
    from runner.config import Config


#: More questions than this are only counted on the screen.
LISTED = 30


@click.command("status")
@screen.json_option
@click.pass_obj
def command(config: Path, as_json: bool) -> None:  # noqa: FBT001
    """What is running, waiting for whom, failing."""
    from runner import wiring

    loaded = wiring.load_config(config)
    clock = wiring.open_clock()
    workbook = wiring.only_workbook(loaded)
    ledger = wiring.open_ledger(loaded, workbook, clock)
    facts = gather(ledger, loaded)
    if as_json:
        screen.say_json(facts)
    else:
        show(facts, loaded)


def gather(ledger: Ledger, config: "Config") -> dict[str, Any]:
    """Where everything stands, and what can be said of the workbook without reading it."""
    from runner import wiring
    from runner.engine.standing import standing

    workbook = wiring.open_workbook(wiring.only_workbook(config), wiring.open_clock())
    stands = standing(ledger)
    unreadable = stands.pop("unreadable")
    return {
        "workbook": wiring.only_workbook(config).place,
        "unreachable": _unreachable(workbook) or (f"When the runner last looked: {unreadable}" if unreadable else ""),
        "name": workbook.name,
        "facts": load(ledger.note("workbook facts") or "{}"),
        "busy": workbook.busy(),
        **stands,
    }


def _unreachable(workbook: Workbook) -> str:
    """Why the workbook cannot be reached, as a sentence; "" when it can."""
    try:
        workbook.version()
    except WorkbookUnreadable as error:
        return str(error)
    return ""


def show(facts: dict[str, Any], config: "Config") -> None:
    """For people: what needs them first."""
    zone = config.runner.zone
    click.echo(f"{click.style(facts['name'], bold=True)}\n")
    if facts["needs_you"]:
        click.echo(screen.need_you(len(facts["needs_you"])))
        for ask in facts["needs_you"][:LISTED]:
            click.echo(screen.wrapped(f"  {' '.join(filter(None, (ask['run'], ask['contract'])))} – ", ask["what"]))
            if ask["said"]:
                click.echo(click.style(f"    {ask['said']}", dim=True))
            typing = f": {' or '.join(ask['type'])}" if ask["type"] else ""
            click.echo(click.style(f"    → {ask['where']}{typing}", dim=True))
        if len(facts["needs_you"]) > LISTED:
            click.echo(f"  … and {len(facts['needs_you']) - LISTED} more: `rowpact status --json` lists all.")
        click.echo()
    _show_alerts(facts)
    rows = [
        (run["run"], run["contract"], screen.state(run["state"]), run["step"], run["owner"], screen.moment(run["next_try"], zone))
        for run in facts["open"]
    ]
    if rows:
        screen.table(("Run", "Contract", "State", "Step", "Owner", "Next try"), rows)
        click.echo()
    ended = ", ".join(f"{count} {name}" for name, count in facts["runs"].items() if RunState(name).ended)
    click.echo(f"Ended: {ended or 'none yet'}.")
    for name, value in facts["facts"].items():
        click.echo(f"{name[:1].upper()}{name[1:]}: {value}.")
    if facts["unreachable"]:
        click.echo(f"{click.style('!', fg='yellow')} {facts['unreachable']}")
    elif facts["writes_waiting"]:
        click.echo(f"{click.style('!', fg='yellow')} Writes wait since {facts['waiting_since'][:16]}: {facts['writes_waiting']}")
    elif facts["busy"]:
        click.echo(f"{click.style('!', fg='yellow')} {facts['busy']}")


def _show_alerts(facts: dict[str, Any]) -> None:
    """What is not as it should be, but for what is listed as needing you already; and who cannot be told."""
    from runner.rules.stands import other_alerts

    others = other_alerts(facts)
    if others:
        click.echo(click.style(f"{len(others)} alert{'s' * (len(others) != 1)}", fg="yellow", bold=True))
        for alert in others[:LISTED]:
            head = f"  {alert['severity']} {alert['kind']} – "
            click.echo(screen.wrapped(head, alert["what"]))
            click.echo(click.style(f"    → {alert['where']}", dim=True))
        click.echo()
    told = " ".join(alert["what"] for alert in others)
    for name, why in ((name, why) for name, why in facts["channels_failing"].items() if name not in told):
        click.echo(f"{click.style('!', fg='yellow')} Alerts cannot be told by {name}: {why}")
