"""Kills a worker again and again in the middle of its side effect, and counts what became of each run.

Invariant: the kill falls after the service has counted the effect and before it has answered; what is counted is what the service
saw, never what an engine says of itself, except that a run is called in doubt only if its engine names it so.
"""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty
from subprocess import Popen, TimeoutExpired
from typing import Protocol

from benchmarks.durability.effect import Service

#: Seconds until the side effect of a run must have begun; to start alone takes n8n a minute on a busy machine.
BEGINS = 180


class Worked(Protocol):
    """An engine that can be killed."""

    def work(self, key: str = "") -> Popen[bytes]:
        """Start its worker, as its documentation says to; with a key, a new run is handed in too. It leads its process group."""

    def in_doubt(self) -> set[str]:
        """The runs of which it says by itself that it does not know what happened, and waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the runs that were killed; each stands in one of the last four."""

    kills: int
    #: The effect happened more than once.
    duplicates: int
    #: Not ended, and nobody is told: the run stands still for good.
    losses: int
    #: Not ended; its engine names it and asks a person.
    in_doubt: int
    #: Ended with exactly one effect, and nobody was asked.
    settled: int


def kill_again_and_again(engine: Worked, service: Service, kills: int, patience: float) -> Tally:
    """`kills` new runs, each killed in its effect; the next start recovers it, as well as the engine can. Then a last, quiet one.

    `patience`: seconds for which the last worker may stand still before what it has not ended counts as not going on.
    """
    keys = [f"run-{number:03d}" for number in range(1, kills + 1)]
    for key in keys:
        worker = engine.work(key)
        _until_counted(service, key, worker)
        _kill(worker)
    service.answering.set()
    _finish(engine, service, keys, patience)
    return _tally(service, keys, engine.in_doubt())


def _kill(worker: Popen[bytes]) -> None:
    """With whatever it has started."""
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)


def _until_counted(service: Service, key: str, worker: Popen[bytes]) -> None:
    deadline = time.monotonic() + BEGINS
    while time.monotonic() < deadline:
        try:
            if service.counted.get(timeout=0.5) == key:
                return
        except Empty:
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended by itself (code {worker.returncode}) before the effect of {key}") from None
    _kill(worker)
    raise RuntimeError(f"the effect of {key} did not begin within {BEGINS} s")


def _finish(engine: Worked, service: Service, keys: list[str], patience: float) -> None:
    """A worker that nobody kills, until all has ended, it stops by itself, or nothing has moved for `patience` seconds."""
    worker = engine.work()
    seen, moved = -1, time.monotonic()
    while worker.poll() is None and time.monotonic() - moved < patience and not service.ended.issuperset(keys):
        now_seen = len(service.ended) + service.charged.total()
        if now_seen != seen:
            seen, moved = now_seen, time.monotonic()
        time.sleep(0.05)
    worker.terminate()
    with suppress(TimeoutExpired):
        worker.wait(30)
    _kill(worker)


def _tally(service: Service, keys: list[str], doubted: set[str]) -> Tally:
    twice = {key for key in keys if service.charged[key] > 1}
    open_ = {key for key in keys if key not in service.ended}
    doubt = (open_ & doubted) - twice
    return Tally(
        kills=len(keys),
        duplicates=len(twice),
        losses=len(open_ - doubt - twice),
        in_doubt=len(doubt),
        settled=sum(service.charged[key] == 1 and key in service.ended for key in keys),
    )
