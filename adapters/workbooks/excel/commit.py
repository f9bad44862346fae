"""The new workbook takes the old one's place in one step: a kill or a full disk at any moment leaves one whole workbook there."""

import errno
import os
from contextlib import suppress
from pathlib import Path

from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.version import Version, version_from, version_of
from runner.errors import WorkbookBusy, WorkbookChanged

#: EFBIG and EDQUOT: the user's own limit is full, not the disk.
_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


def commit(package: Package, path: Path, expected: object) -> Version:
    """Write the package to a temporary file beside the workbook, then put it in its place; returns the new version.

    Raises `WorkbookChanged` when the workbook is no longer the expected version, and `WorkbookBusy` when the computer does not
    let us write now; the workbook is untouched then.
    """
    temporary = temporary_of(path)
    try:
        version = _write(package, temporary, path)
        refuse_changed(path, expected)
        temporary.replace(path)
    except OSError as error:
        raise WorkbookBusy(_why_not(path, error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return version


def temporary_of(path: Path) -> Path:
    """Where this process makes what is to take the workbook's place; `sweep` knows it when the process is gone."""
    return path.with_name(f"{_mark(path)}{os.getpid()}.tmp")


def refuse_changed(path: Path, expected: object) -> None:
    """Raise `WorkbookChanged` unless the file is still this version."""
    if version_of(path) != expected:
        message = f"{path.name} was changed by somebody else after Rowpact read it, so nothing was written. It is read again first."
        raise WorkbookChanged(message)


def refuse_locked(path: Path) -> None:
    """Raise `WorkbookBusy` for a workbook that its owner has marked read-only, though the folder would let us replace it."""
    if not path.stat().st_mode & 0o222:
        raise WorkbookBusy(f"{path.name} is marked read-only. Take the mark away in its properties: Rowpact tries again.")


def sweep(path: Path) -> None:
    """Delete temporary files that a killed writer left beside this workbook; those of others are not touched."""
    with suppress(OSError):
        for file in path.parent.iterdir():
            if file.name.startswith(_mark(path)) and file.suffix == ".tmp":
                file.unlink(missing_ok=True)


def _mark(path: Path) -> str:
    return f".{path.name}.rowpact-"


def _write(package: Package, temporary: Path, old: Path) -> Version:
    """The temporary file, on disk, with the old one's mode and owner. Its version outlives the renaming."""
    with temporary.open("wb") as file:
        status = old.stat()
        if hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)
        package.copy_to(file)
        file.flush()
        os.fsync(file.fileno())
        return version_from(os.fstat(file.fileno()))


def sync_folder(folder: Path) -> None:
    """Make the renaming itself last through a power cut, where the system can: Windows opens no folders."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _why_not(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"The disk is full, so {path.name} could not be written; it is as it was. Make room: Rowpact tries again."
    if error.errno == errno.EROFS:
        return f"{path.name} lies on a disk that can only be read. Move it to one that can be written: Rowpact tries again."
    if isinstance(error, PermissionError):
        return (
            f"{path.name} could not be written: a program has it open, or Rowpact may not write into {path.parent}. "
            "Close it there, or allow it: Rowpact tries again."
        )
    return f"{path.name} could not be written ({error.strerror or 'no reason given'}); it is as it was. Rowpact tries again."
