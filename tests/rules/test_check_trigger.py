"""What can be known to be wrong with what starts a contract."""

from collections.abc import Callable, Mapping

import pytest

from runner import wiring
from runner.model import Book
from runner.ports import Action, Tools
from runner.rules.contract import read_book
from tests.rules.sheets import snapshot

HEADERS = "Contract | Enabled | Trigger | Tab | When | If | Dedupe key | Entry state | Owner\n"
STEP_HEADERS = "Contract | Step | Action | With | If\n"
INVOICES = "Number | Email | Due date | Row ID\n7 | ana@shop.example | 2026-12-01 | I-1"
NOTE = "message: It is {{ now }}"


@pytest.fixture
def actions(make_tools: Callable[..., Tools]) -> Mapping[str, Action]:
    return wiring.open_actions(make_tools())


@pytest.fixture
def problems(actions: Mapping[str, Action]) -> Callable[..., list[str]]:
    """Every sentence that `check` would print for the workbook."""

    def read(contract: str, steps: str = f"Dun | Tell | notify | {NOTE}", **tabs: str) -> list[str]:
        whole = {"Contracts": HEADERS + contract, "Steps": STEP_HEADERS + steps, "Invoices": INVOICES, **tabs}
        book: Book = read_book(snapshot(**whole), actions)
        return [str(problem) for problem in book.problems]

    return read


Problems = Callable[..., list[str]]


@pytest.mark.parametrize(
    "contract",
    [
        "Dun | Yes | Date due | Invoices | 3 days before Due date | Number > 0",
        "Dun | Yes | Schedule | | every Monday 09:00 | settings.busy = 1",
        "Dun | Yes | Schedule | Invoices | 0 9 * * 1",
    ],
)
def test_contracts_that_go_by_time_pass(problems: Problems, contract: str) -> None:
    assert problems(contract, Settings="Setting | Value\nBusy | 1") == []


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        ("Dun | Yes | Date due | Invoices | ", "Contracts!E2: Nothing says when. Write for example 3 days before"),
        ("Dun | Yes | Date due | Invoices | 3 days before Deu date", "Invoices has no column “Deu date”. Did you mean “Due date”?"),
        ("Dun | Yes | Date due | | on Due date", "Contracts!D2: The tab is missing."),
        ("Dun | Yes | Schedule | | whenever", "Contracts!E2: “whenever” does not say when."),
        ("Dun | Yes | Schedule | | every day 17:00 | Number > 0", "Contracts!F2"),
        ("Dun | Yes | Schedule | | every day 17:00 | | | Working", "Contracts!H2: Its runs have no row, so there is no State"),
        ("Dun | Yes | Webhook | Invoices | forms", "Contracts!C2: The trigger “Webhook” is not in this version yet."),
    ],
)
def test_what_cannot_start_says_where_and_how_to_mend_it(problems: Problems, contract: str, says: str) -> None:
    sentences = problems(contract)
    assert any(says in sentence for sentence in sentences), sentences


def test_steps_of_a_schedule_may_name_its_moment_and_no_columns(problems: Problems) -> None:
    schedule = "Dun | Yes | Schedule | Invoices | every day 17:00"
    assert problems(schedule, "Dun | Tell | notify | message: for {{ scheduled }}") == []
    (sentence,) = problems(schedule, "Dun | Tell | notify | message: for {{ email }}")
    assert sentence.startswith("Steps!D2: message:")


def test_a_schedule_has_no_row_to_write_into(problems: Problems) -> None:
    schedule = "Dun | Yes | Schedule | Invoices | every day 17:00"
    (sentence,) = problems(schedule, "Dun | Note | sheet.set | Email: x@shop.example")
    assert "Write a line tab:" in sentence


def test_a_wrong_setting_of_the_calendar_is_said_beside_it_and_stops_nothing(problems: Problems) -> None:
    (sentence,) = problems("Dun | Yes | Date due | Invoices | on Due date", Settings="Setting | Value\nLate limit | 7 moons")
    assert sentence.startswith("Settings!B2: “7 moons” is not a length of time.")
