"""`rowpact doctor`: each connection and credential tried, each problem with its mend. Nothing is sent, no workbook is changed."""

from collections.abc import Callable, Iterable, Sequence
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
_CHECKING, _UNTOUCHED = "Checking your set-up", "(nothing is sent or changed)"


@click.command("doctor")
@screen.json_option
@click.option("--live", metavar="URL", default="", help="Ask Google what it really does, in a throw-away tab of the sheet at URL.")
@click.option("--alert-test", is_flag=True, help="Send a test alert to everybody whom [alerts] names.")
@click.pass_obj
def command(config: Path, live: str, alert_test: bool, as_json: bool) -> None:  # noqa: FBT001
    """Try every connection and credential; name each problem with its mend."""
    if not as_json:
        what, care = ("Asking Google", "(in a tab of its own, deleted at the end)") if live else (_CHECKING, _UNTOUCHED)
        what, care = ("Sending a test alert", "(to everybody whom [alerts] names)") if alert_test else (what, care)
        click.echo(f"{click.style(what, bold=True)} {click.style(care, dim=True)}")
    findings = ring(config) if alert_test else ask(config, live) if live else examine(config)
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
    listed = list(trials.trials(config, wiring.open_clock()))
    books = [trial for trial in listed if trial.area.startswith(trials.WORKBOOK)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        first = pool.submit(_one_after_the_other, books, lambda: _cells(path))
        flat = [each for some in pool.map(_tried, [trial for trial in listed if trial not in books]) for each in some]
        flat = first.result() + flat
    redact = wiring.open_secrets(config).redact
    areas = list(dict.fromkeys(each.area for each in flat))
    ordered = sorted(flat, key=lambda each: areas.index(each.area))
    return [*findings, *(replace(each, says=redact(each.says), mend=redact(each.mend)) for each in ordered)]


def ask(path: Path, url: str) -> list[Finding]:
    """What Google answers where its documents are silent, by the login of config.toml. Raises `ConfigError`."""
    from runner import trials, wiring

    trial = trials.live(wiring.load_config(path), url, wiring.open_clock())
    return _tried(trial)


def ring(path: Path) -> list[Finding]:
    """Which channels took a test alert. Raises `ConfigError`."""
    from runner import trials, wiring

    config = wiring.load_config(path)
    found = [each for trial in trials.alert_tests(config, wiring.open_clock()) for each in _tried(trial)]
    mend = 'Name somebody in config.toml: [alerts.P0] email = ["…"].'
    nobody = replace(warning("Nobody", "config.toml names nobody for alerts.", mend), area="Alerts")
    return found or [nobody]


def _one_after_the_other(listed: Iterable[Trial], cells: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """They use the same parts; the cells are looked at only in a workbook that opens."""
    told = [each for trial in listed for each in _tried(trial)]
    if any(each.verdict is Verdict.PROBLEM for each in told):
        return told
    return told + _tried(Trial(area="Workbook", what="Contracts", run=cells))


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
