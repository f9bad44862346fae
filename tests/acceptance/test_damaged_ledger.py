"""The ledger's file is damaged, cut short, emptied, deleted, replaced by an old copy: found, said, put back, and nothing twice."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop

LEDGER = "business.ledger"


def flip(file: Path) -> None:
    """Random bytes of every page are others, as a dying disk gives them back."""
    data, rng = bytearray(file.read_bytes()), random.Random(5)
    for page in range(0, len(data), 4096):
        for _ in range(24):
            data[page + rng.randrange(min(4096, len(data) - page))] ^= 1 + rng.randrange(255)
    file.write_bytes(data)


def flip_the_middle(file: Path) -> None:
    """The header is whole: opening it works."""
    data, rng = bytearray(file.read_bytes()), random.Random(6)
    for _ in range(4000):
        data[rng.randrange(4096 * 2, len(data))] ^= 0xFF
    file.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped bytes in every page": flip,
    "flipped bytes behind the header": flip_the_middle,
    "cut short": lambda file: os.truncate(file, file.stat().st_size // 2),
    "emptied": lambda file: os.truncate(file, 0),
    "replaced by something else": lambda file: file.write_bytes(b"this is no database " * 500),
    "deleted": lambda file: file.unlink(),
}


_WORKED: list[Path] = []


@pytest.fixture
def worked(leads: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two leads answered before the copy of the day, one after it; the workbook shows all three."""
    if not _WORKED:
        leads.run("run", "--once")
        leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
        leads.run("run", "--once")
        assert (leads.folder / f"{LEDGER}.backup-1").exists()
        assert len(leads.mails()) == 3
        _WORKED.append(shutil.copytree(leads.folder, tmp_path_factory.mktemp("worked") / "shop"))
    shutil.copytree(_WORKED[0], leads.folder, dirs_exist_ok=True)
    return leads


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_ledger_is_put_back_and_nothing_is_done_twice(worked: Shop, damage: str) -> None:
    file = worked.folder / LEDGER
    DAMAGES[damage](file)
    broken = file.read_bytes() if file.exists() else b""
    printed = worked.run("run", "--once")
    assert "put back from business.ledger.backup-1" in printed
    assert worked.runs() == dict.fromkeys(("ana@shop.example", "bob@shop.example", "cleo@shop.example"), "DONE")
    assert any("put back" in str(line["Detail"]) for line in worked.tab("Audit"))
    if broken:
        (aside,) = (file for file in worked.folder.glob(f"{LEDGER}.damaged-*") if not file.name.endswith(("-wal", "-shm")))
        assert aside.read_bytes() == broken
        assert aside.name in printed
    _goes_on(worked)
    assert Counter(worked.recipients()) == Counter(f"{name}@shop.example" for name in ("ana", "bob", "cleo", "dora"))
    assert "unbroken" in worked.run("audit", "verify")


def _goes_on(shop: Shop) -> None:
    """Work as ever, and a trail that holds."""
    shop.add("Leads", Name="Dora", Email="dora@shop.example")
    shop.run("run", "--once")
    assert shop.runs()["dora@shop.example"] == "DONE"
    assert shop.sound()
    numbers = [int(str(line["Seq"])) for line in shop.tab("Audit")]
    assert len(numbers) == len(set(numbers))


def test_a_new_row_is_asked_about_once_because_it_may_have_been_done(worked: Shop) -> None:
    worked.add("Leads", Name="Dora", Email="dora@shop.example")
    (worked.folder / LEDGER).write_bytes(b"broken")
    worked.run("run", "--once")
    assert len(worked.mails()) == 3
    assert worked.runs()["dora@shop.example"] == "HELD"
    (question,) = worked.tab("Approvals")
    assert "look first" in str(question["What will happen"])
    worked.add("Leads", Name="Eve", Email="eve@shop.example")
    worked.run("run", "--once")
    assert worked.runs()["eve@shop.example"] == "DONE"
    worked.type("Approvals", {"Approval": question["Approval"]}, Decision="RELEASE")
    worked.run("run", "--once")
    assert worked.runs()["dora@shop.example"] == "DONE"
    assert len(worked.mails()) == 5
    assert "unbroken" in worked.run("audit", "verify")


def test_a_run_under_way_since_the_copy_is_in_doubt(worked: Shop) -> None:
    """The workbook says that it was about to be tried again; whether it was, nobody knows."""
    worked.type("Runs", {"Key": "cleo@shop.example"}, State="RETRYING")
    (worked.folder / LEDGER).write_bytes(b"broken")
    worked.run("run", "--once")
    assert worked.runs()["cleo@shop.example"] == "IN_DOUBT"
    worked.type("Dead letters", {"State": "IN_DOUBT"}, Decision="DONE")
    worked.run("run", "--once")
    assert worked.runs()["cleo@shop.example"] == "DONE"
    assert len(worked.mails()) == 3
    _goes_on(worked)


def test_approvals_are_asked_anew_and_old_answers_mean_nothing(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Approval="Always")
    leads.run("run", "--once")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    leads.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    flip(leads.folder / LEDGER)
    leads.run("run", "--once")
    assert leads.mails() == []
    open_ones = [row for row in leads.tab("Approvals") if not row["Result"]]
    assert len(open_ones) == 3
    for row in open_ones:
        leads.type("Approvals", {"Approval": row["Approval"]}, Decision="APPROVE")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert "unbroken" in leads.run("audit", "verify")


def test_an_old_copy_put_in_place_by_hand_is_noticed_and_caught_up(worked: Shop) -> None:
    (worked.folder / f"{LEDGER}.backup-1").replace(worked.folder / LEDGER)
    assert "is an older copy" in worked.run("run", "--once")
    assert len(worked.mails()) == 3
    assert worked.runs()["cleo@shop.example"] == "DONE"
    _goes_on(worked)


def test_when_the_newest_copy_is_broken_too_the_one_before_it_is_taken(worked: Shop) -> None:
    newest, before = (worked.folder / f"{LEDGER}.backup-{number}" for number in (1, 2))
    before.write_bytes(newest.read_bytes())
    flip(newest)
    flip(worked.folder / LEDGER)
    assert "put back from business.ledger.backup-2" in worked.run("run", "--once")
    _goes_on(worked)
    assert len(worked.mails()) == 4


def test_a_look_at_a_ledger_that_is_gone_does_not_make_it_forget(worked: Shop) -> None:
    (worked.folder / LEDGER).unlink()
    worked.run("status")
    assert "is empty. It was put back from" in worked.run("run", "--once")
    assert worked.runs()["cleo@shop.example"] == "DONE"
    assert len(worked.mails()) == 3
    assert worked.sound()


def test_the_other_commands_say_what_to_do_and_change_nothing(worked: Shop) -> None:
    (worked.folder / LEDGER).write_bytes(b"broken")
    assert "`rowpact run` does so by itself" in worked.run("status", code=1)
    assert (worked.folder / LEDGER).read_bytes() == b"broken"


@pytest.mark.parametrize("gone", [True, False])
def test_a_log_that_was_lost_after_a_kill_takes_nothing_back(leads: Shop, gone: bool) -> None:
    leads.run("run", "--once")
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    _killed_once_it_shows(leads, "cleo@shop.example")
    log = leads.folder / f"{LEDGER}-wal"
    if gone:
        log.unlink()
    else:
        log.write_bytes(bytes(len(log.read_bytes())))
    assert "older copy" in leads.run("run", "--once")
    assert len(leads.mails()) == 3
    assert leads.runs()["cleo@shop.example"] == "DONE"
    _goes_on(leads)


def _killed_once_it_shows(shop: Shop, key: str) -> None:
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run"]
    process = subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while shop.runs().get(key) != "DONE" and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def test_a_ledger_deleted_under_a_living_runner_is_put_back_by_it(leads: Shop) -> None:
    leads.config('[runner]\npoll = "1s"\n')
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run"]
    process = subprocess.Popen(command, cwd=leads.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        _until((leads.folder / f"{LEDGER}.backup-1").exists)
        for file in (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm"):
            (leads.folder / file).unlink(missing_ok=True)
        leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
        _until(lambda: leads.runs().get("cleo@shop.example") == "HELD")
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait(10)
    assert "taken away or replaced while Rowpact ran" in printed
    assert "put back from" in printed
    assert "Traceback" not in printed
    assert len(leads.mails()) == 2
    assert "unbroken" in leads.run("audit", "verify")


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_copies_are_of_different_days_and_never_more_than_two(leads: Shop) -> None:
    for day in (1, 2, 3, 4):
        leads.add("Leads", Name="X", Email=f"x{day}@shop.example")
        leads.run("run", "--once")
        with sqlite3.connect(leads.folder / LEDGER) as ledger:
            ledger.execute("UPDATE notes SET value = '2020-01-01T00:00:00+00:00' WHERE name = 'safeguarded at'")
        ledger.close()
    copies = sorted(path.name for path in leads.folder.glob(f"{LEDGER}.*"))
    assert copies == [f"{LEDGER}.backup-1", f"{LEDGER}.backup-2"]
    heads = []
    for name in copies:
        with sqlite3.connect(leads.folder / name) as copy:
            heads.append(copy.execute("SELECT max(seq) FROM events").fetchone()[0])
        copy.close()
    assert heads[0] > heads[1]
