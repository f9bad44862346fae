"""A tap on the pipe to a server: `tapped.py FOLDER COMMAND…` starts it and passes on what it is told.

In FOLDER: `said`, every line that the server was told; `pid`, the server's own process id, a line for each start.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

FOLDER = Path(sys.argv[1])


def ends_with(server: "subprocess.Popen[bytes]") -> None:
    server.wait()
    os._exit(server.returncode & 0xFF)


if __name__ == "__main__":
    server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE)
    assert server.stdin
    with (FOLDER / "pid").open("a") as pids:
        pids.write(f"{server.pid}\n")
    threading.Thread(target=ends_with, args=[server], daemon=True).start()
    with (FOLDER / "said").open("ab", buffering=0) as said:
        while line := sys.stdin.buffer.readline():
            server.stdin.write(line)
            server.stdin.flush()
            said.write(line)
    server.stdin.close()
    server.wait()
