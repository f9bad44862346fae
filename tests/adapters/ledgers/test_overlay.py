"""The ledger that keeps nothing: it goes on where the one below stands, and leaves that as it is."""

from datetime import timedelta
from pathlib import Path

from adapters.clock import StillClock
from adapters.ledgers.backup import copy_files
from adapters.ledgers.overlay import OverlayLedger
from adapters.ledgers.sql import SqlLedger
from runner.model import Event, Run
from runner.rules.replay import whole
from tests.conftest import NOW


def started(name: str, key: str) -> Event:
    return Event(kind="run started", run=name, contract="Hello", data={"run": whole(Run(id=name, contract="Hello", key=key))})


def kept(folder: Path) -> SqlLedger:
    ledger = SqlLedger(folder / "business.ledger", "business", StillClock(NOW))
    ledger.acquire("tests:1:x", NOW)
    ledger.record([started("R-0001", "ana")])
    ledger.note("rows", "3")
    return ledger


def test_what_is_recorded_stays_above(tmp_path: Path) -> None:
    below = kept(tmp_path)
    overlay = OverlayLedger(below, StillClock(NOW))
    overlay.acquire("somebody else", NOW)
    overlay.record([started("R-0002", "bob")])
    overlay.note("rows", "4")
    assert overlay.known("Hello", ["ana", "bob", "cy"]) == {"ana": "R-0001", "bob": "R-0002"}
    assert set(overlay.books.runs) == {"R-0001", "R-0002"}
    assert [event.run for event in overlay.events(run="R-0002")] == ["R-0002"]
    assert overlay.run("R-0001") == below.run("R-0001")
    assert set(below.books.runs) == {"R-0001"}
    assert below.known("Hello", ["bob"]) == {}
    assert below.note("rows") == "3"
    assert [event.run for event in below.events()] == ["R-0001"]


def test_without_a_ledger_below_it_begins_anew() -> None:
    overlay = OverlayLedger(None, StillClock(NOW))
    assert list(overlay.events(limit=1)) == []
    assert overlay.note("rows") == ""
    assert (overlay.next_id("R"), overlay.next_id("R"), overlay.next_id("A")) == ("R-0001", "R-0002", "A-0001")
    overlay.keep_plan("x", "text")
    assert overlay.plan("x") == "text"


def test_the_copy_of_a_ledger_in_use_holds_what_is_not_merged_yet_and_changes_no_byte(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    below = kept(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("business.ledger*")}
    assert len(before["business.ledger-wal"]) > 0
    copy = SqlLedger(copy_files(tmp_path / "business.ledger", tmp_path / "copy"), "business", StillClock(NOW))
    assert set(copy.books.runs) == {"R-0001"}
    copy.close()
    assert {file.name: file.read_bytes() for file in tmp_path.glob("business.ledger*")} == before
    below.close()


def test_a_clock_that_stands_still_moves_when_somebody_sleeps() -> None:
    clock = StillClock(NOW)
    clock.sleep(90)
    clock.sleep(-5)
    assert clock.now() == NOW + timedelta(seconds=90)
    assert not clock.stopped
    clock.stop()
    assert clock.stopped
