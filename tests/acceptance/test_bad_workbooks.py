"""Files and tabs that are not as they should be: each is said in a sentence, nothing is lost, and all goes on once it is mended."""

import ctypes
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.conftest import Shop

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOTH = ["ana@shop.example", "bob@shop.example"]


def edit(shop: Shop, change: Callable[[openpyxl.Workbook], object]) -> None:
    """Somebody changes the workbook and saves it."""
    book = openpyxl.load_workbook(shop.path)
    change(book)
    book.save(shop.path)


def rename(tab: str, old: str, new: str) -> Callable[[openpyxl.Workbook], None]:
    """Another header in row 1."""

    def change(book: openpyxl.Workbook) -> None:
        (cell,) = [cell for cell in book[tab][1] if cell.value == old]
        cell.value = new

    return change


def bomb(path: Path) -> None:
    """A few kilobytes that would unpack to forty megabytes."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/huge.bin", "w") as part:
        for _ in range(40):
            part.write(bytes(1 << 20))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts.pop("xl/media/huge.bin")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def overwrite(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (Path.unlink, "it is not in the folder"),
        (overwrite(b"Name,Email\nAna,ana@shop.example\n"), "it is a text file"),
        (overwrite(OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")), "it is protected with a password"),
        (lambda path: path.write_bytes(path.read_bytes()[:-400]), "damaged"),
        (bomb, "40 MB from almost nothing"),
        (lambda path: (path.unlink(), path.mkdir()), "it is a folder"),
    ],
    ids=["missing", "text file", "password", "truncated", "zip bomb", "folder"],
)
def test_a_file_that_is_no_workbook_is_named_and_left_alone(leads: Shop, spoil: Callable[[Path], object], said: str) -> None:
    good = leads.path.read_bytes()
    spoil(leads.path)
    before = leads.path.read_bytes() if leads.path.is_file() else None
    (problem,) = leads.json("check", code=1)["problems"]
    printed = leads.run("run", "--once", code=1)
    for sentence in (problem["sentence"], printed):
        assert said in sentence
        assert "business.xlsx" in sentence
    assert (leads.path.read_bytes() if leads.path.is_file() else None) == before
    if leads.path.is_dir():
        leads.path.rmdir()
    leads.path.write_bytes(good)
    leads.run("run", "--once")
    assert leads.recipients() == BOTH


def test_a_workbook_that_is_spoilt_later_keeps_its_ledger_and_nothing_is_sent_again(leads: Shop) -> None:
    leads.run("run", "--once")
    good = leads.path.read_bytes()
    leads.path.write_text("oops")
    leads.run("run", "--once", code=1)
    assert "is a text file" in leads.run("audit", "verify", code=1)
    assert leads.json("show", "1")["state"] == "DONE"
    assert leads.json("status")["runs"] == {"DONE": 2}
    leads.path.write_bytes(good)
    leads.run("run", "--once")
    assert leads.recipients() == BOTH
    leads.run("audit", "verify")


# ------------------------------------------------------------------------------------------------------------------ tabs


def test_a_deleted_tab_halts_new_runs_until_it_is_back(leads: Shop) -> None:
    leads.run("run", "--once")
    whole = leads.path.read_bytes()
    edit(leads, lambda book: book.remove(book["Fields"]))
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    for words, code in ((("check",), 1), (("run", "--once"), None)):
        assert "The tab Fields was there before and is gone." in leads.run(*words, code=code)
    assert leads.recipients() == BOTH
    assert "The tab Fields" in str(leads.tab("Contracts")[0]["Check"])
    leads.path.write_bytes(whole)
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    assert leads.recipients() == [*BOTH, "cleo@shop.example"]
    assert leads.tab("Contracts")[0]["Check"] == "OK"


def test_an_empty_tab_in_its_place_says_that_it_was_meant(leads: Shop) -> None:
    leads.run("run", "--once")
    edit(leads, lambda book: book.remove(book["Fields"]))
    leads.run("run", "--once", code=None)
    edit(leads, lambda book: book.create_sheet("Fields"))
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("check")
    leads.run("run", "--once")
    assert "cleo@shop.example" in leads.recipients()


def test_without_contracts_nothing_starts_and_every_step_is_told_what_it_lacks(leads: Shop) -> None:
    edit(leads, lambda book: book.remove(book["Contracts"]))
    printed = leads.run("check", code=1)
    assert "There is no contract “Hello”." in printed
    assert "Write it into the tab Contracts first." in printed
    leads.run("run", "--once", code=None)
    assert leads.mails() == []


def test_a_renamed_data_tab_is_missed_and_under_its_new_name_nothing_runs_twice(leads: Shop) -> None:
    leads.run("run", "--once")
    edit(leads, lambda book: setattr(book["Leads"], "title", "Leads 2026"))
    assert "There is no tab “Leads”." in leads.run("check", code=1)
    leads.run("run", "--once", code=None)
    assert leads.tab("Contracts")[0]["Check"] == "D2: There is no tab “Leads”. Did you mean “Leads 2026”?"
    leads.type("Contracts", {"Contract": "Hello"}, Tab="Leads 2026")
    leads.run("run", "--once")
    leads.run("run", "--once")
    assert leads.recipients() == BOTH
    assert [row["Run"] for row in leads.tab("Leads 2026")] == ["R-0001 DONE", "R-0002 DONE"]


def test_the_runners_own_tabs_come_back_when_they_are_deleted(leads: Shop) -> None:
    leads.run("run", "--once")
    runs, lines = leads.tab("Runs"), len(leads.tab("Audit"))
    edit(leads, lambda book: [book.remove(book[name]) for name in ("Runs", "Audit", "Approvals", "Runner")])
    leads.run("run", "--once")
    assert [row["Key"] for row in leads.tab("Runs")] == [row["Key"] for row in runs]
    assert len(leads.tab("Audit")) >= lines
    assert leads.recipients() == BOTH
    leads.run("audit", "verify")


@pytest.mark.parametrize("whole", [True, False], ids=["everything", "rows only"])
def test_a_workbook_that_comes_back_empty_is_a_mishap(leads: Shop, whole: bool) -> None:
    leads.run("run", "--once")
    good = leads.path.read_bytes()

    def clear(book: openpyxl.Workbook) -> None:
        for sheet in book:
            sheet.delete_rows(1 if whole else 2, 100)

    edit(leads, clear)
    before = leads.path.read_bytes()
    for words in (("check",), ("run", "--once")):
        printed = leads.run(*words, code=1)
        assert "had 6 rows and now has none" in printed
        assert "Put the last good copy back" in printed
    assert leads.path.read_bytes() == before
    leads.path.write_bytes(good)
    leads.run("run", "--once")
    assert leads.recipients() == BOTH


# --------------------------------------------------------------------------------------------------------------- columns


def test_a_renamed_guard_halts_new_runs_instead_of_being_dropped(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Approval="Always")
    edit(leads, rename("Steps", "Approval", "Approvals"))
    for words, code in ((("check",), 1), (("run", "--once"), None)):
        printed = leads.run(*words, code=code)
        assert "Steps!F1" in printed
        assert "Was it renamed to “Approvals”?" in printed
    assert leads.mails() == []
    assert leads.tab("Runs") == []
    edit(leads, rename("Steps", "Approvals", "Approval"))
    leads.run("run", "--once")
    assert leads.mails() == []
    assert set(leads.runs().values()) == {"AWAITING_APPROVAL"}


def test_a_guard_that_is_called_something_else_altogether_is_missed_because_the_ledger_remembers_it(leads: Shop) -> None:
    leads.type("Contracts", {"Contract": "Hello"}, If="Budget > 600")
    leads.run("run", "--once")
    assert leads.recipients() == ["bob@shop.example"]
    edit(leads, rename("Contracts", "If", "Only when"))
    for words, code in ((("check",), 1), (("run", "--once"), None)):
        assert "The column “If” was there before and is gone." in leads.run(*words, code=code)
    assert leads.recipients() == ["bob@shop.example"]


def test_two_columns_alike_and_merged_cells_halt_new_runs_and_say_where(leads: Shop) -> None:
    edit(leads, lambda book: setattr(book["Steps"].cell(1, 11), "value", "approval "))
    assert "Steps!K1" in leads.run("check", code=1)
    edit(leads, lambda book: setattr(book["Steps"].cell(1, 11), "value", None))
    edit(leads, lambda book: book["Contracts"].merge_cells("A2:A3"))
    printed = leads.run("run", "--once", code=None)
    assert "These cells are merged: A2:A3." in printed
    assert "Unmerge Cells" in printed
    assert leads.mails() == []


def test_merged_cells_among_the_data_are_named_and_the_other_rows_go_on(leads: Shop) -> None:
    edit(leads, lambda book: book["Leads"].merge_cells("B2:B3"))
    assert "Leads!B2:B3" in leads.run("check", code=1)
    leads.run("run", "--once", code=None)
    assert leads.recipients() == ["ana@shop.example"]
    assert leads.tab("Leads")[1]["Run"] == "waits for Email"


def test_a_renamed_row_id_column_sends_nothing_again(leads: Shop) -> None:
    leads.type("Contracts", {"Contract": "Hello"}, Dedupe_key=None)
    leads.run("run", "--once")
    edit(leads, rename("Leads", "Row ID", "Our number"))
    assert "Leads had a column “Row ID”, and it is gone" in leads.run("check", code=1)
    leads.run("run", "--once", code=None)
    edit(leads, rename("Leads", "Our number", "Row ID"))
    leads.run("run", "--once")
    assert leads.recipients() == BOTH


def test_what_people_do_to_a_sheet_all_day_fires_nothing_twice(leads: Shop) -> None:
    leads.run("run", "--once")

    def rearrange(book: openpyxl.Workbook) -> None:
        sheet = book["Leads"]
        sheet.move_range("A3:F3", rows=2)  # Bob goes down, with blank rows above him
        sheet.insert_cols(1)
        sheet["A1"] = "Notes"
        sheet["A2"] = "call back"
        sheet.column_dimensions["C"].hidden = True
        sheet.auto_filter.ref = "A1:G5"
        sheet.row_dimensions[2].hidden = True
        (run,) = [cell for cell in sheet[1] if cell.value == "Run"]
        sheet.delete_cols(run.column)
        book["Steps"].append(["-- drafts --"])
        book["Steps"].insert_rows(2)

    edit(leads, rearrange)
    leads.run("run", "--once", code=None)
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once", code=None)
    assert leads.recipients() == [*BOTH, "cleo@shop.example"]
    assert {row["Name"]: row["State"] for row in leads.tab("Leads")} == dict.fromkeys(("Ana", "Bob", "Cleo"), "Answered")
    assert "Run" not in leads.tab("Leads")[0]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_workbook_saved_by_libreoffice_keeps_all_values_and_fires_nothing_twice(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Approval="Budget >= 800")
    leads.run("run", "--once")
    names = openpyxl.load_workbook(leads.path).sheetnames
    before = {name: leads.tab(name) for name in names}
    saved = leads.folder / "saved"
    profile = f"-env:UserInstallation={(leads.folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(saved), str(leads.path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (saved / "business.xlsx").replace(leads.path)
    for name in names:
        assert _shown(leads.tab(name)) == _shown(before[name]), name
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example"]
    assert [row["State"] for row in leads.tab("Runs")] == ["DONE", "AWAITING_APPROVAL"]
    assert "cell put back" not in [row["Event"] for row in leads.tab("Audit")]
    leads.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    leads.run("run", "--once")
    assert leads.recipients() == BOTH


def _shown(rows: list[dict[str, object]]) -> list[dict[str, str]]:
    """As a person sees them: times to the second, blanks left out."""
    return [{name: str(value).partition(".")[0] for name, value in row.items() if value not in (None, "")} for row in rows]


# -------------------------------------------------------------------------------------------------- disks and permissions


def _start(shop: Shop, *words: str, before: Callable[[], object]) -> subprocess.CompletedProcess[str]:
    """The command in a process that `before` has restricted."""
    return subprocess.run(
        [sys.executable, "-c", "from runner.cli import main; main()", *words],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        preexec_fn=before,
    )


def _small_files(most: int) -> Callable[[], None]:
    """No file of this process may grow beyond so many bytes: to it, the disk is full."""
    import resource
    import signal

    def restrict() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return restrict


@pytest.mark.skipif(os.name != "posix", reason="limits of this kind are POSIX")
@pytest.mark.parametrize(
    "most", [8_000, 80_000, 120_000, 160_000], ids=["at once", "mail not begun", "mail just sent", "at the end"]
)
def test_a_full_disk_stops_cleanly_at_any_moment_and_the_next_run_does_the_rest_once(leads: Shop, most: int) -> None:
    leads.run("run", "--once")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    before = leads.path.read_bytes()
    done = _start(leads, "run", "--once", before=_small_files(most))
    printed = done.stdout + done.stderr
    assert "Traceback" not in printed
    # how much room a run needs depends on the version of SQLite; 8 kB are never enough
    assert (done.returncode == 0 and most > 100_000) or "is full or refuses to write" in printed
    assert leads.path.read_bytes() == before or done.returncode == 0
    leads.run("run", "--once")
    assert leads.recipients() == [*BOTH, "cleo@shop.example"]
    assert set(leads.runs().values()) == {"DONE"}
    leads.run("audit", "verify")


@pytest.mark.skipif(os.name != "posix", reason="limits of this kind are POSIX")
def test_a_disk_too_full_for_the_workbook_keeps_it_whole_and_writes_it_later(leads: Shop) -> None:
    edit(leads, lambda book: [book.create_sheet("Archive").append([os.urandom(12_000).hex()]) for _ in range(60)])
    before = leads.path.read_bytes()
    assert len(before) > 800_000
    done = _start(leads, "run", "--once", before=_small_files(750_000))  # room for the ledger, not for the workbook
    assert "The disk is full, so business.xlsx could not be written; it is as it was." in done.stdout
    assert leads.path.read_bytes() == before
    assert leads.recipients() == BOTH
    assert "The disk is full" in leads.json("status")["writes_waiting"]
    assert [path.name for path in leads.folder.iterdir() if ".tmp" in path.name] == []
    leads.run("run", "--once")
    assert leads.recipients() == BOTH
    assert [row["Run"] for row in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]


def _obey_permissions() -> None:
    """Root may write everywhere; without these two rights it has to obey like anybody else."""
    if os.geteuid() == 0:
        drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc = ctypes.CDLL(None)
        for right in (override, search):
            libc.prctl(drop, right, 0, 0, 0)


@pytest.fixture
def shut(leads: Shop) -> Iterator[Shop]:
    """A shop whose folder may be read and not written."""
    leads.folder.chmod(0o555)
    try:
        probe = subprocess.run(["touch", "probe"], cwd=leads.folder, preexec_fn=_obey_permissions, capture_output=True, check=False)
        if probe.returncode == 0:
            pytest.skip("permissions do not bind this user")
        yield leads
    finally:
        leads.folder.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
def test_a_folder_that_may_not_be_written_is_said_and_nothing_is_begun(shut: Shop) -> None:
    before = shut.path.read_bytes()
    for words, said in (
        (("run", "--once"), "The ledger"),
        (("new", "second.xlsx"), "second.xlsx cannot be written"),
        (("demo", "sample"), "cannot be written"),
    ):
        done = _start(shut, *words, before=_obey_permissions)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert said in done.stderr
    assert shut.path.read_bytes() == before
    assert sorted(path.name for path in shut.folder.iterdir()) == ["business.xlsx", "config.toml"]
    shut.folder.chmod(0o755)
    shut.run("run", "--once")
    assert shut.recipients() == BOTH


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
def test_a_ledger_that_may_no_longer_be_written_sends_nothing(leads: Shop, shut: Shop) -> None:
    leads.folder.chmod(0o755)
    leads.run("run", "--once")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.folder.chmod(0o555)
    done = _start(leads, "run", "--once", before=_obey_permissions)
    assert done.returncode == 1
    assert "cannot be written: the file or its folder is read-only. Allow writing to both." in done.stderr
    assert leads.recipients() == BOTH
