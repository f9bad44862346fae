"""Folders that Rowpact writes into: tried with a file that has no name, or has gone again when the answer is here."""

import tempfile
from pathlib import Path

from runner.ports.checkup import Finding, problem


def writable(what: str, folder: Path, key: str) -> Finding:
    """Whether a file can be made there; for a folder that Rowpact would make first, in the one that it would stand in.

    `key`: where config.toml names it, for the mend.
    """
    standing = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not standing.is_dir():
        return problem(what, f"{standing} is a file, not a folder.", f"Move it away, or name another folder in config.toml {key}.")
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        reason = (error.strerror or "refused").lower()
        mend = f"Allow writing there, or name another folder in config.toml {key}."
        return problem(what, f"{folder}: nothing can be written there: {reason}.", mend)
    return Finding(
        what=what, says=f"{folder}, can be written" if standing == folder else f"{folder} will be made when it is needed"
    )


def present(what: str, folder: Path, key: str) -> Finding:
    """As `writable`, for a folder that Rowpact does not make by itself."""
    if not folder.exists():
        return problem(what, f"There is no folder {folder}.", f"Make it, or correct config.toml {key}.")
    return writable(what, folder, key)
