"""`rowpact convert FROM TO`: the same workbook in Excel or in Google Sheets, with its contracts, runs and decisions."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli import screen
from runner.cli.new_sheet import KEY, beside, google_sheet, slug

if TYPE_CHECKING:
    from runner.config import Config, Workbook


@click.command("convert")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--credentials", metavar="FILE", default=KEY, show_default=True, help="The login to Google.")
@screen.json_option
@click.pass_obj
def command(config: Path, /, source: str, target: str, *, credentials: str, as_json: bool) -> None:
    """Copy a workbook into another kind: FROM and TO are a file and the address of an empty Google sheet, in either order.

    What each cell shows is kept, in its place; formulas become their values. The ledger stays, and goes on with the copy.
    """
    from runner import conversion, wiring

    clock, key = wiring.open_clock(), beside(credentials, config)
    loaded = wiring.load_config(config) if config.exists() else None
    ours = workbook_of(loaded, source) if loaded else None
    today = clock.now().astimezone(wiring.local_zone()).date()
    with conversion.held(loaded, ours, clock) if loaded and ours else nullcontext():
        done = conversion.convert(source, target, key, today, clock)
    advice = list(changes(config, loaded, ours, source, done.place, credentials))
    if as_json:
        screen.say_json({"workbook": done.place, "tabs": done.tabs, "rows": done.rows, "config": "\n".join(advice)})
        return
    click.echo(f"{click.style('✓', fg='green')} {done.place}: {done.tabs} tabs, {done.rows} rows, every cell compared")
    click.echo(f"\nTo go on with it, let {config} say:\n\n" + "\n".join(advice))
    click.echo(f"\n{source} is as it was. Its charts, formulas and formats of your own stay there.")


def workbook_of(config: "Config", place: str) -> "Workbook | None":
    """The workbook of config.toml that stands at this place."""
    for workbook in config.workbooks:
        if workbook.path and workbook.path.resolve() == Path(place).resolve():
            return workbook
        if workbook.sheet_id and f"/{workbook.sheet_id}" in place:
            return workbook
    return None


def changes(
    config: Path, loaded: "Config | None", ours: "Workbook | None", source: str, place: str, credentials: str
) -> Iterator[str]:
    """The lines of config.toml by which the ledger goes on: it knows the workbook by its name."""
    from runner import conversion

    name = ours.known_as if ours else slug(Path(source).stem) or "business"
    folder = config.absolute().parent
    yield "[workbook]"
    if conversion.is_sheet(place):
        yield google_sheet(name, place, credentials)
        ledger = folder / f"{name}.ledger"
    else:
        yield f'kind = "excel"\nname = "{name}"\npath = "{_from(folder, place)}"'
        ledger = Path(place).absolute().with_suffix(".ledger")
    if loaded and ours and not loaded.runner.ledger and Path(loaded.ledger_of(ours)).absolute() != ledger:
        yield f'\n[runner]\nledger = "{_from(folder, loaded.ledger_of(ours))}"'


def _from(folder: Path, place: str) -> str:
    """As config.toml says it: from its own folder where it stands below it."""
    path = Path(place).absolute()
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
