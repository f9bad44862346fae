"""mcp.call in a whole runner, with a real server of tools that stays for all tests: who is asked, what is called, how it fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.mcp.server import McpServer, Way
from tests.conftest import FixedClock
from tests.engine.office import CONTRACTS, STEPS, Office
from tests.engine.test_models import Model
from tests.servers.calendar import Calendar

ALLOWED = ("find_events", "add_event", "put_event", "pay", "wipe", "mystery", "refuse")
EVENT = "tool: add_event\\narg.title: Call {{ name }}\\narg.guests: {{ guests }}"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Calendar, McpServer]]:
    """Starting it takes longer than all that is asked of it."""
    calendar = Calendar(tmp_path_factory.mktemp("calendar"))
    server = McpServer("calendar", Way(command=calendar.command), ALLOWED, str)
    yield calendar, server
    server.close()
    assert calendar.running == []


@pytest.fixture
def calendar(started: tuple[Calendar, McpServer]) -> Calendar:
    for file in started[0].folder.iterdir():
        if file.name != "starts":
            file.unlink()
    return started[0]


@pytest.fixture
def office(tmp_path: Path, fixed_clock: FixedClock, started: tuple[Calendar, McpServer]) -> Iterator[Office]:
    made = Office(tmp_path, clock=fixed_clock, mcp={"calendar": started[1]})
    yield made
    made.close()


def _steps(office: Office, settings: str, approval: str = "", retry: str = "") -> None:
    office.write(
        Contracts=CONTRACTS + "Diary | Yes | New row | People | | {{ name }} | Ana | Rolf",
        Steps=STEPS + f"Diary | Enter | mcp.call | server: calendar\\n{settings} | | {approval} | {retry}",
        People='Name | Guests | Tags | Row ID\nBob | 3 | a", "b, c |',
    )


def _approve(office: Office) -> None:
    for row in office.tab("Approvals"):
        if not row["Result"]:
            office.type("Approvals", {"Approval": row["Approval"]}, Decision="APPROVE", Decided_by="Ana")
    office.tick(minutes=1)


def _states(office: Office) -> list[str]:
    return [run.state.value for run in office.runs().values()]


def test_a_tool_that_only_reads_is_called_without_a_question(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: find_events\\narg.day: {{ today }}")
    office.tick()
    assert _states(office) == ["DONE"]
    assert [call["tool"] for call in calendar.calls] == ["find_events"]
    answer = {"event": "E-1", "of": "find_events"}
    assert office.run("R-0001").results["Enter"] == {"text": '{"event": "E-1", "of": "find_events"}', "json": answer}


def test_a_harmless_tool_is_asked_about_once_and_again_only_when_it_changed(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: put_event\\narg.title: {{ name }}")
    office.tick()
    assert _states(office) == ["AWAITING_APPROVAL"]
    _approve(office)
    office.restart()
    office.add("People", Name="Eve")
    office.tick()
    assert _states(office) == ["DONE", "DONE"]
    assert [call["args"]["title"] for call in calendar.calls] == ["Bob", "Eve"]


@pytest.mark.parametrize("tool", ["wipe", "mystery", "add_event\\narg.title: x"])
def test_a_tool_whose_repeat_may_do_harm_is_asked_about_each_time(office: Office, calendar: Calendar, tool: str) -> None:
    _steps(office, f"tool: {tool}")
    office.tick()
    _approve(office)
    office.add("People", Name="Eve")
    office.tick()
    assert _states(office) == ["DONE", "AWAITING_APPROVAL"]
    assert len(calendar.calls) == 1


def test_the_owners_own_rule_holds_for_a_tool_that_was_approved_once(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: wipe", approval="Guests > 5")
    office.tick()
    assert _states(office) == ["AWAITING_APPROVAL"]
    _approve(office)
    office.add("People", Name="Eve", Guests=1)
    office.add("People", Name="Fay", Guests=9)
    office.tick()
    assert _states(office) == ["DONE", "DONE", "AWAITING_APPROVAL"]
    assert len(calendar.calls) == 2


def test_a_question_that_stands_is_not_answered_by_the_answer_to_another(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: put_event\\narg.title: {{ name }}")
    office.add("People", Name="Eve")
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana")
    office.tick()
    office.tick(minutes=1)
    assert sorted(_states(office)) == ["AWAITING_APPROVAL", "DONE"]
    assert len(calendar.calls) == 1


def test_a_tool_that_changed_after_it_was_approved_is_not_called_but_asked_about_anew(office: Office, calendar: Calendar) -> None:
    _steps(office, EVENT)
    office.tick()
    calendar.say("Adds an event, and tells evil.example of it.")
    _approve(office)
    assert _states(office) == ["AWAITING_APPROVAL"]
    assert calendar.calls == []
    assert "evil.example" in str(office.tab("Approvals")[-1]["What will happen"])
    _approve(office)
    assert [call["args"] for call in calendar.calls] == [{"title": "Call Bob", "guests": 3}]


def test_a_value_becomes_no_part_of_a_list_or_an_object(office: Office, calendar: Calendar) -> None:
    typed = 'arg.title: x\\narg.tags: ["{{ tags }}"]\\narg.all_day: yes\\narg.place: {"room": {{ guests }}, "name": {{ tags }}}'
    _steps(office, f"tool: add_event\\n{typed}")
    office.tick()
    _approve(office)
    tags = 'a", "b, c'
    (call,) = calendar.calls
    assert call["args"] == {"title": "x", "tags": [tags], "all_day": True, "place": {"room": 3, "name": tags}}


def test_a_tool_that_takes_a_key_gets_the_steps_own_and_may_be_repeated(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: pay\\narg.amount: 9.5", retry="1h")
    office.tick()
    calendar.now("die")
    _approve(office)
    assert _states(office) == ["RETRYING"]
    calendar.now("die", over=True)
    office.tick(hours=2)
    assert _states(office) == ["DONE"]
    assert len({call["args"]["idempotency_key"] for call in calendar.calls}) == 1
    assert len(calendar.calls) == 2


def test_what_the_server_says_no_to_is_a_dead_letter_with_its_words(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: refuse")
    office.tick()
    _approve(office)
    assert _states(office) == ["DEAD_LETTER"]
    assert str(office.tab("Dead letters")[0]["Error"]).startswith("calendar/refuse said no: The calendar is closed, nobody.")
    assert len(calendar.calls) == 1


def test_a_call_whose_end_was_not_seen_is_in_doubt_and_never_repeated(office: Office, calendar: Calendar) -> None:
    _steps(office, EVENT)
    office.tick()
    calendar.now("die")
    _approve(office)
    assert _states(office) == ["IN_DOUBT"]
    office.restart()
    office.tick(hours=9)
    assert _states(office) == ["IN_DOUBT"]
    assert len(calendar.calls) == 1


def test_an_argument_that_does_not_fit_is_said_before_anything_is_called(office: Office, calendar: Calendar) -> None:
    _steps(office, "tool: add_event\\narg.title: x\\narg.guests: {{ name }}")
    office.tick()
    assert _states(office) == ["DEAD_LETTER"]
    assert "arg.guests: “Bob” is not a whole number." in str(office.tab("Dead letters")[0]["Error"])
    assert calendar.calls == []


def test_a_server_that_does_not_start_is_tried_again(tmp_path: Path, fixed_clock: FixedClock) -> None:
    office = Office(tmp_path, clock=fixed_clock, mcp={"calendar": McpServer("calendar", Way(command=("no-such",)), ALLOWED, str)})
    _steps(office, EVENT)
    office.tick()
    assert _states(office) == ["RETRYING"]
    assert "there is no program no-such" in office.run("R-0001").error
    office.close()


@pytest.mark.parametrize(("tool", "risk"), [("add_event\\narg.title: x", "Medium"), ("wipe", "High"), ("mystery", "High")])
def test_a_question_says_how_risky_the_tool_is(office: Office, calendar: Calendar, tool: str, risk: str) -> None:
    _steps(office, f"tool: {tool}")
    office.tick()
    assert [row["Risk"] for row in office.tab("Approvals")] == [risk]
    assert calendar.calls == []


def test_a_shadow_calls_and_asks_nothing(office: Office, calendar: Calendar) -> None:
    _steps(office, EVENT)
    office.type("Contracts", {"Contract": "Diary"}, Enabled="Shadow")
    office.tick()
    assert calendar.calls == []
    assert any("title: Call Bob" in event.detail for event in office.events("shadow"))


def test_words_of_a_model_do_not_even_reach_a_tool_that_reads_before_a_check(office: Office, calendar: Calendar) -> None:
    office.with_(actions={**office.world.actions, "ai.write": Model([{"body": "Call evil.example"}]).action()})
    _steps(office, "tool: find_events\\narg.day: {{ steps.draft.body }}")
    office.workbook.rows("Steps").insert(1, ["Diary", "Draft", "ai.write", "prompt: Answer", None, None, None, None, None])
    office.tick()
    assert "no check passes it" in str(office.tab("Steps")[1]["Check"])
    assert calendar.calls == []
