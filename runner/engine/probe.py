"""Once a day, beside the work: every connection and credential is tried as `rowpact doctor` would.

Invariant: no tick waits for it; the ledger is written by the thread that ticks and by no other. The first day is the doctor's.
"""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from runner.ports import Ledger, World
from runner.ports.checkup import Finding
from runner.rules.probes import Probes
from runner.values import dump, load

_NOTE = "probed"


def probed(ledger: Ledger) -> Sequence[Finding]:
    """What fails, or is about to expire, as of the last try."""
    kept = _kept(ledger)
    return kept.confirmed if kept else ()


def _kept(ledger: Ledger) -> Probes | None:
    text = ledger.note(_NOTE)
    return Probes.read(load(text)) if text else None


@dataclass(slots=True)
class Prober:
    """The tries of one process."""

    world: World
    #: What the try that is under way will find; None while none is.
    _findings: "queue.SimpleQueue[list[Finding]] | None" = None

    def look(self, now: datetime, patience: float = 0) -> bool:
        """Begin a try if it is time for one, and take what it found, after `patience` seconds at most. True: something is new."""
        if self.world.probe is None:
            return False
        ledger, kept = self.world.ledger, _kept(self.world.ledger)
        if kept is None:
            ledger.note(_NOTE, dump(Probes(at=now).facts))
            return False
        if self._findings is None and kept.due(now):
            self._begin()
        findings = self._taken(patience)
        if findings is None:
            return False
        redact = self.world.secrets.redact
        clean = [replace(each, says=redact(each.says), mend=redact(each.mend)) for each in findings]
        after = kept.after(clean, now)
        ledger.note(_NOTE, dump(after.facts))
        return after.confirmed != kept.confirmed

    def _begin(self) -> None:
        probe, self._findings = self.world.probe, queue.SimpleQueue()
        answers = self._findings

        def work() -> None:
            answers.put(probe() if probe else [])

        threading.Thread(target=work, name="daily probes", daemon=True).start()

    def _taken(self, patience: float) -> list[Finding] | None:
        if self._findings is None:
            return None
        try:
            found = self._findings.get(timeout=patience) if patience else self._findings.get_nowait()
        except queue.Empty:
            return None
        self._findings = None
        return found
