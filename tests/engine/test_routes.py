"""Branches: the first line that is true wins; Review asks, Stop ends, Set state writes the row's State."""

import pytest

from tests.engine.office import Office

ROUTES = "Contract | After | If | Go to | Set state\n"


@pytest.fixture
def branching(office: Office) -> Office:
    """Looks the lead up, then mails; routes are added by each test."""
    mail = "to: {{ email }}\\nsubject: Hello\\nbody: Hi."
    office.write(
        Steps="Contract | Step | Action | With | Check\n"
        "Hello | Look | sheet.find | tab: Leads\\nkey: Email\\nEmail: {{ email }}\n"
        f"Hello | Reply | email.send | {mail}",
    )
    return office


def test_the_first_line_that_is_true_wins(branching: Office) -> None:
    branching.write(Routes=ROUTES + "Hello | Look | Budget > 800 | End | Rich\nHello | Look | | Reply | Answered")
    branching.tick()
    assert branching.recipients() == ["ada@shop.example"]
    assert {row["Name"]: row["State"] for row in branching.tab("Leads")} == {"Ada": "Answered", "Bob": "Rich"}
    assert {run.state for run in branching.runs().values()} == {"DONE"}


def test_stop_ends_the_run_and_says_why(branching: Office) -> None:
    branching.write(Routes=ROUTES + "Hello | Look | Budget > 800 | Stop | Refused")
    branching.tick()
    assert branching.recipients() == ["ada@shop.example"]
    assert branching.runs()["bob@shop.example"].state == "CANCELLED"
    (ended,) = [event for event in branching.events("run ended") if event.run == "R-0002"]
    assert "Budget 900 > 800" in ended.detail


def test_review_waits_for_a_person_and_goes_on_with_the_next_step(branching: Office) -> None:
    branching.write(Routes=ROUTES + "Hello | Look | | Review | In review")
    branching.tick()
    assert branching.recipients() == []
    branching.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE")
    branching.type("Approvals", {"Run": "R-0002"}, Decision="REJECT")
    branching.tick()
    assert branching.recipients() == ["ada@shop.example"]
    assert branching.runs()["bob@shop.example"].state == "REJECTED"
    assert branching.tab("Leads")[0]["State"] == "In review"


def test_a_route_that_cannot_be_answered_parks_the_run_and_does_not_repeat_the_step(branching: Office) -> None:
    branching.write(Routes=ROUTES + "Hello | Reply | steps.look.budget > 100 | End |\n")
    branching.type("Leads", {"Name": "Ada"}, Budget=None)
    branching.tick()
    assert branching.runs()["ada@shop.example"].state == "DEAD_LETTER"
    assert len(branching.recipients()) == 2
    branching.type("Leads", {"Name": "Ada"}, Budget=600)
    branching.type("Dead letters", {"Run": "R-0001"}, Decision="DONE")
    branching.tick()
    assert len(branching.recipients()) == 2
