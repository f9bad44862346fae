"""`rowpact show RUN`: one run with its whole story."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli import screen
from runner.errors import RowpactError
from runner.model import Event, Run
from runner.ports import Ledger

if TYPE_CHECKING:
    from runner.config import Config


@click.command("show")
@click.argument("run")
@screen.json_option
@click.pass_obj
def command(config: Path, run: str, as_json: bool) -> None:  # noqa: FBT001
    """One run: state, input, output, tries, and everything that happened to it."""
    from runner import wiring

    loaded = wiring.load_config(config)
    ledger = wiring.open_ledger(loaded, wiring.only_workbook(loaded), wiring.open_clock())
    found = _find(run, ledger)
    events = list(ledger.events(run=found.id))
    if as_json:
        screen.say_json(facts(found, events))
    else:
        tell(found, events, loaded)


def _find(name: str, ledger: Ledger) -> Run:
    """`R-0007`, `r-7` and `7` are one run."""
    from runner.rules.findings import did_you_mean

    runs = ledger.books.runs
    digits = "".join(sign for sign in name if sign.isdecimal())
    for candidate in (name.strip().upper(), f"R-{int(digits):04d}" if digits else ""):
        if run := runs.get(candidate) or ledger.run(candidate):
            return run
    mend = did_you_mean(name, list(runs)[-200:]) if runs else "Nothing has run yet; start with: rowpact run --once"
    raise RowpactError(f"There is no run “{name}”. {mend}")


def facts(run: Run, events: list[Event]) -> dict[str, Any]:
    """The run as data: at least `state input output tries rollback_owner audit_log`."""
    return {
        "run": run.id,
        "contract": run.contract,
        "key": run.key,
        "state": run.state.value,
        "step": run.step,
        "input": dict(run.input),
        "output": dict(run.output),
        "results": {step: dict(results) for step, results in run.results.items()},
        "tries": run.tries,
        "next_try": run.next_try,
        "owner": run.owner,
        "rollback_owner": run.rollback_owner,
        "risk": run.risk,
        "error": run.error,
        "started": run.started,
        "updated": run.updated,
        "ended": run.ended,
        "audit_log": [
            {
                "seq": event.seq,
                "time": event.time,
                "step": event.step,
                "event": event.kind,
                "attempt": event.attempt,
                "result": event.result,
                "who": event.who,
                "detail": event.detail,
                "hash": event.hash,
            }
            for event in events
        ],
    }


def tell(run: Run, events: list[Event], config: "Config") -> None:
    """For people."""
    zone = config.runner.zone
    click.echo(f"{click.style(run.id, bold=True)} {run.contract}  {screen.state(run.state)}")
    if run.error:
        click.echo(f"{click.style('✗', fg='red')} {run.error}")
    click.echo(
        f"\nKey {run.key} · owner {run.owner or 'nobody'} · rollback owner {run.rollback_owner or 'nobody'} · risk {run.risk}\n"
    )
    for title, values in (("Input", run.input), ("Output", run.output)):
        if values:
            click.echo(click.style(title, dim=True))
            for name, value in values.items():
                if value is not None and value != "":
                    click.echo(f"  {name}: {_short(value)}")
    click.echo(click.style("What happened", dim=True))
    for event in events:
        who = "" if event.who == "Rowpact" else f" ({event.who})"
        detail = f": {_short(event.detail)}" if event.detail else ""
        at = event.time.astimezone(zone).strftime("%m-%d %H:%M:%S") if event.time else ""
        step = f" {click.style(event.step, bold=True)}" if event.step else ""
        click.echo(f"  {click.style(at, dim=True)} {event.kind}{step}{detail}{who}")


def _short(value: object) -> str:
    from runner.values import show

    text = " ".join((value if isinstance(value, str) else show(value)).split())  # type: ignore[arg-type]
    return text if len(text) <= 160 else text[:159] + "…"
