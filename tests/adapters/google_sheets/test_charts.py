"""The tab KPIs in a Google sheet: charts that draw its numbers, whoever made it."""

from datetime import date
from typing import Any

import pytest

from adapters.workbooks.google_sheets.create import fill_from_template
from runner.rules.kpi.score import BETTER
from sheet_templates import load
from tests.adapters.excel.test_charts import HOURS, WEEKS, numbers
from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.servers.sheets import PersonSheet, changes
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.book import Book


def drawn(sheet: PersonSheet) -> dict[str, list[list[object]]]:
    """Chart's title → the columns that it draws, header first; the axis is the first of them."""
    found = {}
    for chart in sheet.tab("KPIs").grid.things.get("charts", []):
        spec = chart["spec"]["basicChart"]
        sources = [*(one["domain"] for one in spec["domains"]), *(one["series"] for one in spec["series"])]
        found[chart["spec"]["title"]] = [_column(sheet, one["sourceRange"]["sources"][0]) for one in sources]
    return found


def _column(sheet: PersonSheet, area: dict[str, Any]) -> list[object]:
    grid = next(tab for tab in sheet.book.tabs if tab.id == area["sheetId"])
    assert area["endColumnIndex"] == area["startColumnIndex"] + 1
    return [grid.cell(row, area["startColumnIndex"]).value for row in range(area["startRowIndex"], area["endRowIndex"])]


def count(desk: GoogleDesk) -> None:
    book = desk.open()
    snapshot = book.read()
    book.write(numbers(snapshot), snapshot)
    assert numbers(desk.open().read()) == []


def assert_drawn(sheet: PersonSheet) -> None:
    charts = drawn(sheet)
    assert list(charts) == ["Hours returned", "Failure rate, %", "Lead response, minutes", "Days to get paid"]
    assert charts["Hours returned"] == [["Week", *WEEKS], ["Hours returned", *HOURS]]
    assert [column[0] for column in charts["Failure rate, %"]] == [
        "Week",
        "Failure rate, critical path",
        "Failure rate, all contracts",
    ]


def test_a_tab_that_the_runner_makes_has_charts_and_colours_and_no_second_write_draws_again(google_desk: GoogleDesk) -> None:
    google_desk.lay_out({"Leads": [["Name"]]})
    count(google_desk)
    assert_drawn(google_desk.sheet)
    rules = google_desk.sheet.tab("KPIs").grid.things["conditionalFormats"]
    said = [rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"] for rule in rules]
    assert f'=OR(H2="On target";H2="{BETTER}")' in said
    google_desk.sheet.tab("KPIs").type(2, 5, 99)
    count(google_desk)
    assert len(drawn(google_desk.sheet)) == 4


def test_so_has_a_new_sheet(google_desk: GoogleDesk) -> None:
    google_desk.sheet = google_desk.google.sheet("My shop", {}, shared_with=[ROBOT])
    client = google_desk.client(google_desk.credentials(), ROBOT)
    fill_from_template(client, google_desk.sheet.id, load("blank"), today=date(2026, 11, 23), samples=False)
    count(google_desk)
    assert_drawn(google_desk.sheet)


def test_columns_that_stand_elsewhere_are_drawn_where_they_stand(google_desk: GoogleDesk) -> None:
    google_desk.lay_out({"KPI weeks": [["Mine", "Week", "Hours returned", "Weeks ago"]]})
    count(google_desk)
    assert_drawn(google_desk.sheet)


def test_where_google_takes_no_charts_the_numbers_are_written_all_the_same(
    google_desk: GoogleDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_book: Book, _details: object, place: str) -> None:
        raise invalid(f"{place}: no such chart.")

    monkeypatch.setitem(changes.KINDS, "addChart", refuse)  # type: ignore[arg-type]
    google_desk.lay_out({"Leads": [["Name"]]})
    book = google_desk.open()
    snapshot = book.read()
    book.write(numbers(snapshot), snapshot)
    (problem,) = book.refused
    assert str(problem).startswith("KPIs: Google did not take the charts: ")
    assert "no such chart" in str(problem)
    assert google_desk.sheet.tab("KPI weeks").records[0]["Week"] == "5 Oct"
