"""`rowpact status`: what is running, waiting for whom, failing. Reads the ledger; touches nothing."""

from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import screen
from runner.errors import WorkbookUnreadable
from runner.model import Ask, AskKind, Run, RunState
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
    """Counts by state, open questions, and what waits to be written."""
    from runner import wiring
    from runner.engine.listen import silences

    books = ledger.books
    states: dict[str, int] = {}
    for run in books.runs.values():
        states[run.state] = states.get(run.state, 0) + 1
    asks = [ask for ask in books.asks.values() if ask.state == "open"]
    workbook = wiring.open_workbook(wiring.only_workbook(config), wiring.open_clock())
    late = [run for run in books.runs.values() if run.late and not run.state.ended]
    return {
        "workbook": wiring.only_workbook(config).place,
        "unreachable": _unreachable(workbook) or _unreadable(ledger),
        "name": workbook.name,
        "facts": load(ledger.note("workbook facts") or "{}"),
        "busy": workbook.busy(),
        "runs": dict(sorted(states.items())),
        "open": [_run(run) for run in books.runs.values() if not run.state.ended],
        "needs_you": [*map(_ask, asks), *map(_late, late), *starmap(_silent, silences(ledger).items())],
        "writes_waiting": ledger.note("waiting"),
        "waiting_since": ledger.note("waiting since"),
        "last_tick": ledger.note("last tick"),
    }


def _unreachable(workbook: Workbook) -> str:
    """Why the workbook cannot be reached, as a sentence; "" when it can."""
    try:
        workbook.version()
    except WorkbookUnreadable as error:
        return str(error)
    return ""


def _unreadable(ledger: Ledger) -> str:
    """Why the runner could not read it when it last looked, as a sentence; "" when it could."""
    why = ledger.note("unreadable")
    return f"When the runner last looked: {why}" if why else ""


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "contract": run.contract,
        "key": run.key,
        "state": run.state.value,
        "step": run.step,
        "owner": run.owner,
        "next_try": run.next_try,
        "error": run.error,
    }


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "kind": ask.kind.value,
        "id": ask.id,
        "run": ask.run,
        "contract": ask.contract,
        "step": ask.step,
        "owner": ask.owner,
        "what": ask.what,
        "asked": ask.asked,
        "reminded": ask.reminded,
        "said": ask.result,
        "where": where(ask),
        "type": _words(ask),
    }


def _late(run: Run) -> dict[str, Any]:
    """A run that is past its SLA: nothing to type, but somebody should look."""
    from runner.rules.lateness import late_sentence

    return {
        "kind": "SLA crossed",
        "id": run.id,
        "run": run.id,
        "contract": run.contract,
        "step": run.step,
        "owner": run.owner,
        "what": late_sentence(run),
        "asked": run.due,
        "reminded": None,
        "said": "",
        "where": f"tab Runs, row {run.id}",
        "type": [],
    }


def _silent(contract: str, silence: tuple[str, str]) -> dict[str, Any]:
    """A contract that should have run and did not."""
    return {
        "kind": "silent",
        "id": contract,
        "run": "",
        "contract": contract,
        "step": "",
        "owner": silence[1],
        "what": silence[0],
        "asked": None,
        "reminded": None,
        "said": "",
        "where": f"tab Contracts, row {contract}, column Rhythm",
        "type": [],
    }


def where(ask: Ask) -> str:
    """The row that the answer is typed into, named as the owner sees it."""
    if ask.kind is AskKind.APPROVAL:
        return f"tab Approvals, row {ask.id}, column Decision"
    if ask.kind is AskKind.TASK:
        return f"tab Tasks, row {ask.id}, column Done"
    return f"tab Dead letters, row {ask.run}, column Decision"


def _words(ask: Ask) -> list[str]:
    from runner.rules.answers import words_for

    return list(words_for(ask))


def show(facts: dict[str, Any], config: "Config") -> None:
    """For people: what needs them first."""
    zone = config.runner.zone
    click.echo(f"{click.style(facts['name'], bold=True)}\n")
    if facts["needs_you"]:
        click.echo(screen.need_you(len(facts["needs_you"])))
        for ask in facts["needs_you"][:LISTED]:
            head = f"  {' '.join(filter(None, (ask['run'], ask['contract'])))} – "
            click.echo(head + screen.brief(ask["what"], len(head)))
            if ask["said"]:
                click.echo(click.style(f"    {ask['said']}", dim=True))
            typing = f": {' or '.join(ask['type'])}" if ask["type"] else ""
            click.echo(click.style(f"    → {ask['where']}{typing}", dim=True))
        if len(facts["needs_you"]) > LISTED:
            click.echo(f"  … and {len(facts['needs_you']) - LISTED} more: `rowpact status --json` lists all.")
        click.echo()
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
