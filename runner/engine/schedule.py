"""Remembers how far each schedule has been kept, so that a moment is kept once and the past of a new contract never.

Invariant: what was kept is remembered after the run is on disk; whatever happens in between, the run's key is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from runner.model import Book, Contract
from runner.ports import Ledger
from runner.rules import intake, schedule
from runner.rules.intake import Candidate
from runner.values import name_key


@dataclass(slots=True)
class Schedules:
    """The schedules of one tick. `now`: in the owner's zone."""

    ledger: Ledger
    now: datetime
    #: Contract → the note that says how far it has been kept: the When cell and the moment.
    kept: dict[str, str] = field(default_factory=dict)

    def due(self, contract: Contract, book: Book) -> Iterator[Candidate]:
        """The moment that has come, if one has. A contract that is new, newly enabled or changed looks ahead only."""
        if contract.trigger != "Schedule":
            return
        when, _, since = self.ledger.note(_note(contract)).rpartition("\n")
        if when != contract.when or self.now < datetime.fromisoformat(since):  # set back: what was kept is known by its key
            self.kept[contract.name] = f"{contract.when}\n{self.now.astimezone(UTC).isoformat()}"
            return
        found = intake.occurrence(contract, book, datetime.fromisoformat(since), self.now)
        if found and found.at:
            self.kept[contract.name] = f"{contract.when}\n{found.at.isoformat()}"
            yield found

    def next(self, contract: Contract) -> Iterator[datetime]:
        """The contract's next moment, in UTC."""
        if contract.trigger == "Schedule":
            yield schedule.following(schedule.parse_schedule(contract.when), self.now).astimezone(UTC)

    def remember(self, book: Book) -> None:
        """Once the runs are on disk. What is switched off is forgotten: when it comes back, it looks ahead only."""
        for name, note in self.kept.items():
            self.ledger.note(_note(book.contracts[name]), note)
        for contract in book.contracts.values():
            if contract.trigger == "Schedule" and not contract.live and self.ledger.note(_note(contract)):
                self.ledger.note(_note(contract), "")


def _note(contract: Contract) -> str:
    return f"schedule {name_key(contract.name)}"
