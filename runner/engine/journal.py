"""Gathers what is to be recorded and commits it in groups.

Invariant: nothing is acted upon before `commit` has returned, and private values and secrets never reach the audit's words.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from runner.events import EventKind
from runner.model import Contract, Event, Run
from runner.ports import Ledger
from runner.rules.replay import changes, whole
from runner.values import show


class Journal:
    """The events of one tick on their way to the ledger."""

    def __init__(self, ledger: Ledger, redact: Callable[[str], str], say: Callable[[str], None]) -> None:
        self.ledger, self.redact, self.say = ledger, redact, say
        self.waiting: list[Event] = []
        self._plans: dict[str, str] = {}

    def start(self, kind: EventKind, run: Run, contract: Contract, *, detail: str, **more: Any) -> Run:
        """Record a new run."""
        return self._add(kind, run, {"run": whole(run), **more}, contract, detail=detail)

    def change(self, kind: EventKind, old: Run, new: Run, contract: Contract | None = None, **words: Any) -> Run:
        """Record what happened to a run, and what changed in it; returns the run as it is now."""
        data = words.pop("data", {})
        return self._add(kind, new, {"run": changes(old, new), **data}, contract, **words)

    def note(self, kind: EventKind, *, detail: str, who: str = "Rowpact", result: str = "", **data: Any) -> None:
        """Record something that belongs to no run."""
        self.waiting.append(Event(kind=kind, who=who, result=result, detail=self.redact(detail), data=data))

    def commit(self) -> None:
        """Everything gathered so far, on disk in one transaction."""
        if self.waiting:
            events, self.waiting = self.waiting, []
            self.ledger.record(events)

    def _add(
        self,
        kind: EventKind,
        run: Run,
        data: dict[str, Any],
        contract: Contract | None,
        *,
        step: str | None = None,
        attempt: int = 0,
        result: str = "",
        who: str = "Rowpact",
        detail: str = "",
    ) -> Run:
        event = Event(
            kind=kind,
            run=run.id,
            contract=run.contract,
            step=run.step if step is None else step,
            attempt=attempt,
            result=self.redact(mask(result, run, contract)),
            who=who,
            detail=self.redact(mask(detail, run, contract)),
            data=data,
        )
        self.waiting.append(event)
        self.say(
            f"{run.id} {run.contract}: {event.kind}{f' {event.step}' if event.step else ''}"
            f"{f' – {event.detail}' if event.detail else ''}"
        )
        return run


def mask(text: str, run: Run, contract: Contract | None) -> str:
    """The text without the values of the contract's private fields."""
    if not text or contract is None:
        return text
    for rule in contract.fields:
        value = show(run.input.get(rule.field)).strip() if rule.private else ""
        if len(value) > 1:
            text = text.replace(value, "•••")
    return text


def touch(run: Run, **values: Any) -> Run:
    """The run with these fields changed."""
    return replace(run, **values)
