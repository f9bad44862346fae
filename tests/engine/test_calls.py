"""A contract that starts runs of another: once a key, together with the receipt, and never round and round."""

from collections.abc import Sequence

import pytest

from runner.model import Event, RunState
from tests.engine.office import MAIL, Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | Dedupe key | Entry state | Owner | Check\n"
STEPS = "Contract | Step | Action | With | If | On failure | Check\n"
CALL = "contract: Welcome\\nkey: {{ company }}\\nEmail: {{ email }}\\nName: {{ name }}"
FIELDS = """Contract | Field | Type | Required | Rule
Welcome | Email | email | Yes |
Welcome | Name | text | |
Welcome | Seats | integer | | >= 1"""


@pytest.fixture
def calling(office: Office) -> Office:
    """Every lead calls Welcome for its company; two leads are of one company."""
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | {{ email }} | | Ana\nWelcome | Yes | Called | | | | Bob",
        Steps=STEPS + f"Hello | Call | contract.call | {CALL}\nHello | Say | notify | message: {{{{ steps.call.run }}}}\n"
        f"Welcome | Mail | email.send | {MAIL}",
        Fields=FIELDS,
        Leads="Name | Email | Company | Run | Row ID\nAda | ada@shop.example | Acme\n"
        "Bob | bob@shop.example | Acme\nCy | cy@shop.example | Cyan",
    )
    return office


def by_contract(office: Office, contract: str) -> dict[str, RunState]:
    return {run.key: run.state for run in office.runs().values() if run.contract == contract}


def test_a_called_contract_runs_once_for_each_key_in_the_same_tick(calling: Office) -> None:
    calling.tick()
    assert by_contract(calling, "Welcome") == {"Acme": RunState.DONE, "Cyan": RunState.DONE}
    assert set(by_contract(calling, "Hello").values()) == {RunState.DONE}
    assert sorted(calling.recipients()) == ["ada@shop.example", "cy@shop.example"]
    results = {run.key: run.results["Call"] for run in calling.runs().values() if run.contract == "Hello"}
    welcome = {run.key: run.id for run in calling.runs().values() if run.contract == "Welcome"}
    assert results == {
        "ada@shop.example": {"run": welcome["Acme"], "started": True},
        "bob@shop.example": {"run": welcome["Acme"], "started": False},
        "cy@shop.example": {"run": welcome["Cyan"], "started": True},
    }
    started = [event for event in calling.events("run started") if event.contract == "Welcome"]
    assert started[0].detail == "Called by R-0001: Acme"
    assert calling.world.ledger.verify() == []


def test_a_key_that_ran_long_ago_starts_nothing(calling: Office) -> None:
    calling.tick()
    calling.restart()
    calling.add("Leads", Name="Dan", Email="dan@shop.example", Company="Acme")
    calling.tick(days=30)
    assert len(by_contract(calling, "Welcome")) == 2
    assert len(calling.recipients()) == 2


def test_the_start_and_the_receipt_are_on_disk_together_or_not_at_all(calling: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    record = calling.world.ledger.record

    def killed(events: Sequence[Event]) -> None:
        kinds = [(event.kind, event.contract) for event in events]
        if ("run started", "Welcome") in kinds:
            assert ("acted", "Hello") in kinds
            raise KeyboardInterrupt
        record(events)

    monkeypatch.setattr(calling.world.ledger, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        calling.tick()
    calling.restart()
    assert by_contract(calling, "Welcome") == {}
    calling.tick()
    assert by_contract(calling, "Welcome") == {"Acme": RunState.DONE, "Cyan": RunState.DONE}
    assert len(calling.recipients()) == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("contract: Welcome\\nkey: 1\\nEmail: nobody", "“Welcome” cannot start. “Email” should be an e-mail address"),
        ("contract: Welcome\\nkey: 1\\nEmail: a@shop.example\\nSeats: 0", "“Seats” should be"),
        ("contract: {{ name }}\\nkey: 1\\nEmail: a@shop.example", "There is no contract “Ada” that can be called."),
        ("contract: {{ 'Hello' }}\\nkey: 1\\nEmail: a@shop.example", "“Hello” starts by New row. Write Called as its Trigger"),
        ("contract: Welcome\\nkey: {{ run.id if false else '' }}\\nEmail: a@shop.example", "key is blank"),
    ],
)
def test_a_call_that_cannot_be_carried_out_is_a_dead_letter_with_its_sentence(calling: Office, call: str, says: str) -> None:
    calling.write(Steps=STEPS + f"Hello | Call | contract.call | {call}\nWelcome | Mail | email.send | {MAIL}")
    calling.tick()
    letters = calling.tab("Dead letters")
    assert says in str(letters[0]["Error"]), letters[0]["Error"]
    assert by_contract(calling, "Welcome") == {}


def test_a_contract_that_is_switched_off_is_not_called(calling: Office) -> None:
    calling.type("Contracts", {"Contract": "Welcome"}, Enabled="No")
    calling.tick()
    assert "“Welcome” is switched off" in str(calling.tab("Dead letters")[0]["Error"])
    calling.type("Contracts", {"Contract": "Welcome"}, Enabled="Yes")
    calling.type("Dead letters", {}, Decision="RETRY")
    calling.tick()
    assert by_contract(calling, "Welcome") == {"Acme": RunState.DONE, "Cyan": RunState.DONE}


def test_calls_that_go_round_by_way_of_a_cell_end_after_five(calling: Office) -> None:
    again = "contract: {{ name }}\\nkey: {{ run.key }}+\\nEmail: {{ email }}\\nName: {{ name }}"
    calling.write(
        Steps=STEPS + "Hello | Call | contract.call | contract: Welcome\\nkey: 1\\nEmail: {{ email }}\\nName: Welcome\n"
        f"Welcome | Again | contract.call | {again}",
        Leads="Name | Email | Company | Run | Row ID\nAda | ada@shop.example | Acme",
    )
    calling.tick()
    assert sorted(by_contract(calling, "Welcome")) == ["1", "1+", "1++", "1+++", "1++++"]
    (letter,) = calling.tab("Dead letters")
    assert "5 calls deep" in str(letter["Error"])


def test_a_called_contract_may_work_on_a_row_of_its_tab(calling: Office) -> None:
    calling.write(
        Contracts=CONTRACTS
        + "Hello | Yes | New row | Leads | {{ email }} | | Ana\nWelcome | Yes | Called | Clients | | Working | Bob",
        Steps=STEPS + "Hello | Call | contract.call | contract: Welcome\\nkey: {{ email }}\\nRow ID: {{ company }}\n"
        "Welcome | Note | sheet.set | Note: {{ name }} is welcome",
        Fields="Contract | Field | Type",
        Leads="Name | Email | Company | Run | Row ID\nAda | ada@shop.example | C-7",
        Clients="Row ID | Name | Note | State | Run\nC-6 | Old | | |\nC-7 | Acme | | |",
    )
    calling.tick()
    assert [row["Note"] for row in calling.tab("Clients")] == [None, "Acme is welcome"]
    assert calling.tab("Clients")[1]["State"] == "Working"
    assert calling.tab("Clients")[1]["Run"] == "R-0002 DONE"
