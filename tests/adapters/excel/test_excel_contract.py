"""Excel workbooks keep the promises of every workbook."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from adapters.workbooks.excel import ExcelWorkbook
from runner.ports import Workbook
from runner.values import Value
from tests.adapters.excel.by_hand import PatientClock
from tests.adapters.workbook_contract import Desk, Grid, WorkbookContract


class ExcelDesk:
    """Lays out and types with openpyxl."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lay_out(self, tabs: Mapping[str, Grid]) -> Workbook:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in tabs.items():
            sheet = book.create_sheet(name)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row, 1):
                    sheet.cell(number, column, value)
        book.save(self.path)
        return ExcelWorkbook(self.path, clock=PatientClock())

    def type(self, tab: str, row: int, column: int, value: Value) -> None:
        book = openpyxl.load_workbook(self.path)
        book[tab].cell(row, column).value = value  # type: ignore[assignment]  # nobody types an ErrorValue
        book.save(self.path)


class TestExcelWorkbook(WorkbookContract):
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        return ExcelDesk(tmp_path / "business.xlsx")
