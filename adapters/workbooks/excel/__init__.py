"""Excel workbooks: read by calamine, written by patching only our own cells inside the file's parts."""

from collections.abc import Sequence
from pathlib import Path

from adapters.workbooks.excel.commit import commit, refuse_changed, refuse_locked, sweep
from adapters.workbooks.excel.locks import holder
from adapters.workbooks.excel.package import BadPackage, Package
from adapters.workbooks.excel.patch import patch
from adapters.workbooks.excel.read import read, why_not_opened
from adapters.workbooks.excel.version import Version, version_of
from runner.errors import WorkbookBusy, WorkbookUnreadable
from runner.model import Problem, RowEdit, Snapshot, TabEdit
from runner.ports import Clock


class ExcelWorkbook:
    """One `.xlsx` or `.xlsm` file that people edit at any time; implements `runner.ports.Workbook`.

    `key`: names it in idempotency keys; the file's name when there is none.
    """

    def __init__(self, path: Path, *, clock: Clock, key: str = "") -> None:
        self.name, self.key = path.name, key or path.name
        self._path, self._clock = path, clock
        #: What the last write had to leave out, with its place and the mend; everything else of it was written.
        self.refused: list[Problem] = []
        self.facts: dict[str, str] = {}

    def version(self) -> Version:
        """Inode, size and time of change, by one stat. Raises `WorkbookUnreadable` when the file cannot be reached."""
        try:
            return version_of(self._path)
        except OSError as error:
            raise self._unreadable(why_not_opened(self._path, error)) from error

    def read(self) -> Snapshot:
        """Every worksheet, hidden ones too, with true row numbers. Raises `WorkbookUnreadable` with a sentence."""
        return read(self._path, self._clock)

    def busy(self) -> str:
        """Who has it open, as a sentence; "" when nobody has."""
        return holder(self._path)

    def link(self, _tab: str, _cell: str = "") -> str:
        """The file's path."""
        return str(self._path.absolute())

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> Version:
        """Write all of it or nothing, durably; see `runner.ports.Workbook`. A cell that must not be written goes to `refused`.

        Raises ValueError when an edit names a tab or header that is not there and that no `TabEdit` asks for, or holds a time
        with a zone.
        """
        self.refused = []
        if not edits:
            return self.version()
        if sentence := self.busy():
            raise WorkbookBusy(sentence)
        path = self._path.resolve()
        sweep(path)
        try:
            refuse_locked(path)
            refuse_changed(path, snapshot.version)
            with path.open("rb") as file:
                package = Package(file)
                self.refused = patch(package, edits, snapshot)
                return commit(package, path, snapshot.version) if package.changed else version_of(path)
        except BadPackage as error:
            raise self._unreadable(str(error)) from error
        except OSError as error:
            raise self._unreadable(why_not_opened(path, error)) from error

    def _unreadable(self, reason: str) -> WorkbookUnreadable:
        return WorkbookUnreadable(f"{self.name} cannot be read: {reason.rstrip('.')}.")
