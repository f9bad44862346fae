"""A Google sheet that people edit while the runner works in it through the product's own client, named like the one in memory."""

from collections.abc import Mapping, Sequence

from adapters.workbooks.memory import Grid, MemoryWorkbook
from runner.errors import WorkbookBusy
from runner.model import RowEdit, Snapshot, TabEdit
from runner.ports import Clock
from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.servers.sheets import SheetsServer

#: The calls of one write: the look at what stands there now, and the write itself.
LOOK, CHANGE = "values.batchGetByDataFilter", "spreadsheets.batchUpdate"


class WorkbookOnGoogle(MemoryWorkbook):
    """`tabs` is what the sheet holds; `touched` makes it so. `meanwhile` happens just before the call named by `moment`."""

    def __init__(self, google: SheetsServer, clock: Clock) -> None:
        self._desk = GoogleDesk(google, clock)
        self.key = "business.xlsx"
        self.sheet = self._desk.sheet = google.sheet("business.xlsx", {}, shared_with=[ROBOT])
        self._loaded: tuple[int, dict[str, Grid]] = (0, {})
        self._writing = False
        self.moment = LOOK
        self.open()
        self.refused, self.opened_by, self.meanwhile = [], "", None
        google.between = self._between

    def open(self) -> None:
        """A new process: nothing is remembered of the sheet."""
        self.book = self._desk.open()
        self.client = self.book._client

    @property
    def name(self) -> str:  # type: ignore[override]
        """The sheet's title."""
        return self.book.name

    @property
    def facts(self) -> Mapping[str, str]:
        """What the sheet tells of itself."""
        return self.book.facts

    # ----------------------------------------------------------------------------------------------------------- people

    @property
    def tabs(self) -> dict[str, Grid]:  # type: ignore[override]
        """The sheet's tabs as they stand, or as they are being edited."""
        if self._loaded[0] != self.sheet.book.version:
            tabs = {title: [list(row) for row in self.sheet.tab(title).rows] or [[]] for title in self.sheet.titles}
            self._loaded = (self.sheet.book.version, tabs)
        return self._loaded[1]

    @tabs.setter
    def tabs(self, tabs: dict[str, Grid]) -> None:
        self._loaded = (self.sheet.book.version, tabs)

    def touched(self) -> None:
        """Cells that differ are typed, tabs that are missing are made, others deleted."""
        if self._loaded[0] != self.sheet.book.version:
            return  # nobody has begun to edit what stands there now
        tabs = self._loaded[1]
        for title, grid in tabs.items():
            tab = self.sheet.tab(title) if title in self.sheet.titles else self.sheet.add_tab(title)
            stands = tab.rows
            for at in range(max(len(stands), len(grid))):
                old, new = (rows[at] if at < len(rows) else [] for rows in (stands, grid))
                for column in range(max(len(old), len(new))):
                    was, is_ = (cells[column] if column < len(cells) else None for cells in (old, new))
                    if was != is_:
                        tab.type(at + 1, column + 1, is_)
        for title in self.sheet.titles:
            if title not in tabs:
                self.sheet.tab(title).delete()
        self._loaded = (self.sheet.book.version, tabs)

    def _between(self, call: str) -> None:
        if self._writing and self.meanwhile and call == self.moment:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()

    # ----------------------------------------------------------------------------------------------------------- runner

    def version(self) -> object:
        return self.book.version()

    def read(self) -> Snapshot:
        return self.book.read()

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        if self.opened_by:  # nobody can have it open; Google may be busy all the same
            raise WorkbookBusy(self.opened_by)
        self._writing = True
        try:
            return self.book.write(edits, snapshot)
        finally:
            self._writing = False
            self.refused = self.book.refused
