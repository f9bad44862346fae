"""A tick that takes long writes what it has in between, and takes its own writing for nobody else's."""

from datetime import timedelta
from typing import Any

from runner.ports import Call, Done, Outcome
from tests.engine.conftest import Office


def slow(office: Office, meanwhile: Any = lambda: None) -> None:
    """Each mail takes twenty seconds; the workbook is written between two of them."""
    send = office.world.actions["email.send"]

    def perform(request: Any, call: Call) -> Outcome:
        office.clock.moment += timedelta(seconds=20)
        meanwhile()
        ending: Outcome = send.perform(request, call)
        assert isinstance(ending, Done)
        return ending

    from dataclasses import replace

    office.with_(actions={**office.world.actions, "email.send": replace(send, perform=perform)}, workers=1)


def test_a_long_tick_writes_twice_and_says_nothing_of_others(office: Office) -> None:
    slow(office)
    office.tick()
    assert office.workbook.writes >= 2
    assert set(office.states().values()) == {"DONE"}
    assert not [line for line in office.said if "Writing waits" in line], office.said
    assert {row["State"] for row in office.tab("Runs")} == {"DONE"}


def test_what_somebody_else_changes_meanwhile_is_still_said(office: Office) -> None:
    slow(office, meanwhile=lambda: office.add("Leads", Name="Cy"))
    office.tick()
    assert [line for line in office.said if "Writing waits: Somebody changed it." in line]
    assert [row["Name"] for row in office.tab("Leads")] == ["Ada", "Bob", "Cy", "Cy"]
