"""Turns one event into a run: started, held or refused; and starts what was held or refused once that may be.

Invariant: a held or refused run keeps its key: when it starts it is the same event, never a second one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runner.engine.journal import Journal
from runner.engine.record import state_edit
from runner.events import EventKind
from runner.model import Contract, Row, Run, RunState
from runner.ports import World
from runner.rules.advance import first_step
from runner.rules.intake import Candidate, Verdict, row_match
from runner.rules.plan import thaw
from runner.rules.replay import whole
from runner.rules.shadow import run_name
from runner.tabs import ROW_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why events do not start now, and what lets them."""

    because: str
    #: The question that a person has to answer first.
    ask: str = ""
    #: The moment at which it is looked at again.
    until: datetime | None = None


def released(run: Run) -> bool:
    """Whether a person has let the run go."""
    return run.state is RunState.HELD and not run.ask and run.next_try is None


def may_start(run: Run, now: datetime) -> bool:
    """Whether nothing holds the run any more, or its day has come."""
    return released(run) or (run.state is RunState.HELD and run.next_try is not None and run.next_try <= now)


def told(candidate: Candidate) -> str:
    """What started the run."""
    contract = candidate.contract
    trigger = f"State is {contract.trigger_state}" if contract.trigger_state else contract.trigger
    place = (
        f" in {candidate.row.tab.name}" if candidate.row else f" by {candidate.caller}" if candidate.caller else f" {contract.when}"
    )
    state = f"; would: set State to {contract.entry_state}" if contract.shadow and contract.entry_state else ""
    return f"{trigger}{place}: {candidate.key}" + (f", {candidate.because}" if candidate.because else "") + state


@dataclass(slots=True)
class Starter:
    """Starts the runs of one contract, at one moment."""

    contract: Contract
    #: Digest under which the ledger keeps the contract as it is now.
    plan: str
    ids: Mapping[Row, str]
    world: World
    journal: Journal
    now: datetime

    def start(self, candidate: Candidate, hold: Hold | None) -> Run:
        """A new run for an event that never was before."""
        contract, row = self.contract, candidate.row
        row_id = (self.ids.get(row) or row.text(ROW_ID)) if row else candidate.row_id
        run = Run(
            id=self.world.ledger.next_id("R"),
            contract=run_name(contract),
            key=candidate.key,
            due=self.now + contract.sla if contract.sla else None,
            owner=contract.owner,
            rollback_owner=contract.rollback_owner,
            risk=contract.risk,
            depth=candidate.depth,
            tab=row.tab.name if row else contract.tab if row_id else "",
            row_id=row_id,
            match=row_match(contract, row, row_id) if row and not row_id else {},
            by_model=candidate.by_model,
            started=self.now,
            **self._standing(candidate, hold),
        )
        return self.journal.start(
            _KINDS[run.state], run, contract, detail=run.error or told(candidate), result=self._version(run), **self._entry(run)
        )

    def again(self, run: Run, candidate: Candidate, hold: Hold | None) -> Run:
        """A run that was held or refused, with its row and its contract as they are now."""
        now = replace(run, **self._standing(candidate, hold))
        if run.state is RunState.HELD and now.state is RunState.RUNNING:
            now = replace(now, started=self.now)
        kind = EventKind.RESUMED if run.state is RunState.INVALID and now.state is RunState.RUNNING else _KINDS[now.state]
        said = now.error or ("the row was mended" if kind is EventKind.RESUMED else "nothing holds it any more")
        return self.journal.change(kind, run, now, self.contract, detail=said, result=self._version(now), data=self._entry(now))

    def stray(self, run: Run, row: object) -> Run:
        """A run that may start, and whose row is no event now: it waits for its row, and ends if that is gone."""
        if row is not None:
            because = "Released, but its row does not fit the contract now (Trigger, If, required fields). It starts when it does."
            waits = replace(run, error=because, updated=self.now)
            return run if run.error == because else self.journal.change(EventKind.HELD, run, waits, self.contract, detail=because)
        because = "Its row was deleted while it was held."
        ended = replace(run, state=RunState.CANCELLED, error=because, ended=self.now, updated=self.now)
        return self.journal.change(EventKind.ENDED, run, ended, self.contract, result=ended.state.value, detail=because)

    def _standing(self, candidate: Candidate, hold: Hold | None) -> dict[str, Any]:
        """Where the event stands now: the fields of its run that say so."""
        shared = {"plan": self.plan, "moment": self.now, "input": dict(candidate.values), "updated": self.now, "next_try": None}
        if candidate.verdict is Verdict.INVALID:
            return {**shared, "state": RunState.INVALID, "step": "", "error": candidate.because, "ended": self.now}
        held = {"state": RunState.HELD, "error": hold.because, "ask": hold.ask, "next_try": hold.until} if hold else {}
        step = first_step(thaw(self.world.ledger.plan(self.plan)))
        return {**shared, "state": RunState.RUNNING, "step": step, "error": "", "ended": None, **held}

    def _version(self, run: Run) -> str:
        """Which contract a run that starts works with, short: it keeps it whatever happens to the sheet."""
        return f"contract {run.plan[:8]}" if run.state is RunState.RUNNING else ""

    def _entry(self, run: Run) -> dict[str, Any]:
        """The edit that writes the contract's Entry state, for a run that starts."""
        starts = run.state is RunState.RUNNING and run.tab and not self.contract.shadow
        state = self.contract.entry_state if starts else ""
        return {"edits": [whole(state_edit(run, state))]} if state else {}


_KINDS = {RunState.INVALID: EventKind.REFUSED, RunState.HELD: EventKind.HELD, RunState.RUNNING: EventKind.STARTED}
