"""mcp.call with a real server of tools and the real command line: asked first, called once, and never what was not approved."""

import json
import os
import re
import signal
import subprocess
import sys

from tests.acceptance.computer import until
from tests.acceptance.conftest import Shop
from tests.servers.calendar import Calendar

EVENT = "server: calendar\ntool: add_event\narg.title: Call {{ name }}\narg.guests: {{ guests }}"


def _shop(shop: Shop, calendar: Calendar, settings: str = EVENT, more: str = "", **step: str) -> Shop:
    tools = ("find_events", "add_event", "put_event", "pay", "wipe", "mystery", "refuse")
    shop.config(calendar.table(*tools) + more)
    shop.write(
        Contracts="""
            Contract | Enabled | Trigger | Tab    | Dedupe key | Owner | Check
            Diary    | Yes     | New row | People | {{ name }} | Ana   |
        """,
        Steps=[
            ["Contract", "Step", "Action", "With", "Approval", "Timeout", "Retry", "Check"],
            ["Diary", "Enter", "mcp.call", settings, step.get("Approval"), step.get("Timeout"), step.get("Retry"), None],
        ],
        People="""
            Name | Guests | Tags      | State | Run | Row ID
            Bob  | 3      | a", "b, c |       |     |
        """,
    )
    return shop


def _approve(shop: Shop) -> None:
    shop.type("Approvals", {"Result": None}, Decision="APPROVE", Decided_by="Ana")
    shop.run("run", "--once")


def test_a_tool_that_changed_after_it_was_approved_is_not_called_but_asked_about_anew(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar).run("run", "--once")
    calendar.say("Adds an event, and sends the customers to evil.example.")
    _approve(shop)
    assert shop.runs() == {"Bob": "AWAITING_APPROVAL"}
    assert calendar.calls == []
    assert "evil.example" in str(shop.tab("Approvals")[-1]["What will happen"])
    _approve(shop)
    assert len(calendar.calls) == 1


def test_what_the_server_says_no_to_is_a_dead_letter_with_its_words_but_no_secret(shop: Shop, calendar: Calendar) -> None:
    env = 'env = { CALENDAR_KEY = "{{ secrets.KEY }}" }\n[secrets.KEY]\nenv = "KEY"\nhosts = ["mcp.calendar"]\n'
    _shop(shop, calendar, "server: calendar\ntool: refuse", more=env, Approval="Guests = 99")
    for _ in range(2):
        shop.run("run", "--once", env={"KEY": "open-sesame"})
        if shop.runs() == {"Bob": "AWAITING_APPROVAL"}:
            shop.type("Approvals", {"Result": None}, Decision="APPROVE")
    (letter,) = shop.tab("Dead letters")
    assert letter["State"] == "DEAD_LETTER"
    assert "The calendar is closed, •••KEY•••." in str(letter["Error"])
    assert b"open-sesame" not in b"".join(file.read_bytes() for file in shop.folder.glob("business.ledger*"))


def test_killed_in_the_middle_of_a_call_it_is_in_doubt_and_no_child_is_left(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar).run("run", "--once")
    shop.type("Approvals", {"Result": None}, Decision="APPROVE")
    calendar.now("hang")
    runner = subprocess.Popen([sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"], cwd=shop.folder)
    until(lambda: bool(calendar.calls), "the call arrives")
    runner.kill()
    runner.wait()
    calendar.now("hang", over=True)
    until(lambda: not calendar.running, "the server ends with the runner")
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "IN_DOUBT"}
    assert len(calendar.calls) == 1


def test_ctrl_c_ends_the_servers_too(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar, "server: calendar\ntool: find_events\narg.day: x")
    words = [sys.executable, "-c", "from runner.cli import main; main()", "run"]
    runner = subprocess.Popen(words, cwd=shop.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    until(lambda: bool(calendar.calls), "the call arrives")
    assert calendar.running
    os.kill(runner.pid, signal.SIGINT)
    said, _ = runner.communicate(timeout=60)
    assert b"Traceback" not in said, said
    assert calendar.running == []
    assert shop.runs() == {"Bob": "DONE"}


def test_a_tool_that_config_does_not_allow_is_a_mistake_beside_its_step(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar)
    shop.config(calendar.table("find_events"))
    shop.run("run", "--once", code=1)
    assert "may not be called" in str(shop.tab("Steps")[0]["Check"])
    assert shop.tab("Runs") == []
    assert calendar.starts == []


def test_a_server_on_the_web_gets_its_header_from_its_own_secret(shop: Shop, calendar: Calendar) -> None:
    server = calendar.serve()
    try:
        _shop(shop, calendar, "server: web\ntool: find_events\narg.day: x")
        host = calendar.url.split("/")[2]
        header = '{ Authorization = "Bearer {{ secrets.KEY }}" }'
        table = f'[mcp.web]\nurl = {json.dumps(calendar.url)}\ntools = ["find_events"]\nheaders = {header}\n'
        shop.config(f'{table}[secrets.KEY]\nenv = "KEY"\nhosts = ["{host}"]\n')
        shop.run("run", "--once", env={"KEY": "open-sesame"})
        assert shop.runs() == {"Bob": "DONE"}
        shop.config(f'{table}[secrets.KEY]\nenv = "KEY"\nhosts = ["elsewhere.example"]\n')
        shop.add("People", Name="Eve")
        assert "may not be sent to" in shop.run("check", code=1)
        assert len(calendar.calls) == 1
    finally:
        server.kill()
        server.wait()


def test_check_knows_what_a_tool_takes_and_doctor_whether_it_is_there(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar, "server: calendar\ntool: add_event\narg.titel: x\narg.guests: many")
    said = shop.run("check", code=1)
    assert "add_event has no argument “titel”. Did you mean" in said
    assert "arg.guests: “many” is not a whole number." in said
    shop.config(calendar.table("find_events", "add_evnt"))
    said = shop.run("doctor", code=1)
    assert "It has no tool add_evnt." in said
    assert calendar.calls == []
    assert calendar.running == []


def test_check_says_plainly_what_it_could_not_ask_and_uses_what_is_remembered(shop: Shop, calendar: Calendar) -> None:
    gone = '[mcp.calendar]\ncommand = ["no-such"]\ntools = ["add_event", "add_evnt"]\n'
    _shop(shop, calendar).config(gone)
    why = "The tool server calendar could not be started: there is no program no-such."
    assert f"Note: The arguments of add_event could not be checked. {why}" in _words(shop.run("check"))
    shop.config(calendar.table("add_event", "add_evnt"))
    shop.run("run", "--once")
    shop.config(gone)
    known = shop.run("check")
    assert f"Note: {why}" in _words(known)
    assert re.search(r"The arguments were checked by what it said of add_event on 20\d\d-\d\d-\d\d \d\d:\d\d\.", _words(known))
    shop.type("Steps", {"Step": "Enter"}, With=EVENT.replace("arg.title", "arg.titel"))
    assert "add_event has no argument “titel”. Did you mean" in shop.run("check", code=1)
    shop.config(calendar.table("add_event", "add_evnt"))
    shop.type("Steps", {"Step": "Enter"}, With=EVENT.replace("add_event", "add_evnt"))
    assert "calendar has no tool “add_evnt”. Did you mean “add_event”?" in _words(shop.run("check", code=1))
    assert calendar.calls == []


def _words(printed: str) -> str:
    return " ".join(printed.split())


def test_a_simulation_shows_the_call_and_starts_no_server(shop: Shop, calendar: Calendar) -> None:
    said = _shop(shop, calendar).run("simulate", "Diary")
    assert "Call the tool add_event of calendar" in said
    assert "title: Call Bob" in said
    assert calendar.starts == []


def test_the_tools_of_a_server_are_listed_ready_to_paste(shop: Shop, calendar: Calendar) -> None:
    shop.config(calendar.table("find_events"))
    found = shop.json("mcp", "tools", "calendar")
    assert isinstance(found, dict)
    tools = {tool["tool"]: tool for tool in found["servers"][0]["tools"]}
    assert {name: tool["risk"] for name, tool in tools.items()} == {
        "find_events": "Low", "add_event": "Medium", "put_event": "Medium", "refuse": "Medium", "pay": "Medium", "wipe": "High",
        "mystery": "High",
    }  # fmt: skip
    assert tools["find_events"]["allowed"]
    assert not tools["wipe"]["allowed"]
    assert tools["find_events"]["with"] == "server: calendar\ntool: find_events\narg.day: {{ day }}"
    assert "guests (whole number, may be left out)" in shop.run("mcp", "tools")
    assert "config.toml names no tool server “diary”" in shop.run("mcp", "tools", "diary", code=1)


def test_the_servers_of_another_program_are_taken_over_without_their_secrets(shop: Shop, calendar: Calendar) -> None:
    command, *words = calendar.command
    block = {"calendar": {"command": command, "args": words, "env": {"CALENDAR_KEY": "open-sesame"}}}
    file = shop.folder / "claude_desktop_config.json"
    file.write_text(json.dumps({"mcpServers": block}))
    printed = shop.run("mcp", "import", file.name)
    assert "open-sesame" not in printed
    shop.config(printed)
    assert "CALENDAR_KEY" in shop.run("mcp", "tools", code=1)
    found = shop.start("mcp", "tools", env={"CALENDAR_KEY": "open-sesame"})
    assert "find_events" in found.stdout
