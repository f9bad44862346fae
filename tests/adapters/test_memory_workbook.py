"""The workbook in memory keeps what every workbook promises, so what is shown with it holds for real ones."""

from collections.abc import Mapping

import pytest

from adapters.workbooks.memory import MemoryWorkbook
from runner.values import Value
from tests.adapters.workbook_contract import Desk, Grid, WorkbookContract


class MemoryDesk:
    """Lays out grids in memory."""

    book: MemoryWorkbook

    def lay_out(self, tabs: Mapping[str, Grid]) -> MemoryWorkbook:
        self.book = MemoryWorkbook()
        self.book.tabs = {name: [list(row) for row in rows] for name, rows in tabs.items()}
        return self.book

    def type(self, tab: str, row: int, column: int, value: Value) -> None:
        self.book.tabs[tab][row - 1][column - 1] = value
        self.book.touched()


class TestMemoryWorkbook(WorkbookContract):
    @pytest.fixture
    def desk(self) -> Desk:
        return MemoryDesk()
