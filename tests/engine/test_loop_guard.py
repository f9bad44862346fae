"""What a contract writes itself does not set it off again; what a person writes does."""

import pytest

from tests.engine.office import STEPS, Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | If | Dedupe key | Owner | Check\n"


def keys(office: Office) -> list[str]:
    return sorted(office.runs())


def spin(office: Office, ticks: int = 4) -> None:
    for _ in range(ticks):
        office.tick(minutes=1)
        office.restart()


@pytest.fixture
def adding(office: Office) -> Office:
    """Each lead adds another lead."""
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | | Ana",
        Steps=STEPS + "Hello | Add | sheet.add | tab: Leads\\nName: friend of {{ name }}",
        Leads="Name | Budget | State | Run | Row ID\nAda | 5 | | | L-1",
    )
    return office


def test_an_added_row_starts_no_run_of_the_contract_that_added_it(adding: Office) -> None:
    spin(adding)
    assert keys(adding) == ["L-1"]
    assert adding.tab("Leads")[1]["Run"] == "written by R-0001 of Hello itself: starts no run of it"
    adding.type("Leads", {"Name": "friend of Ada"}, Budget=7)
    spin(adding, 1)
    assert keys(adding) == ["L-1"]


def test_a_row_that_a_person_adds_still_runs(adding: Office) -> None:
    spin(adding)
    adding.add("Leads", Name="Bob")
    spin(adding)
    assert [run.input["Name"] for run in adding.runs().values()] == ["Ada", "Bob"]


def test_another_contract_runs_on_the_row(adding: Office) -> None:
    adding.add("Contracts", Contract="Other", Enabled="Yes", Trigger="New row", Tab="Leads", Owner="Ana")
    adding.add("Steps", Contract="Other", Step="Look", Action="sheet.find", With="key: Name\nName: Ada")
    spin(adding)
    others = [run for run in adding.world.ledger.books.runs.values() if run.contract == "Other"]
    assert len(others) == 2


@pytest.mark.parametrize(("trigger", "wish"), [("New row", ""), ("State is Won", "\\nState: Won")])
def test_a_key_that_a_run_changes_itself_is_no_new_event(office: Office, trigger: str, wish: str) -> None:
    office.write(
        Contracts=CONTRACTS + f"Hello | Yes | {trigger} | Leads | | {{{{ name }}}}-{{{{ count }}}} | Ana",
        Steps=STEPS + f"Hello | Count | sheet.set | count: {{{{ count + 1 }}}}{wish}",
        Leads="Name | Count | State | Run | Row ID\nAda | 1 | Won | | L-1",
    )
    spin(office)
    assert len(keys(office)) == 1
    assert str(office.tab("Leads")[0]["Count"]) == "2"
    office.type("Leads", {"Name": "Ada"}, Count=9)
    spin(office)
    assert [key.partition(" ")[0] for key in keys(office)] == ["Ada-1", "Ada-9"]


def test_a_state_that_a_run_writes_into_another_row_is_no_event_and_one_that_a_person_writes_is(office: Office) -> None:
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | State is Won | Leads | | | Ana",
        Steps=STEPS + "Hello | Pass on | sheet.set | key: Name\\nName: Bob\\nState: Won",
        Leads="Name | State | Run | Row ID\nAda | Won | | L-1\nBob | | | L-2\nCleo | | | L-3",
    )
    spin(office)
    assert keys(office) == ["L-1 | Won"]
    office.type("Leads", {"Name": "Cleo"}, State="Won")
    spin(office)
    assert keys(office) == ["L-1 | Won", "L-3 | Won"]
