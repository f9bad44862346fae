"""What one tick works with: the clock, the workbook, the ledger, and what config.toml allows.

Invariant: described here, implemented in `adapters`, put together in `runner.wiring`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from runner.model import Ask, Edit, EffectRecord, Event, ModelText, NamedRow, Problem, RowEdit, Run, Snapshot, TabEdit
from runner.ports.actions import Action
from runner.ports.alerting import Alerting
from runner.ports.checkup import Finding
from runner.ports.post_room import Letters, PostRoom

#: The ledger's note, left by whoever put it back from a copy, that it is older than the truth: a sentence that says what happened.
RESTORED = "restored"
#: The status page's file, beside the ledger; where another ledger has one already, `<ledger>.status.html`.
STATUS_PAGE = "status.html"


#: The mode of a runner that looks once and not again by itself.
ONE_TICK = "one tick"


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait; returns early when the runner was asked to stop."""

    @property
    def stopped(self) -> bool:
        """Whether the runner was asked to stop: finish what has begun, begin nothing."""

    def stop(self) -> None:
        """Ask the runner to stop; may be called from a signal handler."""


class Workbook(Protocol):
    """A workbook that people edit at any time."""

    @property
    def name(self) -> str:
        """What to call it in sentences: the file's name, or the sheet's title."""

    @property
    def key(self) -> str:
        """What names it in idempotency keys: stays when people change its title."""

    #: What the last write had to leave out, with its place and the mend; everything else of it was written.
    refused: list[Problem]

    @property
    def facts(self) -> Mapping[str, str]:
        """What else the owner should know of it, for the tab Runner: name → value."""

    def version(self) -> object:
        """What the workbook is now, cheaply: one stat of a file, one call of a service.

        Equal to a snapshot's `version` means unchanged; a `read` that follows at once gives just that.
        Raises `WorkbookUnreadable` when it is not there.
        """

    def read(self) -> Snapshot:
        """Everything in it. Raises `WorkbookUnreadable` with a sentence; never a traceback for a damaged file."""

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        """Write all of it or nothing, durably, leaving everything else byte for byte; returns the new version.

        Raises `WorkbookChanged` when the workbook is no longer the snapshot's, `WorkbookBusy` while somebody has it open or the
        service does not take it.
        """

    def busy(self) -> str:
        """Who has it open, as a sentence; "" when nobody has."""

    def link(self, tab: str, cell: str = "") -> str:
        """Where a person finds it: an address that opens it at this tab, and at this cell (`L7`), or the file's path."""


@dataclass(slots=True)
class Books:
    """The ledger's present state in memory: what `decide` may know. Kept equal to the ledger by `Ledger.record`."""

    runs: dict[str, Run] = field(default_factory=dict)
    #: Effects of open runs: `EffectRecord.id` → record.
    effects: dict[str, EffectRecord] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    #: Edits not yet seen in the sheet.
    edits: dict[str, Edit] = field(default_factory=dict)
    #: Row ids given by the runner: `tab/id` → record.
    rows: dict[str, NamedRow] = field(default_factory=dict)
    #: Texts by a model that stand, or stood, in cells: mark → record.
    texts: dict[str, ModelText] = field(default_factory=dict)


class Ledger(Protocol):
    """The truth about one workbook: an append-only chain of events and the state they add up to."""

    books: Books

    def acquire(self, holder: str, now: datetime) -> None:
        """Take or renew the lease on the workbook for 30 seconds. Raises `LeaseHeld` with a sentence that names the holder."""

    def keep_hold(self) -> None:
        """Just before something that cannot be taken back: renew the lease if it is old. Raises `LeaseLost` when it is not ours."""

    def release(self) -> None:
        """Give the lease back."""

    def close(self) -> None:
        """Let go of the database."""

    def record(self, events: Sequence[Event]) -> None:
        """Append the events and their effect on the state: one transaction, on disk when it returns; `books` follows.

        Raises `LeaseLost` when the lease is no longer ours (nothing is recorded then), and `LedgerUnusable` when the disk refuses.
        """

    def next_id(self, letter: str) -> str:
        """`R-0001`, `A-0001`, …: the next free number of that letter; a number is never given twice."""

    def known(self, contract: str, keys: Iterable[str]) -> Mapping[str, str]:
        """Of these dedupe keys, those that already have a run of the contract: key → run id."""

    def run(self, name: str) -> Run | None:
        """The run of that number; one that was archived too, which `books` no longer hold."""

    def all_runs(self) -> Iterable[Run]:
        """Every run there ever was, archived ones too."""

    def all_asks(self) -> Iterable[Ask]:
        """Every question there ever was, archived ones too."""

    def head(self) -> tuple[int, str]:
        """Number and hash of the last line of the audit trail; (0, …) before the first."""

    def plan(self, digest: str) -> str:
        """The contract text that was stored under this digest. Raises KeyError."""

    def keep_plan(self, digest: str, text: str) -> None:
        """Store a contract text; storing it again does nothing. Durable with the next `record`."""

    def events(self, *, after: int = 0, run: str = "", limit: int | None = None) -> Iterable[Event]:
        """The audit trail in order of `seq`."""

    def note(self, name: str, value: str | None = None) -> str:
        """A small fact about the runner itself (last poll, writes waiting), kept outside the chain. With `value`: set it."""

    def verify(self) -> list[str]:
        """Recompute the chain and rebuild the state from it; one sentence for each disagreement, none when all holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Secrets by name. A text holds the mark `{{ secrets.NAME }}`, never the value; only an action about to send reveals it."""

    names: frozenset[str]
    #: (text with marks, host it goes to) → text with values. Raises `ActionFailed` when a secret may not go to that host.
    reveal: Callable[[str, str], str]
    #: Replaces every secret's value in a text; applied to all that is stored or shown.
    redact: Callable[[str], str]


class Mailer(Protocol):
    """A way for one finished message to leave.

    One that can look up what left has `kept_in`, the place in words (`the folder outbox`), and `find(message_id)`: True, False, or
    None when it cannot say; `find` raises `ActionFailed` where the place could not be looked into.
    """

    def send(self, message: bytes, sender: str, recipients: Sequence[str], timeout: timedelta) -> str:
        """Hand the message over once; returns a short proof (the server's answer, the file's name).

        Raises `ActionFailed` (certain that it did not leave) or `ActionInDoubt`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent in a stretch of time."""

    amount: Decimal
    currency: str
    #: `day`, `week` or `month`
    per: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency} per {self.per}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelService:
    """Whom texts are asked of: a service that speaks OpenAI's language."""

    base_url: str = ""
    #: The model where a step names none; "" when the owner has set up no service.
    model: str = ""
    #: The secret's mark, or "" for a service that wants no key.
    api_key: str = ""
    budget: Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What wiring hands to every file of `adapters/actions`: everything that config.toml allows, and nothing else."""

    mailer: Mailer
    mail_from: str
    #: Hosts, or host:port pairs, that http actions may reach.
    http_allow: tuple[str, ...]
    secrets: Secrets
    #: Folders that files may be written to or attached from.
    files_allow: tuple[Path, ...]
    #: Files that no step reads or writes, whatever folder is allowed: config.toml, the ledger, secrets.
    files_kept: tuple[Path, ...] = ()
    models: ModelService = ModelService()
    #: Servers of tools by name: the only ones that are spoken to (`adapters.mcp`).
    mcp: Mapping[str, Any] = field(default_factory=dict)
    #: Where finished weekly reports are kept; None where none are.
    letters: Letters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything one tick works with; built in `runner.wiring` and nowhere else."""

    workbook: Workbook
    ledger: Ledger
    actions: Mapping[str, Action]
    clock: Clock
    zone: tzinfo
    workers: int
    holder: str
    secrets: Secrets
    #: Called with one line for each thing that happens, for people who watch.
    say: Callable[[str], None]
    #: A short text that was never given before; the only randomness there is.
    new_id: Callable[[], str]
    #: `running` or `one tick`; and when the next poll comes, in words. For the tab Runner.
    mode: str = ONE_TICK
    next_poll: str = "when `rowpact run` is started"
    problems: tuple[Problem, ...] = ()
    #: Opens the workbook into which old rows move; None for one that keeps everything.
    archive: Callable[[], Workbook] | None = None
    #: What stands in it; None when nothing was ever archived.
    archived: Callable[[], Snapshot | None] = lambda: None
    archive_after: timedelta = timedelta(days=90)
    #: The most that steps which cost money may cost together; None for no bound.
    budget: Budget | None = None
    #: Where the workbook is, for people: its file or its address.
    place: str = ""
    #: Puts the status page, a whole HTML file, beside the ledger. Raises OSError; None where there is no such page.
    page: Callable[[str], None] | None = None
    #: Proves that the ledger is sound and keeps a copy of it; returns a sentence for each thing that is wrong with its trail.
    #: Raises `LedgerDamaged` when it has to be put back, `LedgerUnusable` when no copy could be made. None where none is kept.
    safeguard: Callable[[], list[str]] | None = None
    #: Where the weekly report leaves; None where nobody is to get one.
    post_room: PostRoom | None = None
    #: Whom alerts are told.
    alerting: Alerting = field(default_factory=Alerting)
    #: Tries every connection and credential; may take a minute and raises nothing. None where nothing is tried.
    probe: Callable[[], list[Finding]] | None = None
    #: Tells a watchman elsewhere that a tick ended well (""), or why it failed. Raises `ActionFailed`. None where there is none.
    heartbeat: Callable[[str], None] | None = None
