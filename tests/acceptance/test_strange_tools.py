"""mcp.call with servers that others wrote, by the real command line: what they answer and refuse, and what becomes of a kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.acceptance.computer import until
from tests.acceptance.conftest import Shop
from tests.servers.strangers import Strangers, table

CONTRACTS = """
    Contract | Enabled | Trigger | Tab    | Dedupe key | Owner | Check
    Diary    | Yes     | New row | People | {{ name }} | Ana   |
"""
HEADER = ["Contract", "Step", "Action", "With", "Approval", "Timeout", "Retry", "Check"]


PEOPLE = ["Name", "Guests", "Town", "Answer", "State", "Run", "Row ID"]


def _shop(
    shop: Shop, *steps: tuple[str, str], name: str = "Bob", retry: str = "", people: list[list[object]] | None = None
) -> Shop:
    """Steps as (name, With): of sheet.set where that begins with its tab, else of mcp.call."""
    rows = [
        ["Diary", step, "sheet.set" if text.startswith("tab:") else "mcp.call", text, None, None, retry, None]
        for step, text in steps
    ]
    shop.write(Contracts=CONTRACTS, Steps=[HEADER, *rows], People=people or [PEOPLE, [name, 3, "Chicago", None, None, None, None]])
    return shop


def _approve(shop: Shop) -> None:
    shop.type("Approvals", {"Result": None}, Decision="APPROVE", Decided_by="Ana")
    shop.run("run", "--once")


def test_what_they_answer_goes_into_later_steps(shop: Shop, strangers: Strangers) -> None:
    letters = shop.folder / "letters"
    letters.mkdir()
    (letters / "hello.txt").write_text("Dear Bob", encoding="utf-8")
    times = "arg.source_timezone: America/Chicago\narg.time: 09:30\narg.target_timezone: Europe/Lisbon"
    answer = "{{ steps.clock.json.target.timezone }}, {{ steps.sum.text }} {{ steps.town.json.humidity }} {{ steps.letter.text }}"
    _shop(
        shop,
        ("Clock", f"server: clock\ntool: convert_time\n{times}"),
        ("Sum", "server: all\ntool: get-sum\narg.a: {{ guests }}\narg.b: 0.5"),
        ("Town", "server: all\ntool: get-structured-content\narg.location: {{ town }}"),
        ("Link", "server: all\ntool: get-resource-reference\narg.resourceType: Text\narg.resourceId: 7"),
        ("Letter", f"server: letters\ntool: read_text_file\narg.path: {letters}/hello.txt"),
        ("Note", f"tab: People\nAnswer: {answer}, {{{{ steps.link.text }}}}"),
    )
    tables = [
        table("clock", strangers.clock, "convert_time"),
        table("all", strangers.everything, "get-sum", "get-structured-content", "get-resource-reference"),
        table("letters", strangers.files(letters), "read_text_file"),
    ]
    shop.config("".join(tables))
    assert "No mistakes" in shop.run("check")
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "DONE"}, shop.tab("Dead letters")
    said = str(shop.tab("People")[0]["Answer"])
    assert said.startswith("Europe/Lisbon, The sum of 3 and 0.5 is 3.5. 82 Dear Bob, "), said
    assert "Resource 7: This is a plaintext resource" in said


def test_what_writes_is_asked_about_and_gets_exactly_what_the_cells_say(shop: Shop, strangers: Strangers) -> None:
    name, letters, notes = 'Bob", "x": "y', shop.folder / "letters", shop.folder / "notes.jsonl"
    letters.mkdir()
    entity = '[{"name": {{ name }}, "entityType": "customer", "observations": ["comes with {{ guests }}"]}]'
    _shop(
        shop,
        ("Write", f"server: letters\ntool: write_file\narg.path: {letters}/bob.txt\narg.content: Dear {{{{ name }}}}"),
        ("Keep", f"server: memory\ntool: create_entities\narg.entities: {entity}"),
        name=name,
    )
    memory = table("memory", strangers.memory, "create_entities", env={"MEMORY_FILE_PATH": str(notes)})
    shop.config(table("letters", strangers.files(letters), "write_file") + memory)
    shop.run("run", "--once")
    assert list(letters.iterdir()) == []
    _approve(shop)
    assert (letters / "bob.txt").read_text(encoding="utf-8") == f"Dear {name}"
    assert not notes.exists()
    _approve(shop)
    assert shop.runs() == {name: "DONE"}
    (line,) = notes.read_text(encoding="utf-8").splitlines()
    kept = json.loads(line)
    assert (kept["name"], kept["entityType"], kept["observations"]) == (name, "customer", ["comes with 3"])


def _pasted(printed: str, tool: str) -> str:
    """What somebody selects in the terminal: from “server:” to the blank line, as it stands there."""
    return next(block for block in printed.split("\n\n") if block.startswith("server: ") and f"\ntool: {tool}" in block)


def test_lines_that_are_listed_run_as_they_are_pasted(shop: Shop, strangers: Strangers) -> None:
    notes = shop.folder / "notes.jsonl"
    memory = table("memory", strangers.memory, "create_entities", "search_nodes", env={"MEMORY_FILE_PATH": str(notes)})
    shop.config(memory + table("clock", strangers.clock, "get_current_time"))
    printed = shop.run("mcp", "tools")
    names = ("create_entities", "search_nodes", "get_current_time")
    columns = ["Name", "Entity type", "Observation", "Query", "Timezone", "State", "Run", "Row ID"]
    people = [columns, ["Bob", "customer", "likes tea", "tea", "Europe/Lisbon", None, None, None]]
    _shop(shop, *((name, _pasted(printed, name)) for name in names), people=people)
    said = shop.run("doctor")
    assert "9 tools; may be called: create_entities, search_nodes" in said
    assert "2 tools; may be called: get_current_time" in said
    shop.run("run", "--once")
    _approve(shop)
    assert shop.runs() == {"Bob": "DONE"}
    kept = {"type": "entity", "name": "Bob", "entityType": "customer", "observations": ["likes tea"]}
    assert json.loads(notes.read_text(encoding="utf-8")) == kept
    run = shop.json("show", "R-0001")
    assert isinstance(run, dict)
    assert run["output"]["json"]["timezone"] == "Europe/Lisbon"


def test_arguments_that_do_not_fit_are_mistakes_beside_their_steps(shop: Shop, strangers: Strangers) -> None:
    _shop(
        shop,
        ("Sum", "server: all\ntool: get-sum\narg.a: many\narg.c: 1"),
        ("Town", "server: all\ntool: get-structured-content\narg.location: Lisbon"),
        ("Time", "server: clock\ntool: get_current_time"),
        ("Search", "server: all\ntool: simulate-research-query\narg.topic: tea"),
    )
    clock = table("clock", strangers.clock, "get_current_time")
    tools = ("get-sum", "get-structured-content", "simulate-research-query")
    shop.config(table("all", strangers.everything, *tools) + clock)
    said = shop.run("check", code=1)
    assert "get-sum has no argument “c”." in said
    assert "arg.a: “many” is not a number." in said
    assert "The argument “b” is missing." in said
    assert "'Lisbon' is not one of ['New York', 'Chicago', 'Los Angeles']" in said
    assert "The argument “timezone” is missing." in said
    assert "simulate-research-query only works as a task that is asked about later" in said


def test_what_a_tool_refuses_is_a_dead_letter_in_its_words(shop: Shop, strangers: Strangers) -> None:
    letters = shop.folder / "letters"
    letters.mkdir()
    _shop(shop, ("Read", f"server: letters\ntool: read_text_file\narg.path: {shop.folder}/config.toml"))
    shop.config(table("letters", strangers.files(letters), "read_text_file"))
    shop.run("run", "--once")
    (letter,) = shop.tab("Dead letters")
    assert str(letter["Error"]).startswith("letters/read_text_file said no: Access denied")
    assert letter["Tries"] == 1


def test_a_tool_that_a_new_version_describes_otherwise_is_asked_about_anew(shop: Shop, strangers: Strangers) -> None:
    _shop(shop, ("Echo", "server: all\ntool: echo\narg.message: Hello {{ name }}"))
    shop.config(table("all", strangers.everything_before, "echo"))
    shop.run("run", "--once")
    _approve(shop)
    assert shop.runs() == {"Bob": "DONE"}
    shop.config(table("all", strangers.tapped(shop.folder, strangers.everything), "echo"))
    shop.add("People", Name="Eve")
    shop.run("run", "--once")
    _approve(shop)
    assert shop.runs() == {"Bob": "DONE", "Eve": "AWAITING_APPROVAL"}
    assert any("all/echo describes itself otherwise than before" in str(line["Detail"]) for line in shop.tab("Audit"))
    assert "Echoes back the input string" in str(shop.tab("Approvals")[-1]["What will happen"])
    assert _called(shop.folder) == []


def _called(tap: Path) -> list[str]:
    """Names of the tools that the server was really told to call."""
    said = tap / "said"
    told = [json.loads(line) for line in said.read_text().splitlines()] if said.exists() else []
    return [each["params"]["name"] for each in told if each.get("method") == "tools/call"]


def _killed_in_the_middle(shop: Shop, tap: Path) -> None:
    """Runs once, while the server's own process is killed as soon as it has been told to call."""
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    runner = subprocess.Popen(command, cwd=shop.folder, stdout=subprocess.DEVNULL)
    until(lambda: bool(_called(tap)), "the call arrives")
    os.kill(int((tap / "pid").read_text().split()[-1]), signal.SIGKILL)
    assert runner.wait(timeout=60) == 0


def test_a_server_killed_while_it_reads_is_started_anew_and_asked_again(shop: Shop, strangers: Strangers) -> None:
    tool = "trigger-long-running-operation"
    _shop(shop, ("Work", f"server: all\ntool: {tool}\narg.duration: 2\narg.steps: 1"), retry="1s")
    shop.config(table("all", strangers.tapped(shop.folder, strangers.everything), tool))
    _killed_in_the_middle(shop, shop.folder)
    assert shop.runs() == {"Bob": "DONE"}
    assert _called(shop.folder) == [tool, tool]
    assert len((shop.folder / "pid").read_text().split()) == 2


def test_a_server_killed_while_it_may_write_leaves_a_doubt_and_is_not_asked_again(shop: Shop, strangers: Strangers) -> None:
    tool = "longRunningOperation"
    _shop(shop, ("Work", f"server: all\ntool: {tool}\narg.duration: 20\narg.steps: 1"), retry="1s")
    shop.config(table("all", strangers.tapped(shop.folder, strangers.everything_before), tool))
    shop.run("run", "--once")
    shop.type("Approvals", {"Result": None}, Decision="APPROVE", Decided_by="Ana")
    _killed_in_the_middle(shop, shop.folder)
    assert shop.runs() == {"Bob": "IN_DOUBT"}
    shop.run("run", "--once")
    assert shop.runs() == {"Bob": "IN_DOUBT"}
    assert _called(shop.folder) == [tool]
    assert "its end was not seen: the server is gone" in str(shop.tab("Dead letters")[0]["Error"])
