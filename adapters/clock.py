"""The computer's clock.

Invariant: this is the only place of the program that asks what time it is; everything else is told.
"""

import threading
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue


class SystemClock:
    """Real time, and sleep that `stop` ends. Implements `runner.ports.Clock`."""

    def __init__(self) -> None:
        self._stopped = False
        # Unlike threading.Event.set, SimpleQueue.put may interrupt itself: a signal handler cannot deadlock on it.
        self._bell: SimpleQueue[None] = SimpleQueue()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  # the one place that may

    def sleep(self, seconds: float) -> None:
        """Wait; returns at once when `stop` was or is called, from whatever thread or signal handler."""
        if self._stopped or seconds <= 0:
            return
        try:
            self._bell.get(timeout=min(seconds, threading.TIMEOUT_MAX))
        except Empty:
            return
        self._bell.put(None)  # for the next sleeper

    def stop(self) -> None:
        """End every sleep, now and later. May be called from a signal handler, and more than once."""
        self._stopped = True
        self._bell.put(None)


class StillClock:
    """A clock that stands at a moment until somebody sets it; sleep moves it on at once. For simulations and drills."""

    def __init__(self, moment: datetime) -> None:
        #: Aware, in UTC.
        self.moment = moment
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def now(self) -> datetime:
        """The moment at which it stands."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Be later."""
        self.moment += timedelta(seconds=max(0.0, seconds))

    def stop(self) -> None:
        """Ask to stop."""
        self._stopped = True
