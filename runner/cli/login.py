"""`rowpact login`: sign in to Google with one's own account, where a service account is not wanted or not allowed."""

from pathlib import Path

import click

#: Where the login is kept, beside the config.
KEPT = "google-login.json"


@click.command("login")
@click.argument("app", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=f"Where the login is kept; default: {KEPT}.")
@click.pass_obj
def command(config: Path, app: Path, output: Path | None) -> None:
    """Sign in to Google in the browser. APP: the file of a desktop app from the Google console."""
    from adapters.workbooks.google_sheets.consent import sign_in

    to = output or config.absolute().parent / KEPT
    sign_in(app, to)
    click.echo(f"{click.style('✓', fg='green')} The login is kept in {to}, which only you can read.")
    click.echo(f'Make a sheet: rowpact new --google "My shop" --credentials {to.name} --template lead-to-cash')
    click.echo(f'Or write into config.toml, in [workbook]: credentials = "{to.name}"')
