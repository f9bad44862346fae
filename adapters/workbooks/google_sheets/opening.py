"""From what config.toml says to a workbook. Nothing is asked of Google yet."""

from gspread.exceptions import NoValidUrlKeyFound
from gspread.utils import extract_id_from_url

from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.keys import open_key
from runner.errors import ConfigError
from runner.ports import Clock


def open_client(credentials: str, clock: Clock) -> SheetsClient:
    """By the login in the file `credentials`. Raises `ConfigError` with the mend."""
    login, account = open_key(credentials)
    return SheetsClient(login, clock=clock, account=account)


def open_sheet(url: str, client: SheetsClient, key: str, clock: Clock) -> GoogleWorkbook:
    """The sheet at this address. `key`: see `GoogleWorkbook`."""
    return GoogleWorkbook(sheet_at(url), client, key=key, clock=clock)


def sheet_at(url: str) -> str:
    """The sheet's id. Raises `ConfigError` for what is no address of one."""
    try:
        return str(extract_id_from_url(url))
    except NoValidUrlKeyFound:
        message = (
            f"“{url}” is not the address of a Google sheet. Copy it from the browser: https://docs.google.com/spreadsheets/d/…"
        )
        raise ConfigError(message) from None


def url_of(spreadsheet: str) -> str:
    """Its address in the browser."""
    return f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit"
