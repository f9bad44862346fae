"""What an action is: what it is told, what it may look at, and how it may end.

Invariant: a request is plain data, complete; an ending is returned, a failure raised.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from runner.model import Book, Contract, Edit, Effect, Row
from runner.values import Value


@dataclass(frozen=True, slots=True)
class Written:
    """What one placeholder put into a text, where a model wrote it."""

    text: str
    #: Names in `Scope.models`: `steps.draft`, `row.notes`.
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an action is told besides its request."""

    run: str
    contract: str
    step: str
    attempt: int
    #: Idempotency key: the same for every try of this step of this run.
    key: str
    now: datetime
    timeout: timedelta
    zone: tzinfo
    #: The sheet as this tick sees it, pending edits included.
    sheet: "Sheet"
    book: Book
    #: The run's row, header → value; what conditions of decision tables are answered from.
    row: Mapping[str, Value]
    #: `name_key(step)` → its results, of the steps before.
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What of all that a model wrote, as `Scope.models` names it.
    models: frozenset[str] = frozenset()
    #: How many calls lie above this run: 0 for one that a trigger started.
    depth: int = 0


class Sheet(Protocol):
    """The data tabs as read, with the edits that are still on their way laid over them."""

    def find(self, tab: str, match: Mapping[str, Value]) -> Mapping[str, Value] | None:
        """The first row of the tab that has all these values (compared as a person would: case and type aside), header → value."""

    def headers(self, tab: str) -> tuple[str, ...] | None:
        """The tab's headers; None when there is no such tab."""

    def rows(self, tab: str) -> Sequence[Row]:
        """The tab's rows as read; for decision tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """A run of another contract that is to start, unless its key has one already."""

    contract: str
    key: str
    values: Mapping[str, Value]
    #: The row of the contract's tab that it works on; "" for none.
    row_id: str = ""
    #: What of `values` a model wrote, as `Scope.models` names it.
    by_model: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The action did its work. `result` is what later steps may use; every value is JSON or a cell's."""

    result: Mapping[str, Any] = field(default_factory=dict)
    #: One short sentence for the audit.
    said: str = ""
    #: Cells to be written in the owner's tabs.
    edits: tuple[Edit, ...] = ()
    #: Recorded with the receipt; adds `run` and `started` to the result.
    start: StartRun | None = None
    #: Marks of texts by a model that may leave from now on, in this run.
    cleared: tuple[str, ...] = ()
    #: What it cost, in the currency of config.toml's budget; counted against that.
    cost: Decimal = Decimal()
    #: Facts that later decisions need: see `Action.learn`.
    learned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing went wrong; go on at this time."""

    until: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Nothing was done, but what is known now may change what the step would do: it is decided on anew, at once."""

    because: str
    #: Facts that the decision needs: see `Action.learn`.
    learned: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPerson:
    """The run goes on when a person has done this: becomes a row in Tasks."""

    what: str
    owner: str = ""
    due: datetime | None = None
    sop: str = ""


class Then(StrEnum):
    """What becomes of a text that may not leave."""

    REDO = "redo"
    REVIEW = "review"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A text may not leave as it is."""

    #: One sentence each, for the model and for the owner.
    reasons: tuple[str, ...]
    then: Then
    text: str
    #: The step that wrote it; "" when no step of this run did.
    source: str = ""


Outcome = Done | Wait | Learned | NeedsPerson | Unfit


class Fault(StrEnum):
    """How the other side of an action can fail, as a drill plays it."""

    TIMEOUT = "time-out"
    SERVER_ERROR = "500"
    TOO_MANY = "429"
    MALFORMED = "malformed answer"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """What stands beyond an action, as a drill plays it: nothing outside this process is reached.

    `answer` returns what `perform` would return, or raises what it would raise of that fault; without one all goes well.
    """

    answer: Callable[[Mapping[str, Any], Call, Fault | None], Done]
    #: The faults that this other side can have at all.
    faults: tuple[Fault, ...] = tuple(Fault)
    #: Whether it would do it twice when the same request came twice: a fact about the other side, not about what we declare.
    counts: Callable[[Mapping[str, Any]], bool] = lambda _request: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What the outside says about an effect whose end was not seen."""

    #: None: it cannot say.
    happened: bool | None
    #: How it is known, or why it is not, as half a sentence: `its Message-ID was found in the folder outbox`.
    said: str
    #: What later steps may use, where it happened.
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action that a cell may name. Adding one is one file in `adapters/actions` that yields these.

    `prepare` turns filled settings into the exact effect as plain data: it is what an approval is bound to, what the ledger
    stores before the effect, and all that `perform` gets. It does no I/O. Both raise `ActionFailed` with a sentence.
    """

    #: `email.send`: the file's name, a dot, a verb; or the file's name alone.
    name: str
    #: Settings that must be there.
    required: tuple[str, ...] = ()
    #: Settings that may be there. `header.*` allows any setting with that beginning; `*` any setting.
    optional: tuple[str, ...] = ()
    #: Settings whose placeholders are filled as escaped JSON values.
    json_settings: tuple[str, ...] = ()
    #: Setting → (template, value) → the value as it may stand there: what a cell holds must not become part of the syntax.
    quote: Mapping[str, Callable[[str, str], str]] = field(default_factory=dict)
    #: Whether `{{ secrets.NAME }}` may stand in its settings: only where `perform` itself sees to whom the value goes.
    secrets: bool = False
    #: Of these settings, those in which the value that the template begins with is quoted too.
    quote_first: tuple[str, ...] = ()
    #: Names of the results that later steps may use, or how they follow from the settings; None when they depend on the answer.
    results: tuple[str, ...] | Callable[[Mapping[str, str]], tuple[str, ...] | None] | None = ()
    effect: Callable[[Mapping[str, str]], Effect]
    """From the step's settings (as typed): what a repeat would mean."""
    prepare: Callable[[Mapping[str, str], "Prepare"], Mapping[str, Any]]
    describe: Callable[[Mapping[str, Any]], str]
    """The request in the owner's words, complete: `What will happen`."""
    perform: Callable[[Mapping[str, Any], Call], Outcome]
    #: Mistakes that can be seen before any run, as (setting name or "", sentence) pairs.
    check: Callable[[Mapping[str, str], "CheckScope"], list[tuple[str, str]]] = lambda _settings, _scope: []
    #: What is worth a second look before any run and stops nothing, as (setting name or "", sentence) pairs.
    notes: Callable[[Mapping[str, str], "CheckScope"], list[tuple[str, str]]] = lambda _settings, _scope: []
    probe: Callable[[Mapping[str, Any], Call], Probed] | None = None
    """Asks the outside whether the effect with this key happened, within the call's timeout. Raises `ActionFailed` where it
    could not be asked."""
    #: Where `probe` looks, in words, where that can change with config.toml: what was begun elsewhere is not looked up there.
    kept_in: str = ""
    #: Whether the outside can be asked about this request.
    probes: Callable[[Mapping[str, Any]], bool] = lambda _request: True
    #: How long after a try has ended “it did not happen” is no proof yet, because the other side may still be at work on it.
    settles_after: timedelta = timedelta()
    #: Its results are, or hold, what a model wrote.
    by_model: bool = False
    #: It costs money: it waits while config.toml's budget is used up.
    paid: bool = False
    #: Settings that say to whom, where, or which file: nothing that a model wrote may fill them. `header.*` is a family.
    owners_settings: tuple[str, ...] = ()
    #: Words of a model that no check has passed do not go there even to read: whoever is asked is a stranger.
    guarded: bool = False
    fills_json: Callable[[Mapping[str, str], str], bool] = lambda _settings, _name: False
    """(settings as typed, name of one): whether its placeholders too are filled as escaped JSON values."""
    scout: Callable[[Mapping[str, str]], Mapping[str, Any] | None] = lambda _settings: None
    """From the settings as typed: a request that only finds out what the step would do, where that is not known yet. Nobody is
    asked about it, it changes nothing outside, and it ends in `Learned`."""
    asks: Callable[[Mapping[str, Any], str, bool], str] = lambda _request, _approval, _standing: ""
    """(request, the step's Approval cell, whether its question stands already): why a person is asked first whatever else is said;
    "" for no reason of its own."""
    #: How risky this very request is, `Low`, `Medium` or `High`, where its contract does not think it riskier.
    risk: Callable[[Mapping[str, Any]], str] = lambda _request: "Low"
    #: Takes facts by name, as text: those of `facts` when the runner starts, and what `Done` and `Learned` bring once it is kept.
    learn: Callable[[Mapping[str, str]], None] = lambda _facts: None
    #: Names of the facts that it may have learned before.
    facts: tuple[str, ...] = ()
    #: True for actions that only compute or touch the workbook: they run in line, without a thread.
    inline: bool = False
    #: How a drill plays what this action reaches; None: by its effect class.
    other_side: OtherSide | None = None
    #: Delays before further tries when the step's Retry cell is blank.
    retry: tuple[timedelta, ...] = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))

    def results_with(self, settings: Mapping[str, str]) -> tuple[str, ...] | None:
        """Names of the results of a step with these settings, as typed."""
        return self.results(settings) if callable(self.results) else self.results


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """What `prepare` may look at."""

    run: str
    contract: str
    step: str
    key: str
    now: datetime
    zone: tzinfo
    #: The contract's data tab and how the run's own row is found in it: header → value.
    tab: str
    match: Mapping[str, Value]
    owner: str
    sop: str
    book: Book
    #: Setting → what of its text a model wrote.
    by_model: Mapping[str, tuple[Written, ...]] = field(default_factory=dict)
    #: Why what this step wrote was sent back, each time.
    redo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckScope:
    """What an action's `check` may look at: the workbook, before any run."""

    book: Book
    #: Tab name → its headers; None when there is no such tab.
    headers: Callable[[str], tuple[str, ...] | None]
    rows: Callable[[str], Sequence[Row]]
    contract_tab: str
    #: The contract that is checked, and all there are, those with mistakes too.
    contract: str = ""
    contracts: Sequence[Contract] = ()
