"""Which process holds, or held, a workbook, and whether it still lives.

Invariant: a process that still lives is never judged dead.
"""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """A process on some machine; written `host:pid:token`."""

    host: str
    pid: int
    #: Tells two processes apart that had one number at different times; "" where the system cannot say.
    token: str

    @classmethod
    def here(cls) -> "Holder":
        """This process."""
        return cls(socket.gethostname(), os.getpid(), start_token(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> "Holder | None":
        """The holder that was written so; None for any other text."""
        host, _, rest = text.partition(":")
        pid, _, token = rest.partition(":")
        return cls(host, int(pid), token) if pid.isdecimal() and int(pid) > 0 else None

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.token}"

    @property
    def named(self) -> str:
        """As a sentence calls it."""
        return f"process {self.pid} on {self.host}"

    @property
    def dead(self) -> bool:
        """Whether it is certain that this process is no more. False on doubt: its lease ends by itself soon enough."""
        # Windows: signal 0 would reach the process there, so nobody is asked.
        if self.host != socket.gethostname() or sys.platform == "win32":
            return False
        namespace, _, _ = self.token.partition("-")
        if namespace != _namespace():  # a container with this host's name has process numbers of its own
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (PermissionError, OverflowError):
            pass
        token = start_token(self.pid)
        return bool(token) and token != self.token


def start_token(pid: int) -> str:
    """`<process namespace>-<start in clock ticks>` on Linux, "" elsewhere or when it is not to be seen; `…-ended` for a zombie."""
    try:
        # The name in parentheses may itself hold blanks and parentheses: the fields start after the last one.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return f"{_namespace()}-{'ended' if fields[0] in 'ZX' else fields[19]}"
    except (OSError, IndexError):
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return ""
