"""Finished letters in a folder beside the workbook: `business.reports/2026-W47.html`, `.txt`, `.xlsx`, and `.log`.

Invariant: a file has its name only once it is whole and on disk; what is read is what was kept, or it is a failure.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.folders import make_folder, sync_folder
from runner.errors import ActionFailed

#: What is noted of a letter's leaving; no part of it.
_LOG = "log"


@dataclass(frozen=True, slots=True)
class LetterFolder:
    """Implements `runner.ports.Letters` in `folder`, which is made when the first letter comes."""

    folder: Path

    @property
    def place(self) -> str:
        """The folder's name."""
        return self.folder.name

    def keep(self, name: str, parts: Mapping[str, bytes]) -> str:
        """Write every part, and take away what else has the name. Raises `ActionFailed`."""
        try:
            make_folder(self.folder)
            for other in self._parts(name).keys() - parts.keys():
                (self.folder / f"{name}.{other}").unlink()
            for ending, content in parts.items():
                self._write(f"{name}.{ending}", content)
            sync_folder(self.folder)
        except OSError as error:
            why = (error.strerror or "it cannot be written").lower()
            raise ActionFailed(f"{name} could not be put into the folder {self.folder}: {why}.") from None
        return _digest(parts)

    def begin(self, name: str, said: str) -> None:
        """A line more in `name.log`. Raises `ActionFailed`."""
        try:
            with (self.folder / f"{name}.{_LOG}").open("a", encoding="utf-8") as file:
                file.write(f"{said}\n")
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self.folder)
        except OSError as error:
            why = (error.strerror or "it cannot be written").lower()
            raise ActionFailed(f"The folder {self.folder} could not be written: {why}. Nothing was sent.") from None

    def begun(self, name: str) -> bool:
        """Whether it has a log."""
        return (self.folder / f"{name}.{_LOG}").exists()

    def digest(self, name: str) -> str:
        """Of what is there under that name; "" when nothing is, or it cannot be read."""
        try:
            parts = self._parts(name)
        except OSError:
            return ""
        return _digest(parts) if parts else ""

    def read(self, name: str, digest: str) -> Mapping[str, bytes]:
        """The parts as they were kept. Raises `ActionFailed` (permanent)."""
        try:
            parts = self._parts(name)
        except OSError as error:
            why = (error.strerror or "it cannot be opened").lower()
            raise ActionFailed(f"{name} in the folder {self.folder} could not be read: {why}.") from None
        if _digest(parts) != digest:
            raise ActionFailed(
                f"The report {name} in the folder {self.folder} is not the one that was written there: a file was changed or taken "
                "away. Nothing was sent. Put it back, then type RETRY.",
                permanent=True,
            )
        return parts

    def _parts(self, name: str) -> dict[str, bytes]:
        parts = {path.name[len(name) + 1 :]: path for path in self.folder.glob(f"{name}.*")}
        return {ending: path.read_bytes() for ending, path in parts.items() if ending != _LOG}

    def _write(self, name: str, content: bytes) -> None:
        temporary = self.folder / f".{name}.part"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / name)


def _digest(parts: Mapping[str, bytes]) -> str:
    """Of endings and contents."""
    lines = (f"{ending} {hashlib.sha256(content).hexdigest()}" for ending, content in sorted(parts.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
