"""A group of events on their way to disk together: the audit lines that they become, and what they change.

Invariant: numbers and hashes follow from the last line that is on disk; the group itself stores nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.ledgers.chain import link, storable
from runner.model import Event
from runner.rules.replay import Change
from runner.values import utc


@dataclass(slots=True)
class Group:
    """Lines after line `seq`, whose hash is `hash`; both move on with every line."""

    workbook: str
    seq: int
    hash: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    touched: list[Change] = field(default_factory=list)

    def add(self, one: Event, data: str, now: datetime) -> None:
        """The event's line. `data`: its facts as JSON; `now`: its time, where it has none of its own."""
        self.seq += 1
        line: dict[str, Any] = {
            "workbook": self.workbook,
            "seq": self.seq,
            "time": utc(one.time or now).isoformat(),
            "kind": storable(str(one.kind)),
            "run": storable(one.run),
            "contract": storable(one.contract),
            "step": storable(one.step),
            "attempt": one.attempt,
            "result": storable(one.result),
            "who": storable(one.who),
            "detail": storable(one.detail),
        }
        previous, self.hash = self.hash, link(self.hash, tuple(line.values()), data)
        line["data"], line["previous"], line["hash"] = data, previous, self.hash
        self.lines.append(line)
