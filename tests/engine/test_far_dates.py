"""Moments at the ends of the calendar, which no other time zone can show: one run stops with a sentence, and the tick goes on."""

import pytest

from tests.engine.office import CONTRACTS, STEPS, Office

EDGES = ["9999-12-31T23:59:59-14:00", "9999-12-31", "0001-01-01T00:00+14:00", "0001-01-01"]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("step", ["wait | until: {{ at }}", "task | title: Call\\ndue: {{ at }}"], ids=["wait", "task"])
def test_a_moment_that_no_zone_can_show_stops_its_run_and_no_other(office: Office, step: str, edge: str) -> None:
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ name }} | Ana",
        Steps=STEPS + f"Hello | Pause | {step}",
        Leads=f"Name | At | State | Run | Row ID\nAda | '{edge}\nBob | 2026-11-29",
    )
    office.type("Leads", {"Name": "Ada"}, At=edge)
    office.tick()
    office.tick(minutes=1)
    assert office.runs()["Ada"].error.endswith(f"“{edge}” is too far away for a calendar.")
    assert office.runs()["Ada"].state == "DEAD_LETTER"
    assert office.runs()["Bob"].state in ("WAITING", "AWAITING_TASK")


@pytest.mark.parametrize("length", ["1000000000 days", "99999999999999999999999999999 weeks", "9" * 400 + " s"])
def test_a_wait_beyond_all_reason_is_refused_before_any_run(office: Office, length: str) -> None:
    office.type("Steps", {"Step": "Reply"}, Action="wait", With=f"for: {length}")
    office.tick()
    assert office.runs() == {}
    assert "for: “" in str(office.tab("Steps")[0]["Check"])
