"""A workbook in memory: rows of cells and the rules of `runner.ports.Workbook`, without a file. For drills and tests.

Invariant: it keeps the same suite as every other workbook, so what is shown with it holds for real ones.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from runner.errors import WorkbookBusy, WorkbookChanged
from runner.model import Problem, RowEdit, Snapshot, Tab, TabEdit
from runner.values import ErrorValue, Value, is_blank, name_key

Grid = list[list[Value]]


class MemoryWorkbook:
    """Tabs as grids; the first row of each is its header. People edit `tabs` and call `touched`."""

    def __init__(self, name: str = "business.xlsx", tabs: Mapping[str, Grid] | None = None) -> None:
        self.name = self.key = name
        self.refused: list[Problem] = []
        self.facts: dict[str, str] = {}
        self.tabs: dict[str, Grid] = dict(tabs or {})
        self.changes = 0
        self.writes = 0
        #: Who has it open, as a sentence.
        self.opened_by = ""
        #: Called once, before the next write looks whether anybody changed the workbook: somebody types just then.
        self.meanwhile: Callable[[], None] | None = None

    def touched(self) -> None:
        """Somebody saved."""
        self.changes += 1

    def rows(self, tab: str) -> Grid:
        """The tab's rows, in any spelling of its name; made when there is none."""
        name = next((name for name in self.tabs if name_key(name) == name_key(tab)), tab)
        return self.tabs.setdefault(name, [[]])

    def version(self) -> object:
        """How often it was changed."""
        return self.changes

    def busy(self) -> str:
        """Who has it open, as a sentence; "" when nobody has."""
        return self.opened_by

    def link(self, _tab: str, _cell: str = "") -> str:
        """It is nowhere."""
        return ""

    def read(self) -> Snapshot:
        """Everything in it."""
        tabs = {}
        for name, grid in self.tabs.items():
            tabs[name_key(name)] = Tab.build(name, [(number, tuple(map(_read, row))) for number, row in enumerate(grid, 1)])
        return Snapshot(tabs=tabs, version=self.changes)

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        """All of it or nothing. Raises `WorkbookChanged`, `WorkbookBusy`, or ValueError for a tab or column that nobody made."""
        if self.opened_by:
            raise WorkbookBusy(self.opened_by)
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if snapshot.version != self.changes:
            raise WorkbookChanged("Somebody changed it.")
        tabs = {name: [list(row) for row in grid] for name, grid in self.tabs.items()}
        for edit in edits:
            if isinstance(edit, TabEdit):
                _add_columns(tabs, edit)
        for edit in edits:
            if isinstance(edit, RowEdit):
                _set_row(tabs, edit)
        changed = repr(tabs) != repr(self.tabs)
        self.tabs = tabs
        self.changes += changed
        self.writes += changed
        return self.changes


def _read(value: Value) -> Value:
    return None if value == "" else value


def _grid(tabs: Mapping[str, Grid], name: str) -> Grid:
    found = next((grid for tab, grid in tabs.items() if name_key(tab) == name_key(name)), None)
    if found is None:
        message = f"there is no tab {name}: ask for it with a TabEdit first"
        raise ValueError(message)
    return found


def _add_columns(tabs: dict[str, Grid], edit: TabEdit) -> None:
    grid = next((grid for tab, grid in tabs.items() if name_key(tab) == name_key(edit.tab)), None)
    if grid is None:
        tabs[edit.tab] = grid = [[]]
    if not grid:
        grid.append([])
    width = max(map(len, grid))
    known = {name_key(str(header)) for header in grid[0] if not is_blank(header)}
    missing = [header for header in edit.headers if name_key(header) not in known]
    if missing:
        grid[0] += [None] * (width - len(grid[0]))
        grid[0] += missing


def _set_row(tabs: dict[str, Grid], edit: RowEdit) -> None:
    grid = _grid(tabs, edit.tab)
    columns = {name_key(str(header)): index for index, header in reversed(list(enumerate(grid[0]))) if not is_blank(header)}
    if edit.row is None:
        while len(grid) > 1 and all(map(is_blank, grid[-1])):
            grid.pop()
    number = len(grid) + 1 if edit.row is None else edit.row
    while len(grid) < number:
        grid.append([])
    row = grid[number - 1]
    for header, value in edit.cells.items():
        if name_key(header) not in columns:
            message = f"{edit.tab} has no column {header}: ask for it with a TabEdit first"
            raise ValueError(message)
        if isinstance(value, datetime) and value.tzinfo:
            message = "a cell keeps no time zone"
            raise ValueError(message)
        column = columns[name_key(header)]
        row += [None] * (column + 1 - len(row))
        row[column] = str(value) if isinstance(value, ErrorValue) else _read(value)
