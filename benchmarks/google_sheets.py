"""What a tick on Google Sheets costs in calls, bytes and seconds, against gspread as it is mostly used, on the same server.

python benchmarks/google_sheets.py [--rows 5000]

The server is the one of the tests (tests/servers/sheets), in a process of its own; gspread and google-auth are unmodified.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import gspread
from google.oauth2 import service_account
from gspread.utils import rowcol_to_a1

from adapters.clock import SystemClock
from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.client import SheetsClient
from runner.model import RowEdit

TABS = 12
HEADERS = ("Row ID", "Name", "Email", "Budget", "State", "Run")
SCOPES = ["https://www.googleapis.com/auth/spreadsheets"]
#: Reads and writes a minute that Google allows one account, each.
QUOTA = 60
CELLS = 20


def serve(pipe: Connection, rows: int) -> None:
    """The other side: a sheet of 12 tabs, and the log of calls since it was last asked."""
    from tests.servers.sheets import SheetsServer

    with SheetsServer() as google:
        key = google.service_account()
        lines = [[f"k{row}", f"Customer {row}", f"c{row}@shop.example", row * 10, "New", None] for row in range(rows)]
        tabs = {f"Tab {number}": [list(HEADERS), *lines] for number in range(TABS)}
        sheet = google.sheet("Business", tabs, shared_with=[key["client_email"]])
        pipe.send((google.url, sheet.id, key))
        while pipe.recv():
            calls = google.api_calls
            reads = sum(each.reads for each in calls)
            pipe.send((reads, len(calls) - reads, sum(each.received for each in calls)))
            google.calls.clear()


@dataclass(frozen=True, kw_only=True)
class Cost:
    reads: int
    writes: int
    received: int
    seconds: float
    own: float

    @property
    def ticks_a_minute(self) -> float:
        """How often this may be done before Google says 429."""
        return QUOTA / max(self.reads, self.writes, 1)


class Measured:
    """Runs a function and asks the server what it cost."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __call__(self, work: Callable[[], object]) -> Cost:
        self._log()
        wall, own = time.perf_counter(), time.process_time()
        work()
        wall, own = time.perf_counter() - wall, time.process_time() - own
        reads, writes, received = self._log()
        return Cost(reads=reads, writes=writes, received=received, seconds=wall, own=own)

    def _log(self) -> tuple[int, int, int]:
        self._pipe.send(True)
        return self._pipe.recv()


@contextmanager
def beside(rows: int) -> Any:
    """(measured, url, spreadsheet, key)."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, rows))
    process.start()
    try:
        url, spreadsheet, key = here.recv()
        yield Measured(here), url, spreadsheet, key
        here.send(False)
    finally:
        process.join(30)
        process.kill()


def rowpact(measured: Measured, url: str, spreadsheet: str, key: Mapping[str, str]) -> dict[str, Cost]:
    """A look at everything, a look that finds nothing new, and a look with something to say in four tabs."""
    clock = SystemClock()
    login = service_account.Credentials.from_service_account_info(dict(key), scopes=SCOPES)
    book = GoogleWorkbook(spreadsheet, SheetsClient(login, clock=clock, base=url), key="business", clock=clock)
    snapshot = book.read()
    book.version()

    def look_and_write() -> None:
        edits = [RowEdit(tab=f"Tab {number % 4}", row=2 + number, cells={"Run": f"R-{number:04} DONE"}) for number in range(CELLS)]
        book.write(edits, book.read())

    assert snapshot.tabs["tab_0"].rows
    return {"quiet": measured(book.version), "read": measured(book.read), "write": measured(look_and_write)}


def plain(measured: Measured, client: gspread.Client, spreadsheet: str) -> dict[str, Cost]:
    """As in most programs: every tab by its name, every cell by itself."""

    def read() -> list[Any]:
        sheet = client.open_by_key(spreadsheet)
        return [sheet.worksheet(f"Tab {number}").get_all_values() for number in range(TABS)]

    def read_and_write() -> None:
        read()
        sheet = client.open_by_key(spreadsheet)
        for number in range(CELLS):
            sheet.worksheet(f"Tab {number % 4}").update_cell(2 + number, 6, "DONE")

    return {"quiet": measured(read), "read": measured(read), "write": measured(read_and_write)}


def careful(measured: Measured, client: gspread.Client, spreadsheet: str) -> dict[str, Cost]:
    """As a careful programmer would: one batch to read, one to write; no look whether rows moved in between."""
    sheet = client.open_by_key(spreadsheet)
    ranges = [f"'Tab {number}'" for number in range(TABS)]

    def read() -> object:
        return sheet.values_batch_get(ranges, {"valueRenderOption": "UNFORMATTED_VALUE"})

    def read_and_write() -> None:
        read()
        cells = [(f"'Tab {number % 4}'!{rowcol_to_a1(2 + number, 6)}", "DONE") for number in range(CELLS)]
        data = [{"range": place, "values": [[text]]} for place, text in cells]
        sheet.values_batch_update({"valueInputOption": "RAW", "data": data})

    return {"quiet": measured(read), "read": measured(read), "write": measured(read_and_write)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=5000)
    rows = asked.parse_args().rows
    from tests.servers.sheets.client import client_at

    with beside(rows) as (measured, url, spreadsheet, key):
        client = client_at(url, key)
        found = {
            "gspread, cell by cell": plain(measured, client, spreadsheet),
            "gspread, in batches": careful(measured, client, spreadsheet),
            "Rowpact": rowpact(measured, url, spreadsheet, key),
        }
    print(f"{TABS} tabs of {rows:,} rows; {CELLS} cells written")
    for what in ("quiet", "read", "write"):
        print(f"\n{what}")
        for who, costs in found.items():
            cost = costs[what]
            print(
                f"  {who:22} {cost.reads:3} reads {cost.writes:3} writes {cost.received / 1e6:7.2f} MB received "
                f"{cost.seconds:6.2f} s ({cost.own:5.2f} s own CPU)  {cost.ticks_a_minute:5.1f} times a minute"
            )


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
