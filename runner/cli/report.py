"""`rowpact report [--week 2026-W47] [--preview FILE] [--send]`: the weekly KPI report. Only `--send` changes anything."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli import screen
from runner.errors import ConfigError

if TYPE_CHECKING:
    from runner.rules.kpi.weeks import Week


@click.command("report")
@click.option("--week", "week", default="", metavar="WEEK", help="Like 2026-W47. Default: the last week that is over.")
@click.option("--preview", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML mail into this file.")
@click.option("--send", is_flag=True, help="Mail it now to those whom config.toml [report] names; a week's report leaves once.")
@screen.json_option
@click.pass_obj
def command(config: Path, week: str, preview: Path | None, send: bool, as_json: bool) -> None:  # noqa: FBT001
    """What needs you, and what the automation was worth in one week."""
    from runner import wiring
    from runner.engine.report import as_html, as_text, report

    wanted = _week(week)
    if send:
        if preview:
            raise click.UsageError("--preview looks at the report and --send mails it: one at a time.")
        _send(config, wanted, as_json=as_json)
        return
    with wiring.open_report_desk(wiring.load_config(config)) as desk:
        letter = report(desk, wanted)
    if preview:
        _keep(preview, as_html(letter))
    if as_json:
        screen.say_json(asdict(letter))
    elif preview:
        click.echo(f"{click.style('✓', fg='green')} The report of {letter.week} is in {preview}. Open it in a browser.")
    else:
        click.echo(as_text(letter).rstrip())


def _send(config: Path, wanted: "Week | None", *, as_json: bool) -> None:
    """Mail it, and say what became of it; exit 1 unless it left."""
    from runner import wiring
    from runner.engine.send_now import send_now

    world = wiring.open_world(wiring.load_config(config), say=lambda line: click.echo(line, err=True))
    try:
        sent = send_now(world, wanted)
    finally:
        world.ledger.close()
    if as_json:
        screen.say_json({"run": sent.run, "week": sent.week, "left": sent.left, "said": sent.said})
    else:
        click.echo(f"{click.style('✓', fg='green') if sent.left else click.style('!', fg='yellow')} {sent.said}")
    if not sent.left:
        raise click.exceptions.Exit(1)


def _week(text: str) -> "Week | None":
    from runner.rules.kpi.weeks import Week

    try:
        return Week.read(text) if text else None
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _keep(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists.") from None
