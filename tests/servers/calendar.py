"""The calendar of mcp_calendar.py as a test sees it: how it is started, what was called, and what goes wrong there."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("mcp_calendar.py")


@dataclass
class Calendar:
    """Its folder; the server itself is started by whoever needs it."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        # -P: beside the program stands a file called http.py
        return (sys.executable, "-P", str(PROGRAM), str(self.folder))

    def table(self, *tools: str, more: str = "") -> str:
        """[mcp.calendar] of config.toml."""
        return f"[mcp.calendar]\ncommand = {json.dumps(self.command)}\ntools = {json.dumps(tools)}\n{more}\n"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call that reached it: `tool`, `args`, `pid`."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def starts(self) -> list[int]:
        """The process id of each start."""
        file = self.folder / "starts"
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def running(self) -> list[int]:
        """The started processes that are still there."""
        return [pid for pid in self.starts if _lives(pid)]

    def now(self, fault: str, *, over: bool = False) -> None:
        """From now on, or no longer: `hang`, `die`, `slow`."""
        (self.folder / fault).unlink() if over else (self.folder / fault).touch()

    def say(self, words: str) -> None:
        """What add_event is said to do."""
        (self.folder / "words").write_text(words)

    def serve(self) -> "subprocess.Popen[bytes]":
        """Start it as a web server; its address is `url`."""
        process = subprocess.Popen([*self.command, "http"])
        for _ in range(600):
            if (self.folder / "port").exists():
                return process
            time.sleep(0.1)
        process.kill()
        raise AssertionError("the calendar did not start")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/mcp"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
