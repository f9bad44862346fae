"""`rowpact drill [CONTRACT]`: every step with every failure, in a sandbox, and where the run ended.

Invariant: nothing leaves this process, the workbook is only read; the ledger keeps one note, the date and the outcome.
"""

import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from runner.cli import screen
from runner.errors import LedgerUnusable
from runner.model import Contract
from runner.rules.drill import LAST_DRILL, Drilled, found, sees, verdict

if TYPE_CHECKING:
    from runner.config import Config
    from runner.engine.drill import Driller


@click.command("drill")
@click.argument("contract", default="", metavar="[CONTRACT]")
@screen.json_option
@click.pass_obj
def command(config: Path, contract: str, as_json: bool) -> None:  # noqa: FBT001
    """Every step with every failure, in a sandbox: where the run ends, and what you would see."""
    from runner import wiring
    from runner.bench import open_benches
    from runner.engine.drill import Driller
    from runner.rules.chosen import choose
    from runner.rules.contract import read_book

    loaded = wiring.load_config(config)
    clock = wiring.open_clock()
    workbook = wiring.open_workbook(wiring.only_workbook(loaded), clock)
    snapshot, now = workbook.read(), clock.now()
    with open_benches(loaded) as (actions, make):
        book = read_book(snapshot, actions, wiring.open_secrets(loaded).names)
        contracts, found = choose(contract, snapshot, book)
        problems = [str(problem) for problem in found]
        driller = Driller(make, snapshot, book, actions, now, loaded.runner.zone)
        if not as_json:
            click.echo(f"{click.style(f'Drilling {workbook.name}', bold=True)} – in a sandbox: nothing leaves, nothing is changed")
        with _stoppable() as go_on:
            drilled, rows = _carry_out(driller, contracts, problems, go_on, as_json=as_json, whole=bool(contract))
    undrilled = [row["contract"] for row in rows if row["why_not"]] + sorted({each.contract for each in found if each.contract})
    said = verdict(drilled, undrilled)
    _remember(loaded, f"{screen.moment(now, loaded.runner.zone)} {contract or 'all contracts'}: {said}")
    broken = list(dict.fromkeys(problem for one in drilled for problem in one.problems))
    if as_json:
        screen.say_json(
            {
                "drilled_at": now,
                "verdict": said,
                "promises_held": not (broken or problems),
                "drills": [_facts(one) for one in drilled],
                "contracts": rows,
                "problems": [*problems, *broken],
            }
        )
    else:
        _close(said, problems, drilled, whole=bool(contract))
    raise click.exceptions.Exit(1 if broken or problems else 0)


def _carry_out(
    driller: "Driller", contracts: list[Contract], problems: list[str], go_on: Callable[[], None], *, as_json: bool, whole: bool
) -> tuple[list[Drilled], list[dict[str, Any]]]:
    """(every drill, what each contract was drilled with). A contract that starts no run goes to `problems`."""
    drilled: list[Drilled] = []
    rows = []
    for contract in contracts:
        why_not = driller.why_not(contract)
        problems += [why_not] if why_not else []
        unreached = driller.unreached(contract)
        place, usual = driller.stage(contract).place, driller.usually(contract)
        needs = f"{usual.tab}: {usual.row.get('Error', '')}" if usual.words else ""
        rows.append({"contract": contract.name, "row": place, "unreached": unreached, "why_not": why_not, "without_failure": needs})
        ours: list[Drilled] = []
        for one in driller.drill(contract):
            go_on()
            ours.append(one)
            _progress(contract.name, len(ours), driller.count(contract))
        _progress("", 0, 0)
        drilled += ours
        if not as_json:
            _tell(contract, place, needs, whole=whole, drilled=ours)
            for step in unreached:
                click.echo(f"  {step}{click.style('  not drilled: nothing in this contract leads there', fg='yellow')}")
    return drilled, rows


@contextmanager
def _stoppable() -> Iterator[Callable[[], None]]:
    """Ctrl-C ends the drill at hand and then the command: raises `click.Abort` between two drills. The second one stops at once."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    def go_on() -> None:
        if asked:
            raise click.Abort

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield go_on
        go_on()
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(name: str, done: int, of: int) -> None:
    """One line on the error stream that is written over, where somebody watches."""
    if sys.stderr.isatty():
        text = f"{name}: {done} of about {of}" if name else ""
        click.echo(f"\r{text:<79}\r", nl=False, err=True)


def _remember(config: "Config", said: str) -> None:
    """A note in the ledger: the tab Runner says it after the next tick. No lease is taken."""
    from runner import wiring

    try:
        wiring.open_ledger(config, wiring.only_workbook(config), wiring.open_clock()).note(LAST_DRILL, said)
    except LedgerUnusable as error:
        click.echo(f"{click.style('!', fg='yellow')} The date of this drill was not kept: {error}", err=True)


def _facts(one: Drilled) -> dict[str, Any]:
    ending = one.ending
    return {
        "contract": one.contract,
        "step": one.step,
        "action": one.action,
        "trial": one.trial.value,
        "way": one.way,
        "state": ending.state.value if ending.state else "",
        "then": ending.final.value if ending.final else "",
        "tab": ending.tab,
        "row": dict(ending.row),
        "type": list(ending.words),
        "found": found(one),
        "sees": sees(one),
        "tries": ending.tries,
        "twice": one.twice,
        "lost": one.lost,
        "problems": list(one.problems),
    }


# ------------------------------------------------------------------------------------------------------- for people


def _tell(contract: Contract, place: str, needs: str, *, drilled: list[Drilled], whole: bool) -> None:
    """One contract: its steps, and under each what was tried. `whole`: every drill by itself, with the row's own words."""
    click.echo(f"\n{click.style(contract.name, bold=True)}{click.style(f'  with {place}', dim=True) if place else ''}")
    for line in _wrapped(f"Even without a failure this row needs you. {needs}") if needs else ():
        click.echo(f"  {click.style(line, fg='yellow')}")
    for (step, action, way), ours in groupby(drilled, key=lambda one: (one.step, one.action, one.way)):
        more = "".join(f"  {words}" for words in (action, way) if words)
        click.echo(f"  {step or 'The whole contract'}{click.style(more, dim=True) if more else ''}")
        alike: dict[tuple[str, ...], list[Drilled]] = {}
        for one in ours:
            own = (one.trial,) if whole else ()
            alike.setdefault((str(one.ending.state), found(one), *one.problems, *own), []).append(one)
        for some in sorted(alike.values(), key=_needs_you):
            _tell_some(some, whole=whole)


def _needs_you(some: list[Drilled]) -> int:
    return 0 if some[0].problems else 1 if some[0].ending.words else 2


def _tell_some(some: list[Drilled], *, whole: bool) -> None:
    """Drills that came to the same."""
    one = some[0]
    mark = click.style("✗", fg="red") if one.problems else click.style("✓", fg="green")
    state = one.ending.state
    head = click.style(f"{state or 'no run':<12}", fg=screen.COLOURS.get(state) if state else None)
    trials = click.style(", ".join(each.trial for each in some), bold=True)
    lines = _wrapped(f"{', '.join(each.trial for each in some)} → {found(one)}")
    click.echo(f"    {mark} {head} {lines[0].replace(', '.join(each.trial for each in some), trials, 1)}")
    for line in lines[1:]:
        click.echo(f"{' ' * 19}{line}")
    for line in _wrapped(sees(one)) if whole and sees(one) else ():
        click.echo(click.style(f"{' ' * 19}{line}", dim=True))
    for problem in one.problems:
        click.echo(click.style(f"{' ' * 19}{problem}", fg="red"))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, max(40, shutil.get_terminal_size().columns - 19)) or [""]


def _close(said: str, problems: list[str], drilled: list[Drilled], *, whole: bool) -> None:
    click.echo()
    for problem in problems:
        click.echo(f"{click.style('✗', fg='red')} {problem}")
    good = not problems and not any(one.problems for one in drilled)
    click.echo(f"{click.style('✓', fg='green') if good else click.style('✗', fg='red')} {click.style(said, bold=True)}")
    if drilled:
        click.echo(click.style("A stand-in approved, did tasks and answered Dead letters; a failure lasted until then.", dim=True))
    if any(one.action == "email.send" for one in drilled):
        click.echo(click.style("Mail was drilled as if a mail server sent it.", dim=True))
    if drilled and not whole:
        click.echo(click.style("To read what would stand in each row, name one contract: rowpact drill CONTRACT", dim=True))
