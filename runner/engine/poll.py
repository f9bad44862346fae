"""Ticks for ever: a heartbeat by `schedule`, while what is due is decided from what the ledger remembers.

Invariant: no error of one tick ends the loop, but for a ledger that has to be put back; it is said once, and once more when it is
over, and whoever is named for alerts hears of it. No clock makes it sleep longer than from one beat to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import schedule

from runner.engine.attend import EVERY, attempt, look_around
from runner.engine.probe import Prober
from runner.engine.pulse import Pulse
from runner.engine.seen import Seen
from runner.engine.tick import Report, tick
from runner.errors import LeaseHeld, LeaseLost, LedgerDamaged, RowpactError
from runner.ports import World


@dataclass(slots=True)
class Poller:
    """The loop of `rowpact run`."""

    world: World
    every: timedelta
    tick: Callable[[World, Seen], Report] = tick
    seen: Seen = field(default_factory=Seen)
    _trouble: str = ""
    _pulse: Pulse = field(init=False)
    _prober: Prober = field(init=False)
    #: When alerts were last looked at.
    _looked: datetime | None = None

    def __post_init__(self) -> None:
        self._pulse, self._prober = Pulse(self.world), Prober(self.world)

    def poll(self) -> None:
        """Until somebody stops the runner."""
        beat = self._beat()
        self.once()
        while not self.world.clock.stopped:
            if (beat.idle_seconds or 0) > self.every.total_seconds() + 1:  # the computer's clock was set back, or summer time ended
                beat = self._beat()
                self.once()
            beat.run_pending()
            self.world.clock.sleep(self._pause(beat.idle_seconds or 0))

    def _beat(self) -> schedule.Scheduler:
        beat = schedule.Scheduler()
        beat.every(max(1, round(self.every.total_seconds()))).seconds.do(self.once)
        return beat

    def _pause(self, until_beat: float) -> float:
        """Seconds to sleep: to the next beat, or to the moment at which something is due if that is sooner."""
        due = self.seen.next_due
        seconds = until_beat
        if due is not None:
            left = (due - self.world.clock.now()).total_seconds()
            if left <= 0:
                self.once()
                return 1.0
            seconds = min(until_beat, left)
        return max(0.05, seconds)

    def once(self) -> None:
        """One tick; what stops it is said, and tried again at the next."""
        try:
            report = attempt(self.tick, self.world, self.seen)
        except LedgerDamaged:
            raise  # whoever opened the ledger puts it back
        except RowpactError as error:
            if str(error) != self._trouble:
                self.world.say(f"Stopped for now: {error}")
            self._trouble = str(error)
            self.seen.ended = False  # whatever it was, only a whole tick shows that it is over
            if not isinstance(error, LeaseHeld | LeaseLost):  # somebody else works, and beats
                self._pulse.beat(str(error))
            return
        self._pulse.beat()
        self._attend(report)
        if self._trouble and not report.quiet:
            self.world.say("It works again.")
            self._trouble = ""

    def _attend(self, report: Report) -> None:
        """After a good tick: what goes wrong without anybody's doing is looked at from time to time."""
        now = self.world.clock.now()
        found = self._prober.look(now)
        if not report.quiet:
            self._looked = now
        elif found or self._looked is None or not timedelta() <= now - self._looked < EVERY:
            self._looked = now
            look_around(self.world, self.seen)
