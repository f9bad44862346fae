"""A Google sheet on loopback, and the product's own way to it."""

from collections.abc import Mapping

import pytest
from google.auth.credentials import Credentials
from google.oauth2 import service_account

from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.keys import SHARING, SPREADSHEETS
from runner.ports import Clock
from runner.values import Value
from tests.adapters.workbook_contract import Grid
from tests.conftest import FixedClock
from tests.servers.sheets import PersonSheet, SheetsServer

ROBOT = "robot@shop.iam.gserviceaccount.com"


class GoogleDesk:
    """Sheets that their owner shared with the product; people type into them in a browser."""

    def __init__(self, google: SheetsServer, clock: Clock) -> None:
        self.google, self.clock = google, clock
        self.key = google.service_account(ROBOT)
        self.sheet: PersonSheet

    def lay_out(self, tabs: Mapping[str, Grid]) -> GoogleWorkbook:
        self.sheet = self.google.sheet("Business", tabs, shared_with=[ROBOT])
        return self.open()

    def open(self, *, sharing: bool = False) -> GoogleWorkbook:
        client = self.client(self.credentials(*[SHARING] * sharing), ROBOT)
        return GoogleWorkbook(self.sheet.id, client, key="business.xlsx", clock=self.clock, sharing=sharing)

    def credentials(self, *more: str) -> Credentials:
        made: Credentials = service_account.Credentials.from_service_account_info(self.key, scopes=[SPREADSHEETS, *more])
        return made

    def client(self, credentials: Credentials, account: str = "") -> SheetsClient:
        return SheetsClient(credentials, clock=self.clock, account=account, base=self.google.url, jitter=lambda: 0.5)

    def type(self, tab: str, row: int, column: int, value: Value) -> None:
        self.sheet.tab(tab).type(row, column, value)


@pytest.fixture
def google_desk(google: SheetsServer, fixed_clock: FixedClock) -> GoogleDesk:
    """Where sheets are laid out."""
    return GoogleDesk(google, fixed_clock)
