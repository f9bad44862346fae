"""Who has a workbook open, told from the lock files that programs put beside it. They are only ever looked at, never deleted."""

import getpass
import os
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

#: Where Linux lists its processes.
PROCESSES = Path("/proc")


def holder(path: Path, *, processes: Path = PROCESSES) -> str:
    """A sentence that names who has the workbook open; "" when nobody has. Looks beside the path and beside what it links to."""
    places = dict.fromkeys((path.absolute(), path.resolve()))
    return next((sentence for place in places for sentence in _sentences(place, processes) if sentence), "")


def _sentences(path: Path, processes: Path) -> Iterable[str]:
    libre = path.with_name(f".~lock.{path.name}#")
    if (text := _content(libre)) is not None:
        yield _libre_office(path.name, libre.name, text.decode("utf-8", "replace"), processes)
    excel = path.with_name(f"~${path.name}")
    if (text := _content(excel)) is not None and not _left_over_on_windows(excel):
        yield _excel(path.name, excel.name, text)


def _content(lock: Path) -> bytes | None:
    """The lock file's bytes; None when there is none. One that may not be read is still a lock."""
    try:
        with lock.open("rb") as file:
            return file.read(4096)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def _libre_office(name: str, lock: str, text: str, processes: Path) -> str:
    """The lock is `name,login,host,date,profile;` with commas in a name as `\\,`."""
    fields = [field.replace("\\,", ",") for field in re.split(r"(?<!\\),", text.rstrip("; \n"))] + [""] * 4
    person, login, host, since = fields[:4]
    if _left_over(login, host, processes):
        return ""
    who = person or login or "Somebody"
    where = f" on the computer {host}" if host else ""
    when = f" since {since}" if since else ""
    return (
        f"{who} has {name} open in LibreOffice{where}{when}. Save and close it there. "
        f"If nobody has it open, delete the file {lock} beside it."
    )


def _left_over(login: str, host: str, processes: Path) -> bool:
    """A lock of our own login on this computer, where no LibreOffice runs: its program died.

    Only Linux lists processes as files; elsewhere, and for everybody else's locks, a lock counts.
    """
    if not host or host.partition(".")[0].casefold() != socket.gethostname().partition(".")[0].casefold() or login != _login():
        return False
    running = list(_running(processes))
    return bool(running) and not any(name.startswith(("soffice", "oosplash")) for name in running)


def _running(processes: Path) -> Iterable[str]:
    """Names of the processes that live; `stat` begins `pid (name) state`, and Z is one that is dead and not yet buried."""
    with suppress(OSError):
        for process in processes.iterdir():
            with suppress(OSError):  # it ended meanwhile
                if process.name.isdigit():
                    name, _, state = (process / "stat").read_text(errors="replace").partition("(")[2].rpartition(") ")
                    if not state.startswith("Z"):
                        yield name


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def _left_over_on_windows(lock: Path) -> bool:
    """On Windows a running Excel keeps its owner file to itself: one that can be opened for writing is left over."""
    if os.name != "nt":
        return False
    try:
        with lock.open("r+b"):
            return True
    except OSError:
        return False


def _excel(name: str, lock: str, data: bytes) -> str:
    """The owner file: one byte of length, the name in 8-bit letters, and again in UTF-16 after byte 55."""
    wide = data[55:]
    count = int.from_bytes(wide[:2], "little")
    person = wide[2 : 2 + 2 * count].decode("utf-16-le", "ignore").strip("\0 ")
    person = person or data[1 : 1 + (data[0] if data else 0)].decode("latin-1").strip("\0 ")
    return (
        f"{person or 'Somebody'} has {name} open in Excel. Save and close it there. "
        f"If nobody has it open, delete the file {lock} beside it."
    )
