"""A person who has the workbook open in a real LibreOffice, and does what a test says."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

_DESK = Path(__file__).with_name("libre_office_desk.py")


@cache
def python_with_uno() -> str:
    """The system's Python that can talk to LibreOffice; skips the test where there is none."""
    soffice, python = shutil.which("soffice"), shutil.which("python3", path="/usr/bin")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    if python is None or subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode:
        pytest.skip("python3-uno is not installed")
    return python


class LibreOffice:
    """One LibreOffice without a window, and its owner. `folder` holds its profile."""

    def __init__(self, path: Path, folder: Path) -> None:
        python = python_with_uno()
        pipe = f"rowpact{time.monotonic_ns()}"
        profile = f"-env:UserInstallation={(folder / 'libre-office').as_uri()}"
        office = ["soffice", profile, "--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
        self._office = subprocess.Popen(office, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self._desk = subprocess.Popen(
            [python, str(_DESK), pipe, path.as_uri()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.lock = path.with_name(f".~lock.{path.name}#")

    def does(self, doing: str, *words: str) -> str:
        """`open`, `type` (tab, cell, text), `insert_column` (tab, before), `save`, `save_over`, `close`; `done`, or why not."""
        assert self._desk.stdin
        assert self._desk.stdout
        self._desk.stdin.write("\t".join((doing, *words)) + "\n")
        self._desk.stdin.flush()
        return self._desk.stdout.readline().strip()

    def end(self) -> None:
        """The computer is switched off: LibreOffice has no time to tidy up."""
        self._desk.kill()
        self._desk.wait(10)
        for stream in (self._desk.stdin, self._desk.stdout):
            with suppress(BrokenPipeError):
                stream.close()  # type: ignore[union-attr]
        with suppress(ProcessLookupError):
            os.killpg(self._office.pid, signal.SIGKILL)
        self._office.wait(10)
