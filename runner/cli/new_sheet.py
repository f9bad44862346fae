"""`rowpact new --google NAME` and `rowpact new --google --into URL`: a Google sheet to begin with, and a config for it."""

import re
from pathlib import Path

import click

from runner.cli import screen
from runner.cli.new import config_text

#: What a service account can fill and a person's own login can make.
KEY, OWN = "service-account.json", "default"


def make_sheet(config: Path, template: str, *, title: str, into: str, credentials: str, samples: bool, as_json: bool) -> None:
    """Make or fill the sheet, and write the config where there is none. Raises `RowpactError` with the mend."""
    import sheet_templates
    from runner import wiring

    chosen = sheet_templates.load(template)
    login, zone = credentials or (KEY if into else OWN), wiring.local_zone()
    key = beside(login, config)
    url = wiring.make_sheet(chosen, title=title or chosen.title, into=into, credentials=key, samples=samples, zone=zone)
    table, stood = google_sheet(slug(title) or "business", url, login), config.exists()
    if not stood:
        config.write_text(config_text(table, str(zone)), encoding="utf-8")
    if as_json:
        screen.say_json({"workbook": url, "config": str(config)})
        return
    click.echo(f"{click.style('✓', fg='green')} {url}")
    if stood:
        click.echo(f"{click.style('!', fg='yellow')} {config} was there already and is left as it was.")
        click.echo(f"\nTo run this sheet, write into {config}:\n\n[workbook]\n{table}")
        return
    click.echo(f"{click.style('✓', fg='green')} {config}")
    click.echo("\nOpen the sheet and read the tab Start here: each contract with Yes under Enabled acts. Then:")
    click.echo(f"rowpact --config {config} run")


def google_sheet(name: str, url: str, credentials: str) -> str:
    """The lines of [workbook] for a sheet."""
    return f'kind = "google"\nname = "{name}"\nurl = "{url}"\ncredentials = "{credentials}"'


def slug(title: str) -> str:
    """`My shop!` → `my-shop`: a name that a file can have too."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")


def beside(credentials: str, config: Path) -> str:
    """A key's file counts from the config's own folder, as it does in it."""
    return credentials if credentials == OWN else str(config.absolute().parent / Path(credentials).expanduser())
