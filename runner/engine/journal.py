"""Gathers what is to be recorded and commits it in groups.

Invariant: nothing is acted upon before `commit` has returned, and private values and secrets never reach the audit's words.
"""

from collections.abc import Callable
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
        #: Run → what its last event in `waiting` says of it.
        self._facts: dict[str, dict[str, Any]] = {}
        #: What people who watch are told once it is true, which is when it is on disk.
        self._lines: list[str] = []

    def start(self, kind: EventKind, run: Run, contract: Contract, *, detail: str, result: str = "", **more: Any) -> Run:
        """Record a new run."""
        return self._add(kind, run, {"run": whole(run), **more}, contract, detail=detail, result=result)

    def change(self, kind: EventKind, old: Run, new: Run, contract: Contract | None = None, **words: Any) -> Run:
        """Record what happened to a run, and what changed in it; returns the run as it is now."""
        data = words.pop("data", {})
        return self._add(kind, new, {"run": changes(old, new), **data}, contract, **words)

    def note(
        self, kind: EventKind, *, detail: str, contract: str = "", who: str = "Rowpact", result: str = "", **data: Any
    ) -> None:
        """Record something that belongs to no run."""
        event = Event(kind=kind, contract=contract, who=who, result=result, detail=self.redact(detail), data=data)
        self.waiting.append(event)
        if kind in _TOLD:
            self._lines.append(f"{contract}: {kind}: {event.detail}")

    def commit(self) -> None:
        """Everything gathered so far, on disk in one transaction."""
        if self.waiting:
            events, self.waiting, self._facts = self.waiting, [], {}
            lines, self._lines = self._lines, []
            self.ledger.record(events)
            for line in lines:
                self.say(line)

    def along(self, old: Run, new: Run) -> Run:
        """Record a change that is no news with the run's last event, if that is still on its way; else as an event of its own."""
        facts = self._facts.get(new.id)
        if facts is None:
            return self.change(EventKind.ROUTED, old, new)
        facts |= changes(old, new)
        return new

    def _add(self, kind: EventKind, run: Run, data: dict[str, Any], contract: Contract | None, **words: Any) -> Run:
        """`words`: what the event says besides: `step attempt result who detail`."""
        for name in ("result", "detail"):
            if words.get(name):
                words[name] = self.redact(mask(words[name], run, contract))
        event = Event(kind=kind, run=run.id, contract=run.contract, data=data, **{"step": run.step, **words})
        self._facts[run.id] = data["run"]
        self.waiting.append(event)
        if kind in _TOLD:
            self._lines.append(f"{run.id} {run.contract}{f' · {event.step}' if event.step else ''}: {_told(event, run)}")
        return run


#: What people who watch are told; the rest stands in the audit.
_TOLD = {
    EventKind.REFUSED,
    EventKind.RECEIPT,
    EventKind.WAITING,
    EventKind.DOUBTED,
    EventKind.STOPPED,
    EventKind.ASKED,
    EventKind.ANSWERED,
    EventKind.VOIDED,
    EventKind.EXPIRED,
    EventKind.REMINDED,
    EventKind.SLA_CROSSED,
    EventKind.SILENT,
    EventKind.PARKED,
    EventKind.ENDED,
}


def _told(event: Event, run: Run) -> str:
    detail = event.detail or event.kind
    match event.kind:
        case EventKind.RECEIPT | EventKind.WAITING:
            return detail
        case EventKind.ENDED:
            return f"{run.state} ({detail})"
        case _:
            return f"{event.kind} {event.result}: {detail}" if event.result else f"{event.kind}: {detail}"


def mask(text: str, run: Run, contract: Contract | None) -> str:
    """The text without the values of the contract's private fields."""
    if not text or contract is None:
        return text
    for rule in contract.fields:
        value = show(run.input.get(rule.field)).strip() if rule.private else ""
        if len(value) > 1:
            text = text.replace(value, "•••")
    return text
