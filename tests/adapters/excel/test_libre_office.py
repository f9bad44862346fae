"""LibreOffice opens what we wrote, and sees the values that we meant."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

import csv
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

from adapters.workbooks.excel import ExcelWorkbook
from runner.model import RowEdit, TabEdit

OFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
#: Comma, quotes, UTF-8, cells as shown, every sheet into a file of its own.
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def as_seen(path: Path, folder: Path) -> dict[str, list[list[str]]]:
    """Tab name → its rows, as LibreOffice shows them."""
    profile = (folder / "profile").as_uri()
    start = [OFFICE or "", f"-env:UserInstallation={profile}", "--headless"]
    command = [*start, "--convert-to", EVERY_SHEET, "--outdir", str(folder / "out"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    seen = {}
    for file in (folder / "out").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            seen[file.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(lines))
    return seen


def test_libre_office_sees_what_was_written(tmp_path: Path, opened: Callable[[Path], ExcelWorkbook]) -> None:
    path = tmp_path / "business.xlsx"
    book = openpyxl.Workbook()
    leads = book.worksheets[0]
    leads.title = "Leads"
    for row in (["Name", "Amount", "Due", "Run"], ["Ana", 12.5, date(2026, 11, 30), None], ["Bo", 7, date(2026, 12, 1), "R-1"]):
        leads.append(row)
    leads.add_table(Table(displayName="Leads", ref="A1:D3"))
    sums = book.create_sheet("Sums")
    sums["A1"] = "=SUM(Leads[Amount])"
    book.save(path)
    workbook = opened(path)
    workbook.write(
        [
            TabEdit(tab="Approvals", headers=("Approval", "What will happen", "Asked")),
            TabEdit(tab="Leads", headers=("State",)),
            RowEdit(tab="Leads", row=2, cells={"Run": "=1+1", "Amount": 100}),
            RowEdit(
                tab="Leads", row=None, cells={"Name": 'Zoë "Z"\n漢字 <&>', "Amount": 0.5, "Due": date(2026, 12, 24), "State": True}
            ),
            RowEdit(
                tab="Approvals",
                row=None,
                cells={"Approval": "A-1", "What will happen": timedelta(hours=30), "Asked": datetime(2026, 11, 22, 9, 5)},
            ),
        ],
        workbook.read(),
    )
    assert workbook.refused == []
    seen = as_seen(path, tmp_path)
    assert seen["Leads"] == [
        ["Name", "Amount", "Due", "Run", "State"],
        ["Ana", "100", "2026-11-30", "=1+1", ""],
        ["Bo", "7", "2026-12-01", "R-1", ""],
        ['Zoë "Z"\n漢字 <&>', "0.5", "2026-12-24", "", "TRUE"],
    ]
    assert seen["Sums"] == [["107.5"]]
    assert seen["Approvals"][1][:2] == ["A-1", "30:00:00"]
    assert "2026" in seen["Approvals"][1][2]
    assert "09:05" in seen["Approvals"][1][2]
