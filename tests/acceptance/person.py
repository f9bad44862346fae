"""The owner, who looks at the world before answering: DONE where it happened, RETRY where it did not.

Invariant: types only into the owner's cells, beside questions that nobody has answered.
"""

import re

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.acceptance.firm import Firm

#: Tab → the cell to type into.
CELLS = {"Approvals": "Decision", "Dead letters": "Decision", "Tasks": "Done", "Runs": "Command"}


def answer(firm: Firm) -> int:
    """Answer every open question in the sheet, and send back every Return that is done; how many cells were typed into."""
    book = openpyxl.load_workbook(firm.path)
    typed = sum(_type(firm, book[tab], cell) for tab, cell in CELLS.items() if tab in book.sheetnames)
    if typed:
        book.save(firm.path)
    return typed


def _type(firm: Firm, sheet: Worksheet, cell: str) -> int:
    headers = {str(each.value): each.column for each in sheet[1] if each.value is not None}
    typed = 0
    for number in range(2, sheet.max_row + 1):
        row = {header: sheet.cell(number, column).value for header, column in headers.items()}
        word = _word(firm, sheet.title, row) if row["Run"] and not row[cell] and not row["Result"] else ""
        if word:
            sheet.cell(number, headers[cell]).value = word
            typed += 1
    return typed


def _word(firm: Firm, tab: str, row: dict[str, object]) -> str:
    match tab:
        case "Approvals":
            return "APPROVE"
        case "Tasks":
            return "DONE"
        case "Runs":
            return "UNDO" if (row["Contract"], row["State"]) == ("Return", "DONE") else ""
    return "DONE" if row["State"] == "IN_DOUBT" and happened(firm, str(row["Payload"])) else "RETRY"


def happened(firm: Firm, payload: str) -> bool:
    """Whether the world knows of it."""
    if "/refused?" in payload:
        return False
    if found := re.search(r"/once\?what=([\w-]+)", payload):
        return found[1] in firm.outside.requests("/once")
    found = re.search(r"Send mail to (\S+@shop\.example)", payload)
    assert found, f"nobody could tell from this what may have happened: {payload!r}"
    return found[1] in firm.reached()
