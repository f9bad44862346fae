"""`rowpact report`: one week of a shop, as its owner reads it."""

import re
from typing import Any

import openpyxl
import pytest

from tests.acceptance.conftest import Shop

#: A Tuesday and the Monday after it.
TUESDAY, MONDAY = "2026-11-17T15:00:00+00:00", "2026-11-23T15:00:00+00:00"


@pytest.fixture
def week(leads: Shop) -> Shop:
    """Ana is answered, Bob's answer waits for a yes, Cleo's cannot be booked."""
    leads.config('[runner]\ntimezone = "America/Chicago"\n[http]\nallow = ["127.0.0.1:9"]\n')
    book = openpyxl.load_workbook(leads.path)
    book["Contracts"].append(["Book", "Yes", "New row", "Leads", "Name = Cleo", "{{ email }}", None, None, "Ana"])
    for header, value in (("Severity", "P1"), ("Minutes saved", 30)):
        at = book["Contracts"].max_column + 1
        book["Contracts"].cell(1, at, header)
        for row in (2, 3):
            book["Contracts"].cell(row, at, value)
    book["Steps"].append(["Book", "Post <it>", "http.post", "url: http://127.0.0.1:9/x\njson: {}", None, None, "No"])
    book["Steps"]["F2"] = "Name = Bob"
    book["Leads"].append(["Cleo", "cleo@shop.example", 5])
    book.save(leads.path)
    leads.clock = TUESDAY
    leads.run("run", "--once")
    leads.clock = MONDAY
    return leads


def test_the_report_says_what_needs_the_owner_first_and_in_which_cell(week: Shop) -> None:
    said = week.run("report")
    assert said.startswith("business.xlsx – week 2026-W47, 16–22 November 2026\n")
    assert said.index("2 THINGS NEED YOU") < said.index("YOUR NUMBERS") < said.index("WHAT RAN") < said.index("WHY IT FAILED")
    sheet = openpyxl.load_workbook(week.path)
    for tab, column, name in re.findall(r"in '?([\w ]+)'?!([A-Z]+\d+) \(row ([RA]-\d+), column Decision\)", said):
        cell = sheet[tab][column]
        assert sheet[tab].cell(1, cell.column).value == "Decision"
        assert name in [one.value for one in sheet[tab][cell.row]]
    assert said.count("column Decision") == 2
    assert "Waiting since Tue 17 Nov, 09:00" in said


def test_the_numbers_are_those_of_the_week(week: Shop) -> None:
    letter: Any = week.json("report", "--week", "2026-W47")
    assert {line["contract"]: (line["runs"], line["failed"], line["waiting"], line["saved"]) for line in letter["lines"]} == {
        "Book": (1, 1, 1, ""),
        "Hello": (2, 0, 1, "1.0 h"),
    }
    tiles = {tile["name"]: tile for tile in letter["tiles"]}
    assert tiles["Hours returned"]["value"] == "1 h"
    assert tiles["Failure rate, critical path"]["value"] == "33.3%"
    assert tiles["Failure rate, critical path"]["status"] == "Off target"
    assert letter["verdict"] == "A hard week: the one number with a target missed it, but you got 1 hour back."
    assert [failure["count"] for failure in letter["failures"]] == [1]
    assert letter["failures"][0]["fate"] == "1 waits in Dead letters with its checklist."
    lines = week.json("audit", "export")
    assert letter["head"].endswith(lines[-1]["hash"])  # type: ignore[index]


def test_a_week_in_which_nothing_ran_says_so(week: Shop) -> None:
    assert "A quiet week" in week.run("report", "--week", "2026-W45")
    assert "Write it like 2026-W47" in week.run("report", "--week", "last", code=2)


def test_runs_that_moved_into_the_archive_count_as_before(week: Shop) -> None:
    before: Any = week.json("report", "--week", "2026-W47")
    week.config('[runner]\ntimezone = "America/Chicago"\narchive_after = "1s"\n[http]\nallow = ["127.0.0.1:9"]\n')
    week.run("run", "--once")
    assert (week.folder / "business.archive.xlsx").exists()
    after: Any = week.json("report", "--week", "2026-W47")
    assert after["lines"] == before["lines"]
    assert [(tile["name"], tile["value"]) for tile in after["tiles"]] == [(tile["name"], tile["value"]) for tile in before["tiles"]]


def test_the_mail_stands_alone_and_what_cells_hold_is_text_in_it(week: Shop) -> None:
    week.run("report", "--preview", "report.html")
    page = (week.folder / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 100_000
    assert "Post &lt;it&gt;" in page
    assert "<it>" not in page
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import|src=", page)
    assert "prefers-color-scheme: dark" in page
    assert "max-width: 480px" in page


def test_a_report_changes_nothing(week: Shop) -> None:
    before = {file.name: file.read_bytes() for file in week.folder.iterdir() if file.is_file()}
    week.run("report")
    assert {file.name: file.read_bytes() for file in week.folder.iterdir() if file.is_file()} == before


def test_baseline_and_target_are_those_that_the_owner_typed(week: Shop) -> None:
    book = openpyxl.load_workbook(week.path)
    if "KPIs" in book.sheetnames:
        del book["KPIs"]
    sheet = book.create_sheet("KPIs")
    sheet.append(["KPI", "Target", "Baseline"])
    sheet.append(["Failure rate, critical path", 50, 90])
    book.save(week.path)
    letter: Any = week.json("report")
    tile = next(tile for tile in letter["tiles"] if tile["name"] == "Failure rate, critical path")
    assert (tile["was"], tile["target"], tile["status"]) == ("was 90%", "target 50%", "On target")


def test_without_a_ledger_there_is_a_quiet_week_and_no_traceback(leads: Shop) -> None:
    assert "A quiet week" in leads.run("report")
    assert not (leads.folder / "business.ledger").exists()


def test_a_workbook_that_cannot_be_read_is_said_and_the_ledger_still_tells(week: Shop) -> None:
    week.path.write_bytes(b"not a workbook")
    said = week.run("report")
    assert "! The workbook could not be read" in said
    assert "tab Approvals, row A-0001, column Decision" in said
