"""A text with commas as a CSV file that a spreadsheet opens as it is meant.

Invariant: what came from a cell stays within its own cell, and is never a formula.
"""

import csv
import io
import re

from adapters.documents.spoken import parts

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?")


def csv_file(body: str) -> bytes:
    """The file's bytes, with the mark by which Excel knows UTF-8. Cells are parted by commas; by semicolons where no comma is."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(_rows(body.strip()))
    return made.getvalue().encode("utf-8-sig", "replace")


def _rows(body: str) -> list[list[str]]:
    typed = "".join(text for text, of_cell in parts(body) if not of_cell)
    delimiter = "," if "," in typed or ";" not in typed else ";"
    rows, cell, inside = [[""]], _Cell(), False
    for text, of_cell in parts(body.replace("\r\n", "\n")):
        for sign in text:
            if of_cell:
                cell.add(sign, foreign=True)
            elif sign == '"':
                inside = not inside
            elif sign in (delimiter, "\n") and not inside:
                rows[-1][-1], cell = cell.said, _Cell()
                rows.append([""]) if sign == "\n" else rows[-1].append("")
            else:
                cell.add(sign, foreign=False)
    rows[-1][-1] = cell.said
    return rows


class _Cell:
    """One cell as it grows."""

    def __init__(self) -> None:
        self.text, self.foreign = "", False

    def add(self, sign: str, *, foreign: bool) -> None:
        """One more sign; `foreign`: it came from a cell of the workbook."""
        if not self.text.strip():
            self.foreign = foreign
        self.text += sign

    @property
    def said(self) -> str:
        """As it stands in the file: an apostrophe in front keeps a foreign text from being a formula."""
        text = self.text.strip(" ")
        return f"'{text}" if self.foreign and text[:1] in tuple("=+-@\t\r\n") and not _NUMBER.fullmatch(text) else text
