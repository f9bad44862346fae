"""The workbook into which old rows of the runner's tabs move: `business.archive.xlsx` beside `business.xlsx`."""

import os
from pathlib import Path

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.excel.commit import sweep, sync_folder, temporary_of
from runner.ports import Clock


def open_archive(path: Path, clock: Clock) -> ExcelWorkbook:
    """The archive of the workbook at `path`, made when there is none."""
    archive = place(path)
    if not archive.exists():
        _make(archive, path.name)
    return ExcelWorkbook(archive, clock=clock)


def place(path: Path) -> Path:
    """Where the archive of the workbook at `path` is, or will be."""
    return path.with_name(f"{path.stem}.archive.xlsx")


def _make(archive: Path, of: str) -> None:
    """Whole or not at all: a kill leaves no half of a workbook."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.worksheets[0]
    page.title = "Archive"
    page["A1"] = f"Rows of {of} that ended long ago. Rowpact moves them here and reads them no more; its ledger keeps them too."
    sweep(archive)
    temporary = temporary_of(archive)
    with temporary.open("wb") as file:
        book.save(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(archive)
    sync_folder(archive.parent)
