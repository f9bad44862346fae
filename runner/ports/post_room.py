"""What the weekly report leaves by: to whom it goes, when, and where finished letters are kept.

Invariant: a letter is on disk, whole, before anybody is told that it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Protocol

from runner.values import Value


class Letters(Protocol):
    """The folder of finished letters: the owner's archive, and what a letter is sent from, however often that is tried."""

    @property
    def place(self) -> str:
        """What to call it in sentences: `business.reports`."""

    def keep(self, name: str, parts: Mapping[str, bytes]) -> str:
        """Put `name.html`, `name.txt`, … there, over what was there; returns a digest of all of it. Raises `ActionFailed`."""

    def digest(self, name: str) -> str:
        """The digest of what is there under that name; "" when nothing is."""

    def begin(self, name: str, said: str) -> None:
        """Note, on disk, that it is about to leave. Raises `ActionFailed`."""

    def begun(self, name: str) -> bool:
        """Whether that was ever noted: the folder remembers what a ledger that was put back from a copy does not."""

    def read(self, name: str, digest: str) -> Mapping[str, bytes]:
        """Ending → content, exactly as it was kept. Raises `ActionFailed` when it is not there or not the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRoom:
    """`[report]` of config.toml."""

    #: Nobody is written to until somebody stands here.
    to: tuple[str, ...] = ()
    #: Monday is 0.
    weekday: int = 0
    at: time = time(8)
    letters: Letters
    #: The workbook's address, where it has one that a browser opens.
    link: str = ""
    #: Audit lines, each in the order of the tab's columns → the bytes of a workbook.
    as_workbook: Callable[[Sequence[Sequence[Value]]], bytes]
