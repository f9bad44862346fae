"""Installs each peer in a virtual environment of its own, from the package index.

Invariant: nothing outside the folder that is given is touched; an environment is used only once it is whole.
"""

import shutil
import subprocess
import sys
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
    run("make the environment", [sys.executable, "-m", "venv", str(folder)])
    run(f"install {packages[0]}", [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
    whole.write_text("\n".join(packages))
    return python


def run(what: str, command: list[str], seconds: float = 900) -> None:
    """Do it, or say why it cannot be done."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"could not {what} within {seconds:.0f} s") from None
    if done.returncode:
        raise Missing(f"could not {what}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:160]}")
