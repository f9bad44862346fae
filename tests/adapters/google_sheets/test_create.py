"""New Google sheets: made from the same descriptions as Excel workbooks, and never over anything that stands there."""

from datetime import date

import pytest
from google.oauth2.credentials import Credentials

import sheet_templates
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.create import fill_from_template, new_sheet
from adapters.workbooks.google_sheets.keys import SPREADSHEETS
from runner.errors import RowpactError
from runner.values import is_blank
from runner.wiring import open_actions
from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.servers.sheets import PersonSheet
from tests.servers.sheets.faults import UNAVAILABLE

TODAY = date(2026, 11, 22)


@pytest.fixture
def robot(google_desk: GoogleDesk) -> SheetsClient:
    """A service account's client, and an empty sheet that was shared with it."""
    google_desk.sheet = google_desk.google.sheet("My shop", {}, shared_with=[ROBOT])
    return google_desk.client(google_desk.credentials(), ROBOT)


@pytest.mark.parametrize("name", sheet_templates.names())
def test_every_template_fills_a_shared_sheet_with_what_it_says(google_desk: GoogleDesk, robot: SheetsClient, name: str) -> None:
    template = sheet_templates.load(name)
    fill_from_template(robot, google_desk.sheet.id, template, today=TODAY, samples=True)
    assert google_desk.sheet.titles[0] == "Start here"
    assert len(google_desk.google.calls) < 12
    snapshot = google_desk.open().read()
    for sheet in template.with_samples(TODAY).sheets():
        tab = snapshot.tabs[sheet.name.lower().replace(" ", "_")]
        assert tab.headers == tuple(column.name for column in sheet.columns)
        wanted = [{header: value for header, value in row.items() if not is_blank(value)} for row in sheet.rows]
        assert [{header: value for header, value in row.values().items() if value is not None} for row in tab.rows] == wanted


def test_a_filled_sheet_passes_the_check(google_desk: GoogleDesk, robot: SheetsClient, make_tools) -> None:
    from runner.rules.contract import read_book

    fill_from_template(robot, google_desk.sheet.id, sheet_templates.load("lead-to-cash"), today=TODAY, samples=True)
    book = read_book(google_desk.open().read(), open_actions(make_tools()))
    assert book.contracts
    assert book.problems == ()


def tab_things(sheet: PersonSheet, title: str, what: str) -> list[dict[str, object]]:
    return sheet.tab(title).grid.things.get(what, [])


def test_tabs_have_drop_downs_warnings_colours_formats_and_links(google_desk: GoogleDesk, robot: SheetsClient) -> None:
    fill_from_template(robot, google_desk.sheet.id, sheet_templates.load("lead-to-cash"), today=TODAY, samples=False)
    sheet = google_desk.sheet
    contracts = sheet.tab("Contracts")
    rule = contracts.grid.cell(30, contracts.column("Enabled") - 1).rule
    assert [each["userEnteredValue"] for each in rule["condition"]["values"]] == ["Yes", "No", "Shadow"]
    assert not rule.get("strict")
    assert {area["warningOnly"] for area in tab_things(sheet, "Runs", "protectedRanges")} == {True}
    guarded = [area["range"] for area in tab_things(sheet, "Runs", "protectedRanges")]
    command = sheet.tab("Runs").column("Command") - 1
    assert not any(each["startColumnIndex"] <= command < each["endColumnIndex"] for each in guarded)
    formulas = [
        rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"]
        for rule in tab_things(sheet, "Runs", "conditionalFormats")
    ]
    assert any("DEAD_LETTER" in formula for formula in formulas)
    started = sheet.tab("Runs").grid.cell(5, sheet.tab("Runs").column("Started") - 1)
    assert started.format["numberFormat"]["type"] == "DATE_TIME"
    assert sheet.tab("Runs").grid.properties["gridProperties"] == {"frozenRowCount": 1}
    links = {
        str(cell.value): cell.format["textFormat"]["link"]["uri"]
        for row in sheet.tab("Start here").grid.rows
        for cell in row
        if cell.format.get("textFormat", {}).get("link")
    }
    assert links["Approvals"] == f"#gid={sheet.tab('Approvals').id}"


def test_text_of_a_template_is_never_a_formula(google_desk: GoogleDesk, robot: SheetsClient) -> None:
    template = sheet_templates.load("blank").with_setting("Pause", "=1+1")
    fill_from_template(robot, google_desk.sheet.id, template, today=TODAY, samples=False)
    settings = google_desk.sheet.tab("Settings")
    assert settings.records[0]["Value"] == "=1+1"
    assert not any(cell.formula for tab in google_desk.sheet.book.tabs for row in tab.rows for cell in row)


def test_a_sheet_that_holds_anything_is_left_as_it_is(google_desk: GoogleDesk, robot: SheetsClient) -> None:
    google_desk.sheet.tab("Sheet1").type(3, 3, "mine")
    before = google_desk.sheet.book
    with pytest.raises(RowpactError, match="“My shop” is not empty, and is left as it is"):
        fill_from_template(robot, google_desk.sheet.id, sheet_templates.load("blank"), today=TODAY, samples=False)
    assert google_desk.sheet.book is before


def test_a_person_makes_a_sheet_and_a_service_account_is_told_why_it_cannot(google_desk: GoogleDesk, robot: SheetsClient) -> None:
    file = google_desk.google.person("ana@example.com")
    names = ("refresh_token", "client_id", "client_secret", "token_uri")
    login = Credentials(None, scopes=[SPREADSHEETS], **{name: file[name] for name in names})  # type: ignore[no-untyped-call]
    ana = google_desk.client(login)
    made = new_sheet(ana, "Ana's shop", "Europe/Lisbon")
    fill_from_template(ana, made, sheet_templates.load("blank"), today=TODAY, samples=False)
    sheet = google_desk.google.seen_by_owner(made)
    assert (sheet.book.title, sheet.book.zone, sheet.titles[0]) == ("Ana's shop", "Europe/Lisbon", "Start here")
    with pytest.raises(RowpactError, match=r"no room in Drive.*--into"):
        new_sheet(robot, "Robot's shop", "UTC")


def test_a_failure_that_lasts_is_said(google_desk: GoogleDesk, robot: SheetsClient) -> None:
    google_desk.google.fail(UNAVAILABLE, on="spreadsheets.batchUpdate", times=9)
    with pytest.raises(RowpactError, match="Look whether the sheet is filled"):
        fill_from_template(robot, google_desk.sheet.id, sheet_templates.load("blank"), today=TODAY, samples=False)
    assert google_desk.sheet.titles == ["Sheet1"]
