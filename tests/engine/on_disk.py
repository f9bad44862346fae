"""An Excel workbook on disk that people edit with another program (openpyxl), under the same names as the one in memory."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.memory import Grid, MemoryWorkbook
from runner.model import RowEdit, Snapshot, TabEdit
from runner.ports import Clock


class WorkbookOnDisk(MemoryWorkbook):
    """`tabs` is what the file holds; `touched` saves it. What the runner reads and writes is the file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.file = ExcelWorkbook(path, clock=clock)
        self.path = path
        self._lock = path.with_name(f".~lock.{path.name}#")
        self._loaded: tuple[object, dict[str, Grid]] = (None, {})
        super().__init__(path.name)

    # ----------------------------------------------------------------------------------------------------------- people

    @property
    def tabs(self) -> dict[str, Grid]:  # type: ignore[override]
        """The file's tabs as they stand, or as they are being edited."""
        if self.path.exists() and self._loaded[0] != self.file.version():
            book = openpyxl.load_workbook(self.path)
            self._loaded = (self.file.version(), {sheet.title: _grid(sheet) for sheet in book.worksheets})
            book.close()
        return self._loaded[1]

    @tabs.setter
    def tabs(self, tabs: dict[str, Grid]) -> None:
        self._loaded = (self._loaded[0], tabs)

    def touched(self) -> None:
        """Somebody saves: cells that differ are typed, tabs that are missing are made, others deleted."""
        tabs = self._loaded[1]
        book = openpyxl.load_workbook(self.path) if self.path.exists() else openpyxl.Workbook()
        for name, grid in tabs.items():
            _type(book[name] if name in book.sheetnames else book.create_sheet(name), grid)
        for sheet in book.worksheets:
            if sheet.title not in tabs:
                book.remove(sheet)
        beside = self.path.with_name("saving.xlsx")
        book.save(beside)
        beside.replace(self.path)
        self._loaded = (self.file.version(), tabs)

    @property
    def opened_by(self) -> str:  # type: ignore[override]
        """The lock file of a LibreOffice on another computer."""
        return self._lock.read_text(encoding="utf-8") if self._lock.exists() else ""

    @opened_by.setter
    def opened_by(self, whose: str) -> None:
        if whose:
            self._lock.write_text(f",{whose},another-computer,22.11.2026 15:05,file:///profile;", encoding="utf-8")
        else:
            self._lock.unlink(missing_ok=True)

    # ----------------------------------------------------------------------------------------------------------- runner

    def version(self) -> object:
        return self.file.version()

    def busy(self) -> str:
        return self.file.busy()

    def read(self) -> Snapshot:
        return self.file.read()

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        try:
            return self.file.write(edits, snapshot)
        finally:
            self.refused = self.file.refused


def _grid(sheet: Worksheet) -> Grid:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def _type(sheet: Worksheet, grid: Grid) -> None:
    stands = _grid(sheet)
    height = max(len(stands), len(grid))
    for at in range(height):
        old, new = (rows[at] if at < len(rows) else [] for rows in (stands, grid))
        for column in range(max(len(old), len(new))):
            was, is_ = (cells[column] if column < len(cells) else None for cells in (old, new))
            if was != is_:
                sheet.cell(at + 1, column + 1).value = is_
