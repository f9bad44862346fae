"""The nouns of Rowpact, each defined once.

Owner's word        code's word                    meaning
------------------  -----------------------------  ------------------------------------------------------------
contract            `Contract`                     a promise: when, on which rows, which steps, who answers for it
step                `Step`                         one action of a contract
run                 `Run`                          one event being carried through a contract's steps
key                 dedupe key                     two events with one key are one event, for ever
about to act        intent                         committed to the ledger before an effect begins
acted               receipt                        committed after it ended well
in doubt            intent without receipt         begun, end never seen, not safe to repeat
question            `Ask`                          a row in Approvals, Dead letters or Tasks that waits for a person
-                   `Edit`                         cells that an action wants written; pending until seen in the sheet

All are frozen: a decision never changes what it was made from. Times are aware `datetime`s in UTC; lengths of time are
`timedelta`; a row's number lives no longer than the `Snapshot` it came from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from runner.values import Value, is_blank, name_key

# ------------------------------------------------------------------------------------------------ what was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A mistake with an address: what is wrong, where it stands, how to mend it."""

    where: str
    """`Steps!F14`, `Leads!row 7`, `config.toml [http] allow`, or the file's name."""
    message: str
    fix: str = ""
    tab: str = ""
    row: int | None = None
    contract: str | None = None
    """The contract that cannot start runs because of it; None when it stops nothing."""

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """What is wrong and how to mend it, without the address: for the `Check` cell beside the row."""
        return f"{self.message} {self.fix}".strip()


def column_letter(index: int) -> str:
    """`0` → `A`, `27` → `AB`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one read. Cells are reached by header, in any spelling of it."""

    tab: "Tab"
    #: 1-based, as the spreadsheet shows it; the header is row 1.
    number: int
    cells: tuple[Value, ...]

    def get(self, header: str) -> Value:
        """The cell under the header; None when it is blank or the tab has no such column."""
        column = self.tab.columns.get(name_key(header))
        if column is None or column >= len(self.cells):
            return None
        value = self.cells[column]
        return None if is_blank(value) else value

    def text(self, header: str) -> str:
        """The cell as stripped text; "" when blank."""
        from runner.values import show

        return show(self.get(header)).strip()

    def address(self, header: str) -> str:
        """`Steps!F14`, or `Steps!row 14` when the tab has no such column."""
        column = self.tab.columns.get(name_key(header))
        return f"{self.tab.name}!{f'row {self.number}' if column is None else f'{column_letter(column)}{self.number}'}"

    def values(self) -> dict[str, Value]:
        """Header → value for every named column, blanks as None."""
        return {header: self.get(header) for header in self.tab.headers if header}


@dataclass(frozen=True, slots=True, eq=False)
class Tab:
    """One tab of one read: row 1 as headers, the non-empty rows below it."""

    name: str
    #: As typed, left to right; "" for a column without header.
    headers: tuple[str, ...] = ()
    #: `name_key(header)` → zero-based column; of two headers alike, the first.
    columns: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    #: Headers that stand more than once, as typed.
    doubled: tuple[str, ...] = ()

    @classmethod
    def build(cls, name: str, grid: Iterator[tuple[int, tuple[Value, ...]]] | list[tuple[int, tuple[Value, ...]]]) -> "Tab":
        """From (row number, cells) pairs; a row of blanks is no row. Row 1 gives the headers."""
        headers: tuple[str, ...] = ()
        body: list[tuple[int, tuple[Value, ...]]] = []
        for number, cells in grid:
            if number == 1:
                headers = tuple("" if is_blank(cell) else str(cell).strip() for cell in cells)
            elif any(not is_blank(cell) for cell in cells):
                body.append((number, cells))
        columns: dict[str, int] = {}
        doubled = []
        for index, header in enumerate(headers):
            if header and columns.setdefault(name_key(header), index) != index:
                doubled.append(header)
        rows: list[Row] = []
        tab = cls(name=name, headers=headers, columns=columns, rows=(), doubled=tuple(doubled))
        rows.extend(Row(tab, number, cells) for number, cells in body)
        object.__setattr__(tab, "rows", tuple(rows))
        return tab

    def has(self, header: str) -> bool:
        """Whether the tab has this column, in any spelling."""
        return name_key(header) in self.columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Everything one read of the workbook saw."""

    #: `name_key(tab name)` → tab.
    tabs: Mapping[str, Tab]
    #: What the workbook was when it was read (for a file: inode, size, modification time). Opaque; equal means unchanged.
    version: object
    #: Things the reader wants the owner to know, for example merged cells in a data tab.
    problems: tuple[Problem, ...] = ()

    def tab(self, name: str) -> Tab | None:
        """The tab, in any spelling of its name."""
        return self.tabs.get(name_key(name))


# --------------------------------------------------------------------------------------------- what is to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEdit:
    """Cells of one row to be written: header → value (None empties the cell)."""

    tab: str
    #: The row of the snapshot that the edit was decided on; None appends a row.
    row: int | None
    cells: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class TabEdit:
    """A tab, or columns of it, that must exist: missing ones are added at the right, nothing is moved."""

    tab: str
    headers: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------ contracts


class Effect(StrEnum):
    """What a repeat of the action would mean; decides how an intent without a receipt is settled."""

    PURE = "pure"
    READ = "read"
    #: The idempotency key makes a repeat harmless.
    KEYED = "keyed"
    #: A repeat costs something but changes nothing that matters.
    REPEATABLE = "repeatable"
    #: Never repeated without proof that it did not happen.
    ONCE = "once"

    @property
    def may_repeat(self) -> bool:
        """Whether it may be done again without knowing how the last try ended."""
        return self is not Effect.ONCE

    @property
    def reaches_outside(self) -> bool:
        """Whether a person would call it an effect at all: something that approvals, Hours and Pause hold back."""
        return self in (Effect.KEYED, Effect.REPEATABLE, Effect.ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of Steps, parsed."""

    name: str
    action: str
    #: Setting name as typed → template text, in the order of the cell.
    settings: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    #: "" never · "always" · "1 in N" · a condition
    approval: str = ""
    #: Delays before each further try; None: the default of the action; (): no retry.
    retry: tuple[timedelta, ...] | None = None
    timeout: timedelta = timedelta(seconds=60)
    #: "dead letter" · "undo" · "continue" · "go to <step>"
    on_failure: str = "dead letter"
    undo: str = ""
    owner: str = ""
    #: `Steps!` address of the row when it was read; for messages only.
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One row of Fields: what a column of the data tab must hold."""

    field: str
    type: str = "text"
    required: bool = False
    rule: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of Routes."""

    after: str
    condition: str = ""
    #: A step's name, or `End`, `Review`, `Stop`.
    go_to: str = ""
    set_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """One row of Templates."""

    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One row of Contracts with everything that hangs on it: what a run takes along when it starts."""

    name: str
    enabled: bool = False
    shadow: bool = False
    klass: str = "Deterministic"
    #: `New row`, `State is`, `Date due`, `Schedule`, …
    trigger: str = "New row"
    #: For `State is X`: X.
    trigger_state: str = ""
    tab: str = ""
    when: str = ""
    condition: str = ""
    dedupe_key: str = ""
    entry_state: str = ""
    exit_state: str = ""
    owner: str = ""
    rollback_owner: str = ""
    risk: str = "Low"
    severity: str = "P2"
    sla: timedelta | None = None
    sop: str = ""
    rhythm: str = ""
    limit: str = ""
    hours: str = ""
    minutes_saved: float = 0.0
    steps: tuple[Step, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    routes: tuple[Route, ...] = ()

    def step(self, name: str) -> Step | None:
        """The step of that name, in any spelling."""
        wanted = name_key(name)
        return next((step for step in self.steps if name_key(step.name) == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything the owner's tabs say, parsed; contracts with a mistake are absent from `contracts` but have their problems."""

    contracts: Mapping[str, Contract] = field(default_factory=dict)
    templates: Mapping[str, MailTemplate] = field(default_factory=dict)
    #: `name_key(setting)` → value.
    settings: Mapping[str, Value] = field(default_factory=dict)
    #: `name_key(SOP)` → its instructions, in order.
    sops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    #: (tab name, row number) of every row of an owner's tab that has a `Check` cell, with what it should say.
    checks: Mapping[tuple[str, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The values that conditions and templates see for one run."""

    #: Header as typed → value, of the run's row.
    columns: Mapping[str, Value] = field(default_factory=dict)
    #: `name_key(setting)` → value.
    settings: Mapping[str, Value] = field(default_factory=dict)
    #: `name_key(step)` → result name → value (a cell's value or plain JSON).
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: `id`, `key`
    run: Mapping[str, str] = field(default_factory=dict)
    #: `name`, `owner`, `rollback_owner`, `risk`, …
    contract: Mapping[str, str] = field(default_factory=dict)
    #: The moment in the owner's zone; `today` is its date.
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that a condition or template may use; for `check` and its "did you mean"."""

    columns: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    #: Step name → names of its results; None where they cannot be known beforehand.
    steps: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


# ----------------------------------------------------------------------------------------------------------- runs


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
    owner: str = ""
    rollback_owner: str = ""
    risk: str = "Low"
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
    error: str = ""
    #: Id of the open question, if one is.
    ask: str = ""
    #: Digest of the effect that a person has approved for the current step.
    approved: str = ""
    started: datetime | None = None
    updated: datetime | None = None
    ended: datetime | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to a person, shown as a row in Approvals, Dead letters or Tasks."""

    id: str
    kind: AskKind
    run: str
    contract: str
    step: str
    #: `open`, or how it was closed: `approved rejected expired void retried done failed undone closed`
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
    due: datetime | None = None
    by: str = ""
    note: str = ""
    #: The answer to what was typed: shown in `Result`.
    result: str = ""


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
