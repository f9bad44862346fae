"""Somebody edits, deletes and adds lines of the audit trail: it is named, put back, and said in the trail itself."""

from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.acceptance.conftest import Shop


def _edit(shop: Shop, tab: str, change: Callable[[Worksheet], object]) -> None:
    book = openpyxl.load_workbook(shop.path)
    change(book[tab])
    book.save(shop.path)


def _column(sheet: Worksheet, header: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == header)


@pytest.mark.parametrize("header", ["Detail", "Result", "Hash"])
def test_a_changed_cell_of_any_kind_is_named_and_put_back(leads: Shop, header: str) -> None:
    leads.run("run", "--once")

    def forge(sheet: Worksheet) -> None:
        sheet.cell(3, _column(sheet, header)).value = "forged"

    before = leads.tab("Audit")[1][header]
    _edit(leads, "Audit", forge)
    said = leads.run("audit", "verify", code=1)
    assert "Audit!" in said
    assert "is not what the ledger recorded as line 2" in said
    leads.run("run", "--once")
    assert leads.tab("Audit")[1][header] == before
    assert any("forged" in str(row["Detail"]) for row in leads.tab("Audit") if row["Event"] == "cell put back")
    leads.run("audit", "verify")


@pytest.mark.parametrize("row", [2, 4, -1], ids=["first", "in between", "last"])
def test_a_deleted_line_is_named_and_stands_there_again(leads: Shop, row: int) -> None:
    leads.run("run", "--once")
    lines = len(leads.tab("Audit"))
    _edit(leads, "Audit", lambda sheet: sheet.delete_rows(row if row > 0 else lines + 1))
    assert "is missing in the sheet" in leads.run("audit", "verify", code=1)
    leads.run("run", "--once")
    told = [str(line["Detail"]) for line in leads.tab("Audit") if line["Event"] == "cell put back"]
    assert told == ["1 row was gone (deleted, or an older copy was opened), and put back"]
    leads.run("audit", "verify")


def test_all_of_it_deleted_stands_there_again(leads: Shop) -> None:
    leads.run("run", "--once")
    _edit(leads, "Audit", lambda sheet: sheet.delete_rows(2, sheet.max_row))
    leads.run("audit", "verify", code=1)
    leads.run("run", "--once")
    leads.run("audit", "verify")


def test_lines_and_runs_that_were_added_are_named(leads: Shop) -> None:
    leads.run("run", "--once")
    _edit(
        leads,
        "Audit",
        lambda sheet: sheet.append([999, None, "Hello", "R-0001", "Reply", "approved", "", "Ana", "all fine", "0" * 64]),
    )
    _edit(leads, "Audit", lambda sheet: sheet.append([cell.value for cell in sheet[2]]))
    _edit(leads, "Runs", lambda sheet: sheet.append(["R-0099", "Hello", "x", "DONE"]))
    leads.run("run", "--once")
    said = leads.run("audit", "verify", code=1)
    assert "line 999 stands in the sheet, but the ledger never recorded it" in said
    assert "line 1 stands in the sheet twice" in said
    assert "the ledger knows no run R-0099" in said
