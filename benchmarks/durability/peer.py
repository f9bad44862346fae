"""A peer as a contender: a small program of ours that runs in the peer's own environment.

Invariant: the peer is used as its documentation says; `configured` says how, and why where it is not the default.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen

from benchmarks.durability.beside import free_port, postgres, server
from benchmarks.durability.effect import Service
from benchmarks.durability.envs import Missing, python_with
from benchmarks.durability.table import Rate

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(slots=True, kw_only=True)
class Peer:
    """One peer in one configuration."""

    name: str
    title: str
    configured: str
    #: What pip installs, pinned.
    packages: tuple[str, ...]
    #: What npm installs beside that, pinned, and what of its dependencies has to be compiled.
    npm: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    #: File in `programs`: work [KEY] | throughput RUNS, prepare if `prepares`, doubts if `doubts`, and serve if it has a server.
    program: str
    #: Environment variables of the program; {folder}, {place} (its name), {postgres} and {port} (of its server) are filled.
    variables: Mapping[str, str] = field(default_factory=dict)
    needs_postgres: bool = False
    #: Where its own server answers once it is ready; "" if it has none.
    health: str = ""
    #: The program has to be called with `prepare` before its first work.
    prepares: bool = False
    #: It has a word for runs that were cut off, and tells a person; the program prints the keys of those.
    doubts: bool = False
    #: Seconds after which a run that does not move is taken to stand still.
    patience: float = 10
    #: Part of --runs that is enough to measure it; none: only kills are counted.
    share: float = 0.1
    killed: bool = True
    #: Where each start takes long, fewer kills have to do; 0: as many as are asked for.
    kills_at_most: int = 0
    python: Path = field(default=Path(), init=False)
    _postgres: str = field(default="", init=False)
    _port: int = field(default=0, init=False)
    folder: Path = field(default=Path(), init=False)
    _environment: dict[str, str] = field(default_factory=dict, init=False)

    def install(self, envs: Path) -> None:
        """In a folder of its own there, at the first call."""
        name = (self.npm or self.packages)[0].partition("@" if self.npm else "=")[0]
        self.python = python_with(self.packages, envs / name, self.npm, self.compiled)

    @contextmanager
    def beside(self, folder: Path) -> Iterator[None]:
        """What has to run beside its worker, and is not killed."""
        with ExitStack() as stack:
            if self.needs_postgres:
                self._postgres = stack.enter_context(postgres(folder))
            if self.health:
                self._port = free_port()
                self._fill(folder, None)
                health = self.health.format(port=self._port)
                stack.enter_context(server(self._command("serve"), health, self._environment, folder))
            yield

    def prepare(self, folder: Path, service: Service | None) -> None:
        """Empty data in a new folder."""
        self._fill(folder, service)
        if self.prepares:
            self._ask("prepare")

    def _fill(self, folder: Path, service: Service | None) -> None:
        self.folder = folder
        places = {"folder": folder, "place": folder.name, "postgres": self._postgres, "port": self._port}
        filled = {name: text.format(**places) for name, text in self.variables.items()}
        self._environment = {**os.environ, **filled, **({"SERVICE": service.url} if service else {})}
        self._environment.pop("PYTHONPATH", None)

    def work(self, key: str = "") -> Popen[bytes]:
        """Its worker, as a process of its own."""
        command = self._command("work", *filter(None, [key]))
        return Popen(command, cwd=self.folder, env=self._environment, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)

    def in_doubt(self) -> set[str]:
        """Most of them have no word for it."""
        return set(self._ask("doubts").split()) if self.doubts else set()

    def throughput(self, runs: int) -> Rate:
        """Runs a second, after a warm-up, as the program takes it."""
        return Rate(**json.loads(self._ask("throughput", str(runs))))

    def _ask(self, *words: str) -> str:
        done = subprocess.run(
            self._command(*words), cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise Missing(f"{self.title} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:160]}")
        return (done.stdout.strip().splitlines() or [""])[-1]

    def _command(self, *words: str) -> list[str]:
        return [str(self.python), str(PROGRAMS / self.program), *words]
