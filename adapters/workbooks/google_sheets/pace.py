"""Counts calls, and holds them back before Google would: 60 reads and 60 writes in a minute for each account.

Invariant: in no minute do more calls leave than Google takes; what was counted can be told.
"""

from collections import deque
from datetime import datetime, timedelta

from runner.ports import Clock

PER_MINUTE = 60
_MINUTE = timedelta(minutes=1)


class Pace:
    """The calls of the last minute, reads and writes apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls = {kind: deque[datetime]() for kind in ("read", "write")}

    def take(self, kind: str) -> None:
        """One more `read` or `write`; waits while the minute is full."""
        calls = self._calls[kind]
        for _ in range(PER_MINUTE):
            self._forget(kind)
            if len(calls) < PER_MINUTE or self._clock.stopped:
                break
            self._clock.sleep(max(0.1, (calls[0] + _MINUTE - self._clock.now()).total_seconds()))
        calls.append(self._clock.now())

    def told(self) -> str:
        """`12 reads and 1 write in the last minute, of 60 each`."""
        counts = []
        for kind, calls in self._calls.items():
            self._forget(kind)
            counts.append(f"{len(calls)} {kind}{'s' * (len(calls) != 1)}")
        return f"{' and '.join(counts)} in the last minute, of {PER_MINUTE} each"

    def _forget(self, kind: str) -> None:
        calls, now = self._calls[kind], self._clock.now()
        while calls and calls[0] + _MINUTE <= now:
            calls.popleft()
