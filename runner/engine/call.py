"""Starts the runs that steps call for.

Invariant: the new run's start goes into the same commit as the caller's receipt; of two calls with one key only the first starts.
"""

from dataclasses import dataclass, field
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.seen import keep_plan
from runner.engine.start import Starter
from runner.model import Book, Run
from runner.ports import StartRun, World
from runner.rules.intake import Candidate, Verdict
from runner.rules.shadow import run_name


@dataclass(slots=True)
class Calls:
    """The calls of one tick."""

    world: World
    book: Book
    journal: Journal
    #: (contract, key) → the run that was started for it and may not be on disk yet.
    fresh: dict[tuple[str, str], str] = field(default_factory=dict)

    def start(self, wanted: StartRun, caller: Run, now: datetime) -> tuple[str, Run | None]:
        """(id of the run with that key, the run if this call started it)."""
        contract = self.book.contracts[wanted.contract]
        name = (run_name(contract), wanted.key)
        known = self.fresh.get(name) or self.world.ledger.known(name[0], [wanted.key]).get(wanted.key)
        if known:
            return known, None
        candidate = Candidate(
            contract=contract,
            row=None,
            verdict=Verdict.EVENT,
            key=wanted.key,
            values=wanted.values,
            caller=caller.id,
            depth=caller.depth + 1,
            row_id=wanted.row_id,
            by_model=wanted.by_model,
        )
        plan = keep_plan(wanted.contract, self.book, self.world.ledger)
        new = Starter(contract, plan, {}, self.world, self.journal, now).start(candidate, None)
        self.fresh[name] = new.id
        return new.id, new
