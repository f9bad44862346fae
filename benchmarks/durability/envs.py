"""Makes what the peers need: a virtual environment each, from the package index, and a PostgreSQL cluster of our own.

Invariant: nothing outside the folder that is given is touched; an environment is used only once it is whole.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Missing(Exception):
    """Something that cannot be had here; the sentence says what and why."""


def python_with(packages: tuple[str, ...], folder: Path) -> Path:
    """The interpreter of an environment that holds these packages, made at the first call."""
    python = folder / "bin" / "python"
    whole = folder / "whole"
    if whole.exists() and whole.read_text() == "\n".join(packages):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run("make the environment", [sys.executable, "-m", "venv", str(folder)])
    _run(f"install {packages[0]}", [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
    whole.write_text("\n".join(packages))
    return python


def _run(what: str, command: list[str], seconds: float = 900) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"could not {what} within {seconds:.0f} s") from None
    if done.returncode:
        raise Missing(f"could not {what}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:160]}")


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = str(data / "cluster")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    _run("make a cluster", [*owner, str(bin_ / "initdb"), "-D", cluster, "-A", "trust", "-U", "bench"])
    start = [*owner, str(bin_ / "pg_ctl"), "-D", cluster, "-w", "-l", str(data / "log"), "-o", options, "start"]
    _run("start PostgreSQL", start)
    try:
        yield f"postgresql://bench@127.0.0.1:{port}"
    finally:
        _run("stop PostgreSQL", [*owner, str(bin_ / "pg_ctl"), "-D", cluster, "-m", "immediate", "stop"])
