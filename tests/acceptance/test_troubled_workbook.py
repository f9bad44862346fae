"""The workbook is open, damaged, locked or away while the runner watches: nothing is lost, nothing sent twice, all is said."""

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.test_bad_workbooks import _obey_permissions
from tests.acceptance.watcher import Watcher, until

BOTH = ["ana@shop.example", "bob@shop.example"]
ALL = [*BOTH, "cleo@shop.example"]


@pytest.fixture
def watch(leads: Shop) -> Iterator[Callable[..., Watcher]]:
    """`watch()`: the runner goes on watching the shop until the test ends."""
    started: list[Watcher] = []

    def start(**options: Callable[[], object]) -> Watcher:
        started.append(Watcher(leads.folder, **options))
        return started[-1]

    yield start
    for watcher in started:
        watcher.end()


def all_is_well(leads: Shop, people: list[str]) -> None:
    """Each of these people got one mail, and the sheet says so beside their rows."""
    until(lambda: len(leads.mails()) >= len(people), "the mails")
    leads.run("run", "--once")
    assert leads.recipients() == sorted(people)
    assert {row["Email"]: str(row["Run"]).endswith(" DONE") for row in leads.tab("Leads")} == dict.fromkeys(people, True)
    assert "unbroken" in leads.run("audit", "verify")
    assert leads.json("status")["unreachable"] == ""
    assert leads.json("status")["writes_waiting"] == ""


def test_while_excel_has_it_open_writes_wait_and_work_goes_on(leads: Shop, watch: Callable[..., Watcher]) -> None:
    name = "Roberta"
    owner = bytes([len(name)]) + name.encode().ljust(54) + len(name).to_bytes(2, "little") + name.encode("utf-16-le").ljust(108)
    lock = leads.folder / "~$business.xlsx"
    lock.write_bytes(owner)
    before = leads.path.read_bytes()
    watcher = watch()
    watcher.says("Writing waits", "Roberta has business.xlsx open in Excel")
    until(lambda: leads.recipients() == BOTH, "the mails")
    assert leads.path.read_bytes() == before
    assert "Roberta" in leads.run("status")
    lock.unlink()
    until(lambda: leads.path.read_bytes() != before, "the write")
    watcher.stop()
    all_is_well(leads, BOTH)


def test_a_workbook_that_is_half_saved_stops_nothing_for_long(leads: Shop, watch: Callable[..., Watcher]) -> None:
    watcher = watch()
    until(lambda: leads.recipients() == BOTH, "the mails")
    watcher.says("DONE")
    leads.run("status")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    whole = leads.path.read_bytes()
    leads.path.write_bytes(whole[: len(whole) // 2])
    watcher.says("Stopped for now", "business.xlsx cannot be read")
    assert "business.xlsx cannot be read" in leads.run("status")
    leads.path.write_bytes(whole)
    watcher.says("It works again")
    watcher.stop()
    all_is_well(leads, ALL)


def test_a_folder_that_goes_and_comes_back_changes_nothing(leads: Shop, watch: Callable[..., Watcher]) -> None:
    leads.config('[runner]\nledger = "business.ledger"\n', workbook='kind = "excel"\npath = "drive/business.xlsx"')
    drive = leads.folder / "drive"
    drive.mkdir()
    at_home = leads.path.rename(drive / "business.xlsx")
    watcher = watch()
    until(lambda: leads.recipients() == BOTH, "the mails")
    until(lambda: b"R-0002" in _text(at_home), "the write")
    drive.rename(leads.folder / "unplugged")
    watcher.says("Stopped for now", "business.xlsx cannot be read")
    assert "it is not in the folder" in leads.run("status")
    (leads.folder / "unplugged").rename(drive)
    watcher.says("It works again")
    watcher.stop()
    assert leads.recipients() == BOTH


def test_replacing_the_workbook_again_and_again_while_it_is_read_loses_no_row(leads: Shop, watch: Callable[..., Watcher]) -> None:
    watcher = watch()
    for number in range(12):
        leads.add("Leads", Name=f"Lead {number}", Email=f"lead{number}@shop.example")
        beside = leads.folder / "saved.xlsx"
        beside.write_bytes(leads.path.read_bytes())
        beside.replace(leads.path)
    people = [*BOTH, *(f"lead{number}@shop.example" for number in range(12))]
    lost = [one for one in people if one not in {row["Email"] for row in leads.tab("Leads")}]
    assert lost == []
    until(lambda: len(leads.mails()) == len(people), "the mails")
    watcher.stop()
    all_is_well(leads, people)


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
def test_a_workbook_that_becomes_read_only_waits_and_is_written_when_it_may_be(leads: Shop, watch: Callable[..., Watcher]) -> None:
    leads.path.chmod(0o444)
    before = leads.path.read_bytes()
    watcher = watch(before=_obey_permissions)
    watcher.says("Writing waits", "marked read-only")
    assert "marked read-only" in leads.run("status")
    assert leads.path.read_bytes() == before
    leads.path.chmod(0o644)
    until(lambda: leads.path.read_bytes() != before, "the write")
    watcher.stop()
    all_is_well(leads, BOTH)


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
def test_a_workbook_that_may_not_be_read_for_a_while_is_said_and_read_later(leads: Shop, watch: Callable[..., Watcher]) -> None:
    leads.path.chmod(0)
    watcher = watch(before=_obey_permissions)
    watcher.says("Stopped for now", "does not let Rowpact open it")
    assert "does not let Rowpact open it" in leads.run("status")
    leads.path.chmod(0o644)
    watcher.says("It works again")
    watcher.stop()
    all_is_well(leads, BOTH)


def _text(path: object) -> bytes:
    """The sheets of a workbook, unpacked."""
    import zipfile

    with zipfile.ZipFile(str(path)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if "sheets/" in name)
