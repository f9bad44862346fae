"""What a disk would hold after a power cut: the system calls of a real process, recorded by strace, and played up to any moment.

A write lasts once its file was synced, a new name once its folder was. A disk may also keep more than it must: names at once, data
late, which is what makes an unsynced file that was renamed come back empty.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

_CALLS = (
    "open,openat,creat,close,read,write,writev,pwrite64,pwritev,pwritev2,lseek,fsync,fdatasync,sync_file_range,ftruncate,truncate,"
    "fallocate,sendfile,copy_file_range,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "dup,dup2,dup3,fcntl,sendto,sendmsg,socket,epoll_create1"
)
#: Texts as hexadecimal and never cut short, and no word of signals.
_WHOLE = ("-xx", "-s", "10000000", "-e", "signal=none")
#: What would change a file in a way that is not played here.
_UNKNOWN = ("sendfile", "copy_file_range", "fallocate", "pwritev", "pwritev2", "truncate", "link", "linkat", "symlink")
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_HALF = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>")
_REST = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


class Call(NamedTuple):
    """One system call that succeeded: its name, its arguments as strace writes them, its texts, and what it returned."""

    name: str
    arguments: str
    texts: tuple[bytes, ...]
    result: int

    @property
    def first(self) -> int:
        """The first argument, as a number."""
        return int(self.arguments.split(",", maxsplit=1)[0])


def record(command: Sequence[str], cwd: Path, log: Path) -> list[Call]:
    """Run the command under strace; its calls, in order. Skips where strace is missing or not allowed to look."""
    if sys.platform != "linux" or not shutil.which("strace"):
        pytest.skip("the program strace is not installed")
    if subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may not look at other processes here")
    traced = [
        "strace",
        "-f",
        "-qq",
        "-xx",
        "-s",
        "10000000",
        "-e",
        f"trace={_CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(log),
        *command,
    ]
    done = subprocess.run(traced, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return list(_calls(log))


def _calls(log: Path) -> Iterator[Call]:
    halves: dict[tuple[str, str], str] = {}
    for line in log.read_text(encoding="ascii").splitlines():
        if half := _HALF.fullmatch(line):
            halves[half[1], half[2]] = half[3]
            continue
        if rest := _REST.match(line):
            name, arguments, result = rest[2], halves.pop((rest[1], rest[2])) + rest[3], rest[4]
        elif whole := _LINE.match(line):
            name, arguments, result = whole[2], whole[3], whole[4]
        else:
            continue
        if result != "?" and int(result) >= 0:
            texts = _TEXT.findall(arguments)
            assert not any(cut for _, cut in texts), "strace did not write down all of it"
            yield Call(name, arguments, tuple(bytes.fromhex(text.replace("\\x", "")) for text, _ in texts), int(result))


@dataclass(eq=False)
class _File:
    """One file's content: as programs see it, and as it is on disk for certain."""

    seen: bytearray = field(default_factory=bytearray)
    kept: bytes = b""


@dataclass
class _Opened:
    file: _File | None
    folder: str = ""
    at: int = 0
    appends: bool = False


class Disk:
    """One folder, played call by call. Nothing that would change it may go by unnoticed: an unknown call fails."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        #: Name → file, None for a folder; as programs see it, and as it is on disk for certain.
        self._names: dict[str, _File | None] = {self._root: None}
        self._handles: dict[int, _Opened] = {}
        for path in root.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            self._names[str(path)] = _File(bytearray(content), content) if path.is_file() else None
        self._kept = dict(self._names)

    def play(self, call: Call) -> None:
        """The next call."""
        act = getattr(self, f"_{call.name}", None)
        if act is not None:
            act(call)
        elif call.name in (
            "sendfile",
            "copy_file_range",
            "fallocate",
            "pwritev",
            "pwritev2",
            "truncate",
            "link",
            "linkat",
            "symlink",
        ):
            numbers = {int(number) for number in re.findall(r"(?:^|, )(\d+)", call.arguments)[:2]}
            assert not numbers & self._handles.keys(), f"this model of a disk does not know {call.name}"

    def after_a_cut(self, *, names_at_once: bool) -> dict[str, bytes | None]:
        """Name within the folder → content (None: a folder), as a disk may hold it."""
        names = self._names if names_at_once else self._kept
        there = {name: file for name, file in names.items() if self._has_its_folder(name, names)}
        return {
            os.path.relpath(name, self._root): file.kept if file else None for name, file in there.items() if name != self._root
        }

    def now(self) -> dict[str, bytes | None]:
        """The same, as programs see it at this moment."""
        found = self._names.items()
        return {os.path.relpath(name, self._root): bytes(file.seen) if file else None for name, file in found if name != self._root}

    def _has_its_folder(self, name: str, names: dict[str, _File | None]) -> bool:
        return name == self._root or (_folder(name) in names and self._has_its_folder(_folder(name), names))

    # -------------------------------------------------------------------------------------------------------- names

    def _path(self, text: bytes) -> str:
        return os.path.normpath(Path(self._root, os.fsdecode(text)))

    def _ours(self, path: str) -> bool:
        return path == self._root or path.startswith(self._root + os.sep)

    def _openat(self, call: Call) -> None:
        path = self._path(call.texts[0])
        self._handles.pop(call.result, None)
        if not self._ours(path):
            return
        if path in self._names and self._names[path] is None:
            self._handles[call.result] = _Opened(None, folder=path)
            return
        file = self._names.get(path)
        if file is None:
            assert "O_CREAT" in call.arguments, path
            file = self._names[path] = _File()
        if "O_TRUNC" in call.arguments:
            file.seen.clear()
        self._handles[call.result] = _Opened(file, appends="O_APPEND" in call.arguments)

    _open_ = _openat

    _open = _creat = _openat

    def _rename(self, call: Call) -> None:
        old, new = self._path(call.texts[0]), self._path(call.texts[1])
        if self._ours(new):
            self._names[new] = self._names.pop(old)

    _renameat = _renameat2 = _rename

    def _unlink(self, call: Call) -> None:
        self._names.pop(self._path(call.texts[0]), None)

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, call: Call) -> None:
        path = self._path(call.texts[0])
        if self._ours(path):
            self._names[path] = None

    _mkdirat = _mkdir

    # --------------------------------------------------------------------------------------------------------- data

    def _close(self, call: Call) -> None:
        self._handles.pop(call.first, None)

    def _socket(self, call: Call) -> None:
        self._handles.pop(call.result, None)

    _epoll_create1 = _socket

    def _dup(self, call: Call) -> None:
        self._handles.pop(call.result, None)
        if call.first in self._handles:
            self._handles[call.result] = self._handles[call.first]

    _dup2 = _dup3 = _dup

    def _fcntl(self, call: Call) -> None:
        if "F_DUPFD" in call.arguments:
            self._dup(call)

    def _read(self, call: Call) -> None:
        if opened := self._handles.get(call.first):
            opened.at += call.result

    def _lseek(self, call: Call) -> None:
        if opened := self._handles.get(call.first):
            opened.at = call.result

    def _write(self, call: Call) -> None:
        opened = self._handles.get(call.first)
        if opened and opened.file:
            at = len(opened.file.seen) if opened.appends else opened.at
            self._put(opened.file, at, b"".join(call.texts)[: call.result])
            opened.at = at + call.result

    _writev = _write

    def _pwrite64(self, call: Call) -> None:
        opened = self._handles.get(call.first)
        if opened and opened.file:
            self._put(opened.file, int(call.arguments.rpartition(",")[2]), call.texts[0][: call.result])

    def _put(self, file: _File, at: int, data: bytes) -> None:
        file.seen.extend(bytes(max(0, at - len(file.seen))))
        file.seen[at : at + len(data)] = data

    def _ftruncate(self, call: Call) -> None:
        opened = self._handles.get(call.first)
        if opened and opened.file:
            size = int(call.arguments.rpartition(",")[2])
            file = opened.file
            file.seen.extend(bytes(max(0, size - len(file.seen))))
            del file.seen[size:]

    def _fsync(self, call: Call) -> None:
        opened = self._handles.get(call.first)
        if opened and opened.file:
            opened.file.kept = bytes(opened.file.seen)
        elif opened:
            self._sync_folder(opened.folder)

    _fdatasync = _fsync

    def _sync_folder(self, folder: str) -> None:
        for names in (self._kept, self._names):
            for name in [name for name in names if _folder(name) == folder]:
                if name in self._names:
                    self._kept[name] = self._names[name]
                else:
                    self._kept.pop(name, None)


def _folder(name: str) -> str:
    return name.rpartition(os.sep)[0]


def lay_down(content: dict[str, bytes | None], folder: Path) -> None:
    """Make these files in an empty folder. What SQLite only shares between living processes does not outlive them."""
    for name, data in sorted(content.items()):
        if data is None:
            (folder / name).mkdir(parents=True, exist_ok=True)
        elif not name.endswith("-shm"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
