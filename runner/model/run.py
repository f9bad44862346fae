"""What the ledger knows: runs, the tries of their steps, questions to people, and the events that they all follow from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from runner.model.contract import Effect
from runner.values import Value


class RunState(StrEnum):
    """Where a run stands. The first ten are open, the rest are ended."""

    HELD = "HELD"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    AWAITING_TASK = "AWAITING_TASK"
    PAUSED = "PAUSED"
    IN_DOUBT = "IN_DOUBT"
    DEAD_LETTER = "DEAD_LETTER"
    ROLLING_BACK = "ROLLING_BACK"
    DONE = "DONE"
    INVALID = "INVALID"
    REJECTED = "REJECTED"
    ROLLED_BACK = "ROLLED_BACK"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _ENDED

    @property
    def goes_on(self) -> bool:
        """Whether the runner carries it on now, without waiting for a time or a person."""
        return self in _GOES_ON


_GOES_ON = frozenset({RunState.RUNNING, RunState.ROLLING_BACK})
_ENDED = frozenset({RunState.DONE, RunState.INVALID, RunState.REJECTED, RunState.ROLLED_BACK, RunState.CANCELLED, RunState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One event being carried through a contract."""

    id: str
    contract: str
    key: str
    state: RunState = RunState.RUNNING
    #: Digest under which the ledger keeps the contract as it was when the run started.
    plan: str = ""
    #: The step it is at, or stopped at; "" before the first.
    step: str = ""
    #: The step whose work is done and whose routes are still to be chosen; "" otherwise. A finished step is never done again.
    finished: str = ""
    #: What `now` and `today` mean for the current step: when it was reached. Tries and approvals keep it, so they stay the same.
    moment: datetime | None = None
    #: Tries of the current step so far.
    tries: int = 0
    #: Intents of the whole run so far: numbers them, and never goes back.
    attempts: int = 0
    next_try: datetime | None = None
    due: datetime | None = None
    #: How often its SLA has been crossed, and said: 0, 1, or 2 when twice the time had gone.
    late: int = 0
    owner: str = ""
    rollback_owner: str = ""
    risk: str = "Low"
    #: How many calls lie above it: 0 for a run that a trigger started.
    depth: int = 0
    tab: str = ""
    row_id: str = ""
    #: How the row is found where it has no Row ID: header → value.
    match: Mapping[str, Value] = field(default_factory=dict)
    #: The row's fields that the run works with, header → value.
    input: Mapping[str, Value] = field(default_factory=dict)
    #: Step name → its results.
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What the last finished step gave.
    output: Mapping[str, Any] = field(default_factory=dict)
    #: Edit id → cells by which a row that the run wrote is known, where such a row could set off the same contract again.
    wrote: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    #: What of all that a model wrote, as `Scope.models` names it: `steps.draft`, `row.notes`.
    by_model: tuple[str, ...] = ()
    #: Marks of texts by a model that a check has passed, or a person, in this run.
    cleared: tuple[str, ...] = ()
    #: Step name → why what it wrote was sent back, each time.
    redo: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Moment (ISO, UTC) → what a step cost then.
    spent: Mapping[str, Decimal] = field(default_factory=dict)
    error: str = ""
    #: Id of the open question, if one is.
    ask: str = ""
    #: Digest of the effect that a person has approved for the current step.
    approved: str = ""
    #: When its first effect outside the workbook began.
    acted: datetime | None = None
    #: When the contract's Limit lets that begin, for a run that had to wait for it.
    turn: datetime | None = None
    #: Finished steps still to be reversed, the next one first. Kept when somebody closes the run, so that UNDO can go on.
    undoing: tuple[str, ...] = ()
    #: Why it is reversed; shown in Error at the end.
    undo_because: str = ""
    #: For a PAUSED run, the state that RESUME gives back.
    resumes: str = ""
    #: What was last taken from its Command cell, and the answer to it; a command that stays in the cell is not taken again.
    command: str = ""
    reply: str = ""
    started: datetime | None = None
    updated: datetime | None = None
    ended: datetime | None = None
    #: It has left the workbook; the ledger alone keeps it.
    archived: bool = False

    @property
    def reverses(self) -> bool:
        """Whether it is on its way back: its steps are being reversed."""
        return bool(self.undoing) or self.state is RunState.ROLLING_BACK

    @property
    def under_way(self) -> RunState:
        """The state in which it goes on: forward, or back."""
        return RunState.ROLLING_BACK if self.reverses else RunState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRecord:
    """One try of one step: an intent, and what became of it."""

    run: str
    step: str
    attempt: int
    effect: Effect
    #: `begun`, `waiting` (done at the run's `next_try`, or when a person says so), `done`, `failed`, `in doubt`
    state: str
    #: What the other side may use to recognise a repeat: the same for every try of one step of one run.
    key: str
    #: Digest of the request.
    digest: str
    #: The request itself, so that a repeat after a crash is the same effect.
    request: Mapping[str, Any] = field(default_factory=dict)
    #: Names of the settings that hold what a model wrote; `*` when its results do.
    by_model: tuple[str, ...] = ()
    #: `Action.kept_in` when it was begun.
    kept_in: str = ""
    begun: datetime | None = None
    ended: datetime | None = None
    error: str = ""

    @property
    def id(self) -> str:
        """Primary key in the ledger."""
        return f"{self.run}/{self.step}/{self.attempt}"


class AskKind(StrEnum):
    """Which tab a question stands in."""

    APPROVAL = "approval"
    DEAD_LETTER = "dead letter"
    TASK = "task"


class HoldKind(StrEnum):
    """Why many runs of one contract wait for one answer."""

    #: More new runs at once than the Bulk limit.
    BULK = "bulk"
    #: The same failure, run after run.
    FAILURES = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to a person, shown as a row in Approvals, Dead letters or Tasks."""

    id: str
    kind: AskKind
    run: str
    contract: str
    step: str
    #: `open`, or how it was closed: `approved rejected expired void retried done failed undone closed settled released skipped`
    state: str = "open"
    #: What will happen, what went wrong, or what to do; the owner reads this.
    what: str = ""
    #: Digest of the exact effect that an approval is bound to.
    digest: str = ""
    risk: str = ""
    severity: str = ""
    owner: str = ""
    rollback_owner: str = ""
    sop: str = ""
    payload: str = ""
    #: State of the run that a Dead letters row shows: DEAD_LETTER or IN_DOUBT.
    run_state: str = ""
    tries: int = 0
    asked: datetime | None = None
    expires: datetime | None = None
    #: How many people must approve it: 2 under four eyes.
    deciders: int = 1
    #: Under four eyes: who approved first; "" before somebody did.
    first_by: str = ""
    #: When its owner was reminded that nobody has answered.
    reminded: datetime | None = None
    due: datetime | None = None
    #: When a person answered it.
    answered: datetime | None = None
    by: str = ""
    note: str = ""
    #: The answer to what was typed: shown in `Result`.
    result: str = ""
    #: A `HoldKind` where the question is about every run whose `ask` it is, and `run` is blank; "" for a question about one run.
    hold: str = ""
    #: Asked about a text that no check has passed: `Edited text` may hold a better one.
    review: bool = False
    #: It has left the workbook with its run.
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Cells in an owner's tab that a step or a contract wants written. Pending until seen in the sheet, and then the owner's."""

    id: str
    tab: str
    #: How its row is found: column → value; a row that has them all. Empty never happens.
    match: Mapping[str, Value]
    cells: Mapping[str, Value]
    #: Whether a row that is not found is appended (`sheet.add`), or the edit is dropped with a note (`sheet.set`).
    append: bool = False
    run: str = ""
    landed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A `Row ID` that the runner gave, and what the row held then: a row whose id never reached the sheet is known again."""

    id: str
    tab: str
    cells: Mapping[str, Value] = field(default_factory=dict)
    landed: bool = False
    #: The Row ID of the row that it is a copy of; "" for a row of its own.
    copy_of: str = ""
    #: The copy was exact when it was first seen: until somebody changes it, it is no event.
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelText:
    """A text by a model that went into a cell: wherever that text is read again, it is known for what it is."""

    #: The mark that `rules.taint` gives it.
    id: str
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit trail, and the facts from which the ledger's state can be rebuilt."""

    kind: str
    run: str = ""
    contract: str = ""
    step: str = ""
    attempt: int = 0
    result: str = ""
    who: str = "Rowpact"
    detail: str = ""
    #: `{"run": {...}, "effect": {...}, "ask": {...}, "edit": {...}, "row": {...}}`: changed fields by table, id included.
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Given by the ledger when it is recorded.
    seq: int = 0
    time: datetime | None = None
    hash: str = ""
