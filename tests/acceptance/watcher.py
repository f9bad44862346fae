"""A `rowpact run` that goes on and on beside the test, and what it says."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

#: Seconds that a test waits for what must come.
PATIENCE = 60


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for it, with patience but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


class Watcher:
    """The poller as a process of its own; looks every second."""

    def __init__(self, folder: Path, before: Callable[[], object] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from runner.cli import main; main()", "run"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "ROWPACT_RUNNER_POLL": "1s"},
            preexec_fn=before,  # noqa: PLW1509 - it only lays rights down, and no thread runs yet
        )
        self.lines: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with self._process.stdout as stream:  # type: ignore[union-attr]
            self.lines += iter(stream.readline, "")

    def says(self, *words: str) -> None:
        """Wait until a new line holds all of these words; what was said before it is heard only once."""
        found: list[int] = []

        def heard() -> bool:
            assert self._process.poll() is None, self.lines
            found[:] = [at for at, line in enumerate(self.lines) if all(word in line for word in words)][:1]
            return bool(found)

        until(heard, f"{words} in {self.lines}")
        del self.lines[: found[0] + 1]

    def stop(self) -> None:
        """Ctrl-C; it must end well."""
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(PATIENCE) == 0, self.lines
        self._listener.join(PATIENCE)
        assert not [line for line in self.lines if "Traceback" in line], self.lines

    def end(self) -> None:
        """Whatever happened, it ends."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
