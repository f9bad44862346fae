"""What every move is decided from besides the run: the same for all runs of one tick."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from runner.model import Book, Names
from runner.ports import Action
from runner.rules.pace import Pace
from runner.rules.spending import Purse


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every move is decided from besides the run: the same for all runs of one tick."""

    book: Book
    actions: Mapping[str, Action]
    now: datetime
    zone: tzinfo
    #: Workbook's identity: keys of different workbooks never meet at one service.
    workbook: str = ""
    pace: Pace = field(default_factory=Pace)
    purse: Purse = field(default_factory=Purse)
    #: Contracts that a circuit breaker has stopped, as their runs name them → the open question.
    stopped: Mapping[str, str] = field(default_factory=dict)
    #: Marks of texts by models that went into cells.
    texts: Collection[str] = ()
    names: dict[tuple[str, ...], Names] = field(default_factory=dict)
