"""Approvals over time: spot checks."""

from tests.engine.conftest import MAIL, STEPS, Office


def lead(office: Office, *names: str) -> None:
    for name in names:
        office.add("Leads", Name=name, Email=f"{name.lower()}@shop.example")


def test_a_spot_check_asks_for_the_runs_that_are_drawn_and_says_so_for_all(office: Office) -> None:
    office.write(Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | 1 in 2")
    lead(office, *(f"Lead{number}" for number in range(10)))
    office.tick()
    asked = [event.detail for event in office.events("asked")]
    acted = [event.detail for event in office.events("about to act")]
    assert len(asked) + len(acted) == 12
    assert len(office.recipients()) == len(acted) > 0
    assert set(asked) == {"may this happen? (spot check 1 in 2: drawn by the run's key)"}
    assert all(detail.endswith("(spot check 1 in 2: not drawn by the run's key)") for detail in acted)
    office.type("Approvals", {}, Decision="APPROVE")
    office.tick()
    assert len(office.recipients()) == 12
