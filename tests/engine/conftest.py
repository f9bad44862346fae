"""A whole runner in the test's own process: a workbook in memory, a ledger on disk, mail into a folder, and a clock to set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from adapters.ledgers.sql import SqlLedger
from adapters.mailers.folder import FolderMailer
from adapters.workbooks.memory import MemoryWorkbook
from runner import wiring
from runner.engine.seen import Seen
from runner.engine.tick import Report, tick
from runner.model import Event, Run
from runner.ports import Tools, World
from runner.values import Value, name_key
from tests.conftest import FixedClock
from tests.rules.sheets import grid

Cells = list[Value]


def put(headers: Cells, row: Cells, header: str, value: Value) -> None:
    """One cell, by its header."""
    at = [name_key(str(cell)) for cell in headers].index(name_key(header))
    row.extend([None] * (at + 1 - len(row)))
    row[at] = value


@dataclass
class Office:
    """One workbook and its runner; `restart` forgets all that is not in the ledger."""

    folder: Path
    clock: FixedClock
    make_tools: Callable[..., Tools]
    zone: tzinfo = UTC
    workbook: MemoryWorkbook = field(default_factory=MemoryWorkbook)
    seen: Seen = field(default_factory=Seen)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self._open()

    def _open(self) -> World:
        tools = self.make_tools(mailer=FolderMailer(self.folder / "outbox"), files_allow=(self.folder,))
        return World(
            workbook=self.workbook,
            ledger=SqlLedger(self.folder / "business.ledger", "business", self.clock),
            actions=wiring.open_actions(tools),
            clock=self.clock,
            zone=self.zone,
            workers=2,
            holder=wiring.holder(),
            secrets=tools.secrets,
            say=self.said.append,
            new_id=wiring.new_id,
        )

    # --------------------------------------------------------------------------------------------------- what people do

    def write(self, **tabs: str) -> None:
        """Tabs as text: one row a line, cells between bars; `_` in a tab's name stands for a blank."""
        for name, text in tabs.items():
            self.workbook.tabs[name.replace("_", " ")] = [list(cells) for _, cells in grid(text)]
        self.workbook.changes += 1

    def type(self, tab: str, where: dict[str, Value], **cells: Value) -> None:
        """Type into every row that has these values; `Decided_by` is the column Decided by."""
        rows = self.workbook.rows(tab)
        found = [row for row, held in zip(rows[1:], self.tab(tab), strict=True) if where.items() <= held.items()]
        assert found, f"{tab} has no row where {where}: {self.tab(tab)}"
        for row in found:
            for header, value in cells.items():
                put(rows[0], row, header.replace("_", " "), value)
        self.workbook.changes += 1

    def add(self, tab: str, **cells: Value) -> None:
        """A new row at the bottom."""
        rows = self.workbook.rows(tab)
        rows.append([])
        for header, value in cells.items():
            put(rows[0], rows[-1], header.replace("_", " "), value)
        self.workbook.changes += 1

    # --------------------------------------------------------------------------------------------------- what runs

    def tick(self, **later: float) -> Report:
        """One tick, at once or `hours=2` later."""
        self.clock.moment += timedelta(**later)
        return tick(self.world, self.seen)

    def restart(self) -> None:
        """A new process with the same files."""
        self.world.ledger.release()
        self.world, self.seen = self._open(), Seen()

    # --------------------------------------------------------------------------------------------------- what is seen

    def tab(self, name: str) -> list[dict[str, Value]]:
        """The tab's rows, header → value."""
        headers, *rows = self.workbook.rows(name)
        return [{str(header): row[at] if at < len(row) else None for at, header in enumerate(headers)} for row in rows]

    def runs(self) -> dict[str, Run]:
        """Key → run."""
        return {run.key: run for run in self.world.ledger.books.runs.values()}

    def events(self, *kinds: str) -> list[Event]:
        """The audit trail, of these kinds."""
        return [event for event in self.world.ledger.events() if not kinds or event.kind in kinds]

    def recipients(self) -> list[str]:
        """To whom mail has gone."""
        files = sorted((self.folder / "outbox").glob("*.eml"))
        return sorted(str(BytesParser(policy=policy.default).parsebytes(file.read_bytes())["To"]) for file in files)


CONTRACTS = "Contract | Enabled | Trigger | Tab | If | Dedupe key | Owner | Rollback owner | Risk | SLA | Rhythm | Check\n"
STEPS = "Contract | Step | Action | With | If | Approval | Retry | On failure | Check\n"
MAIL = "to: {{ email }}\\nsubject: Hello {{ name }}\\nbody: Thank you!"


@pytest.fixture
def office(tmp_path: Path, fixed_clock: FixedClock, make_tools: Callable[..., Tools]) -> Office:
    """One contract that answers each lead by mail; two leads."""
    made = Office(tmp_path, fixed_clock, make_tools)
    made.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL}",
        Settings="Setting | Value",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500\nBob | bob@shop.example | 900",
    )
    return made
