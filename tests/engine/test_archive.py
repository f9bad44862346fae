"""What ended long ago leaves the workbook for the archive; the ledger keeps it, and nothing of it is done again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.workbooks.memory import MemoryWorkbook
from runner.cli.audit import disagreements
from runner.cli.show import _find
from runner.model import Event
from tests.engine.office import Office, lay_out_leads


class Shelf(Office):
    """An office with an archive."""

    def restart(self) -> None:
        super().restart()
        self.with_(archive=lambda: self.archive, archived=self.archive.read)

    @property
    def archive(self) -> MemoryWorkbook:
        found: MemoryWorkbook = self.__dict__.setdefault("_archive", MemoryWorkbook("business.archive.xlsx"))
        return found

    def archived(self, tab: str, header: str) -> list[object]:
        found = self.archive.read().tab(tab)
        return [row.get(header) for row in found.rows] if found else []

    def column(self, tab: str, header: str) -> list[object]:
        return [row[header] for row in self.tab(tab)]

    def later(self, days: int) -> None:
        self.clock.moment += timedelta(days=days)
        self.workbook.touched()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Shelf]:
    """Two runs that are done; Bob's asked first."""
    made = Shelf(tmp_path)
    lay_out_leads(made, Approval="Name = Bob")
    made.with_(archive=lambda: made.archive)
    made.tick()
    made.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    made.tick()
    made.tick()
    yield made
    made.close()


def test_nothing_leaves_before_its_time(office: Shelf) -> None:
    office.later(89)
    office.tick()
    assert office.column("Runs", "Run") == ["R-0001", "R-0002"]
    assert office.archived("Runs", "Run") == []


def test_old_runs_leave_with_their_questions_and_lines(office: Shelf) -> None:
    lines = office.column("Audit", "Seq")
    office.later(60)
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick()
    office.later(31)
    for _ in range(3):
        office.tick()
    assert office.column("Runs", "Run") == ["R-0003"]
    assert office.tab("Approvals") == []
    assert office.archived("Runs", "Run") == ["R-0001", "R-0002"]
    assert office.archived("Approvals", "Decision") == ["APPROVE"]
    assert office.archived("Audit", "Seq")[: len(lines)] == lines
    assert [*office.archived("Audit", "Seq"), *office.column("Audit", "Seq")] == [
        event.seq for event in office.world.ledger.events()
    ]
    assert office.states() == {"R-0003": "DONE"}
    assert office.tick().quiet


def test_the_ledger_still_knows_what_was_archived(office: Shelf) -> None:
    office.later(91)
    office.tick()
    for _ in range(2):
        office.restart()
        office.workbook.touched()
        office.tick()
    ledger = office.world.ledger
    assert _find("R-0001", ledger).state.value == "DONE"
    assert ledger.verify() == []
    assert list(disagreements(ledger, office.workbook.read(), office.zone)) == []
    assert len(office.post.mails) == 2
    assert office.column("Leads", "Run") == ["R-0001 DONE", "R-0002 DONE"]
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick()
    assert office.column("Runs", "Run") == ["R-0003"]


@pytest.mark.parametrize("cut", ["record", "take out"])
def test_a_kill_in_between_loses_nothing_and_adds_nothing_twice(office: Shelf, monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    office.later(91)

    def kill(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("runner.engine.archive._record" if cut == "record" else "runner.engine.archive._take_out", kill)
        with pytest.raises(KeyboardInterrupt):
            office.tick()
    assert office.column("Runs", "Run") == ["R-0001", "R-0002"]
    office.restart()
    for _ in range(2):
        office.workbook.touched()
        office.tick()
    assert office.tab("Runs") == []
    assert office.archived("Runs", "Run") == ["R-0001", "R-0002"]
    seqs = office.archived("Audit", "Seq")
    assert len(seqs) == len(set(seqs))
    assert office.world.ledger.verify() == []


def test_a_line_of_the_audit_that_is_not_in_the_workbook_yet_is_not_left_out_of_both(office: Shelf) -> None:
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick()
    assert office.events()[-1].seq > len(office.tab("Audit"))
    office.later(91)
    office.restart()
    office.tick()
    office.add("Leads", Name="Dan", Email="dan@shop.example")
    office.tick()
    seqs = [*office.archived("Audit", "Seq"), *office.column("Audit", "Seq")]
    assert sorted(map(int, seqs)) == [*range(1, len(seqs) + 1)]


def test_nobody_is_accused_of_what_a_kill_left_unshown_after_lines_have_left(
    office: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.later(91)
    office.add("Leads", Name="Bob", Email="bob2@shop.example")
    office.tick()
    office.type("Approvals", {"Run": "R-0003"}, Decision="APPROVE")

    def kill(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(office.workbook, "write", kill)
        with pytest.raises(KeyboardInterrupt):
            office.tick()
    ledger = office.world.ledger
    left = len(list(ledger.events(after=int(ledger.note("archived lines")))))
    ledger.record([Event(kind="noted", detail="as many lines as were shown")] * (int(ledger.note("shown")) - left))
    office.restart()
    office.tick()
    assert office.events("cell put back") == []


def test_an_archive_that_somebody_has_open_waits(office: Shelf) -> None:
    office.archive.opened_by = "Ana has it open."
    office.later(91)
    office.tick()
    assert office.column("Runs", "Run") == ["R-0001", "R-0002"]
    office.archive.opened_by = ""
    office.workbook.touched()
    office.tick()
    assert office.tab("Runs") == []


def test_a_ledger_that_is_lost_later_is_rebuilt_from_the_archive_too(office: Shelf) -> None:
    office.later(91)
    for _ in range(3):
        office.tick()
    assert office.tab("Runs") == []
    Office.lose_ledger(office)
    office.with_(archive=lambda: office.archive, archived=office.archive.read)
    for _ in range(3):
        office.tick()
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick()
    assert office.states() == {"R-0003": "DONE"}
    assert len(office.post.mails) == 3
    assert office.world.ledger.verify() == []


def test_an_open_run_and_an_invalid_one_stay(office: Shelf) -> None:
    office.add("Leads", Name="Cleo", Email="cleo(at)shop.example")
    office.add("Leads", Name="Bob", Email="bob2@shop.example")
    office.tick()
    office.later(91)
    office.tick()
    office.tick()
    assert office.states() == {"R-0003": "INVALID", "R-0004": "DEAD_LETTER"}
    office.type("Leads", {"Name": "Cleo"}, Email="cleo@shop.example")
    office.tick()
    assert "cleo@shop.example" in office.post.recipients
