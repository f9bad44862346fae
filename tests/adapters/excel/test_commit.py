"""The write itself: all or nothing, whatever kills it, and only over the file that was read."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.excel.package import Package
from runner.errors import WorkbookBusy, WorkbookChanged
from runner.model import RowEdit, TabEdit
from tests.adapters.excel.by_hand import PatientClock, parts_of, text_cell, worksheet
from tests.adapters.excel.conftest import Handmade

Opened = Callable[[Path], ExcelWorkbook]
SHEET = worksheet(f'<row r="1">{text_cell("A1", "Name")}{text_cell("B1", "Run")}</row><row r="2"><c r="A2"><v>1</v></c></row>')
EDIT = RowEdit(tab="Leads", row=2, cells={"Run": "R-1"})


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_but_the_workbook_is_left_behind(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    book = opened(path)
    book.write([EDIT], book.read())
    assert names_in(path.parent) == ["hand.xlsx"]


def test_the_files_mode_is_kept(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    path.chmod(0o664)
    book = opened(path)
    book.write([EDIT], book.read())
    assert path.stat().st_mode & 0o777 == 0o664


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the system's administrator may give files away")
def test_the_files_owner_is_kept(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    os.chown(path, 1234, 1234)
    book = opened(path)
    book.write([EDIT], book.read())
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1234)


def test_a_link_stays_a_link_and_its_target_is_written(handmade: Handmade, opened: Opened, tmp_path: Path) -> None:
    path = handmade(SHEET)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.xlsx"
    link.symlink_to(path)
    book = opened(link)
    version = book.write([EDIT], book.read())
    assert link.is_symlink()
    assert opened(path).read().tabs["leads"].rows[0].get("Run") == "R-1"
    assert opened(path).version() == version
    assert names_in(tmp_path / "elsewhere") == ["link.xlsx"]


def test_left_overs_of_a_killed_write_are_swept_and_those_of_others_are_not(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    for name in (".hand.xlsx.rowpact-99.tmp", ".other.xlsx.rowpact-99.tmp", "hand.xlsx.tmp"):
        path.with_name(name).touch()
    book = opened(path)
    book.write([EDIT], book.read())
    assert names_in(path.parent) == [".other.xlsx.rowpact-99.tmp", "hand.xlsx", "hand.xlsx.tmp"]


def test_a_workbook_that_changes_while_it_is_written_is_left_as_it_then_is(
    handmade: Handmade, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = handmade(SHEET)
    book = opened(path)
    snapshot = book.read()
    copy_to = Package.copy_to

    def slowly(package: Package, out: object) -> None:
        copy_to(package, out)  # type: ignore[arg-type]
        with path.open("ab") as file:  # another program adds to the file just then
            file.write(b"\0")

    monkeypatch.setattr(Package, "copy_to", slowly)
    with pytest.raises(WorkbookChanged):
        book.write([EDIT], snapshot)
    monkeypatch.undo()
    assert book.read().tabs["leads"].rows[0].get("Run") is None
    assert names_in(path.parent) == ["hand.xlsx"]


def test_a_workbook_that_a_program_holds_fast_is_busy(handmade: Handmade, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the last step fails while Excel has the file open."""
    path = handmade(SHEET)
    book = opened(path)
    snapshot = book.read()

    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WorkbookBusy, match="a program has it open"):
        book.write([EDIT], snapshot)
    assert names_in(path.parent) == ["hand.xlsx"]
    assert book.version() == snapshot.version


@pytest.mark.usefixtures("ordinary_user")
def test_a_folder_that_may_not_be_written_is_busy(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    book = opened(path)
    snapshot = book.read()
    path.parent.chmod(0o555)
    try:
        with pytest.raises(WorkbookBusy, match="may not write into"):
            book.write([EDIT], snapshot)
    finally:
        path.parent.chmod(0o755)


WRITER = """
import signal, sys
from pathlib import Path
from adapters.workbooks.excel import ExcelWorkbook
from runner.errors import WorkbookBusy
from runner.model import RowEdit
from tests.adapters.excel.by_hand import PatientClock
book = ExcelWorkbook(Path(sys.argv[1]), clock=PatientClock())
"""
FOREVER = """
print("ready", flush=True)
for number in range(100_000):
    edits = [RowEdit(tab="Leads", row=row, cells={"Run": number}) for row in (2, 3)]
    book.write(edits, book.read())
"""
ONE_WRITE = """
import resource
snapshot = book.read()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    book.write([RowEdit(tab="Leads", row=2, cells={"Run": "R-1"})], snapshot)
except WorkbookBusy as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are a thing of POSIX")
@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_leaves_the_workbook_whole(tmp_path: Path, room: int) -> None:
    path = tmp_path / "business.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    sheet.append(["Name", "Run"])
    for number in range(3000):
        sheet.append([random.Random(number).random(), None])
    book.save(path)
    before = path.read_bytes()
    assert len(before) > room
    command = [sys.executable, "-c", WRITER + ONE_WRITE, str(path), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "The disk is full, so business.xlsx could not be written; it is as it was." in done.stdout
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["business.xlsx"]


def written_anew(path: Path, times: int) -> None:
    """Wait until the file has been replaced so many times, however busy the machine is."""
    deadline = time.monotonic() + 20
    for _ in range(times):
        before = path.stat().st_ino
        while path.stat().st_ino == before and time.monotonic() < deadline:
            time.sleep(0.002)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a thing of POSIX")
def test_a_kill_at_any_moment_leaves_a_whole_workbook(tmp_path: Path) -> None:
    path = tmp_path / "business.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    sheet.append(["Name", "Run"])
    for number in range(400):
        sheet.append([f"Name {number}", 0])
    book.save(path)
    dice = random.Random(3)
    seen = set()
    for _ in range(15):
        with subprocess.Popen([sys.executable, "-c", WRITER + FOREVER, path], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            written_anew(path, dice.randint(0, 2))
            time.sleep(dice.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
        rows = {row.number: row.get("Run") for row in ExcelWorkbook(path, clock=PatientClock()).read().tabs["leads"].rows}
        assert len(parts_of(path)) > 5
        assert len(rows) == 400
        assert rows[2] == rows[3], "one write is there as a whole or not at all"
        seen.add(rows[2])
    assert len(seen) > 3
    ExcelWorkbook(path, clock=PatientClock()).write([EDIT], ExcelWorkbook(path, clock=PatientClock()).read())
    assert names_in(tmp_path) == ["business.xlsx"]


def test_a_write_that_adds_a_tab_is_one_step_too(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    book = opened(path)
    inode = path.stat().st_ino
    version = book.write([TabEdit(tab="Runs", headers=("Run",)), EDIT], book.read())
    assert path.stat().st_ino != inode
    assert version == book.version()


def test_a_workbook_that_its_owner_marked_read_only_is_left_alone(handmade: Handmade, opened: Opened) -> None:
    path = handmade(SHEET)
    path.chmod(0o444)
    before = path.read_bytes()
    book = opened(path)
    with pytest.raises(WorkbookBusy, match="marked read-only"):
        book.write([EDIT], book.read())
    assert path.read_bytes() == before
