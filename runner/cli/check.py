"""`rowpact check`: every mistake in workbook and config, with cell addresses. Nothing is changed."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner import tabs
from runner.cli import screen
from runner.errors import LedgerUnusable, RowpactError, WorkbookUnreadable
from runner.model import Book, Problem, Snapshot
from runner.ports import Clock, Ledger
from runner.rules.spans import parse_yes_no
from runner.rules.with_cell import parse_with
from runner.values import name_key

if TYPE_CHECKING:
    from runner.config import Config

#: How long a tool server may take to say what its tools take; what it does not say in time is a note.
PATIENCE = timedelta(seconds=10)


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
        screen.problems(found, _fine(book), _meanwhile(book))
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
    paused = f" {screen.PAUSED}" if _paused(book) else ""
    return f"No mistakes: {count}, {'all ready' if on == len(contracts) else f'{on} switched on'}.{paused}"


def _meanwhile(book: Book | None) -> str:
    """What happens until the mistakes are mended."""
    if _paused(book):
        return screen.PAUSED
    return "Contracts without a problem run." if book and book.contracts else "Until this is mended no new runs start."


def _paused(book: Book | None) -> bool:
    return bool(book and parse_yes_no(book.settings.get("pause")))


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
    from runner import toolbox, wiring
    from runner.engine.gather import all_gone, in_use_before
    from runner.engine.learn import recall
    from runner.rules.contract import read_book

    workbook = wiring.only_workbook(config)
    clock = wiring.open_clock()
    secrets = wiring.open_secrets(config)
    tools = wiring.open_tools(config, secrets)
    actions = wiring.open_actions(tools)
    opened = wiring.open_workbook(workbook, clock)
    try:
        snapshot = opened.read()
    except WorkbookUnreadable as error:
        found.append(Problem(where=workbook.place, message=str(error)))
        return None
    ledger = _ledger(config, clock, found)
    if ledger:
        recall(actions, ledger)
    toolbox.meet(tools, actions, _servers(snapshot), PATIENCE)
    if ledger is None:
        return read_book(snapshot, actions, secrets.names)
    if emptied := all_gone(ledger, snapshot):
        found.append(Problem(where=opened.name, message=f"It {emptied}"))
        return None
    return read_book(snapshot, actions, secrets.names, in_use_before(ledger))


def _ledger(config: "Config", clock: Clock, found: list[Problem]) -> Ledger | None:
    """What is remembered; None where nothing is yet, or where it cannot be opened, which goes to `found`."""
    from runner import wiring

    workbook = wiring.only_workbook(config)
    place = config.ledger_of(workbook)
    if "://" not in place and not Path(place).exists():
        return None
    try:
        return wiring.open_ledger(config, workbook, clock)
    except LedgerUnusable as error:
        found.append(Problem(where="[runner] ledger", message=str(error)))
        return None


def _servers(snapshot: Snapshot) -> set[str]:
    """Names of the tool servers that steps name."""
    tab = snapshot.tab(tabs.STEPS.name)
    cells = [parse_with(row.text("With"))[0] for row in tab.rows if row.text("Action").strip().lower() == "mcp.call"] if tab else []
    return {text for settings in cells for name, text in settings.items() if name_key(name) == "server"}
