"""Hours and Limit in the engine: effects wait, questions do not, and nothing is lost or doubled by a restart."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.model import RunState
from tests.engine.office import MAIL, Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | Dedupe key | Owner | Hours | Limit | Check\n"
STEPS = "Contract | Step | Action | With | Approval | Check\n"
LEADS = "Name | Email | Note | Run | Row ID\n"


@pytest.fixture
def busy(office: Office) -> Office:
    """Five leads; Sunday, 22 November 2026, 17:12 UTC."""
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | {{ email }} | Ana | | ",
        Steps=STEPS + f"Hello | Note | sheet.set | Note: seen\nHello | Reply | email.send | {MAIL}",
        Leads=LEADS + "\n".join(f"N{n} | n{n}@shop.example" for n in range(5)),
    )
    return office


def states(office: Office) -> list[str]:
    return [run.state.value for run in office.runs().values()]


def test_mail_waits_for_the_hours_and_the_workbook_does_not(busy: Office) -> None:
    busy.zone = ZoneInfo("America/Chicago")
    busy.restart()
    busy.type("Contracts", {"Contract": "Hello"}, Hours="Mon-Fri 09:00-17:00")
    busy.tick()
    busy.tick()
    assert set(states(busy)) == {"WAITING"}
    assert [row["Note"] for row in busy.tab("Leads")] == ["seen"] * 5
    assert busy.seen.next_due == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    (waiting,) = {event.detail for event in busy.events("waiting")}
    assert waiting == "waits for Hours: Mon-Fri 09:00-17:00"
    assert busy.tick(hours=21).quiet
    assert busy.recipients() == []
    busy.restart()
    busy.tick(hours=1)
    assert len(busy.recipients()) == 5


def test_questions_are_asked_outside_the_hours_and_the_yes_waits_for_them(busy: Office) -> None:
    busy.type("Contracts", {"Contract": "Hello"}, Hours="Mon-Fri 09:00-17:00")
    busy.type("Steps", {"Step": "Reply"}, Approval="Always")
    busy.tick()
    assert set(states(busy)) == {"AWAITING_APPROVAL"}
    busy.type("Approvals", {"Contract": "Hello"}, Decision="APPROVE")
    busy.tick()
    assert set(states(busy)) == {"WAITING"}
    busy.tick(hours=16)
    assert set(states(busy)) == {"DONE"}
    assert len(busy.events("asked")) == 5


def test_no_more_runs_act_in_an_hour_than_the_limit_says(busy: Office) -> None:
    busy.type("Contracts", {"Contract": "Hello"}, Limit="2 per hour")
    busy.tick()
    assert sorted(states(busy)) == ["DONE", "DONE", "WAITING", "WAITING", "WAITING"]
    turns = sorted(run.turn for run in busy.runs().values() if run.turn)
    assert [at - busy.clock.moment for at in turns] == [timedelta(hours=1, seconds=1)] * 2 + [timedelta(hours=2, seconds=2)]
    busy.restart()
    busy.tick(minutes=30)
    assert len(busy.recipients()) == 2
    busy.tick(minutes=31)
    assert len(busy.recipients()) == 4
    busy.tick(minutes=61)
    assert len(busy.recipients()) == 5
    assert len(busy.events("waiting")) == 3


def test_a_computer_that_slept_does_not_make_up_for_its_limit_at_once(busy: Office) -> None:
    busy.type("Contracts", {"Contract": "Hello"}, Limit="1 per hour")
    busy.tick()
    busy.restart()
    busy.tick(hours=40)
    assert len(busy.recipients()) == 2
    for _ in range(4):
        busy.tick(minutes=61)
    assert len(busy.recipients()) == 5


def test_a_run_that_has_begun_to_act_is_not_counted_again(busy: Office) -> None:
    busy.write(Steps=STEPS + f"Hello | Reply | email.send | {MAIL}\nHello | Again | email.send | {MAIL}")
    busy.type("Contracts", {"Contract": "Hello"}, Limit="2 per hour")
    busy.tick()
    done = [run for run in busy.runs().values() if run.state is RunState.DONE]
    assert len(done) == 2
    assert len(busy.recipients()) == 4


def test_a_pause_lets_nothing_wake_and_the_runner_sleeps(busy: Office) -> None:
    busy.type("Contracts", {"Contract": "Hello"}, Hours="Mon-Fri 09:00-17:00")
    busy.tick()
    busy.write(Settings="Setting | Value\nPause | Yes")
    busy.tick(hours=20)
    busy.tick()
    assert busy.tick().quiet
    assert busy.recipients() == []
    busy.write(Settings="Setting | Value\nPause | No")
    busy.tick()
    assert len(busy.recipients()) == 5


def test_the_way_back_keeps_the_hours_and_goes_on_as_the_way_back(busy: Office) -> None:
    undo = "to: {{ email }}\\nsubject: Sorry\\nbody: That was wrong"
    busy.write(
        Steps="Contract | Step | Action | With | On failure | Undo | Check\n"
        f"Hello | Reply | email.send | {MAIL} | | Sorry\nHello | Sorry | email.send | {undo}\n"
        "Hello | Then | sheet.set | key: Row ID\\nRow ID: nobody\\nNote: x | Undo",
        Leads=LEADS + "Ada | ada@shop.example",
    )
    busy.type("Contracts", {"Contract": "Hello"}, Hours="Mon-Fri 09:00-17:00")
    busy.clock.moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    slow = busy.world.ledger.record

    def evening(events: object) -> None:
        slow(events)  # type: ignore[arg-type]
        if busy.recipients():
            busy.clock.moment = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

    busy.world.ledger.record = evening  # type: ignore[method-assign]
    busy.tick()
    assert states(busy) == ["WAITING"]
    busy.restart()
    busy.tick(hours=16)
    assert states(busy) == ["ROLLED_BACK"]
    assert busy.recipients() == ["ada@shop.example"] * 2
