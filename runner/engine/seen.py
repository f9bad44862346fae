"""What the runner remembers between two ticks: nothing that could not be read again.

Invariant: forgetting all of it costs time, never correctness.
"""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runner.model import AlertBoard, Ask, Book, Event, Run, RunState, Snapshot
from runner.ports import Ledger
from runner.rules.kpi.score import Kept
from runner.rules.lateness import half_time, next_crossing
from runner.rules.plan import Plan, freeze, thaw
from runner.rules.stands import Page


@dataclass(slots=True)
class Seen:
    """The last read and what followed from it."""

    snapshot: Snapshot | None = None
    book: Book = field(default_factory=Book)
    #: The snapshot was read in the middle of a write, so what people changed in it is still to be looked at.
    in_passing: bool = False
    #: What the workbook was when this tick looked; None before it did. Asked once, for of some workbooks the question is a call.
    version: object = None
    #: What the workbook was after the runner's own last write: a change that is only that is nobody else's.
    written: object = None
    #: The moment at which something is due though nobody touches the workbook; None when nothing is.
    next_due: datetime | None = None
    #: Moments at which rows or schedules become events, or their want silence, though nobody touches the workbook; of each
    #: contract, the first.
    coming: list[datetime] = field(default_factory=list)
    #: The last count of the KPIs, and the moment at which the next one is due.
    kpis: Kept | None = None
    #: The last week whose report is known to have been begun.
    reported: str = ""
    counts_at: datetime | None = None
    #: The alerts as they were last looked at; None before the first look.
    alerts: AlertBoard | None = None
    #: The note that they were last kept as: another one there is another runner's.
    alerts_note: str = ""
    #: Why what should be written is not written yet; "" when nothing waits.
    waiting: str = ""
    #: Whether the ledger is older than the workbook has been looked at, and seen to.
    caught_up: bool = False
    #: The last tick came to its end; what broke off is gone through again, whether or not anything has changed.
    ended: bool = False
    #: When the last tick looked; a present before it means that the clock was set back.
    looked: datetime | None = None
    #: What the status page says, when it was written, and why that failed; "" when it did not.
    page: Page | None = None
    page_at: datetime | None = None
    page_trouble: str = ""
    #: The moment at which it is written anew at the latest.
    page_due: datetime | None = None
    #: Effect id → the thread of a try that was given up as hung; while it lives, the effect may still happen.
    hung: dict[str, Future[Any]] = field(default_factory=dict)
    #: Questions beside which RETRY stands, while the outside has still to be asked whether it happened.
    unasked: frozenset[str] = frozenset()
    audit: list[Event] = field(default_factory=list)
    #: (tab, row number) → the Row ID that the row is to have; "" for one that is yet to get its own, whatever it shows.
    row_ids: dict[tuple[str, int], str] = field(default_factory=dict)
    row_runs: dict[tuple[str, int], str] = field(default_factory=dict)
    row_says: dict[tuple[str, int], str] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)

    def is_due(self, now: datetime) -> bool:
        """Whether something is due though nobody touched the workbook."""
        return any(moment is not None and moment <= now for moment in (self.next_due, self.counts_at, self.page_due))

    def trail(self, ledger: Ledger) -> list[Event]:
        """The whole audit trail; only what is new is fetched."""
        self.audit.extend(ledger.events(after=self.audit[-1].seq if self.audit else int(ledger.note("archived lines") or 0)))
        return self.audit

    def last_line(self, ledger: Ledger) -> str:
        """The number of the trail's last line: two moments with the same one knew the same."""
        trail = self.trail(ledger)
        return str(trail[-1].seq if trail else ledger.note("archived lines"))


def plan_of(run: Run, ledger: Ledger) -> Plan:
    """The contract that the run started with."""
    plan = _PLANS.get(run.plan)
    if plan is None:
        plan = _PLANS[run.plan] = thaw(ledger.plan(run.plan))
    return plan


def keep_plan(contract_name: str, book: Book, ledger: Ledger) -> str:
    """Store the contract as the sheet has it now; returns the digest that a run remembers it by."""
    text = freeze(book.contracts[contract_name], book.templates)
    return store(text, ledger)


def store(text: str, ledger: Ledger) -> str:
    """Store a contract's text under its SHA-256, by which `audit verify` proves it; returns that."""
    name = hashlib.sha256(text.encode()).hexdigest()
    ledger.keep_plan(name, text)
    return name


#: Digest → plan: a digest means one text, whatever ledger it comes from.
_PLANS: dict[str, Plan] = {}

#: States in which a run goes on by itself when its time has come.
TIMED = (RunState.RETRYING, RunState.WAITING)


def wake_times(runs: Mapping[str, Run]) -> Iterator[datetime]:
    """Every moment at which a run goes on by itself; none of them counts while everything is paused."""
    for run in runs.values():
        if run.state in TIMED and run.next_try:
            yield run.next_try


def due_times(runs: Mapping[str, Run], asks: Mapping[str, Ask]) -> Iterator[datetime]:
    """Every moment at which something will be late, or expire."""
    for run in runs.values():
        if crossing := next_crossing(run):
            yield crossing
    for ask in asks.values():
        if ask.state == "open" and ask.expires:
            yield half_time(ask) or ask.expires
