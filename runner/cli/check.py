"""`rowpact check`: every mistake in workbook and config, with cell addresses. Nothing is changed."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli import screen
from runner.errors import LedgerUnusable, RowpactError, WorkbookUnreadable
from runner.model import Book, Problem
from runner.rules.spans import parse_yes_no

if TYPE_CHECKING:
    from runner.config import Config


@click.command("check")
@screen.json_option
@click.pass_obj
def command(config: Path, as_json: bool) -> None:  # noqa: FBT001
    """Name every mistake in workbook and config, with cell addresses."""
    found, book = look(config)
    if as_json:
        problems = [asdict(problem) | {"sentence": problem.sentence} for problem in found]
        notes = [asdict(note) | {"sentence": note.sentence} for note in (book.notes if book else ())]
        screen.say_json({"problems": problems, "notes": notes, "contracts": sorted(book.contracts) if book else []})
    else:
        screen.problems(found, _fine(book), goes_on=bool(book and book.contracts))
        for note in book.notes if book else ():
            click.echo(f"{click.style('!', fg='yellow')} {click.style(note.where, bold=True)}  Note: {note.sentence}")
    raise click.exceptions.Exit(1 if found else 0)


def _fine(book: Book | None) -> str:
    """What there is to say when nothing is wrong: whether anything will happen at all."""
    contracts = list(book.contracts.values()) if book else []
    on = sum(contract.enabled or contract.shadow for contract in contracts)
    if not contracts:
        return "No mistakes, and no contracts yet: the first one goes into the tab Contracts."
    if not on:
        return "No mistakes, but no contract is switched on: write Yes under Enabled in the tab Contracts."
    count = f"{len(contracts)} contract{'s' * (len(contracts) > 1)}"
    paused = (
        " Settings, Pause = Yes: nothing happens until it says No." if book and parse_yes_no(book.settings.get("pause")) else ""
    )
    return f"No mistakes: {count}, {'all ready' if on == len(contracts) else f'{on} switched on'}.{paused}"


def look(path: Path) -> tuple[list[Problem], Book | None]:
    """(everything that is wrong, what the workbook says as far as it could be read)."""
    from runner import wiring

    config, found = wiring.config_problems(path)
    if config is None:
        return found, None
    try:
        book = _book(config, found)
    except RowpactError as error:
        return [*found, Problem(where=path.name, message=str(error))], None
    return [*found, *(book.problems if book else ())], book


def _book(config: "Config", found: list[Problem]) -> Book | None:
    """What the workbook says, compared with what the ledger remembers; what keeps it from being read goes to `found`."""
    from runner import wiring
    from runner.engine.gather import all_gone, in_use_before
    from runner.rules.contract import read_book

    workbook = wiring.only_workbook(config)
    clock = wiring.open_clock()
    secrets = wiring.open_secrets(config)
    actions = wiring.open_actions(wiring.open_tools(config, secrets))
    opened = wiring.open_workbook(workbook, clock)
    try:
        snapshot = opened.read()
    except WorkbookUnreadable as error:
        found.append(Problem(where=workbook.place, message=str(error)))
        return None
    place = config.ledger_of(workbook)
    if "://" not in place and not Path(place).exists():
        return read_book(snapshot, actions, secrets.names)
    try:
        ledger = wiring.open_ledger(config, workbook, clock)
    except LedgerUnusable as error:
        found.append(Problem(where="[runner] ledger", message=str(error)))
        return read_book(snapshot, actions, secrets.names)
    if emptied := all_gone(ledger, snapshot):
        found.append(Problem(where=opened.name, message=f"It {emptied}"))
        return None
    return read_book(snapshot, actions, secrets.names, in_use_before(ledger))
