"""A computer whose clock, disk and breath a test controls: real runner processes that are frozen, woken, and told another time."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop

PLAIN = "from runner.cli import main; main()"
#: Freezes itself once, right after the line of this sort is on disk; the arguments of the command follow.
FREEZES_AFTER = """
import os, signal, sys
from adapters.ledgers.sql import SqlLedger
from runner.cli import main

word, real = sys.argv.pop(1), SqlLedger.record

def record(ledger, events):
    real(ledger, events)
    if any(event.kind == word for event in events):
        SqlLedger.record = real
        os.kill(os.getpid(), signal.SIGSTOP)

SqlLedger.record = record
main()
"""
#: Freezes itself once, when all that is to be written is known and nothing is written yet.
FREEZES_BEFORE_WRITING = """
import os, signal
from runner.cli import main
from runner.engine import write_back

real = write_back.merge

def merge(edits):
    write_back.merge = real
    os.kill(os.getpid(), signal.SIGSTOP)
    return real(edits)

write_back.merge = merge
main()
"""
#: Seconds that a test waits for what must come.
PATIENCE = 60


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for it, with patience but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.01)


@dataclass
class Computer:
    """Where the shop's runners live. Every process that was started is ended by `switch_off`."""

    shop: Shop
    clock: Path
    preload: str
    minute: int = field(default_factory=lambda: time.gmtime().tm_min)
    _processes: list[tuple[subprocess.Popen[bytes], threading.Thread]] = field(default_factory=list)
    _said: dict[int, bytearray] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """For commands that are to see this computer's time."""
        return {
            "LD_PRELOAD": self.preload,
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set_clock(self, *, hours: float = 0, seconds: float = 0) -> None:
        """So far from half past this hour, for every process, from now on: no hour ends in the middle of a test by chance."""
        seconds += (30 - self.minute) * 60
        new = self.clock.with_suffix(".new")
        new.write_text(f"{hours * 3600 + seconds:+.0f}", encoding="ascii")
        new.replace(self.clock)

    def start(self, *words: str, code: str = PLAIN) -> subprocess.Popen[bytes]:
        """The command as a process that goes on; `code` is what python runs."""
        environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **self.env}
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=self.shop.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        said = self._said[process.pid] = bytearray()
        listener = threading.Thread(target=_listen, args=(process, said), daemon=True)
        listener.start()
        self._processes.append((process, listener))
        return process

    def said(self, process: subprocess.Popen[bytes]) -> str:
        """What it has printed so far."""
        return self._said[process.pid].decode("utf-8", "replace")

    def run(self, *words: str, code: int | None = 0) -> str:
        """The command to its end."""
        return self.shop.run(*words, code=code, env=self.env)

    def freeze(self, process: subprocess.Popen[bytes]) -> None:
        """It does nothing more until `thaw`."""
        process.send_signal(signal.SIGSTOP)
        until(lambda: frozen(process), "the freeze")

    def thaw(self, process: subprocess.Popen[bytes]) -> None:
        """It goes on where it was."""
        process.send_signal(signal.SIGCONT)

    def limit_files(self, process: subprocess.Popen[bytes], size: int = resource.RLIM_INFINITY) -> None:
        """No file grows beyond this size by its hand: to it the disk is full."""
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def ended(self, process: subprocess.Popen[bytes]) -> str:
        """What it printed until its end."""
        process.wait(timeout=PATIENCE)
        next(listener for one, listener in self._processes if one is process).join(PATIENCE)
        printed = self.said(process)
        assert "Traceback" not in printed, printed
        return printed

    def stop(self, process: subprocess.Popen[bytes]) -> str:
        """Ctrl-C, and what it printed."""
        process.send_signal(signal.SIGINT)
        return self.ended(process)

    def switch_off(self) -> None:
        """End whatever still lives."""
        for process, listener in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait(timeout=PATIENCE)
            listener.join(PATIENCE)


def _listen(process: subprocess.Popen[bytes], said: bytearray) -> None:
    """Takes down what it prints. No file: a full disk must not silence it."""
    with process.stdout as stream:  # type: ignore[union-attr]
        while words := stream.read1():  # type: ignore[union-attr]
            said.extend(words)


def frozen(process: subprocess.Popen[bytes]) -> bool:
    """Whether the system calls it stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "T"


def faketime_library() -> str:
    """What makes a process believe another clock. Skips where the program faketime is missing."""
    if sys.platform != "linux" or not shutil.which("faketime"):
        pytest.skip("the program faketime is not installed")
    told = subprocess.run(["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True)
    # the one for programs with threads
    return told.stdout.strip().replace("libfaketime.so", "libfaketimeMT.so")
