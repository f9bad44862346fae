"""The circuit breaker: five runs that fail alike stop the contract, with one question, and nothing is lost."""

import pytest

from runner.errors import ActionFailed
from runner.model import RunState
from tests.engine.office import Office


class Mailer:
    """Refuses everything until it is mended."""

    def __init__(self) -> None:
        self.broken = True
        self.tries: list[str] = []
        self.sent: list[str] = []

    def send(self, _message: bytes, _sender: str, recipients: list[str], _timeout: object) -> str:
        self.tries.append(recipients[0])
        if self.broken:
            raise ActionFailed(f"The mail server does not know {recipients[0]}.", permanent=True)
        self.sent.append(recipients[0])
        return "taken"


@pytest.fixture
def mailer(office: Office, monkeypatch: pytest.MonkeyPatch) -> Mailer:
    """The office's mail goes to a server that is down; the office has eight leads."""
    made = Mailer()
    monkeypatch.setattr(office.post, "send", made.send)
    rows = "\n".join(f"Lead {number} | lead{number}@shop.example" for number in range(1, 9))
    office.write(Leads=f"Name | Email | Budget | State | Run | Row ID\n{rows}")
    return made


def count(office: Office, state: RunState) -> int:
    return sum(run.state is state for run in office.runs().values())


def test_equal_failures_stop_the_contract_and_the_rest_waits(office: Office, mailer: Mailer) -> None:
    office.tick()
    # two at a time are under way: what had begun when the fifth failed has ended too
    assert 5 <= len(mailer.tries) <= 6
    assert count(office, RunState.WAITING) == 8 - len(mailer.tries)
    (asked,) = office.tab("Approvals")
    assert str(asked["What will happen"]).startswith("Hello is stopped after 5 equal failures at “Reply”: The mail server")
    assert "stopped after 5 equal failures: see A-0001" in str(office.tab("Runs")[-1]["Error"])
    assert len(office.events("contract stopped")) == 1


def test_while_it_is_stopped_nothing_is_tried_whatever_comes_and_however_long(office: Office, mailer: Mailer) -> None:
    office.tick()
    before = len(mailer.tries)
    office.restart()
    office.add("Leads", Name="New", Email="new@shop.example")
    office.tick(hours=100)
    assert len(mailer.tries) == before
    assert office.runs()["new@shop.example"].state is RunState.WAITING
    assert len(office.tab("Approvals")) == 1


def test_release_tries_again(office: Office, mailer: Mailer) -> None:
    office.tick()
    waiting = count(office, RunState.WAITING)
    mailer.broken = False
    office.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    office.tick()
    assert len(mailer.sent) == waiting == count(office, RunState.DONE)
    assert str(office.tab("Approvals")[0]["Result"]).startswith(f"Released: {waiting} run")
    assert office.world.ledger.verify() == []


def test_skip_parks_what_waits_and_lets_later_runs_try(office: Office, mailer: Mailer) -> None:
    office.tick()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="SKIP")
    office.tick()
    assert count(office, RunState.DEAD_LETTER) == 8
    mailer.broken = False
    office.add("Leads", Name="New", Email="new@shop.example")
    office.tick()
    assert mailer.sent == ["new@shop.example"]
    office.type("Dead letters", {"Run": "R-0008"}, Decision="RETRY")
    office.tick()
    assert len(mailer.sent) == 2


def test_a_paused_run_stays_paused_when_its_contract_goes_on(office: Office, mailer: Mailer) -> None:
    office.tick()
    office.type("Runs", {"Run": "R-0008"}, Command="PAUSE")
    office.tick()
    mailer.broken = False
    office.type("Approvals", {"Approval": "A-0001"}, Decision="RELEASE")
    office.tick()
    assert office.runs()["lead8@shop.example"].state is RunState.PAUSED
    office.type("Runs", {"Run": "R-0008"}, Command="RESUME")
    office.tick()
    assert office.runs()["lead8@shop.example"].state is RunState.DONE


def test_failures_of_several_ticks_and_processes_add_up(office: Office, mailer: Mailer) -> None:
    leads = office.workbook.rows("Leads")
    later = [leads.pop() for _ in range(6)]
    office.tick()
    for row in later:
        office.restart()
        leads = office.workbook.rows("Leads")
        leads.append(row)
        office.workbook.changes += 1
        office.tick()
    assert 5 <= len(mailer.tries) <= 6
    assert len(office.events("contract stopped")) == 1


def test_a_success_between_ends_the_streak(office: Office, mailer: Mailer) -> None:
    leads = office.workbook.rows("Leads")
    later = [leads.pop() for _ in range(4)]
    office.tick()
    mailer.broken = False
    office.add("Leads", Name="New", Email="new@shop.example")
    office.tick()
    mailer.broken = True
    office.workbook.rows("Leads").extend(later)
    office.workbook.changes += 1
    office.tick()
    assert len(mailer.tries) == 9
    assert office.tab("Approvals") == []
