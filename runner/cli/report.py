"""`rowpact report [--week 2026-W47] [--preview FILE]`: the weekly KPI report. Reads ledger and workbook; changes neither."""

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
@screen.json_option
@click.pass_obj
def command(config: Path, week: str, preview: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """What needs you, and what the automation was worth in one week."""
    from runner import wiring
    from runner.engine.report import as_html, as_text, report

    wanted = _week(week)
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
