"""A peer as a contender: a small program of ours that runs in the peer's own environment.

Invariant: the peer is used as its documentation says; `configured` says how, and why where it is not the default.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen

from benchmarks.durability.effect import Service
from benchmarks.durability.envs import Missing

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(slots=True, kw_only=True)
class Peer:
    """One peer in one configuration."""

    name: str
    title: str
    configured: str
    #: What pip installs, pinned.
    packages: tuple[str, ...]
    #: File in `programs`: work [KEY] | throughput RUNS, and prepare if `prepares`.
    program: str
    #: Environment variables of the program; {folder}, {place} (its name) and {postgres} are filled.
    variables: Mapping[str, str] = field(default_factory=dict)
    needs_postgres: bool = False
    #: The program has to be called with `prepare` before its first work.
    prepares: bool = False
    #: Seconds after which a run that does not move is taken to stand still.
    patience: float = 10
    #: Part of --runs that is enough to measure it; none: only kills are counted.
    share: float = 0.1
    killed: bool = True
    python: Path = field(default=Path(), init=False)
    postgres: str = field(default="", init=False)
    folder: Path = field(default=Path(), init=False)
    _environment: dict[str, str] = field(default_factory=dict, init=False)

    def prepare(self, folder: Path, service: Service | None) -> None:
        """Empty data in a new folder."""
        self.folder = folder
        filled = {
            name: text.format(folder=folder, place=folder.name, postgres=self.postgres) for name, text in self.variables.items()
        }
        self._environment = {**os.environ, **filled, **({"SERVICE": service.url} if service else {})}
        self._environment.pop("PYTHONPATH", None)
        if self.prepares:
            self._ask("prepare")

    def work(self, key: str = "") -> Popen[bytes]:
        """Its worker, as a process of its own."""
        words = [key] if key else []
        return Popen(self._command("work", *words), cwd=self.folder, env=self._environment, stdout=DEVNULL, stderr=DEVNULL)

    def in_doubt(self) -> set[str]:
        """None of them has a word for it."""
        return set()

    def throughput(self, runs: int) -> float:
        """Runs a second, after a warm-up, as the program takes it."""
        return float(json.loads(self._ask("throughput", str(runs)))["runs_s"])

    def _ask(self, *words: str) -> str:
        done = subprocess.run(
            self._command(*words), cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise Missing(f"{self.title} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:160]}")
        return (done.stdout.strip().splitlines() or [""])[-1]

    def _command(self, *words: str) -> list[str]:
        return [str(self.python), str(PROGRAMS / self.program), *words]
