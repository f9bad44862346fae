"""From what config.toml says to a workbook. Nothing is asked of Google yet."""

import logging

from gspread.exceptions import NoValidUrlKeyFound
from gspread.utils import extract_id_from_url

from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.keys import SHARING, SPREADSHEETS, open_key
from runner.errors import ConfigError
from runner.ports import Clock


def open_client(credentials: str, clock: Clock, *, sharing: bool = False) -> SheetsClient:
    """By the login in the file `credentials`, with `sharing` one that may see who can edit. Raises `ConfigError` with the mend."""
    # google-auth looks for one more host in the background; that it is not reached is nothing to print
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    login, account = open_key(credentials, (SPREADSHEETS, SHARING) if sharing else (SPREADSHEETS,))
    return SheetsClient(login, clock=clock, account=account)


def open_sheet(url: str, client: SheetsClient, key: str, clock: Clock, *, sharing: bool = False) -> GoogleWorkbook:
    """The sheet at this address. `key`, `sharing`: see `GoogleWorkbook`."""
    return GoogleWorkbook(sheet_at(url), client, key=key, clock=clock, sharing=sharing)


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
