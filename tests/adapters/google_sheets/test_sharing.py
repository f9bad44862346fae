"""Who can edit the sheet: seen where the owner granted it, and no High risk is run on the word of anyone with the link."""

from pathlib import Path

import pytest

from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.adapters.google_sheets.test_ticks import TABS, cells, decide
from tests.engine.office import Office

LIST = "drive.permissions.list"


@pytest.fixture
def office(google_desk: GoogleDesk, tmp_path: Path):
    """A contract of High risk, in a sheet whose sharing list may be seen."""
    contracts = TABS["Contracts"].replace("Ana | Rolf", "Ana | Rolf | High")
    google_desk.lay_out({name: cells(text) for name, text in {**TABS, "Contracts": contracts}.items()})
    made = Office(tmp_path, clock=google_desk.clock)
    made.with_(workbook=google_desk.open(sharing=True))
    yield made
    made.close()


def facts(desk: GoogleDesk) -> dict[str, object]:
    return {str(row["Name"]): row["Value"] for row in desk.sheet.tab("Runner").records}


def test_those_who_can_edit_are_named(google_desk: GoogleDesk, office: Office) -> None:
    google_desk.sheet.share("viewer@example.com", "reader")
    office.tick()
    assert facts(google_desk)["who can edit"] == f"ana@example.com, {ROBOT}"
    assert len(office.states()) == 2


def test_without_the_grant_it_is_said_that_nobody_knows(google_desk: GoogleDesk, office: Office) -> None:
    google_desk.sheet.share("anyone")
    office.with_(workbook=google_desk.open())
    office.tick()
    assert "not known; with sharing = true in config.toml" in str(facts(google_desk)["who can edit"])
    assert LIST not in google_desk.google.counts()


def test_a_high_risk_starts_nothing_on_a_sheet_that_anyone_with_the_link_can_edit(google_desk: GoogleDesk, office: Office) -> None:
    google_desk.sheet.share("anyone")
    office.tick()
    assert office.states() == {}
    (check,) = [row["Check"] for row in google_desk.sheet.tab("Contracts").records]
    assert "anyone with the link can edit this workbook" in str(check)
    assert "set General access to Restricted" in str(check)
    google_desk.sheet.share("anyone", "reader")
    office.tick(hours=25)
    assert len(office.states()) == 2


def test_an_approval_of_high_risk_counts_for_nothing_while_the_link_can_edit(google_desk: GoogleDesk, office: Office) -> None:
    office.tick()
    google_desk.sheet.share("anyone")
    decide(google_desk, "APPROVE")
    office.tick(hours=25)
    assert office.recipients() == []
    assert "whoever it is could type APPROVE" in str(google_desk.sheet.tab("Approvals").records[0]["Result"])
    google_desk.sheet.share("anyone", "")
    office.tick(hours=25)
    assert len(office.recipients()) == 2


def test_the_list_is_looked_at_once_a_day(google_desk: GoogleDesk, office: Office) -> None:
    for _ in range(4):
        office.tick(hours=8)
    assert google_desk.google.counts()[LIST] == 2


def test_a_drive_that_is_switched_off_stops_nothing(google_desk: GoogleDesk, office: Office) -> None:
    google_desk.google.off.add("drive.googleapis.com")
    office.tick()
    assert len(office.states()) == 2
    assert "not known: The Google Drive API is not switched on" in str(facts(google_desk)["who can edit"])
