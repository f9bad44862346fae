"""What a workbook file is at a moment: equal versions mean that nobody has written to it in between."""

import os
from pathlib import Path
from typing import TypeAlias

#: Inode, bytes, time of the last change in nanoseconds.
Version: TypeAlias = tuple[int, int, int]


def version_of(path: Path) -> Version:
    """One stat, links followed. Raises OSError."""
    return version_from(path.stat())


def version_from(status: os.stat_result) -> Version:
    """The version that a stat saw."""
    return status.st_ino, status.st_size, status.st_mtime_ns
