"""`rowpact check`: every mistake in workbook and config, with cell addresses. Nothing is changed."""

from dataclasses import asdict
from pathlib import Path

import click

from runner.cli import screen
from runner.errors import WorkbookUnreadable
from runner.model import Book, Problem


@click.command("check")
@screen.json_option
@click.pass_obj
def command(config: Path, as_json: bool) -> None:  # noqa: FBT001
    """Name every mistake in workbook and config, with cell addresses."""
    found, book = look(config)
    if as_json:
        problems = [asdict(problem) | {"sentence": problem.sentence} for problem in found]
        screen.say_json({"problems": problems, "contracts": sorted(book.contracts) if book else []})
    else:
        count = len(book.contracts) if book else 0
        screen.problems(found, f"No mistakes: {count} contract{'s' * (count != 1)}, all ready.")
    raise click.exceptions.Exit(1 if found else 0)


def look(path: Path) -> tuple[list[Problem], Book | None]:
    """(everything that is wrong, what the workbook says as far as it could be read)."""
    from runner import wiring
    from runner.ports import Tools
    from runner.rules.contract import read_book

    config, found = wiring.config_problems(path)
    if config is None:
        return found, None
    clock = wiring.open_clock()
    secrets = wiring.open_secrets(config)
    tools = Tools(
        mailer=wiring.open_mailer(config, secrets),
        mail_from=config.email.sender,
        http_allow=config.http.allow,
        secrets=secrets,
        files_allow=config.files.allow,
    )
    try:
        snapshot = wiring.open_workbook(wiring.only_workbook(config), clock).read()
    except WorkbookUnreadable as error:
        return [*found, Problem(where=str(wiring.only_workbook(config).path), message=str(error))], None
    book = read_book(snapshot, wiring.open_actions(tools), secrets.names)
    return [*found, *book.problems], book
