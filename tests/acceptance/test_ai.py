"""ai.write on the real command line: set up, checked, looked at by the doctor, asked, sent, and what it cost."""

import os
import subprocess
import sys
import time

import pytest

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply
from tests.servers.openai import said, words

KEY = "sk-4eC39HqLyjWDarjtT1zdp7dc"
STEPS = """
    Contract | Step  | Action     | With                                                       | If | Approval | Check
    Hello    | Draft | ai.write   | prompt: Answer {{ name }}.\\nfields: subject, body          |    |          |
    Hello    | Look  | check      | text: {{ steps.draft.body }}\\nchecks: Reply                |    |          |
    Hello    | Head  | check      | text: {{ steps.draft.subject }}\\nchecks: Reply             |    |          |
    Hello    | Reply | email.send | to: {{ email }}\\nsubject: {{ steps.draft.subject }}\\nbody: {{ steps.draft.body }} | | |
"""


@pytest.fixture
def writing(leads: Shop, http_server: HttpServer) -> Shop:
    """The shop whose leads are answered by a model."""
    book = {name: leads.tab(name) for name in ("Contracts", "Fields", "Leads")}
    grids = {name: [list(rows[0]), *[list(row.values()) for row in rows]] for name, rows in book.items()}
    leads.write(
        **grids, Steps=STEPS, Checks="Checks | Kind | Rule | On failure | Check\nReply | Policy | no words: refund | Redo |"
    )
    leads.config(
        f'[ai]\nbase_url = "{http_server.url}/v1"\nmodel = "tiny"\napi_key = "{{{{ secrets.AI_KEY }}}}"\nbudget = "5 USD per day"\n'
        f'[secrets.AI_KEY]\nenv = "AI_KEY"\nhosts = ["{http_server.host}"]\n'
    )
    return leads


def test_leads_are_answered_by_a_model(writing: Shop, http_server: HttpServer) -> None:
    http_server.on("/v1/models", Reply(200, b'{"data": [{"id": "tiny"}]}'))
    http_server.on("/v1/chat/completions", said({"subject": "Your question", "body": "We will call you."}))
    writing.run("check")
    assert "tiny, answers" in writing.run("doctor", env={"AI_KEY": KEY})
    assert http_server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    writing.run("run", "--once", env={"AI_KEY": KEY})
    assert set(writing.runs().values()) == {"DONE"}
    assert {str(mail["Subject"]) for mail in writing.mails()} == {"Your question"}
    assert len({words(request) for request in http_server.requests[1:]}) == len(writing.mails()) == 2
    acted = [str(row["Detail"]) for row in writing.tab("Audit") if row["Event"] == "acted" and row["Step"] == "Draft"]
    assert len(acted) == 2
    assert all("1,000 tokens in, 500 out, 0 USD" in line for line in acted)
    assert writing.sound()
    assert KEY.encode() not in writing.path.read_bytes() + (writing.folder / "business.ledger").read_bytes()


def test_without_a_model_check_says_what_to_do(writing: Shop) -> None:
    writing.config()
    assert "[ai] model" in writing.run("check", code=1)


def test_the_doctor_knows_a_wrong_key_and_a_wrong_model(writing: Shop, http_server: HttpServer) -> None:
    http_server.on("/v1/models", Reply(401), Reply(200, b'{"data": [{"id": "huge"}]}'))
    assert "does not accept the key" in writing.run("doctor", env={"AI_KEY": KEY}, code=1)
    assert "does not list “tiny”" in writing.run("doctor", env={"AI_KEY": KEY})


def test_a_runner_killed_while_the_model_writes_asks_again_and_sends_once(writing: Shop, http_server: HttpServer) -> None:
    http_server.on("/v1/chat/completions", http_server.hang)
    program = [sys.executable, "-c", "from runner.cli import main; main()", "run", "--once"]
    runner = subprocess.Popen(program, cwd=writing.folder, env={**os.environ, "AI_KEY": KEY}, stdout=subprocess.DEVNULL)
    for _ in range(600):
        if http_server.hits() == 2:
            break
        time.sleep(0.1)
    runner.kill()
    runner.wait(30)
    http_server.on("/v1/chat/completions", said({"subject": "Your question", "body": "We will call you."}))
    writing.run("run", "--once", env={"AI_KEY": KEY})
    assert set(writing.runs().values()) == {"DONE"}
    assert len(writing.mails()) == len(set(writing.recipients())) == 2
    assert writing.sound()
