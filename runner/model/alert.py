"""What somebody should hear of: conditions that stand, and the alerts that were raised for them.

Invariant: texts in here hold no private value and no secret; they go into mails and to other companies' servers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: From the one that wakes people to the one that can wait until morning.
SEVERITIES = ("P0", "P1", "P2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that is not as it should be. Two with one key are one: 100 equal failures are one condition with a count."""

    #: Kind, contract, step and cause, without what differs from run to run.
    key: str
    severity: str
    #: In the owner's words: `dead letter`, `in doubt`, `disk nearly full`.
    kind: str
    #: What happened, in one sentence or two.
    what: str
    contract: str = ""
    step: str = ""
    #: What a subject has room for, where there is no contract.
    brief: str = ""
    #: The row to type into, by its name, or where to look. No address of a cell: rows move.
    where: str = ""
    #: The tab that `where` is in; "" for none.
    tab: str = ""
    #: The question that is answered there; "" for none.
    ask: str = ""
    #: What to do: lines of the SOP, or the mend.
    steps: tuple[str, ...] = ()
    count: int = 1
    #: The first few runs that it is about.
    runs: tuple[str, ...] = ()
    #: It happened and is over: there is nothing that could recover.
    passing: bool = False
    #: The channel that it is about, which is not told of it by itself.
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One condition from the moment it was seen until it is over, and who has been told."""

    #: `W-12`: the row in the tab Alerts.
    id: str
    condition: Condition
    raised: datetime
    #: When the condition was seen last, for one that is passing.
    again: datetime | None = None
    ended: datetime | None = None
    #: Somebody typed into `Seen` that they know: nothing is repeated any more.
    seen: bool = False
    #: Channel → when it last took the news; nothing stands here before it did.
    told: Mapping[str, datetime] = field(default_factory=dict)
    #: Channels that know that it is over.
    told_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A channel that takes nothing just now."""

    since: datetime
    tries: int
    #: When it is tried again.
    next: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBoard:
    """All alerts that stand, or ended lately, and what is known of the channels."""

    #: Oldest first.
    alerts: tuple[Alert, ...] = ()
    #: The highest number that was given.
    last: int = 0
    #: Up to this line of the audit trail every event has been looked at; None before the first look.
    line: int | None = None
    #: Channel → what is wrong with it.
    troubles: Mapping[str, Trouble] = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Alert, ...]:
        """Those whose condition still holds."""
        return tuple(alert for alert in self.alerts if alert.ended is None)
