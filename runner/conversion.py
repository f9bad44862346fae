"""Moves a workbook to another kind: its tabs and cells are copied and compared, its ledger stays.

Invariant: the workbook that it comes from is only read; the copy is called good when every cell was read back as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from runner import wiring
from runner.errors import RowpactError
from runner.model import Snapshot
from runner.ports import Clock
from runner.ports import Workbook as WorkbookPort
from sheet_templates.copied import copied, differences

if TYPE_CHECKING:
    from runner.config import Config, Workbook

#: Cells that are named when a copy differs.
_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What was moved."""

    #: The file, or the address of the sheet.
    place: str
    tabs: int
    rows: int


def convert(source: str, target: str, credentials: str, today: date, clock: Clock) -> Converted:
    """Copy every tab and read it back. Raises `RowpactError` with the mend."""
    snapshot = opened(source, credentials, clock).read()
    for problem in snapshot.problems:
        if problem.where == problem.tab:  # a tab that was not read would be lost
            raise RowpactError(f"{problem}")
    place = _make(snapshot, target, credentials, today, clock)
    wrong = list(differences(snapshot, opened(place, credentials, clock).read()))
    if wrong:
        cells = ", ".join(wrong[:_NAMED]) + (f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else "")
        raise RowpactError(f"{place} was made, but these cells are not as they were: {cells}. Mend them before you use it.")
    return Converted(place=place, tabs=len(snapshot.tabs), rows=sum(len(tab.rows) for tab in snapshot.tabs.values()))


def is_sheet(place: str) -> bool:
    """Whether it is an address, not a file."""
    return "://" in place


def opened(place: str, credentials: str, clock: Clock) -> WorkbookPort:
    """The workbook there."""
    from runner.config import Workbook

    if is_sheet(place):
        return wiring.open_workbook(Workbook(kind="google", url=place, credentials=credentials), clock)
    return wiring.open_workbook(Workbook(path=Path(place)), clock)


@contextmanager
def held(config: "Config", workbook: "Workbook", clock: Clock) -> Iterator[None]:
    """No runner works on it meanwhile. Raises `LeaseHeld` while one does."""
    place = config.ledger_of(workbook)
    if "://" not in place and not Path(place).exists():
        yield
        return
    ledger = wiring.open_ledger(config, workbook, clock)
    ledger.acquire(wiring.holder(), clock.now())
    try:
        yield
    finally:
        ledger.release()


def _make(snapshot: Snapshot, target: str, credentials: str, today: date, clock: Clock) -> str:
    sheets = copied(snapshot)
    if is_sheet(target):
        from adapters.workbooks.google_sheets.create import fill_with
        from adapters.workbooks.google_sheets.opening import open_client, sheet_at, url_of

        sheet = sheet_at(target)
        fill_with(open_client(credentials, clock), sheet, sheets)
        return url_of(sheet)
    from adapters.workbooks.excel.create import of_sheets, save

    path = Path(target)
    if path.suffix.lower() != ".xlsx":
        raise RowpactError(f"“{path.name}” should end in .xlsx, for example {path.stem or 'business'}.xlsx.")
    save(of_sheets(sheets, path.stem, today), path)
    return str(path)
