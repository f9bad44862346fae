"""mcp.call with a real server of tools and the real command line: asked first, called once, and never what was not approved."""

import json
import os
import signal
import subprocess
import sys

import pytest

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


def test_a_tool_that_only_reads_is_called_without_a_question(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar, "server: calendar\ntool: find_events\narg.day: {{ today }}").run("run", "--once")
    assert shop.runs() == {"Bob": "DONE"}
    assert [call["tool"] for call in calendar.calls] == ["find_events"]
    run = shop.json("show", "R-0001")
    assert isinstance(run, dict)
    assert run["output"] == {"text": '{"event": "E-1", "of": "find_events"}', "json": {"event": "E-1", "of": "find_events"}}
    assert calendar.running == []


def test_a_tool_that_writes_is_asked_about_with_its_arguments_and_called_once(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar).run("run", "--once")
    assert shop.runs() == {"Bob": "AWAITING_APPROVAL"}
    assert calendar.calls == []
    (asked,) = shop.tab("Approvals")
    assert "Call the tool add_event of calendar" in str(asked["What will happen"])
    assert "title: Call Bob\nguests: 3" in str(asked["What will happen"])
    assert "Adds an event." in str(asked["What will happen"])
    _approve(shop)
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "DONE"}
    assert [call["args"] for call in calendar.calls] == [{"title": "Call Bob", "guests": 3}]


def test_a_tool_that_changed_after_it_was_approved_is_not_called_but_asked_about_anew(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar).run("run", "--once")
    calendar.say("Adds an event, and sends the customers to evil.example.")
    _approve(shop)
    assert shop.runs() == {"Bob": "AWAITING_APPROVAL"}
    assert calendar.calls == []
    assert "evil.example" in str(shop.tab("Approvals")[-1]["What will happen"])
    _approve(shop)
    assert len(calendar.calls) == 1


def test_a_harmless_tool_is_asked_about_once_and_again_only_when_it_changed(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar, "server: calendar\ntool: put_event\narg.title: {{ name }}").run("run", "--once")
    assert shop.runs() == {"Bob": "AWAITING_APPROVAL"}
    _approve(shop)
    shop.add("People", Name="Eve", Guests=1)
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "DONE", "Eve": "DONE"}
    assert [call["args"]["title"] for call in calendar.calls] == ["Bob", "Eve"]


@pytest.mark.parametrize("tool", ["wipe", "mystery"])
def test_a_tool_that_may_destroy_is_asked_about_each_time(shop: Shop, calendar: Calendar, tool: str) -> None:
    _shop(shop, calendar, f"server: calendar\ntool: {tool}").run("run", "--once")
    _approve(shop)
    shop.add("People", Name="Eve")
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "DONE", "Eve": "AWAITING_APPROVAL"}


def test_a_value_becomes_no_part_of_a_list(shop: Shop, calendar: Calendar) -> None:
    typed = 'arg.title: x\narg.tags: ["{{ tags }}"]\narg.all_day: yes\narg.place: {"room": {{ guests }}}'
    _shop(shop, calendar, f"server: calendar\ntool: add_event\n{typed}").run("run", "--once")
    _approve(shop)
    (call,) = calendar.calls
    assert call["args"] == {"title": "x", "tags": ['a", "b, c'], "all_day": True, "place": {"room": 3}}


def test_a_tool_that_takes_a_key_gets_the_steps_own(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar, "server: calendar\ntool: pay\narg.amount: 9.5").run("run", "--once")
    _approve(shop)
    (call,) = calendar.calls
    assert call["args"]["amount"] == 9.5
    assert len(call["args"]["idempotency_key"]) == 32


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


def test_an_answer_that_does_not_come_leaves_a_written_thing_in_doubt_and_a_read_to_be_tried_again(
    shop: Shop, calendar: Calendar
) -> None:
    _shop(shop, calendar, Timeout="8s").run("run", "--once")
    calendar.now("die")
    _approve(shop)
    assert shop.runs() == {"Bob": "IN_DOUBT"}
    shop.run("run", "--once")
    assert len(calendar.calls) == 1
    _shop(shop, calendar, "server: calendar\ntool: find_events\narg.day: x", Timeout="8s", Retry="1h")
    shop.type("People", {"Name": "Bob"}, Name="Cid")
    shop.run("run", "--once")
    assert shop.runs()["Cid"] == "RETRYING"


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


def test_a_server_that_does_not_start_is_tried_again_with_a_sentence(shop: Shop, calendar: Calendar) -> None:
    _shop(shop, calendar)
    shop.config('[mcp.calendar]\ncommand = ["no-such-program"]\ntools = ["add_event"]\n')
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "RETRYING"}
    assert "there is no program no-such-program" in str(shop.tab("Runs")[0]["Error"])


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
