"""A group of events on their way to disk together: the audit lines that they become, and what they change.

Invariant: numbers and hashes follow from the last line that is on disk; the group itself stores nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.ledgers.chain import link, storables
from runner.model import Event
from runner.rules.replay import Change
from runner.values import iso, utc


@dataclass(slots=True)
class Group:
    """Lines after line `seq`, whose hash is `hash`; both move on with every line."""

    workbook: str
    seq: int
    hash: str
    #: Rows of the table `events`, columns in their order.
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    #: The facts of each line, as JSON.
    facts: list[str] = field(default_factory=list)
    touched: list[Change] = field(default_factory=list)

    def add(self, one: Event, data: str, now: datetime) -> None:
        """The event's line. `data`: its facts as JSON; `now`: its time, where it has none of its own."""
        self.seq += 1
        kind, run, contract, step, result, who, detail = storables(
            str(one.kind), one.run, one.contract, one.step, one.result, one.who, one.detail
        )
        time = iso(utc(one.time or now))
        covered = (self.workbook, self.seq, time, kind, run, contract, step, one.attempt, result, who, detail)
        previous, self.hash = self.hash, link(self.hash, covered, data)
        self.lines.append((*covered, data, previous, self.hash))
        self.facts.append(data)
