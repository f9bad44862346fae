"""An office among people: a workbook in memory, a real ledger, real actions, mail into a list, and a clock that stands still."""

from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.ledgers.sql import SqlLedger
from adapters.workbooks.memory import Grid, MemoryWorkbook
from runner.engine.seen import Seen
from runner.engine.tick import Report, tick
from runner.model import Run
from runner.ports import Secrets, Tools, Workbook, World
from runner.values import Value, name_key
from runner.wiring import open_actions
from tests.conftest import NOW, FixedClock


@dataclass
class Postbox:
    """Takes every mail; `fault` is raised instead, once."""

    mails: list[EmailMessage] = field(default_factory=list)
    fault: BaseException | None = None

    def send(self, message: bytes, _sender: str, _recipients: Any, _timeout: timedelta) -> str:
        if self.fault:
            fault, self.fault = self.fault, None
            raise fault
        self.mails.append(BytesParser(policy=policy.default).parsebytes(message))  # type: ignore[arg-type]
        return "taken"

    @property
    def recipients(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.mails)


@dataclass
class Office:
    """One workbook and the runner that works on it."""

    folder: Path
    book: MemoryWorkbook = field(default_factory=MemoryWorkbook)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    post: Postbox = field(default_factory=Postbox)
    seen: Seen = field(default_factory=Seen)
    said: list[str] = field(default_factory=list)
    files_allow: tuple[Path, ...] = ()
    #: The workbook that the runner sees, when it is another one than `book`.
    workbook: Workbook | None = None
    _world: World | None = None
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def world(self) -> World:
        if self._world is None:
            secrets = Secrets(names=frozenset(), reveal=lambda text, _host: text, redact=lambda text: text)
            tools = Tools(
                mailer=self.post, mail_from="Ana <ana@example.com>", http_allow=(), secrets=secrets, files_allow=self.files_allow
            )
            self._world = World(
                workbook=self.workbook or self.book,
                ledger=SqlLedger(self.folder / "business.ledger", "business", self.clock),
                actions=open_actions(tools),
                clock=self.clock,
                zone=UTC,
                workers=2,
                holder="tests:1:x",
                secrets=secrets,
                say=self.said.append,
                new_id=lambda: f"{next(self._ids):04d}",
            )
        return self._world

    def with_(self, **fields: Any) -> None:
        """Another part of the world, from now on."""
        self._world = replace(self.world, **fields)

    def tick(self) -> Report:
        return tick(self.world, self.seen)

    def restart(self) -> None:
        """The process ends and another one begins: only workbook and ledger are left."""
        self.close()
        self.seen = Seen()

    def close(self) -> None:
        if self._world is not None:
            self._world.ledger.close()  # type: ignore[attr-defined]
            self._world = None

    def lose_ledger(self) -> None:
        """Somebody deletes the ledger's file, or copies the workbook without it."""
        self.restart()
        for file in self.folder.glob("business.ledger*"):
            file.unlink()

    # ---------------------------------------------------------------------------------------- what a person does and sees

    def lay_out(self, **tabs: str | Grid) -> None:
        """Tabs as grids, or as text with one row a line and cells between bars."""
        for name, rows in tabs.items():
            self.book.tabs[name.replace("_", " ")] = _rows(rows) if isinstance(rows, str) else rows
        self.book.touched()

    def tab(self, name: str) -> list[dict[str, Value]]:
        """The tab's rows: header → value, blank rows left out."""
        found = self.book.read().tab(name)
        return [row.values() for row in found.rows] if found else []

    def type(self, tab: str, where: dict[str, Value], **cells: Value) -> None:
        """A person types into the first row that has these values; headers in keywords have _ for blanks."""
        grid = self.book.tabs[tab]
        columns = {name_key(str(header)): index for index, header in enumerate(grid[0])}
        for row in grid[1:]:
            row.extend([None] * (len(grid[0]) - len(row)))
            if all(row[columns[name_key(header)]] == value for header, value in where.items()):
                for header, value in cells.items():
                    row[columns[name_key(header)]] = value
                self.book.touched()
                return
        pytest.fail(f"{tab} has no row where {where}: {grid}")

    def add(self, tab: str, **cells: Value) -> None:
        """A person adds a row at the bottom."""
        grid = self.book.tabs[tab]
        given = {name_key(header): value for header, value in cells.items()}
        grid.append([given.get(name_key(str(header))) for header in grid[0]])
        self.book.touched()

    def runs(self) -> dict[str, str]:
        """Run → state, as the ledger knows it."""
        return {run.id: run.state.value for run in self.world.ledger.books.runs.values()}

    def run(self, name: str) -> Run:
        return self.world.ledger.books.runs[name]


def _rows(text: str) -> Grid:
    return [[_cell(cell.strip()) for cell in line.split("|")] for line in text.strip().splitlines()]


def _cell(text: str) -> Value:
    text = text.replace("\\n", "\n")
    return int(text) if text.lstrip("-").isdecimal() else text or None


def lay_out_leads(office: Office, dedupe_key: str = "", **cells: str) -> None:
    """One contract, one step; `cells` fill columns of the step."""
    named = {name.replace("_", " "): text for name, text in cells.items()}
    step = {"Contract": "Hello", "Step": "Reply", "Action": "email.send", "Check": None}
    step |= {"With": "to: {{ email }}\nsubject: Hello {{ name }}\nbody: Thank you!"} | named
    office.lay_out(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "Dedupe key", "Owner", "Check"],
            ["Hello", "Yes", "New row", "Leads", dedupe_key or None, "Ana", None],
        ],
        Steps=[list(step), list(step.values())],
        Fields=[
            ["Contract", "Field", "Type", "Required", "Check"],
            ["Hello", "Email", "email", "Yes", None],
            ["Hello", "Budget", "money", None, None],
        ],
        Settings=[["Setting", "Value"], ["Bulk limit", 1000]],
        Leads="""
            Name | Email            | Budget | State | Run | Row ID
            Ana  | ana@shop.example | $1,500 |       |     |
            Bob  | bob@shop.example | 900    |       |     |
        """,
    )
