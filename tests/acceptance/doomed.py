"""A process that starts runners which die: each is forked from here, runs the real command line, and is killed at its moment.

One JSON line in: `{"folder": …, "words": ["run", "--once"], "spot": …, "after": …}`; one JSON line out: the exit code, negative for
a signal. The product has no hook for this: the public seams are wrapped in the child before the command line is called.

Invariant: SIGKILL only, so nothing in the child can clean up; only children of this process are killed, before they are reaped.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import adapters
import runner
from adapters.ledgers.sql import SqlLedger
from adapters.mailers.folder import FolderMailer
from adapters.mailers.smtp import SmtpMailer
from adapters.web import client
from adapters.web.connection import Connection
from adapters.workbooks.excel import ExcelWorkbook

#: Seconds after which a runner that was to live counts as hung.
LONGEST = 60.0


def _events(_ledger: SqlLedger, events: Sequence[Any]) -> list[str]:
    return [f"{event.kind}@{event.step}" for event in events]


#: Seam → (who has it, its name, what passes through it in words).
SEAMS: dict[str, tuple[Any, str, Callable[..., list[str]]]] = {
    "commit": (SqlLedger, "record", _events),
    "note": (SqlLedger, "note", lambda _ledger, name, value=None: [] if value is None else [name]),
    "wire": (Connection, "send", lambda _line, data: [bytes(data).decode("latin-1")]),
    "answer": (client, "exchange", lambda method, target, *_rest: [f"{method} {target.path}"]),
    "smtp": (SmtpMailer, "send", lambda *_all: ["mail"]),
    "folder": (FolderMailer, "send", lambda *_all: ["mail"]),
    "sheet": (ExcelWorkbook, "write", lambda book, *_rest: [book.name]),
    "replace": (os, "replace", lambda _old, new, **_more: [Path(new).name]),
    "sync": (os, "fsync", lambda _file: ["file"]),
}


def die_at(spot: str) -> None:
    """`commit|before|about to act@Pay|2`: die before the second commit in which such an event is; `after`: once it is through."""
    seam, when, what, passing = spot.split("|")
    owner, name, words = SEAMS[seam]
    real, left = getattr(owner, name), [int(passing)]

    def wrapped(*arguments: Any, **named: Any) -> Any:
        mine = any(what in word for word in words(*arguments, **named))
        left[0] -= mine
        if mine and left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        given = real(*arguments, **named)
        if mine and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return given

    setattr(owner, name, wrapped)


def import_all() -> None:
    """What runners import, once: forking is ten times faster than starting Python. Modules that need an extra may be missing."""
    for package in (runner, adapters):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name:
                with contextlib.suppress(ImportError):
                    importlib.import_module(module.name)


def serve() -> dict[str, Any] | None:
    """Fork a runner for each line; returns in the child what it is to do, and None when nobody asks any more."""
    for line in sys.stdin:
        task: dict[str, Any] = json.loads(line)
        lives, alive = os.pipe()
        child = os.fork()
        if not child:
            os.close(lives)
            return task
        os.close(alive)
        # the child's end of the pipe closes with it, however it ends
        after = task["after"]
        ended, _, _ = select.select([lives], [], [], LONGEST if after is None else after)
        if not ended:
            os.kill(child, signal.SIGKILL)
        os.close(lives)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "hung": not ended and after is None}), flush=True)
    return None


def live(task: dict[str, Any]) -> None:
    """Be the command line, in the folder, until it ends or is killed."""
    from runner.cli import main

    os.chdir(task["folder"])
    printed = os.open("printed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(printed, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["rowpact", *task["words"]]
    if task["spot"]:
        die_at(task["spot"])
    main()


if __name__ == "__main__":
    import_all()
    if (given := serve()) is not None:
        live(given)
