"""A whole runner in the test's own process: a workbook that people edit, a ledger on disk, real actions, and a clock to set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, tzinfo
from itertools import count
from pathlib import Path
from typing import Any

from adapters.documents.audit_sheet import audit_sheet
from adapters.ledgers.sql import SqlLedger
from adapters.letters import LetterFolder
from adapters.workbooks.memory import Grid, MemoryWorkbook
from runner.engine.learn import recall
from runner.engine.seen import Seen
from runner.engine.tick import Report, tick
from runner.model import Event, Run
from runner.ports import Alerting, ModelService, PostRoom, Secrets, Tools, World
from runner.values import Value, is_blank, name_key
from runner.wiring import open_actions
from tests.conftest import NOW, FixedClock
from tests.engine.postbox import Postbox
from tests.rules.sheets import grid

Cells = list[Value]


def put(headers: Cells, row: Cells, header: str, value: Value) -> None:
    """One cell, by its header."""
    at = [name_key(str(cell)) for cell in headers].index(name_key(header))
    row.extend([None] * (at + 1 - len(row)))
    row[at] = value


@dataclass
class Office:
    """One workbook and its runner; `restart` forgets all that is neither in the workbook nor in the ledger."""

    folder: Path
    #: Any backend that people can edit: in memory, or a file (tests/engine/on_disk.py).
    workbook: MemoryWorkbook = field(default_factory=MemoryWorkbook)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    zone: tzinfo = UTC
    workers: int = 2
    files_allow: tuple[Path, ...] = ()
    http_allow: tuple[str, ...] = ()
    models: ModelService = field(default_factory=ModelService)
    mcp: Mapping[str, Any] = field(default_factory=dict)
    #: Who gets the weekly report, Mondays at 08:00.
    report_to: tuple[str, ...] = ()
    alerting: Alerting = field(default_factory=Alerting)
    post: Postbox = field(default_factory=Postbox)
    seen: Seen = field(default_factory=Seen)
    said: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.world = self._open()

    def _open(self) -> World:
        secrets = Secrets(names=frozenset(), reveal=lambda text, _host: text, redact=lambda text: text)
        tools = Tools(
            mailer=self.post,
            mail_from="Ana <ana@example.com>",
            http_allow=self.http_allow,
            secrets=secrets,
            files_allow=self.files_allow,
            models=self.models,
            mcp=self.mcp,
            letters=self.letters,
        )
        ledger, actions = SqlLedger(self.folder / "business.ledger", "business", self.clock), open_actions(tools)
        recall(actions, ledger)
        return World(
            workbook=self.workbook,
            ledger=ledger,
            actions=actions,
            clock=self.clock,
            zone=self.zone,
            workers=self.workers,
            holder="tests:1:x",
            secrets=secrets,
            say=self.said.append,
            new_id=lambda: f"{next(self._ids):04d}",
            budget=self.models.budget,
            post_room=PostRoom(to=self.report_to, letters=self.letters, as_workbook=audit_sheet),
            alerting=self.alerting,
        )

    @property
    def letters(self) -> LetterFolder:
        """The folder of finished reports."""
        return LetterFolder(self.folder / "business.reports")

    # ---------------------------------------------------------------------------------------------------- what people do

    def write(self, **tabs: str | Grid) -> None:
        """Tabs as grids, or as text: one row a line, cells between bars; `_` in a tab's name stands for a blank."""
        for name, rows in tabs.items():
            cells = [list(row) for _, row in grid(rows)] if isinstance(rows, str) else rows
            self.workbook.tabs[name.replace("_", " ")] = cells
        self.workbook.touched()

    def type(self, tab: str, where: dict[str, Value], **cells: Value) -> None:
        """Type into every row that has these values; `Decided_by` is the column Decided by."""
        headers, *rows = self.workbook.rows(tab)
        found = [row for row in rows if where.items() <= _held(headers, row).items()]
        assert found, f"{tab} has no row where {where}: {self.tab(tab)}"
        for row in found:
            for header, value in cells.items():
                put(headers, row, header.replace("_", " "), value)
        self.workbook.touched()

    def add(self, tab: str, **cells: Value) -> None:
        """A new row at the bottom."""
        rows = self.workbook.rows(tab)
        rows.append([])
        for header, value in cells.items():
            put(rows[0], rows[-1], header.replace("_", " "), value)
        self.workbook.touched()

    def lose_ledger(self) -> None:
        """Somebody deletes the ledger's file, or copies the workbook without it."""
        self.close()
        for file in self.folder.glob("business.ledger*"):
            file.unlink()
        self.restart()

    # ---------------------------------------------------------------------------------------------------- what runs

    def tick(self, **later: float) -> Report:
        """One tick, at once or `hours=2` later."""
        self.clock.moment += timedelta(**later)
        return tick(self.world, self.seen)

    def with_(self, **fields: Any) -> None:
        """Another part of the world, until the next restart."""
        self.world = replace(self.world, **fields)

    def restart(self) -> None:
        """A new process with the same files."""
        self.close()
        self.world, self.seen = self._open(), Seen()

    def close(self) -> None:
        """The process ends."""
        self.world.ledger.close()  # type: ignore[attr-defined]

    # ---------------------------------------------------------------------------------------------------- what is seen

    def tab(self, name: str) -> list[dict[str, Value]]:
        """The tab's rows, header → value; blank rows left out."""
        headers, *rows = self.workbook.rows(name)
        return [_held(headers, row) for row in rows if not all(map(is_blank, row))]

    def runs(self) -> dict[str, Run]:
        """Key → run."""
        return {run.key: run for run in self.world.ledger.books.runs.values()}

    def run(self, name: str) -> Run:
        """The run of that number."""
        return self.world.ledger.books.runs[name]

    def states(self) -> dict[str, str]:
        """Run → state, as the ledger knows it."""
        return {run.id: run.state.value for run in self.world.ledger.books.runs.values()}

    def events(self, *kinds: str) -> list[Event]:
        """The audit trail, of these kinds."""
        return [event for event in self.world.ledger.events() if not kinds or event.kind in kinds]

    def recipients(self) -> list[str]:
        """To whom mail has gone."""
        return self.post.recipients


def _held(headers: Cells, row: Cells) -> dict[str, Value]:
    return {str(header): row[at] if at < len(row) else None for at, header in enumerate(headers) if not is_blank(header)}


CONTRACTS = "Contract | Enabled | Trigger | Tab | If | Dedupe key | Owner | Rollback owner | Risk | SLA | Rhythm | Check\n"
STEPS = "Contract | Step | Action | With | If | Approval | Retry | On failure | Check\n"
MAIL = "to: {{ email }}\\nsubject: Hello {{ name }}\\nbody: Thank you!"


def lay_out_leads(office: Office, dedupe_key: str = "", **cells: str) -> None:
    """One contract, one step, rows known by their Row ID; `cells` fill columns of the step."""
    named = {name.replace("_", " "): text for name, text in cells.items()}
    step = {"Contract": "Hello", "Step": "Reply", "Action": "email.send", "Check": None}
    step |= {"With": MAIL.replace("\\n", "\n")} | named
    office.write(
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
