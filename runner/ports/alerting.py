"""How somebody is told of an alert, and what is measured of the machine, as config.toml allows it.

Invariant: described here, implemented in `adapters`, put together in `runner.alarm`; a channel is told once for each call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One alert in a message."""

    id: str
    severity: str
    #: `new`, `again` or `over`
    news: str
    #: `IN DOUBT · Pay bills · Transfer`
    title: str
    what: str
    #: `100 times`; "" for one alone.
    count: str
    #: The first few; `…` at the end where there are more.
    runs: tuple[str, ...]
    where: str
    #: The cell that this is just now: `Dead letters!L7`; "" where it is not known.
    cell: str
    #: An address that opens the place; "" where there is none.
    link: str
    steps: tuple[str, ...]
    when: str
    raised: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one channel is told in one go."""

    #: The same for the same news, so that a repeat after a crash can be recognised.
    id: str
    #: At most 60 characters.
    subject: str
    #: The highest severity in it.
    severity: str
    workbook: str
    items: tuple[Item, ...]
    #: How many more there are than `items`.
    more: int
    #: What to do so that nothing is repeated.
    acknowledge: str
    now: datetime


class Channel(Protocol):
    """One way to reach somebody."""

    @property
    def name(self) -> str:
        """What it is called in sentences, and known by: `mail to ana@example.com`, `Slack (hooks.slack.com)`. Holds no secret."""

    def tell(self, message: Message, timeout: timedelta) -> None:
        """Hand it over. Raises `ActionFailed` or `ActionInDoubt`; a repeat harms nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """From one time of day to another nothing is said; over midnight where it ends before it begins."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """How alerts of one severity are told: one table [alerts.P0] of config.toml."""

    channels: Sequence[Channel] = ()
    repeat: timedelta = timedelta()
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk that a folder lies on."""

    #: What lies there: `the ledger`, `the workbook`.
    holds: str
    folder: str
    #: Bytes.
    free: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """Whom alerts are told, and when."""

    #: Severity → how it is told.
    levels: Mapping[str, Loudness] = field(default_factory=dict)
    #: The time of day of the daily digest, which P2 goes into.
    digest: time = time(8)
    disks: Callable[[], Sequence[Disk]] = tuple

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Name → channel, each once."""
        return {channel.name: channel for level in self.levels.values() for channel in level.channels}
