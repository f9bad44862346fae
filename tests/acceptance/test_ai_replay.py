"""Drift: texts that were approved are asked for again, with the prompt, the model and the checks of today; nothing is sent."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from llmock.scenarios import Match, Reply
from llmock.testing import LLMockServer

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer
from tests.servers.openai import refused, said

PATH = "/v1/chat/completions"
PROMPT = "prompt: Answer {{ name }}, who would spend {{ budget }} and can be called on {{ phone }}."
STEPS = """
    Contract | Step  | Action     | With                                                                 | If | Approval | Check
    Hello    | Draft | ai.write   | PROMPT\\nfields: body, tone: one of warm, formal                     |    |          |
    Hello    | Look  | check      | text: {{ steps.draft.body }}\\nchecks: Reply                         |    |          |
    Hello    | Reply | email.send | to: {{ email }}\\nsubject: Hello\\nbody: {{ steps.draft.body }}      |    |          |
"""
CHECKS = "Checks | Kind | Rule | On failure | Check\nReply | Policy | no words: refund | Redo |"
WARM = {"body": "Dear Ana, 500 will do. We call you on 555 0142 tomorrow.", "tone": "warm"}
COLD = {"body": "Dear Ana, a refund is possible.", "tone": "formal"}


def draft(shop: Shop, prompt: str = PROMPT) -> None:
    """A shop whose leads are answered by a model; one of the values that it is told is private."""
    shop.write(
        Contracts=(
            "Contract | Enabled | Trigger | Tab | Dedupe key | Owner | Check\nHello | Yes | New row | Leads | {{ email }} | Ana |"
        ),
        Steps=STEPS.replace("PROMPT", prompt),
        Checks=CHECKS,
        Fields="Contract | Field | Type | Private | Check\nHello | Phone | text | Yes |\nHello | Email | email | |",
        Leads=[
            ["Name", "Email", "Budget", "Phone", "State", "Run", "Row ID"],
            ["Ana", "ana@shop.example", 500, "555 0142", None, None, None],
        ],
    )


def ai(shop: Shop, url: str, model: str = "then-1", more: str = "") -> None:
    shop.config(f'[ai]\nbase_url = "{url}"\nmodel = "{model}"\n{more}')


@pytest.fixture(scope="module")
def llm() -> Iterator[LLMockServer]:
    """A service of other people's making with two models: one writes well, the other promises a refund."""
    with LLMockServer() as server:
        for model, answer in (("then-1", WARM), ("now-2", COLD)):
            server.state.scenarios.add(Reply(json.dumps(answer), times=None, match=Match(model=model)))
        yield server


@pytest.fixture
def approved(shop: Shop, llm: LLMockServer) -> Shop:
    """One text was written, passed its check and left."""
    draft(shop)
    ai(shop, llm.base_url("openai"))
    shop.run("run", "--once")
    assert set(shop.runs().values()) == {"DONE"}
    return shop


def replay(shop: Shop, *words: str, code: int) -> dict[str, Any]:
    found = shop.json("ai", "replay", *words, code=code)
    assert isinstance(found, dict)
    return found


def test_the_same_prompt_and_model_write_the_same_and_it_still_passes(approved: Shop) -> None:
    printed = approved.run("ai", "replay")
    assert "the prompt is the same" in printed
    assert "1 of 1 still passes. Cost: 0 USD." in printed
    (text,) = replay(approved, "Hello", "--step", "draft", code=0)["texts"]
    assert (text["passes"], text["similarity"], text["fields_changed"]) == (True, 1.0, {})
    assert set(text["facts_kept"]) == {"Name", "Budget", "Phone"}


def test_another_model_is_judged_by_the_checks_and_nothing_else_happens(approved: Shop) -> None:
    before = approved.path.read_bytes(), len(approved.mails()), approved.json("show", "R-0001")
    (text,) = replay(approved, "--model", "now-2", code=1)["texts"]
    assert text["reasons"] == ["The text may not say “refund”."]
    assert text["reasons_for_the_approved_text"] == []
    assert set(text["facts_lost"]) == {"Budget", "Phone"}
    assert text["fields_changed"] == {"tone": ["warm", "formal"]}
    assert (text["then"]["model"], text["now"]["model"], text["same_prompt"]) == ("then-1", "now-2", True)
    printed = approved.run("ai", "replay", "--model", "now-2", "--diff", code=1)
    assert "0 of 1 still pass; 1 would be refused: R-0001." in printed
    assert "- Dear Ana, 500 will do." in printed
    assert "+ Dear Ana, a refund is possible." in printed
    assert before == (approved.path.read_bytes(), len(approved.mails()), approved.json("show", "R-0001"))
    assert approved.sound()


def test_a_changed_prompt_and_changed_checks_are_named(approved: Shop) -> None:
    steps = approved.tab("Steps")
    changed = str(steps[0]["With"]).replace("Answer", "Kindly answer")
    approved.type("Steps", {"Step": "Draft"}, With=changed)
    approved.type("Checks", {"Checks": "Reply"}, Rule="no words: refund, tomorrow")
    printed = approved.run("ai", "replay", code=1)
    assert "the prompt has changed since 1 of 1 were written" in printed
    assert "The checks of today refuse the approved text too." in printed


def test_private_values_are_told_to_the_model_again_and_shown_to_nobody(approved: Shop) -> None:
    for words in (("--diff", "--model", "now-2"), ("--json", "--model", "now-2"), ("--json",)):
        printed = approved.run("ai", "replay", *words, code=None)
        assert "555 0142" not in printed
        assert "Phone" in printed


def test_a_step_that_is_gone_and_a_set_that_is_empty_are_said(approved: Shop) -> None:
    assert "There is no approved text yet" in approved.run("ai", "replay", "--step", "Other")
    assert "There is no contract “Helo”. Did you mean" in approved.run("ai", "replay", "Helo", code=1)
    approved.type("Steps", {"Step": "Draft"}, Step="Scribble")
    approved.type("Steps", {"Step": "Look"}, With="text: {{ steps.scribble.body }}\nchecks: Reply")
    approved.type("Steps", {"Step": "Reply"}, With="to: {{ email }}\nsubject: Hello\nbody: {{ steps.scribble.body }}")
    printed = approved.run("ai", "replay", code=1)
    assert "Hello has no step “Draft” with ai.write" in printed
    assert "Nothing could be asked for." in printed


def test_what_it_costs_counts_against_the_budget_and_ends_it(shop: Shop, http_server: HttpServer) -> None:
    http_server.on(PATH, said(WARM))
    draft(shop)
    ai(shop, f"{http_server.url}/v1", more='budget = "5 USD per day"\n')
    book = shop.tab("Leads")
    shop.write(**{name: _grid(shop.tab(name)) for name in ("Contracts", "Steps", "Checks", "Fields", "Leads")},
               Settings="Setting | Value\nAI price | 1000 / 2000")  # fmt: skip
    assert len(book) == 1
    shop.run("run", "--once")  # 2 USD
    assert replay(shop, code=0)["cost"] == "2 USD"
    assert "today's AI budget of 5 USD is used up" not in shop.run("ai", "replay")  # 6 USD by now
    stopped = replay(shop, code=1)
    assert "today's AI budget of 5 USD is used up (6.0000 USD)" in stopped["stopped"]
    assert http_server.hits() == 3
    shop.add("Leads", Name="Bob", Email="bob@shop.example", Budget=900, Phone="555 0177")
    shop.run("run", "--once")
    assert shop.runs()["bob@shop.example"] == "WAITING"
    assert http_server.hits() == 3


def test_a_service_that_is_away_is_given_up_soon_and_no_template_is_taken_for_a_model(shop: Shop, http_server: HttpServer) -> None:
    plain = said({"body": "Thank you, we call you tomorrow.", "tone": "warm"})
    http_server.on(PATH, plain)
    draft(shop, PROMPT + "\\nfallback: Plain")
    shop.write(**{name: _grid(shop.tab(name)) for name in ("Contracts", "Steps", "Checks", "Fields")},
               Templates="Template | Subject | Body\nPlain | Hello | Thank you.",
               Leads=[["Name", "Email", "Budget", "Phone", "State", "Run", "Row ID"],
                      *([name, f"{name}@shop.example", 500, *[None] * 4] for name in ("ana", "bob", "cy", "di"))])  # fmt: skip
    ai(shop, f"{http_server.url}/v1")
    shop.run("run", "--once")
    assert set(shop.runs().values()) == {"DONE"}
    http_server.on(PATH, refused(503, "down"))
    asked = http_server.hits()
    printed = shop.run("ai", "replay", code=1)
    assert "Stopped after 3 of 4: 3 in a row did not come." in printed
    assert http_server.hits() == asked + 3
    shop.config()
    assert "config.toml names no AI model under [ai]." in shop.run("ai", "replay", code=1)


def _grid(rows: list[dict[str, object]]) -> list[list[object]]:
    return [list(rows[0]), *[list(row.values()) for row in rows]]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to one process only where there are POSIX signals")
def test_ctrl_c_leaves_the_table_of_what_was_done(shop: Shop, http_server: HttpServer) -> None:
    plain = said({"body": "Thank you, we call you tomorrow.", "tone": "warm"})
    http_server.on(PATH, plain)
    draft(shop)
    shop.add("Leads", Name="Bob", Email="bob@shop.example", Budget=900, Phone="555 0177")
    ai(shop, f"{http_server.url}/v1")
    shop.run("run", "--once")
    asked = http_server.hits()
    http_server.on(PATH, plain, http_server.hang)
    program = [sys.executable, "-c", "from runner.cli import main; main()", "ai", "replay"]
    running = subprocess.Popen(
        program, cwd=shop.folder, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for _ in range(600):
        if http_server.hits() == asked + 2:
            break
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    printed, errors = running.communicate(timeout=30)
    assert running.returncode == 1, errors
    assert "You stopped it after 1 of 2." in printed
    assert re.search(r"R-000\d +\S+@shop.example +passed", printed)
    assert "Traceback" not in errors
