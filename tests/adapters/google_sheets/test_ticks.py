"""The whole runner on a Google sheet: what a tick costs, and that an approval typed in a browser is all it takes."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest

from adapters.workbooks.excel.archive import open_archive
from runner.errors import ActionInDoubt
from runner.ports import Alerting, Loudness
from runner.values import Value
from tests.adapters.google_sheets.conftest import GoogleDesk
from tests.engine.alarms import mail, text
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office
from tests.engine.postbox import Postbox
from tests.rules.sheets import grid

READ, WRITE = "values.batchGetByDataFilter", "spreadsheets.batchUpdate"
TABS = {
    "Contracts": CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
    "Steps": STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
    "Settings": "Setting | Value",
    "Leads": "Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500\nBob | bob@shop.example | 900",
}


def cells(text: str) -> list[list[Value]]:
    return [list(row) for _, row in grid(text)]


@pytest.fixture
def office(google_desk: GoogleDesk, tmp_path: Path) -> Iterator[Office]:
    """One contract that answers each lead by mail when somebody allows it; two leads, in a Google sheet."""
    workbook = google_desk.lay_out({name: cells(text) for name, text in TABS.items()})
    made = Office(tmp_path, clock=google_desk.clock)  # type: ignore[arg-type]  # the clock stands still in both
    made.with_(workbook=workbook)
    yield made
    made.close()


def decide(desk: GoogleDesk, word: str) -> None:
    tab = desk.sheet.tab("Approvals")
    for row in range(2, len(tab.rows) + 1):
        tab.type(row, "Decision", word)


def test_leads_are_answered_when_somebody_types_approve_in_the_browser(google_desk: GoogleDesk, office: Office) -> None:
    office.tick()
    assert [row["Run"] for row in google_desk.sheet.tab("Leads").records] == [
        "R-0001 AWAITING_APPROVAL",
        "R-0002 AWAITING_APPROVAL",
    ]
    assert office.recipients() == []
    decide(google_desk, "approve")
    office.tick()
    assert office.recipients() == ["ada@shop.example", "bob@shop.example"]
    assert [row["Run"] for row in google_desk.sheet.tab("Leads").records] == ["R-0001 DONE", "R-0002 DONE"]
    assert "Approvals" in google_desk.sheet.titles


def test_a_tick_reads_once_and_writes_once_and_a_quiet_one_only_reads(google_desk: GoogleDesk, office: Office) -> None:
    office.tick()
    office.tick()
    google_desk.google.calls.clear()
    assert office.tick().quiet
    assert google_desk.google.counts() == {READ: 1}
    decide(google_desk, "APPROVE")
    google_desk.google.calls.clear()
    office.tick()
    assert google_desk.google.counts() == {READ: 2, WRITE: 1}
    google_desk.google.calls.clear()
    assert not office.tick().quiet
    assert google_desk.google.counts() == {READ: 1}
    assert office.tick().quiet


def test_sorting_inserting_and_renaming_fire_nothing(google_desk: GoogleDesk, office: Office) -> None:
    office.tick()
    decide(google_desk, "APPROVE")
    office.tick()
    leads = google_desk.sheet.tab("Leads")
    leads.sort("Name", downwards=True)
    leads.insert_row(2)
    leads.insert_column(1, "Mine")
    google_desk.sheet.tab("Approvals").sort("Approval", downwards=True)
    office.tick()
    office.tick()
    assert len(office.states()) == 2
    assert len(office.recipients()) == 2
    assert [row["Run"] for row in leads.records] == ["R-0002 DONE", "R-0001 DONE"]


def test_a_sheet_that_cannot_be_written_waits_and_says_so_and_nothing_is_done_twice(
    google_desk: GoogleDesk, office: Office
) -> None:
    office.tick()
    decide(google_desk, "APPROVE")
    robot = google_desk.key["client_email"]
    google_desk.sheet.share(robot, "reader")
    assert "may only look at this sheet" in office.tick().waiting
    assert len(office.recipients()) == 2
    google_desk.sheet.share(robot)
    assert office.tick().waiting == ""
    assert len(office.recipients()) == 2
    assert [row["Run"] for row in google_desk.sheet.tab("Leads").records] == ["R-0001 DONE", "R-0002 DONE"]


def test_a_new_title_of_the_sheet_changes_no_idempotency_key(google_desk: GoogleDesk) -> None:
    google_desk.lay_out({"Leads": []})
    keys = []
    for title in ("Business", "Our business"):
        google_desk.sheet.book.title = title
        workbook = google_desk.open()
        workbook.read()
        assert workbook.name == title
        keys.append(workbook.key)
    assert keys == ["business.xlsx"] * 2


def test_what_ended_long_ago_moves_into_a_file_beside_the_ledger(google_desk: GoogleDesk, office: Office, tmp_path: Path) -> None:
    beside = tmp_path / "business.xlsx"
    office.with_(archive=lambda: open_archive(beside, office.clock))
    office.tick()
    decide(google_desk, "APPROVE")
    office.tick()
    office.tick(days=91)
    archived = open_archive(beside, office.clock).read()
    assert [row.text("State") for row in archived.tabs["runs"].rows] == ["DONE", "DONE"]
    assert google_desk.sheet.tab("Runs").records == []
    assert google_desk.sheet.tab("Approvals").records == []
    google_desk.sheet.tab("Leads").add(Name="Cy", Email="cy@shop.example")
    office.tick()
    assert [row["Run"] for row in google_desk.sheet.tab("Runs").records] == ["R-0003"]
    assert len(office.recipients()) == 2


def test_the_runner_tab_and_status_tell_how_many_calls_it_takes(google_desk: GoogleDesk, office: Office) -> None:
    office.tick()
    facts = {row["Name"]: row["Value"] for row in google_desk.sheet.tab("Runner").records}
    assert "reads" in str(facts["calls to Google"])
    assert "of 60 each" in office.world.ledger.note("workbook facts")


def test_an_alert_makes_its_tab_links_to_the_cell_to_type_into_and_takes_seen(office: Office, google_desk: GoogleDesk) -> None:
    google_desk.sheet.tab("Steps").type(2, "Approval", None)
    office.post.fault = ActionInDoubt("The line dropped.")
    told = Postbox()
    level = Loudness(channels=(mail(told),), repeat=timedelta(hours=2))
    office.with_(alerting=Alerting(levels={"P2": level}, digest=time(8)))
    office.tick()
    office.tick(days=1)
    (letter,) = told.mails
    assert re.search(r"/edit#gid=\d+&range=L2\s", text(letter))
    assert "Cell Dead letters!L2" in text(letter)
    google_desk.sheet.tab("Alerts").type(2, "Seen", "x")
    office.tick(minutes=1)
    assert office.seen.alerts
    assert [alert.seen for alert in office.seen.alerts.standing] == [True]
