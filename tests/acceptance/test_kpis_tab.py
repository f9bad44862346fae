"""The tab KPIs in a real workbook, as LibreOffice shows it."""

import shutil

import pytest

from tests.acceptance.conftest import Shop
from tests.adapters.excel.drawn import drawn
from tests.adapters.excel.test_libre_office import as_seen
from tests.servers.libre_office import LibreOffice


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libre_office_shows_the_numbers_beside_what_the_owner_typed(leads: Shop) -> None:
    leads.clock = "2026-11-17T15:00:00+00:00"
    leads.run("run", "--once")
    leads.clock = "2026-11-17T16:05:00+00:00"
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    leads.run("run", "--once")
    leads.clock = "2026-11-17T16:15:00+00:00"
    leads.type("KPIs", {"KPI": "Backlog"}, Target=5, Baseline=9)
    leads.run("run", "--once")
    headers, *rows = as_seen(leads.path, leads.folder)["KPIs"]
    shown = {row[0]: dict(zip(headers, row, strict=True)) for row in rows}
    assert len(shown) == 11
    backlog = shown["Backlog"]
    assert [backlog[name] for name in ("Unit", "Baseline", "Target", "This week", "Status")] == ["runs", "9", "5", "0", "On target"]
    assert backlog["Trend"].endswith("▁")
    assert shown["Failure rate, all contracts"]["This week"] == "0"
    assert shown["Days to get paid"]["Status"] == "No data yet"
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]


def test_charts_draw_the_same_numbers_after_the_owner_put_a_column_between(leads: Shop) -> None:
    office = LibreOffice(leads.path, leads.folder)
    try:
        leads.clock = "2026-11-17T15:00:00+00:00"
        leads.run("run", "--once")
        leads.clock = "2026-11-17T16:05:00+00:00"
        leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
        leads.run("run", "--once")
        for doing in (
            ("open",),
            ("insert_column", "KPI weeks", "1"),
            ("type", "KPI weeks", "B1", "My notes"),
            ("save",),
            ("close",),
        ):
            assert office.does(*doing) == "done"
        leads.clock = "2026-11-24T16:05:00+00:00"
        leads.run("run", "--once")
    finally:
        office.end()
    charts = drawn(leads.path)
    assert charts["Failure rate, %"]["Failure rate, all contracts"] == [None] * 6 + [0, None]
    assert charts["Hours returned"] == {
        "Hours returned": [None] * 6 + [0, 0],
        "axis": ["5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"],
    }
    assert list(leads.tab("KPI weeks")[0])[:3] == ["Weeks ago", "My notes", "Week"]
