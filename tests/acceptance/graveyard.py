"""Starts runners and kills them: the test's side of tests/acceptance/doomed.py.

Invariant: a runner that ends in a traceback, or does not end, is an error of the test that started it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

#: What a killed child ends with.
KILLED = -9


class Graveyard:
    """Runners one after the other; `close` ends it. One process for a test module, because starting Python takes long."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("doomed.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUTF8": "1"},
        )

    def run(self, folder: Path, *words: str, spot: str = "", after: float | None = None) -> int:
        """The command in the folder; its exit code, or `KILLED`. Dies at `spot`, or `after` seconds, unless it ends before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        task: dict[str, Any] = {"folder": str(folder), "words": words, "spot": spot, "after": after}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        ended = json.loads(self._process.stdout.readline())
        printed = (folder / "printed.txt").read_text(encoding="utf-8", errors="replace")
        assert not ended["hung"], f"the runner did not end by itself: {printed[-2000:]}"
        assert ended["code"] in (0, 1, KILLED), printed[-2000:]
        assert "Traceback" not in printed, printed[-4000:]
        return int(ended["code"])

    def close(self) -> None:
        """No more runners."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
