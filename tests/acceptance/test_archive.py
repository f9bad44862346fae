"""Old runs leave the workbook for the one beside it, which any spreadsheet opens."""

import time

import openpyxl

from tests.acceptance.conftest import Shop


def test_what_ended_long_ago_stands_in_the_archive_and_is_still_found(leads: Shop) -> None:
    leads.config('[runner]\narchive_after = "1s"\n')
    leads.run("run", "--once")
    time.sleep(1.2)
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    assert [row["Run"] for row in leads.tab("Runs")] == ["R-0003"]
    archive = openpyxl.load_workbook(leads.folder / "business.archive.xlsx")
    assert [row[0] for row in archive["Runs"].iter_rows(min_row=2, values_only=True)] == ["R-0001", "R-0002"]
    assert leads.json("show", "R-0001")["state"] == "DONE"
    assert "unbroken" in leads.run("audit", "verify")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert leads.tab("Leads")[0]["Run"] == "R-0001 DONE"
