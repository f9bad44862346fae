"""What can be known to be wrong with calls before any run."""

from collections.abc import Callable, Mapping

import pytest

from runner import wiring
from runner.model import Contract, Step
from runner.ports import Action, Tools
from runner.rules.calls import circle
from runner.rules.contract import read_book
from tests.rules.sheets import snapshot

CONTRACTS = (
    "Contract | Enabled | Trigger | Tab\nHello | Yes | New row | Leads\nWelcome | Yes | Called | \nFile it | Yes | Called | Clients"
)
FIELDS = "Contract | Field | Type | Required\nWelcome | Email | email | Yes\nWelcome | Name | text |"
WELCOME = "\nWelcome | Tell | notify | message: Hello {{ name }}\nFile it | Note | sheet.set | Note: {{ name }}"


@pytest.fixture
def actions(make_tools: Callable[..., Tools]) -> Mapping[str, Action]:
    return wiring.open_actions(make_tools())


def problems(actions: Mapping[str, Action], call: str, more: str = WELCOME) -> list[str]:
    tabs = {
        "Contracts": CONTRACTS,
        "Fields": FIELDS,
        "Steps": f"Contract | Step | Action | With\nHello | Call | contract.call | {call}{more}",
        "Leads": "Name | Email | Row ID\nAda | ada@shop.example | L-1",
        "Clients": "Name | Note | Row ID\nAcme | | C-1",
    }
    return [str(problem) for problem in read_book(snapshot(**tabs), actions).problems]


@pytest.mark.parametrize(
    "call",
    [
        "contract: Welcome\\nkey: {{ email }}\\nEmail: {{ email }}",
        "contract: welcome\\nkey: 1\\nemail: {{ email }}\\nNAME: x",
        "contract: File it\\nkey: 1\\nRow ID: C-1\\nNote: hello",
        "contract: {{ name }}\\nkey: 1\\nAnything: goes",
    ],
)
def test_a_call_with_what_the_contract_needs_passes(actions: Mapping[str, Action], call: str) -> None:
    assert problems(actions, call) == []


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("contract: Welcom\\nkey: 1", "contract: There is no contract “Welcom” that can be called. Did you mean “Welcome”?"),
        ("contract: Hello\\nkey: 1", "contract: “Hello” starts by New row. Write Called as its Trigger to call it."),
        ("contract: Welcome\\nkey: 1", "“Welcome” needs Email. Write a line Email: …"),
        ("contract: Welcome\\nkey: 1\\nEmail: x\\nNmae: y", "Fields of “Welcome” has no “Nmae”. Did you mean “Name”?"),
        ("contract: File it\\nkey: 1", "“File it” works on rows of Clients. Write a line Row ID: and the id of the row."),
        ("contract: Welcome\\nEmail: x", "The setting “key” is missing."),
    ],
)
def test_a_call_that_cannot_work_says_how_to_mend_it(actions: Mapping[str, Action], call: str, says: str) -> None:
    sentences = problems(actions, call)
    assert any(says in sentence for sentence in sentences), sentences


def test_a_called_contract_names_its_fields_and_nothing_else(actions: Mapping[str, Action]) -> None:
    call = "contract: Welcome\\nkey: 1\\nEmail: x"
    (sentence,) = problems(actions, call, WELCOME.replace("{{ name }}", "{{ company }}", 1))
    assert sentence.startswith("Steps!D3: message:")


def test_calls_that_go_round_are_found(actions: Mapping[str, Action]) -> None:
    back = """
Welcome | Back | contract.call | contract: File it\\nkey: 1\\nRow ID: C-1
File it | Back | contract.call | contract: Welcome\\nkey: 1\\nEmail: x"""
    sentences = problems(actions, "contract: Welcome\\nkey: 1\\nEmail: x", back)
    assert [sentence.partition(":")[0] for sentence in sentences] == ["Steps!D3", "Steps!D4"]
    assert "“Welcome” calls “File it”, which calls “Welcome”: they would go round for ever." in sentences[0]


def test_a_contract_that_calls_itself_is_a_circle() -> None:
    step = Step(name="Again", action="contract.call", settings={"Contract": "loop"})
    assert circle("Loop", "Loop", [Contract(name="Loop", trigger="Called", steps=(step,))]) == ("Loop",)
    assert circle("Loop", "Other", [Contract(name="Loop", steps=(step,)), Contract(name="Other")]) == ()
