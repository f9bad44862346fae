"""The tab KPIs: counted at most once an hour, and when a week ends; Baseline and Target stay the owner's."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from runner.engine import appraise
from runner.rules.kpi.definitions import KPIS
from runner.rules.kpi.weeks import Week
from tests.engine.office import MAIL, STEPS, Office


def kpi(office: Office, name: str) -> dict[str, object]:
    """One row of the tab."""
    return next(dict(row) for row in office.tab("KPIs") if row["KPI"] == name)


def settle(office: Office) -> None:
    """What was written is looked at once."""
    for _ in range(3):
        office.tick()
    assert office.tick().quiet


def counted(office: Office) -> str:
    return office.world.ledger.note("kpis")


def busy_hour(office: Office) -> None:
    """A first tick, and something to do an hour later."""
    office.tick()
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick(hours=1)


def test_the_first_count_comes_with_the_first_work_after_an_hour(office: Office) -> None:
    office.tick()
    assert "KPIs" not in office.workbook.tabs
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick(hours=1)
    assert kpi(office, "Failure rate, all contracts")["This week"] == 0
    assert kpi(office, "Lead response")["This week"] == 0
    assert kpi(office, "Backlog")["This week"] == 0
    assert kpi(office, "Failure rate, critical path")["Status"] == "No data yet"
    assert len(str(kpi(office, "Backlog")["Trend"])) == 8


def test_within_the_hour_nothing_is_counted_and_then_it_is_though_nobody_touches_the_workbook(office: Office) -> None:
    busy_hour(office)
    settle(office)
    office.add("Leads", Name="Dan", Email="dan@shop.example")
    before = counted(office)
    office.tick(minutes=20)
    assert counted(office) == before
    settle(office)
    assert office.tick(minutes=30).quiet
    assert not office.tick(minutes=11).quiet
    assert counted(office) != before
    settle(office)
    assert office.tick(hours=3).quiet


def test_when_a_week_ends_this_week_becomes_last_week(office: Office) -> None:
    busy_hour(office)
    settle(office)
    office.tick(hours=1)
    settle(office)
    hours = kpi(office, "Backlog")["This week"], kpi(office, "Failure rate, all contracts")["This week"]
    end = Week.of(office.clock.now(), office.zone).ends(office.zone)
    office.clock.moment = end - timedelta(seconds=1)
    assert office.tick().quiet
    assert not office.tick(seconds=1).quiet
    assert (kpi(office, "Backlog")["Last week"], kpi(office, "Failure rate, all contracts")["Last week"]) == hours
    assert kpi(office, "Failure rate, all contracts").get("This week") is None
    weeks = office.tab("KPI weeks")
    assert [row["Weeks ago"] for row in weeks] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert [row["Week"] for row in weeks[-2:]] == ["16 Nov", "23 Nov"]
    assert (weeks[-2]["Backlog"], weeks[-2]["Failure rate, all contracts"]) == hours
    assert {kpi.name for kpi in KPIS} == set(weeks[0]) - {"Weeks ago", "Week"}


def test_a_target_that_is_typed_counts_at_once_and_stays(office: Office) -> None:
    busy_hour(office)
    settle(office)
    before = counted(office)
    office.type("KPIs", {"KPI": "Backlog"}, Target=5, This_week=99)
    office.tick()
    row = kpi(office, "Backlog")
    assert (row["Target"], row["This week"], row["Status"]) == (5, 0, "On target")
    assert counted(office) == before


def test_a_restart_counts_nothing_anew(office: Office) -> None:
    busy_hour(office)
    settle(office)
    before = counted(office)
    office.restart()
    office.tick(minutes=5)
    assert counted(office) == before


def test_a_tick_that_counts_nothing_does_not_load_pandas() -> None:
    program = "import runner.engine.tick, runner.engine.report, runner.cli.report, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_figures_that_cannot_be_counted_leave_no_work_undone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(appraise, "measure", broken)
    busy_hour(office)
    assert "cleo@shop.example" in office.recipients()
    assert any("The KPIs could not be counted" in line for line in office.said)
    assert office.tab("Runs")[-1]["State"] == "DONE"


def test_in_business_hours_a_lead_of_a_sunday_waits_from_monday_on_and_a_wrong_cell_is_said(office: Office) -> None:
    office.write(
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
        Settings="Setting | Value | Check\nLead response hours | business |",
    )
    office.tick()
    office.clock.moment = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    office.type("Approvals", {}, Decision="APPROVE")
    settle(office)
    office.tick(hours=2)
    assert kpi(office, "Lead response")["Last week"] == 30
    office.type("Settings", {"Setting": "Lead response hours"}, Value="whenever")
    office.tick()
    (problem,) = [str(one) for one in office.seen.book.problems]
    assert problem.startswith("Settings!B2: “whenever” ")
    assert "business (Mon-Fri 09:00-17:00)" in problem
