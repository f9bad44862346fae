"""What the charts of a workbook draw, found in its parts and in its cells, whoever wrote them."""

import re
import zipfile
from html import unescape
from pathlib import Path

import openpyxl


def drawn(path: Path) -> dict[str, dict[str, list[object]]]:
    """Chart's title → name of each series, and of its axis → the values of the cells that it points at."""
    book = openpyxl.load_workbook(path)
    with zipfile.ZipFile(path) as archive:
        parts = [
            archive.read(name).decode() for name in sorted(archive.namelist()) if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
        ]
    found: dict[str, dict[str, list[object]]] = {}
    for part in parts:
        (title,) = re.findall(r"<a:t>([^<]*)</a:t>", part)[:1]
        found[title] = {}
        for series in re.findall(r"<c:ser>.*?</c:ser>", part, re.DOTALL):
            name, weeks, values = (re.sub(r"[$']", "", unescape(one)) for one in re.findall(r"<c:f>([^<]*)</c:f>", series))
            found[title][str(_cells(book, name)[0])] = _cells(book, values)
            found[title]["axis"] = _cells(book, weeks)
    return found


def _cells(book: openpyxl.Workbook, reference: str) -> list[object]:
    tab, _, area = reference.rpartition("!")
    cells = book[tab][area]
    return [row[0].value for row in cells] if isinstance(cells, tuple) else [cells.value]
