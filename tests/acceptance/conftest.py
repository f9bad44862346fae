"""A small business in a folder: a workbook that people edit, a config, and the real command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from adapters.clock import SystemClock
from adapters.ledgers.sql import SqlLedger
from adapters.workbooks.excel import ExcelWorkbook
from runner.cli.audit import disagreements
from runner.wiring import load_config
from tests.servers.http import HttpServer

if TYPE_CHECKING:
    from tests.acceptance.computer import Computer

TABS = {
    "Contracts": [],
    "Steps": [],
    "Fields": [],
    "Routes": [],
    "Templates": [],
    "Settings": [],
    "SOPs": [],
}


#: The command in a process whose clock begins at the moment that is its first word, and runs on from there.
AT = """
import datetime, sys, time_machine
time_machine.travel(datetime.datetime.fromisoformat(sys.argv.pop(1)), tick=True).start()
from runner.cli import main; main()
"""


@dataclass
class Shop:
    """One folder with business.xlsx and config.toml."""

    folder: Path
    #: What the clock of each further command says when it begins, ISO with offset; "" for the real time.
    clock: str = ""

    @property
    def path(self) -> Path:
        return self.folder / "business.xlsx"

    def write(self, **tabs: str | list[list[object]]) -> None:
        """A new workbook. A tab is a list of rows, or text with one row a line and cells between bars."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in tabs.items():
            sheet = book.create_sheet(name.replace("_", " "))
            for row in _rows(rows):
                sheet.append(row)
        book.save(self.path)

    def config(self, extra: str = "", workbook: str = 'kind = "excel"\npath = "business.xlsx"') -> None:
        text = f'[workbook]\n{workbook}\n[email]\nfolder = "outbox"\nfrom = "Ana <ana@example.com>"\n{extra}'
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str, code: int | None = 0, env: dict[str, str] | None = None) -> str:
        """The installed command, as a process of its own; returns what it printed, errors included."""
        done = self.start(*words, env=env)
        printed = done.stdout + done.stderr
        assert "Traceback" not in printed, printed
        if code is not None:
            assert done.returncode == code, printed
        return printed

    def start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        program = [AT, self.clock] if self.clock else ["from runner.cli import main; main()"]
        command = [sys.executable, "-c", *program, *words]
        environment = {**os.environ, "PYTHONUTF8": "1", **(env or {})}
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, encoding="utf-8", timeout=120, env=environment, check=False
        )

    def json(self, *words: str, code: int | None = 0) -> object:
        done = self.start(*words, "--json")
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def tab(self, name: str) -> list[dict[str, object]]:
        """The tab's rows as the owner sees them: header → value, blank rows left out."""
        book = openpyxl.load_workbook(self.path)
        rows = list(book[name].iter_rows(values_only=True))
        headers = [str(cell) for cell in rows[0] if cell is not None]
        return [dict(zip(headers, row, strict=False)) for row in rows[1:] if any(cell not in (None, "") for cell in row)]

    def type(self, tab: str, where: dict[str, object], **cells: object) -> None:
        """A person types into the first row that has these values; headers in keywords have _ for blanks."""
        book = openpyxl.load_workbook(self.path)
        sheet = book[tab]
        headers = {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None}
        for row in range(2, sheet.max_row + 1):
            if all(sheet.cell(row, headers[header]).value == value for header, value in where.items()):
                for header, value in cells.items():
                    sheet.cell(row, headers[header.replace("_", " ")]).value = value
                book.save(self.path)
                return
        pytest.fail(f"{tab} has no row where {where}: {self.tab(tab)}")

    def add(self, tab: str, **cells: object) -> None:
        """A person adds a row at the bottom."""
        book = openpyxl.load_workbook(self.path)
        sheet = book[tab]
        headers = [cell.value for cell in sheet[1]]
        sheet.append([cells.get(str(header).replace(" ", "_")) for header in headers])
        book.save(self.path)

    def mails(self) -> list[EmailMessage]:
        files = sorted((self.folder / "outbox").glob("*.eml"))
        return [BytesParser(policy=policy.default).parsebytes(file.read_bytes()) for file in files]  # type: ignore[misc]

    def recipients(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.mails())

    def sound(self) -> bool:
        """What `audit verify` finds, without its process: the chain is whole, and the sheet agrees."""
        clock = SystemClock()
        ledger = SqlLedger(self.folder / "business.ledger", "business", clock)
        try:
            zone = load_config(self.folder / "config.toml").runner.zone
            return not ledger.verify() and not list(disagreements(ledger, ExcelWorkbook(self.path, clock=clock).read(), zone))
        finally:
            ledger.close()

    def runs(self) -> dict[str, str]:
        """Key → state."""
        return {str(row["Key"]): str(row["State"]) for row in self.tab("Runs")}


def _rows(rows: str | list[list[object]]) -> list[list[object]]:
    if not isinstance(rows, str):
        return rows
    return [[_cell(cell.strip()) for cell in line.split("|")] for line in rows.strip().splitlines()]


def _cell(text: str) -> object:
    text = text.replace("\\n", "\n")
    try:
        return int(text)
    except ValueError:
        return text or None


def pay_one_bill(shop: Shop, server: HttpServer, more: str = "") -> Shop:
    """One bill to pay by a request, with `more` settings, and a mail that says so."""
    shop.config(f'[http]\nallow = ["{server.host}"]\n')
    post = f'url: {server.url}/pay\njson: {{"no": {{{{ no }}}}}}\n{more}'.strip()
    shop.write(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "Dedupe key", "Owner"],
            ["Pay", "Yes", "New row", "Bills", "{{ no }}", "Ana"],
        ],
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Pay", "Transfer", "http.post", post],
            ["Pay", "Tell", "email.send", "to: ana@shop.example\nsubject: Paid {{ no }}\nbody: Done."],
        ],
        Bills=[["No", "State", "Run", "Row ID"], [1, None, None, None]],
    )
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An empty shop with a safe config."""
    made = Shop(tmp_path)
    made.config()
    return made


@pytest.fixture
def computer(shop: Shop) -> Iterator["Computer"]:
    """The shop's computer, whose clock can be set and whose processes can be frozen; see tests/acceptance/computer.py."""
    from tests.acceptance.computer import Computer, faketime_library

    made = Computer(shop, shop.folder.parent / f"{shop.folder.name}.clock", faketime_library())
    made.set_clock()
    yield made
    made.switch_off()


@pytest.fixture
def leads(shop: Shop) -> Shop:
    """A shop that answers leads by mail: one contract, one step."""
    shop.write(
        Contracts="""
            Contract | Enabled | Trigger | Tab   | If | Dedupe key  | Entry state | Exit state | Owner | Risk | SOP | Check
            Hello    | Yes     | New row | Leads |    | {{ email }} | Working     | Answered   | Ana   | Low  |     |
        """,
        Steps="""
            Contract | Step  | Action     | With | If | Approval | Retry | Timeout | On failure | Check
            Hello    | Reply | email.send | WITH |    |          |       |         |            |
        """.replace("WITH", r"to: {{ email }}\nsubject: Hello {{ name }}\nbody: Thank you!"),
        Fields="""
            Contract | Field | Type  | Required | Rule | Private | Check
            Hello    | Email | email | Yes      |      |         |
        """,
        Settings="""
            Setting  | Value | Note
            hot_lead | 70    |
        """,
        Leads="""
            Name | Email           | Budget | State | Run | Row ID
            Ana  | ana@shop.example | 500    |       |     |
            Bob  | bob@shop.example | 900    |       |     |
        """,
    )
    return shop
