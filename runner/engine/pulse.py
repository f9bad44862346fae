"""The heartbeat to a watchman elsewhere: after each good tick, at most once a minute, and at once when ticks begin to fail.

Invariant: beside the work: no tick waits for it, and nothing that goes wrong with it stops one; a failure is said once.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.errors import RowpactError
from runner.ports import World

EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Pulse:
    """The heartbeat of one process."""

    world: World
    _last: datetime | None = None
    _failing: bool = False
    _trouble: str = ""
    _call: threading.Thread | None = None

    def beat(self, failed: str = "") -> None:
        """A tick has ended well, or `failed`."""
        now = self.world.clock.now()
        lately = self._last is not None and timedelta() <= now - self._last < EVERY and self._failing == bool(failed)
        if self.world.heartbeat is None or lately or (self._call and self._call.is_alive()):
            return
        self._last, self._failing = now, bool(failed)
        self._call = threading.Thread(target=self._beat, args=(self.world.secrets.redact(failed),), name="heartbeat", daemon=True)
        self._call.start()

    def finish(self, seconds: float) -> None:
        """Before the process ends: wait so long for a call that is under way."""
        if self._call:
            self._call.join(seconds)

    def _beat(self, failed: str) -> None:
        try:
            if self.world.heartbeat:
                self.world.heartbeat(failed)
            trouble = ""
        except RowpactError as error:
            trouble = self.world.secrets.redact(str(error))
        if bool(trouble) != bool(self._trouble):
            self.world.say(f"The heartbeat does not arrive: {trouble}" if trouble else "The heartbeat arrives again.")
        self._trouble = trouble
