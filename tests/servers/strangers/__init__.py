"""Servers of tools that others wrote, from npm and PyPI, in the versions that stand beside this file.

They are installed once, into a folder of the user's cache that is named by those versions; later sessions find them there.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NAMED = ("package.json", "package-lock.json", "requirements.txt")
PATIENCE = 240


class NotHere(Exception):
    """They cannot be had on this computer; why."""


@dataclass(frozen=True)
class Strangers:
    """The folder that they were installed into."""

    folder: Path

    def _of_npm(self, name: str) -> tuple[str, ...]:
        return ("node", str(self.folder / "node_modules/@modelcontextprotocol" / name / "dist/index.js"))

    @property
    def everything(self) -> tuple[str, ...]:
        """One of each kind of tool; `streamableHttp` behind it serves the web at the port in PORT."""
        return self._of_npm("server-everything")

    @property
    def everything_before(self) -> tuple[str, ...]:
        """The same a year earlier: other names, and no tool says what it may do."""
        return self._of_npm("server-everything-before")

    def files(self, folder: Path) -> tuple[str, ...]:
        """Reads and writes files in that folder."""
        return (*self._of_npm("server-filesystem"), str(folder))

    @property
    def memory(self) -> tuple[str, ...]:
        """Keeps notes in the file MEMORY_FILE_PATH."""
        return self._of_npm("server-memory")

    @property
    def clock(self) -> tuple[str, ...]:
        """The time elsewhere."""
        return (str(self.folder / "python/bin/mcp-server-time"),)

    def tapped(self, folder: Path, command: tuple[str, ...]) -> tuple[str, ...]:
        """The same behind a tap: in the folder stand `said`, a line for each thing that it was told, and `pid`."""
        return (sys.executable, "-P", str(HERE / "tapped.py"), str(folder), *command)


def table(name: str, command: tuple[str, ...], *tools: str, env: Mapping[str, str] | None = None) -> str:
    """[mcp.NAME] of config.toml."""
    more = "".join(f'"{key}" = {json.dumps(value)}, ' for key, value in (env or {}).items()).rstrip(", ")
    return f"[mcp.{name}]\ncommand = {json.dumps(command)}\ntools = {json.dumps(tools)}\nenv = {{ {more} }}\n"


def installed() -> Strangers:
    """The servers, installed when they are not there yet. Raises `NotHere`."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NotHere("node and npm are not installed (Debian: nodejs npm)")
    import fcntl

    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in NAMED) + sys.version.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rowpact-tests"
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / digest
    with (cache / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "whole").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            _install(place)
            (place / "whole").touch()
    return Strangers(place)


def _install(place: Path) -> None:
    for name in NAMED:
        shutil.copy(HERE / name, place)
    _run(place, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run(place, sys.executable, "-m", "venv", "python")
    _run(place, "python/bin/pip", "install", "-q", "-r", "requirements.txt")


def _run(place: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise NotHere(f"{' '.join(command[:2])} did not install the servers: {done.stderr.strip()[-300:]}")
