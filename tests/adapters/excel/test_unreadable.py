"""Files that are no workbook: each is refused with a sentence that says what it is and what to do."""

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from adapters.workbooks.excel import ExcelWorkbook
from runner.errors import WorkbookUnreadable
from tests.adapters.excel.by_hand import PatientClock, plain_parts, text_cell, worksheet
from tests.adapters.excel.conftest import Handmade

Opened = Callable[[Path], ExcelWorkbook]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sentence(book: ExcelWorkbook) -> str:
    with pytest.raises(WorkbookUnreadable) as caught:
        book.read()
    text = str(caught.value)
    assert text.startswith(book.name)
    assert text.endswith(".")
    assert ".." not in text
    return text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Name;Score\nAna;81\n", "text file"),
        (b"\xef\xbb\xbfName,Score\r\n", "text file"),
        (b"<html><table>", "text file"),
        (OLE + bytes(600) + "Workbook".encode("utf-16-le"), "old Excel format"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"", "empty"),
        (b"\x00\x01\x02 what is this", "not a workbook"),
        (b"PK\3\4" + bytes(300), "half there"),
    ],
    ids=["csv", "csv with a mark", "html", "xls", "password", "empty", "garbage", "cut zip"],
)
def test_a_file_of_another_kind_is_named_as_what_it_is(tmp_path: Path, opened: Opened, content: bytes, said: str) -> None:
    path = tmp_path / "business.xlsx"
    path.write_bytes(content)
    assert said in sentence(opened(path))
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}, "OpenDocument"),
        ({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "x"}, "binary workbook"),
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}, "another kind of Office document"),
        ({"holiday.jpg": "x"}, "no workbook in it"),
        ({"[Content_Types].xml": "<Types/>"}, "holds no workbook"),
    ],
    ids=["ods", "xlsb", "docx", "zip", "hollow"],
)
def test_a_zip_file_of_another_kind_is_named_as_what_it_is(
    tmp_path: Path, opened: Opened, parts: dict[str, str], said: str
) -> None:
    path = tmp_path / "business.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert said in sentence(opened(path))


def test_a_missing_file_is_said_to_be_missing_and_where(tmp_path: Path, opened: Opened) -> None:
    book = opened(tmp_path / "business.xlsx")
    assert str(tmp_path) in sentence(book)
    with pytest.raises(WorkbookUnreadable, match="not in the folder"):
        book.version()


def test_a_folder_is_no_workbook(tmp_path: Path, opened: Opened) -> None:
    assert "folder" in sentence(opened(tmp_path))


@pytest.mark.usefixtures("ordinary_user")
def test_a_file_that_may_not_be_opened_asks_for_the_right(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(""))
    path.chmod(0)
    assert "right to read" in sentence(opened(path))


def test_a_truncated_workbook_is_damaged(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'))
    path.write_bytes(path.read_bytes()[:-200])
    assert "only half there, or it is damaged" in sentence(opened(path))


def test_a_part_with_a_broken_byte_is_damaged(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name")}</row>'))
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + 20] ^= 0x55
    path.write_bytes(data)
    assert "damaged" in sentence(opened(path))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, clock: PatientClock, opened: Opened) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in plain_parts(worksheet(""), "", styles=True).items():
            archive.writestr(name, data)
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(40):
                part.write(bytes(1 << 20))
    assert "40 MB from almost nothing" in sentence(opened(path))
    assert clock.slept == []


def test_a_header_that_lies_about_its_size_is_found_out(handmade: Handmade, opened: Opened) -> None:
    path = handmade(worksheet(f'<row r="1">{text_cell("A1", "Name" * 500)}</row>'))
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = path.read_bytes()
    lie = (100).to_bytes(4, "little")
    path.write_bytes(data.replace(info.file_size.to_bytes(4, "little"), lie))
    assert "damaged" in sentence(opened(path))


def test_a_stray_cell_at_the_far_corner_does_not_eat_the_memory(handmade: Handmade, opened: Opened) -> None:
    rows = f'<row r="1">{text_cell("A1", "Name")}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "the tab Leads reaches to row 1,048,576 and column XFD" in sentence(opened(handmade(worksheet(rows))))


def test_a_stray_cell_in_the_last_row_alone_is_no_hindrance(handmade: Handmade, opened: Opened) -> None:
    rows = f'<row r="1">{text_cell("A1", "Name")}</row><row r="1048576"><c r="B1048576"><v>1</v></c></row>'
    assert [row.number for row in opened(handmade(worksheet(rows))).read().tabs["leads"].rows] == [1048576]


def test_a_document_type_definition_is_refused(handmade: Handmade, opened: Opened) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE workbook [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'
    assert "document type definition" in sentence(opened(handmade(worksheet(""), parts={"xl/workbook.xml": bomb})))


def test_no_damage_whatever_shows_a_traceback(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in range(20):
        sheet.append([f"Name {row}", row, row / 7])
    book.save(tmp_path / "whole.xlsx")
    whole = (tmp_path / "whole.xlsx").read_bytes()
    # In a process of its own: what the reader's own language prints when it gives up stays out of this one
    script = (
        "import sys, pathlib\n"
        "from adapters.workbooks.excel import ExcelWorkbook\n"
        "from runner.errors import WorkbookUnreadable\n"
        "from tests.adapters.excel.by_hand import PatientClock\n"
        "for name in sorted(pathlib.Path(sys.argv[1]).glob('*.xlsx')):\n"
        "    try:\n"
        "        ExcelWorkbook(name, clock=PatientClock()).read()\n"
        "    except WorkbookUnreadable as error:\n"
        "        assert str(error).startswith(name.name)\n"
        "        print(name)\n"
    )
    dice = random.Random(7)
    for number in range(150):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        (tmp_path / f"broken-{number}.xlsx").write_bytes(
            broken[: dice.choice((len(broken), len(broken), dice.randrange(len(broken))))]
        )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) > 50
