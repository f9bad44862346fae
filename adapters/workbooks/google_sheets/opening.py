"""From what config.toml says to a workbook. Nothing is asked of Google yet."""

from gspread.utils import extract_id_from_url

from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.keys import open_key
from runner.ports import Clock


def open_sheet(url: str, credentials: str, key: str, clock: Clock) -> GoogleWorkbook:
    """The sheet at this address, by the login in the file `credentials`. Raises `ConfigError` with the mend."""
    login, account = open_key(credentials)
    return GoogleWorkbook(extract_id_from_url(url), SheetsClient(login, clock=clock), key=key, clock=clock, account=account)
