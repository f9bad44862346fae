"""How often this disk can promise that something is written: the limit of every engine that waits for it.

Invariant: real fsyncs of a file that grows, one after the other, in the folder in which the engines keep their data.
"""

import os
import time
from pathlib import Path


def fsyncs_per_second(folder: Path, times: int = 300) -> float:
    """Append 4 KiB and fsync, again and again."""
    path, page = folder / "fsync.bin", os.urandom(4096)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        started = time.perf_counter()
        for _ in range(times):
            os.write(file, page)
            os.fsync(file)
        return times / (time.perf_counter() - started)
    finally:
        os.close(file)
        path.unlink()
