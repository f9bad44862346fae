"""Servers that peers need beside their worker: a PostgreSQL cluster of our own, or the peer's own server.

Invariant: on loopback, on a free port, ended by its own id whatever happens.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.durability.envs import Missing, run

#: Seconds until a peer's own server must answer.
STARTS = 120


def free_port() -> int:
    """A port of loopback that nobody has at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def server(command: list[str], health: str, environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """The peer's own server, from the moment at which `health` answers."""
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + STARTS
        while not _answers(health):
            if process.poll() is not None or time.monotonic() > deadline:
                lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                raise Missing(f"its server did not start: {lines[-1][:160]}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A private cluster as it comes (fsync and synchronous_commit on), on a free port of loopback; yields its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        raise Missing("PostgreSQL is not installed (Debian: postgresql)")
    bin_, data = programs[-1].parent, folder / "postgres"
    data.mkdir(parents=True)
    owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses to run as root
    if owner:
        for path in (data, *data.parents):
            if path.stat().st_uid == 0 and path.is_relative_to(folder):
                path.chmod(0o755)
        shutil.chown(data, "postgres")
    port = free_port()
    cluster = str(data / "cluster")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    run("make a cluster", [*owner, str(bin_ / "initdb"), "-D", cluster, "-A", "trust", "-U", "bench"])
    start = [*owner, str(bin_ / "pg_ctl"), "-D", cluster, "-w", "-l", str(data / "log"), "-o", options, "start"]
    run("start PostgreSQL", start)
    try:
        yield f"postgresql://bench@127.0.0.1:{port}"
    finally:
        run("stop PostgreSQL", [*owner, str(bin_ / "pg_ctl"), "-D", cluster, "-m", "immediate", "stop"])
