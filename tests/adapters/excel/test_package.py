"""The zip file itself: every way in which programs pack a workbook is copied as it is."""

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest

from adapters.workbooks.excel.package import BadPackage, Package
from tests.adapters.excel.by_hand import PatientClock, parts_of, plain_parts, text_cell, worksheet

PARTS = plain_parts(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'), "", styles=True)
SHEET = "xl/worksheets/sheet1.xml"


class OneWay(io.RawIOBase):
    """A stream that cannot go back, as when a program packs into a pipe: sizes then follow the data."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        return self._file.write(data)


def rewritten(path: Path, *, drop: str = "") -> dict[str, bytes]:
    """The parts after one part was replaced, one added, and perhaps one left out."""
    with path.open("rb") as file, path.with_name("out.xlsx").open("w+b") as out:
        package = Package(file)
        package.put(SHEET, [package.read(SHEET).replace(b"Name", b"Title")])
        package.put("xl/new é.xml", [b"<new/>"])
        if drop:
            package.drop(drop)
            assert not package.has(drop)
        package.copy_to(out)
    return parts_of(path.with_name("out.xlsx"))


def expected(*, without: str = "") -> dict[str, bytes]:
    parts = {name: data.encode() for name, data in PARTS.items() if name != without}
    return parts | {SHEET: parts[SHEET].replace(b"Name", b"Title"), "xl/new é.xml": b"<new/>"}


def test_parts_whose_sizes_follow_their_data_are_copied(tmp_path: Path) -> None:
    path = tmp_path / "piped.xlsx"
    with path.open("wb") as file, zipfile.ZipFile(OneWay(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            archive.writestr(name, data)
    assert rewritten(path) == expected()


def test_parts_with_sizes_of_64_bits_are_copied(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in PARTS.items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(data.encode())
    assert rewritten(path) == expected()


def test_bytes_before_the_zip_and_a_comment_after_it_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "prefixed.xlsx"
    path.write_bytes(b"#!/bin/sh\n" * 20)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            archive.writestr(name, data)
        archive.comment = b"made by somebody"
    assert rewritten(path) == expected()


def test_a_dropped_part_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in PARTS.items():
            archive.writestr(name, data)
    assert rewritten(path, drop="xl/styles.xml") == expected(without="xl/styles.xml")


def test_part_names_with_backslashes_and_other_case_are_found(tmp_path: Path) -> None:
    path = tmp_path / "backslash.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in PARTS.items():
            archive.writestr(name.replace("/", "\\") if name == SHEET else name, data)
    with path.open("rb") as file:
        assert b"Name" in Package(file).read("XL/worksheets/Sheet1.xml")


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "double.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        archive.writestr("xl/Workbook.xml", "<b/>")
    with path.open("rb") as file, pytest.raises(BadPackage, match="two parts"):
        Package(file)


def test_a_part_that_is_locked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(BadPackage, match="packed in a way"):
        Package(file).read("xl/workbook.xml")


def test_what_is_written_again_and_again_opens_everywhere(tmp_path: Path) -> None:
    from adapters.workbooks.excel import ExcelWorkbook
    from runner.model import RowEdit

    path = tmp_path / "again.xlsx"
    with path.open("wb") as file, zipfile.ZipFile(OneWay(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in PARTS.items():
            archive.writestr(name, data)
    book = ExcelWorkbook(path, clock=PatientClock())
    for number in range(20):
        book.write([RowEdit(tab="Leads", row=None, cells={"Name": number})], book.read())
    column = [cell.value for cell in openpyxl.load_workbook(path)["Leads"]["A"]]
    assert column == ["Name", *range(20)]
    assert zipfile.ZipFile(path).testzip() is None
