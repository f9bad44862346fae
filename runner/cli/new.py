"""`rowpact new FILE --template NAME`: a workbook to begin with, and a config beside it."""

from pathlib import Path

import click

from runner.cli import screen
from runner.errors import RowpactError


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--template", default="blank", show_default=True, help="Which one; see --list.")
@click.option("--list", "listing", is_flag=True, help="Name the templates.")
@click.option("--samples", is_flag=True, help="With sample rows.")
@click.option("--google", "title", is_flag=False, flag_value="", metavar="[NAME]", help="A Google sheet of that name.")
@click.option("--into", metavar="URL", default="", help="Fill this empty Google sheet instead of making one.")
@click.option("--credentials", metavar="FILE", default="", help="The login to Google; “default” for this computer's own.")
@screen.json_option
@click.pass_obj
def command(
    config: Path, /, file: Path | None, template: str, *, listing: bool, samples: bool, as_json: bool, **google: str | None
) -> None:
    """Make a workbook from a template, with a config.toml beside it."""
    import sheet_templates

    if listing:
        known = {name: sheet_templates.load(name).about for name in sheet_templates.names()}
        if as_json:
            screen.say_json(known)
        else:
            screen.table(("Template", "What it is for"), known.items())
        return
    if google["title"] is not None or google["into"]:
        from runner.cli.new_sheet import make_sheet

        wanted = {name: value or "" for name, value in google.items()}
        make_sheet(config, template, **wanted, samples=samples, as_json=as_json)
        return
    if file is None:
        raise click.UsageError("Name the file to make, for example: rowpact new business.xlsx --template lead-to-cash")
    stood = (file.parent / "config.toml").exists()
    made = make(file, template, samples=samples)
    if as_json:
        screen.say_json({"workbook": str(file), "config": str(made)})
        return
    click.echo(f"{click.style('✓', fg='green')} {file}")
    if stood:
        click.echo(f"{click.style('!', fg='yellow')} {made} was there already and is left as it was.")
        click.echo(f'\nTo run {file.name}, write it into {made} under [workbook]: path = "{file.name}"')
        return
    click.echo(f"{click.style('✓', fg='green')} {made}")
    click.echo(f"\nOpen {file.name} and read the tab Start here: each contract with Yes under Enabled acts. Then:")
    click.echo(f"rowpact --config {made} run")


def make(file: Path, template: str, *, samples: bool) -> Path:
    """Both files; the config's place. Raises `RowpactError` rather than write over anything: a config that is there stays."""
    import sheet_templates
    from adapters.workbooks.excel.create import create
    from runner import wiring

    chosen = sheet_templates.load(template)
    if file.suffix.lower() != ".xlsx":
        raise RowpactError(f"“{file.name}” should end in .xlsx, for example {file.stem or 'business'}.xlsx.")
    config = file.parent / "config.toml"
    if file.exists():
        raise RowpactError(f"{file} is there already, and is not written over. Choose another name.")
    zone = wiring.local_zone()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        create(chosen, file, today=wiring.open_clock().now().astimezone(zone).date(), samples=samples)
        if not config.exists():
            config.write_text(config_text(excel_file(file.name), str(zone)), encoding="utf-8")
    except OSError as error:
        raise RowpactError(f"{file} cannot be written: {error.strerror or error}.") from error
    return config


def excel_file(name: str) -> str:
    """The lines of [workbook] for a file beside config.toml."""
    return f'kind = "excel"\npath = "{name}"'


def config_text(workbook: str, zone: str, *, http: tuple[str, ...] = (), poll: str = "15s") -> str:
    """A config that harms nobody: mail goes into a folder, and no host may be reached but those named.

    `workbook`: the lines of its table.
    """
    allow = ", ".join(f'"{host}"' for host in http)
    return f"""# Rowpact's settings. Whoever can edit the workbook cannot reach past what stands here.

[workbook]
{workbook}

[runner]
poll = "{poll}"
timezone = "{zone}"

[email]
mode = "folder"                 # every mail becomes a file in this folder; "smtp" really sends
folder = "outbox"
from = "You <you@example.com>"

[http]
allow = [{allow}]                      # hosts that http actions may reach
"""
