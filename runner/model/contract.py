"""What the owner's tabs say: contracts and everything that hangs on them, parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from runner.model.sheet import Problem
from runner.values import Value, name_key


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
class TextRule:
    """One row of Checks: what a text must be before it may leave."""

    #: `Schema`, `Policy`, `Context`, `Length`
    kind: str
    rule: str
    #: `redo`, `review`, `stop`
    on_failure: str = "review"


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

    @property
    def has_row(self) -> bool:
        """Whether each run works on a row of the contract's tab; a moment of a schedule is none, nor is a call without a tab."""
        return self.trigger != "Schedule" and bool(self.tab)

    @property
    def live(self) -> bool:
        """Whether its events become runs: real ones, or shadows."""
        return self.enabled or self.shadow

    def step(self, name: str) -> Step | None:
        """The step of that name, in any spelling."""
        for step in self.steps:  # as it is written, nearly always: this is asked for every move of every run
            if step.name == name:
                return step
        wanted = name_key(name)
        return next((step for step in self.steps if name_key(step.name) == wanted), None)

    @property
    def undo_steps(self) -> frozenset[str]:
        """`name_key` of each step that only runs to reverse another."""
        return frozenset(name_key(step.undo) for step in self.steps if step.undo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything the owner's tabs say, parsed; contracts with a mistake are absent from `contracts` but have their problems."""

    contracts: Mapping[str, Contract] = field(default_factory=dict)
    templates: Mapping[str, MailTemplate] = field(default_factory=dict)
    #: `name_key(setting)` → value.
    settings: Mapping[str, Value] = field(default_factory=dict)
    #: `name_key(SOP)` → its instructions, in order.
    sops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: `name_key(set)` → the lines of the tab Checks under that name.
    checksets: Mapping[str, tuple[TextRule, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    #: What is worth a second look, and no mistake.
    notes: tuple[Problem, ...] = ()
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
    #: The idempotency key of the step whose cell it is, `step.key`; "" in cells that belong to no step.
    step_key: str = ""
    #: The moment in the owner's zone; `today` is its date.
    now: datetime
    #: What of all this a model wrote: `steps.<step>` for all results of a step, `row.<column>`; each name as `name_key` gives it.
    models: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that a condition or template may use; for `check` and its "did you mean"."""

    columns: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    #: Step name → names of its results; None where they cannot be known beforehand.
    steps: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    #: Whether it belongs to a step, so that `step.key` has a meaning.
    of_step: bool = False
