"""A real LibreOffice has the workbook open, saves an old copy over it, or writes it anew: nothing is lost or done twice."""

import random
import subprocess
from collections.abc import Iterator

import openpyxl
import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.watcher import Watcher, until
from tests.servers.libre_office import LibreOffice, python_with_uno

BOTH = ["ana@shop.example", "bob@shop.example"]


@pytest.fixture
def office(leads: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    """LibreOffice, with nothing open yet."""
    started = LibreOffice(leads.path, tmp_path_factory.mktemp("office"))
    yield started
    started.end()


def cell(leads: Shop, tab: str, header: str, where: str) -> str:
    """The address of the cell under this header, in the first row that holds `where`."""
    sheet = openpyxl.load_workbook(leads.path)[tab]
    column = next(one.column_letter for one in sheet[1] if one.value == header)
    row = next(row[0].row for row in sheet.iter_rows() if where in [one.value for one in row])
    return f"{column}{row}"


def test_while_libre_office_has_it_open_writes_wait_and_what_is_typed_there_counts(leads: Shop, office: LibreOffice) -> None:
    leads.type("Steps", {"Step": "Reply"}, Approval="Name = Bob")
    leads.run("run", "--once")
    assert office.does("open") == "done"
    assert office.lock.exists()
    watcher = Watcher(leads.folder)
    try:
        office.does("type", "Leads", "A4", "Cleo")
        office.does("type", "Leads", "B4", "cleo@shop.example")
        office.does("type", "Approvals", cell(leads, "Approvals", "Decision", "A-0001"), "approve")
        assert office.does("save") == "done"
        saved = leads.path.read_bytes()
        until(lambda: len(leads.mails()) == 3, "the mails")
        watcher.says("Writing waits", "LibreOffice")
        assert "LibreOffice" in leads.run("status")
        assert leads.path.read_bytes() == saved
        assert office.does("close") == "done"
        until(lambda: leads.path.read_bytes() != saved, "the write")
        watcher.stop()
    finally:
        watcher.end()
    assert leads.recipients() == [*BOTH, "cleo@shop.example"]
    assert [row["Run"] for row in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE", "R-0003 DONE"]


def test_a_lock_that_a_killed_libre_office_left_behind_counts_for_nothing(leads: Shop, office: LibreOffice) -> None:
    assert office.does("open") == "done"
    before = leads.path.read_bytes()
    assert "LibreOffice" in leads.run("run", "--once")
    assert leads.path.read_bytes() == before
    office.end()
    assert office.lock.exists()
    watcher = Watcher(leads.folder)
    try:  # as long as any LibreOffice runs on this computer, the lock could be its
        until(lambda: leads.path.read_bytes() != before, "the write")
        watcher.stop()
    finally:
        watcher.end()
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert len(leads.mails()) == 2


def test_an_old_copy_that_is_saved_over_what_was_written_heals(leads: Shop, office: LibreOffice) -> None:
    """As on a shared folder that carries no lock files: two saves, the later one of a workbook that was opened before."""
    leads.type("Steps", {"Step": "Reply"}, Approval="Name = Bob")
    leads.run("run", "--once")
    office.does("open")
    office.lock.unlink()
    office.does("type", "Approvals", cell(leads, "Approvals", "Decision", "A-0001"), "APPROVE")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "cleo@shop.example"]
    assert office.does("save_over") == "done"
    assert office.does("close") == "done"
    assert [row["Name"] for row in leads.tab("Leads")] == ["Ana", "Bob"]
    for _ in range(2):
        leads.run("run", "--once")
    assert leads.recipients() == [*BOTH, "cleo@shop.example"]
    assert {row["Run"]: row["State"] for row in leads.tab("Runs")} == dict.fromkeys(["R-0001", "R-0002", "R-0003"], "DONE")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    assert len(leads.mails()) == 3
    assert "unbroken" in leads.run("audit", "verify")


def test_a_workbook_that_libre_office_wrote_anew_fires_nothing(leads: Shop) -> None:
    """Sorted, copied and edited, and every part of the file written by another program, again and again."""
    python_with_uno()
    leads.type("Contracts", {"Contract": "Hello"}, Dedupe_key=None)  # rows are known by their Row ID alone
    leads.type("Steps", {"Step": "Reply"}, Approval="Budget > 800")
    for number in range(6):
        leads.add("Leads", Name=f"Lead {number}", Email=f"lead{number}@shop.example", Budget=100 * number)
    leads.run("run", "--once")
    for turn in range(3):
        edited_at_random(leads, random.Random(turn))
        written_anew(leads)
        leads.run("run", "--once")
    leads.run("run", "--once")
    assert len(leads.mails()) == 7
    assert len(leads.json("status")["open"]) == 1
    rows = leads.tab("Leads")
    assert len({row["Row ID"] for row in rows}) == len(rows) == 8
    inputs = {row["Run"]: str(row["Input"]) for row in leads.tab("Runs")}
    for row in rows:
        assert f"Name: {row['Name']}," in inputs[str(row["Run"]).split()[0]]
    assert "unbroken" in leads.run("audit", "verify")
    leads.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    written_anew(leads)
    leads.run("run", "--once")
    assert len(leads.mails()) == 8


def edited_at_random(leads: Shop, chance: random.Random) -> None:
    """Rows sorted, blank rows put between, columns moved, a note typed."""
    book = openpyxl.load_workbook(leads.path)
    for name in ("Leads", "Runs", "Approvals", "Audit"):
        sheet = book[name]
        headers, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        order = list(range(len(headers)))
        chance.shuffle(rows)
        if name == "Leads":
            chance.shuffle(order)
            rows.insert(chance.randrange(len(rows)), [None] * len(headers))
        sheet.delete_rows(1, sheet.max_row)
        for row in (headers, *rows):
            sheet.append([row[at] for at in order])
    book.save(leads.path)


def written_anew(leads: Shop) -> None:
    """LibreOffice opens the workbook and writes every part of it."""
    out = leads.folder / "anew"
    profile = f"-env:UserInstallation={(leads.folder / 'office').as_uri()}"
    kind = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    command = ["soffice", profile, "--headless", *kind, str(leads.path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (out / leads.path.name).replace(leads.path)
