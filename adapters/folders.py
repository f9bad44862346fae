"""Folders whose names outlast a power cut: what is new in a folder is there for good only once that folder was synced.

Invariant: when `make_folder` returns, the folder and every folder that had to be made above it are on disk.
"""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make it, with those above it. Raises OSError."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def sync_folder(folder: Path) -> None:
    """Make what was made, renamed or deleted in it last; does nothing on Windows, which opens no folders. Raises OSError."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
