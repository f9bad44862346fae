"""`rowpact doctor`: each connection and credential tried, each problem with its mend. Nothing is sent, no workbook is changed."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path

import click

from runner.cli import screen
from runner.errors import RowpactError
from runner.ports.checkup import Finding, Trial, Verdict, problem, warning

MARKS = {Verdict.FINE: ("✓", "green"), Verdict.WARNING: ("!", "yellow"), Verdict.PROBLEM: ("✗", "red"), Verdict.UNUSED: ("–", None)}
#: Trials that go on side by side: most of them wait for an answer.
SIDE_BY_SIDE = 8
_WIDTH = 24


@click.command("doctor")
@screen.json_option
@click.pass_obj
def command(config: Path, as_json: bool) -> None:  # noqa: FBT001
    """Try every connection and credential; name each problem with its mend."""
    if not as_json:
        click.echo(f"{click.style('Checking your set-up', bold=True)} {click.style('(nothing is sent or changed)', dim=True)}")
    findings = examine(config)
    counts = {verdict: sum(each.verdict is verdict for each in findings) for verdict in Verdict}
    if as_json:
        screen.say_json({"findings": [asdict(each) for each in findings], "problems": counts[Verdict.PROBLEM]})
    else:
        show(findings)
        click.echo(f"\n{_summed(counts)}")
    raise click.exceptions.Exit(1 if counts[Verdict.PROBLEM] else 0)


def examine(path: Path) -> list[Finding]:
    """Everything there is to say about the set-up of this config.toml."""
    from runner import trials, wiring

    config, mistakes = wiring.config_problems(path)
    findings = [replace(problem(each.where, each.message, each.fix), area="Config") for each in mistakes]
    if config is None:
        return findings
    listed = [*trials.trials(config, wiring.open_clock()), Trial(area="Workbook", what="Contracts", run=lambda: _cells(path))]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        told = list(pool.map(_tried, listed))
    redact = wiring.open_secrets(config).redact
    flat = [each for some in told for each in some]
    areas = list(dict.fromkeys(each.area for each in flat))
    ordered = sorted(flat, key=lambda each: areas.index(each.area))
    return [*findings, *(replace(each, says=redact(each.says), mend=redact(each.mend)) for each in ordered)]


def _tried(trial: Trial) -> list[Finding]:
    try:
        found = list(trial.run())
    except RowpactError as error:
        found = [problem(trial.what, str(error))]
    return [replace(each, area=trial.area) for each in found]


def _cells(path: Path) -> Iterable[Finding]:
    """How many mistakes stand in the workbook; `check` names each."""
    from runner.cli.check import look

    found, book = look(path)
    wrong = [each for each in found if each.tab]
    if wrong:
        count = f"{len(wrong)} mistake{'s' * (len(wrong) > 1)}, the first at {wrong[0].where}: {wrong[0].message}"
        return [warning("Contracts", count, "`rowpact check` names them all; contracts without a mistake run.")]
    if book is None:
        return []
    return [Finding(what="Contracts", says=f"{len(book.contracts)} without a mistake")]


def show(findings: Sequence[Finding]) -> None:
    """For people: one block an area."""
    for area, group in groupby(findings, key=lambda each: each.area):
        click.echo(f"\n{click.style(area, bold=True)}")
        for each in group:
            mark, colour = MARKS[each.verdict]
            trouble = each.verdict in (Verdict.WARNING, Verdict.PROBLEM)
            gap = " " * max(1, _WIDTH - len(each.what))
            says = each.says if trouble else click.style(each.says, dim=True)
            click.echo(f" {click.style(mark, fg=colour)} {click.style(each.what, bold=trouble)}{gap}{says}")
            if each.mend:
                click.echo(f"     {click.style('Fix:', fg=colour)} {each.mend}")


def _summed(counts: dict[Verdict, int]) -> str:
    wrong, doubtful, fine = counts[Verdict.PROBLEM], counts[Verdict.WARNING], counts[Verdict.FINE]
    words = [f"{wrong} problem{'s' * (wrong != 1)}"] if wrong else ["No problems"]
    words += [f"{doubtful} warning{'s' * (doubtful != 1)}"] if doubtful else []
    return f"{click.style(', '.join(words), bold=True)}, {fine} fine."
