"""What the report is written from.

Invariant: read once; nothing here is asked for again while the report is composed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from runner.model import Ask, Contract, Row, Run
from runner.rules.kpi.score import Score
from runner.rules.kpi.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """One week of one workbook. Texts of runs and asks are masked already."""

    workbook: str
    ledger: str
    version: str
    week: Week
    zone: tzinfo
    now: datetime
    scores: Sequence[Score]
    #: Runs and questions that are open, or to which something happened in the week, archived ones too; no shadow runs.
    runs: Mapping[str, Run]
    asks: Sequence[Ask]
    #: Run → the contract that it started with.
    contracts: Mapping[str, Contract]
    #: How many runs there are in all.
    counted: int
    #: Run → when it first came to Dead letters.
    failures: Mapping[str, datetime]
    #: Ask → its row in the workbook.
    rows: Mapping[str, Row]
    #: Contract → what is said of its silence, its owner.
    silences: Mapping[str, tuple[str, str]]
    head: tuple[int, str]
    #: `[ai] budget` in words; "" for none.
    budget: str = ""
    #: Minutes that an answer to an approval, or to a dead letter, takes a person.
    minutes: tuple[float, float] = (2.0, 10.0)
    #: What could not be looked at.
    missing: str = ""
    #: Typed baselines, by KPI key.
    typed: frozenset[str] = field(default_factory=frozenset)

    def within(self, moment: datetime | None) -> bool:
        """Whether it was in this week."""
        return moment is not None and self.week.starts(self.zone) <= moment < self.week.ends(self.zone)

    def outcome(self, run: Run) -> datetime | None:
        """When the run first failed, else ended."""
        return self.failures.get(run.id) or run.ended
