"""The way back: finished steps are reversed, last first, each once, and what no step reverses is a person's."""

from collections.abc import Callable

import pytest

from runner.errors import ActionFailed, ActionInDoubt, RowpactError
from runner.model import Effect, RunState
from runner.ports import Action, Done
from tests.engine.office import Office

STEPS = "Contract | Step | Action | With | If | Approval | Retry | On failure | Undo\n"
#: Three things are done outside and one in the workbook; the last fails.
BOOKING = """
    Hello | Room   | out.do | what: room {{ name }}
    Hello | Note   | sheet.set | Budget: 0
    Hello | Flight | out.do | what: flight {{ name }} | | | | | Cancel flight
    Hello | Car    | out.do | what: car {{ name }} | | | | | Return car
    Hello | Pay    | out.do | what: pay {{ name }} | | | | Undo
    Hello | Cancel flight | out.do | what: cancel flight {{ steps.flight.no }}
    Hello | Return car | out.do | what: return car {{ steps.car.no }} | | | 30s
"""


class Outside:
    """A service that keeps what was done, and can be told to fail."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.trouble: dict[str, RowpactError] = {}

    def action(self) -> Action:
        return Action(
            name="out.do",
            required=("what",),
            results=("no",),
            effect=lambda _settings: Effect.ONCE,
            prepare=lambda settings, _about: {"what": settings["what"]},
            describe=lambda request: f"Do: {request['what']}",
            perform=lambda request, _call: self._do(request["what"]),
            retry=(),
        )

    def _do(self, what: str) -> Done:
        if what in self.trouble:
            raise self.trouble[what]
        self.done.append(what)
        return Done(result={"no": f"no {len(self.done)}"})


REFUSED = ActionFailed("No money.", permanent=True)


@pytest.fixture
def outside(office: Office) -> Outside:
    made = Outside()
    office.world.actions[made.action().name] = made.action()  # type: ignore[index]
    office.write(Steps=STEPS + BOOKING, Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500")
    return made


@pytest.fixture
def restart(office: Office, outside: Outside) -> Callable[[], None]:
    def again() -> None:
        office.restart()
        office.world.actions["out.do"] = outside.action()  # type: ignore[index]

    return again


def the_run(office: Office):
    (run,) = office.runs().values()
    return run


def test_on_failure_undo_reverses_the_finished_steps_last_first(office: Office, outside: Outside) -> None:
    outside.trouble["pay Ada"] = REFUSED
    office.tick()
    assert outside.done == ["room Ada", "flight Ada", "car Ada", "return car no 3", "cancel flight no 2"]
    assert the_run(office).state is RunState.AWAITING_TASK
    (task,) = office.tab("Tasks")
    assert task["Owner"] == "Rolf"
    assert task["Step"] == "Room"
    assert "Undo by hand" in str(task["What to do"])
    assert "Do: room Ada" in str(task["What to do"])
    assert "no: no 1" in str(task["What to do"])
    office.type("Tasks", {"Run": "R-0001"}, Done="DONE", **{"Done by": "Rolf"})
    office.tick()
    run = the_run(office)
    assert (run.state, run.undoing, run.ask) == (RunState.ROLLED_BACK, (), "")
    assert run.error == "“Pay” failed: No money."
    assert run.results["Room"] == {"no": "no 1"}
    assert [event.detail for event in office.events("rolling back")] == ["“Pay” failed: No money."]
    assert any("“Note” wrote into the workbook; that stays" in event.detail for event in office.events("routed"))
    assert office.world.ledger.verify() == []


def letter(office: Office) -> dict[str, object]:
    """The newest row of Dead letters."""
    return office.tab("Dead letters")[-1]


def decide(office: Office, word: str) -> None:
    office.type("Dead letters", {"Result": letter(office)["Result"], "Decision": None}, Decision=word, **{"Decided by": "Ana"})
    office.tick(seconds=1)


def test_a_failing_undo_is_tried_again_and_then_a_dead_letter_of_the_highest_severity(office: Office, outside: Outside) -> None:
    outside.trouble = {"pay Ada": REFUSED, "return car no 3": ActionFailed("Busy.")}
    office.tick()
    assert (the_run(office).state, the_run(office).step) == (RunState.RETRYING, "Return car")
    office.tick(seconds=31)
    assert the_run(office).state is RunState.DEAD_LETTER
    assert (letter(office)["Step"], letter(office)["Severity"], letter(office)["Tries"]) == ("Return car", "P0", 2)
    decide(office, "UNDO")
    assert letter(office)["Result"] == "It is being reversed already. Type RETRY, DONE or CLOSE."
    outside.trouble = {}
    office.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    office.tick()
    assert outside.done[3:] == ["return car no 3", "cancel flight no 2"]


def test_done_beside_a_failed_undo_goes_on_with_the_next(office: Office, outside: Outside) -> None:
    outside.trouble = {"pay Ada": REFUSED, "return car no 3": REFUSED}
    office.tick()
    decide(office, "DONE")
    assert outside.done[3:] == ["cancel flight no 2"]
    assert the_run(office).undoing == ("Room",)


def test_undo_typed_beside_a_dead_letter_reverses_and_a_closed_one_keeps_what_is_left(office: Office, outside: Outside) -> None:
    office.write(Steps=STEPS + BOOKING.replace("| Undo\n", "|\n"))
    outside.trouble = {"pay Ada": REFUSED, "cancel flight no 2": REFUSED}
    office.tick()
    assert the_run(office).state is RunState.DEAD_LETTER
    decide(office, "UNDO")
    assert outside.done[3:] == ["return car no 3"]
    assert office.tab("Dead letters")[0]["Result"] == "Undo asked for by Ana, 2026-11-22 17:12."
    decide(office, "CLOSE")
    assert the_run(office).state is RunState.CLOSED
    assert the_run(office).undoing == ("Flight", "Note", "Room")


def test_an_undo_in_doubt_is_answered_by_a_person_and_not_done_again(office: Office, outside: Outside) -> None:
    outside.trouble = {"pay Ada": REFUSED, "return car no 3": ActionInDoubt("The line went dead.")}
    office.tick()
    assert the_run(office).state is RunState.IN_DOUBT
    outside.trouble = {}
    decide(office, "DONE")
    assert outside.done[3:] == ["cancel flight no 2"]


def test_an_undo_step_asks_if_its_approval_says_so_and_a_no_is_a_dead_letter(office: Office, outside: Outside) -> None:
    outside.trouble = {"pay Ada": REFUSED}
    office.write(Steps=STEPS + BOOKING.replace("| | | 30s", "| | Always | 30s"))
    office.tick()
    assert the_run(office).state is RunState.AWAITING_APPROVAL
    assert office.tab("Approvals")[0]["What will happen"] == "Do: return car no 3"
    office.type("Leads", {"Name": "Ada"}, Name="Eve")
    office.tick()
    assert [row["Result"] for row in office.tab("Approvals")] == [None], "what is reversed does not hang on the row any more"
    office.type("Approvals", {"Run": "R-0001"}, Decision="REJECT they keep the car", **{"Decided by": "Ana"})
    office.tick()
    assert outside.done[3:] == []
    assert (the_run(office).state, letter(office)["Severity"]) == (RunState.DEAD_LETTER, "P0")
    assert "they keep the car" in str(letter(office)["Error"])
    decide(office, "DONE")
    assert outside.done[3:] == ["cancel flight no 2"]


def test_a_reversal_by_hand_that_failed_is_a_dead_letter(office: Office, outside: Outside) -> None:
    outside.trouble["pay Ada"] = REFUSED
    office.tick()
    office.type("Tasks", {"Run": "R-0001"}, Done="FAILED hotel is closed")
    office.tick()
    assert (the_run(office).state, letter(office)["Step"], letter(office)["Severity"]) == (RunState.DEAD_LETTER, "Room", "P0")
    decide(office, "RETRY")
    assert [row["Task"] for row in office.tab("Tasks")] == ["T-0001", "T-0002"]
    office.type("Tasks", {"Task": "T-0002"}, Done="DONE")
    office.tick()
    assert the_run(office).state is RunState.ROLLED_BACK


def test_one_step_may_reverse_several_and_each_reversal_has_its_own_key(office: Office, outside: Outside) -> None:
    office.write(
        Steps=STEPS
        + """
        Hello | Flight | out.do | what: flight | | | | | Refund
        Hello | Car    | out.do | what: car | | | | | Refund
        Hello | Pay    | out.do | what: pay Ada | | | | Undo
        Hello | Refund | out.do | what: refund {{ steps.flight.no }}
        """
    )
    outside.trouble["pay Ada"] = REFUSED
    office.tick()
    assert outside.done == ["flight", "car", "refund no 1", "refund no 1"]
    keys = [event.data["effect"]["key"] for event in office.events("about to act") if event.step == "Refund"]
    assert len(set(keys)) == 2


def test_a_run_with_nothing_to_reverse_is_rolled_back_at_once(office: Office, outside: Outside) -> None:
    office.write(Steps=STEPS + "Hello | Pay | out.do | what: pay Ada | | | | Undo")
    outside.trouble["pay Ada"] = REFUSED
    office.tick()
    assert the_run(office).state is RunState.ROLLED_BACK


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("lost", [True, False], ids=["before it is on disk", "after it is on disk"])
@pytest.mark.parametrize("commit", range(3, 14))
def test_no_reversal_is_done_twice_wherever_the_runner_is_killed(
    commit: int, lost: bool, office: Office, outside: Outside, restart: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.trouble["pay Ada"] = REFUSED
    ledger, commits = office.world.ledger, iter(range(1, 1000))
    record = ledger.record

    def dying(events: object) -> None:
        kill = next(commits) == commit
        if kill and lost:
            raise Killed
        record(events)  # type: ignore[arg-type]
        if kill:
            raise Killed

    monkeypatch.setattr(ledger, "record", dying)
    for _ in range(6):
        try:
            office.tick()
        except Killed:
            monkeypatch.undo()
            restart()
            office.tick()
        run = the_run(office)
        what = {"Return car": "return car no 3", "Cancel flight": "cancel flight no 2"}.get(run.step, f"{run.step.lower()} Ada")
        if run.state is RunState.IN_DOUBT:
            decide(office, "DONE" if what in outside.done else "RETRY")
        elif run.state is RunState.DEAD_LETTER:  # what a step gave is not known to who only knows that it happened
            outside.done.append(what)
            decide(office, "DONE")
        for row in office.tab("Tasks"):
            if not row["Done"]:
                office.type("Tasks", {"Task": row["Task"]}, Done="DONE")
    assert the_run(office).state is RunState.ROLLED_BACK
    assert outside.done == ["room Ada", "flight Ada", "car Ada", "return car no 3", "cancel flight no 2"]
    assert len(office.tab("Tasks")) == 1
    assert office.world.ledger.verify() == []
