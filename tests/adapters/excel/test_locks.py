"""Lock files: whoever has the workbook open is named, and nobody's lock is ever deleted."""

import getpass
import os
import socket
from pathlib import Path

import pytest

from adapters.workbooks.excel import ExcelWorkbook
from adapters.workbooks.excel.locks import holder
from runner.errors import WorkbookBusy
from runner.model import RowEdit
from tests.adapters.excel.by_hand import PatientClock, text_cell, worksheet
from tests.adapters.excel.conftest import Handmade

SHEET = worksheet(f'<row r="1">{text_cell("A1", "Name")}</row><row r="2"><c r="A2"><v>1</v></c></row>')


@pytest.fixture
def path(handmade: Handmade) -> Path:
    return handmade(SHEET, name="business.xlsx")


def libre_office(path: Path, text: str) -> Path:
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text(text, encoding="utf-8")
    return lock


def excel(path: Path, person: str) -> Path:
    """As Excel writes it: 165 bytes, the name in 8-bit letters and again in UTF-16."""
    narrow, wide = person.encode("latin-1", "replace"), person.encode("utf-16-le")
    data = bytes([len(narrow)]) + narrow.ljust(54) + len(person).to_bytes(2, "little") + wide
    lock = path.with_name(f"~${path.name}")
    lock.write_bytes(data.ljust(165, b" "))
    return lock


def processes(folder: Path, *names: str) -> Path:
    """A list of processes as Linux shows it."""
    for number, name in enumerate(names, 100):
        (folder / "proc" / str(number)).mkdir(parents=True)
        state = "Z" if name.startswith("dead ") else "S"
        (folder / "proc" / str(number) / "stat").write_text(f"{number} ({name.removeprefix('dead ')}) {state} 1 1 1\n")
    return folder / "proc"


def ours(host: str = "") -> str:
    return f",{getpass.getuser()},{host or socket.gethostname()},22.11.2026 15:05,file:///home/profile;"


def test_libre_office_is_named_with_its_person_and_computer(path: Path) -> None:
    lock = libre_office(path, "Ana\\, the owner,ana,laptop,22.11.2026 15:05,file:///home/ana/profile;")
    sentence = holder(path)
    assert sentence.startswith(
        "Ana, the owner has business.xlsx open in LibreOffice on the computer laptop since 22.11.2026 15:05."
    )
    assert lock.name in sentence
    assert lock.exists()


def test_excel_is_named_with_its_person(path: Path) -> None:
    lock = excel(path, "Zoë Łucka")
    sentence = holder(path)
    assert sentence.startswith("Zoë Łucka has business.xlsx open in Excel.")
    assert lock.exists()


@pytest.mark.parametrize("text", ["", ";", ",,,;"])
def test_a_lock_that_names_nobody_still_counts(path: Path, text: str) -> None:
    libre_office(path, text)
    assert holder(path).startswith("Somebody has business.xlsx open")


def test_a_short_excel_lock_still_counts(path: Path) -> None:
    path.with_name(f"~${path.name}").write_bytes(b"")
    assert holder(path).startswith("Somebody has business.xlsx open in Excel.")


def test_a_workbook_that_is_open_is_not_written(path: Path) -> None:
    book = ExcelWorkbook(path, clock=PatientClock())
    snapshot = book.read()
    lock = excel(path, "Ana")
    assert book.busy().startswith("Ana has")
    with pytest.raises(WorkbookBusy, match=r"Ana has business\.xlsx open in Excel"):
        book.write([RowEdit(tab="Leads", row=2, cells={"Name": 2})], snapshot)
    assert book.version() == snapshot.version
    lock.unlink()
    assert book.busy() == ""
    book.write([RowEdit(tab="Leads", row=2, cells={"Name": 2})], snapshot)


def test_a_lock_beside_the_target_of_a_link_counts(path: Path, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    link = tmp_path / "desk" / "mine.xlsx"
    link.symlink_to(path)
    assert holder(link) == ""
    excel(path, "Ana")
    assert holder(link).startswith("Ana has business.xlsx open")


def test_a_lock_of_our_own_without_a_running_libre_office_is_left_over(path: Path, tmp_path: Path) -> None:
    lock = libre_office(path, ours())
    assert holder(path, processes=processes(tmp_path, "systemd", "odd ) name", "dead soffice.bin")) == ""
    assert lock.exists()


@pytest.mark.parametrize("program", ["soffice.bin", "oosplash"])
def test_a_lock_counts_while_libre_office_runs(path: Path, tmp_path: Path, program: str) -> None:
    libre_office(path, ours())
    assert "LibreOffice" in holder(path, processes=processes(tmp_path, "systemd", program))


def test_a_lock_of_another_computer_or_person_always_counts(path: Path, tmp_path: Path) -> None:
    listed = processes(tmp_path, "systemd")
    libre_office(path, ours("another-computer"))
    assert "another-computer" in holder(path, processes=listed)
    libre_office(path, f",somebody-else,{socket.gethostname()},22.11.2026 15:05,x;")
    assert holder(path, processes=listed).startswith("somebody-else has")


def test_a_lock_counts_where_processes_cannot_be_listed(path: Path, tmp_path: Path) -> None:
    libre_office(path, ours())
    assert holder(path, processes=tmp_path / "no such folder") != ""


@pytest.mark.skipif(os.name == "nt", reason="Windows says by itself whether Excel still holds its file")
def test_an_excel_lock_counts_wherever_it_cannot_be_tried(path: Path) -> None:
    excel(path, "Ana")
    assert holder(path) != ""
