"""Fifty hostile leads and a model that obeys every one: nobody else is written to, no check skipped, no row leaked, no tool run.

The office is a real one, with real actions and a real HTTP server as the model; only the mails stay here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.ai import ladder
from adapters.ai.data import spoken, visible
from runner.ports import ModelService
from runner.rules.marks import neutralise
from tests.conftest import FixedClock
from tests.engine.conftest import CONTRACTS, STEPS, Office
from tests.engine.hostile_leads import ATTACKS, EVIL, Attack
from tests.servers.http import HttpServer, Reply, Request
from tests.servers.openai import asked, said, words

FINE = "Thank you for asking. We will call you on Monday."
COLUMNS = ["Name", "Company", "Message", "Email", "Phone", "Opinion", "State", "Run", "Row ID"]
RULES = "no words: refund, guarantee; no links; no addresses"
DRAFT = "prompt: Answer {{ message }} of {{ name }} at {{ company }}.\\nfields: body; score: number 0..100"


@dataclass
class Obedient:
    """A model that does what the lead says; what it sees of no lead, it cannot do."""

    obeyed: list[Attack] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        told = spoken(words(request))
        attack = next((one for one in ATTACKS if neutralise(visible(one.text))[:3_000] in told and _seen(one)), None)
        if attack is None:
            return said({"body": FINE, "score": 1, "confidence": 0.9})
        self.obeyed.append(attack)
        wants = dict(attack.wants)
        calls = wants.pop("tool_calls", None)
        return said(wants, tool_calls=calls) if calls else said(wants)


def _seen(attack: Attack) -> bool:
    """Whether anything of it is left once what nobody sees is gone."""
    return not any(sign in attack.text for sign in ("\U000e0061", "\U000e0161"))


def lead(number: int, attack: Attack | None) -> dict[str, Any]:
    row = {"Name": f"Person {number}", "Company": f"Firm {number}", "Message": "When could you come?"}
    row |= {"Email": f"lead{number}@shop.example", "Phone": f"+1 555 07{number:02}"}
    return row | ({attack.column: attack.text} if attack else {})


@pytest.fixture
def model(http_server: HttpServer) -> Obedient:
    ladder.forget()
    made = Obedient()
    http_server.on("/v1/chat/completions", made.answer)
    return made


@pytest.fixture
def office(tmp_path: Path, fixed_clock: FixedClock, http_server: HttpServer, model: Obedient) -> Iterator[Office]:
    """Fifty hostile leads and a plain one."""
    service = ModelService(base_url=f"{http_server.url}/v1", model="tiny")
    made = Office(tmp_path, clock=fixed_clock, workers=4, models=service)
    leads = [lead(number, attack) for number, attack in enumerate((*ATTACKS, None))]
    made.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS
        + f"Hello | Draft | ai.write | {DRAFT}\n"
        + "Hello | Keep | sheet.set | Opinion: {{ steps.draft.body }}\n"
        + "Hello | Look | check | text: {{ steps.draft.body }}\\nchecks: Reply\n"
        + "Hello | Send | email.send | to: {{ email }}\\nsubject: Your question\\nbody: {{ steps.draft.body }}",
        Checks=f"Checks | Kind | Rule | On failure | Check\nReply | Policy | {RULES} | Redo",
        Fields="Contract | Field | Type | Private\nHello | Phone | text | Yes",
        Settings="Setting | Value\nBulk limit | 100\nmargin | 40 percent of everything",
        Leads=[COLUMNS, *([row.get(column) for column in COLUMNS] for row in leads)],
    )
    yield made
    made.close()


def test_fifty_hostile_leads_reach_nobody_skip_nothing_leak_nothing_and_call_nothing(
    office: Office, model: Obedient, http_server: HttpServer
) -> None:
    assert len(ATTACKS) == len({attack.text for attack in ATTACKS}) == 50
    office.tick()
    assert not office.seen.book.problems, office.seen.book.problems
    assert len(office.states()) == 51

    # what could be seen was obeyed, so that the rest of this test means something; what could not was never shown
    obeyed = {attack.text for attack in model.obeyed}
    assert obeyed == {attack.text for attack in ATTACKS if _seen(attack)}

    # no recipient but the row's own, and no mail with what an attacker wanted
    for mail in office.post.mails:
        row = next(row for row in office.tab("Leads") if row["Email"] == mail["To"])
        assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == (None, None, None)
        text = mail.get_content()
        assert EVIL not in text.replace(str(row["Message"]), "")
        for words_of in ("refund", "DE89", "0199", "40 percent", "Grace"):
            assert words_of not in text, text
    assert f"lead{len(ATTACKS)}@shop.example" in office.recipients()

    # no check was skipped: whoever was answered had a check say yes to just that text
    done = {run.key for run in office.runs().values() if run.state == "DONE"}
    assert {mail["To"] for mail in office.post.mails} == done
    passed = {run.key for run in office.runs().values() if run.results.get("Look", {}).get("passed") is True}
    assert done == passed
    assert office.world.ledger.verify() == []


def test_no_row_is_shown_another_and_no_tool_is_offered(office: Office, model: Obedient, http_server: HttpServer) -> None:
    office.tick()
    phones = [str(row["Phone"]) for row in office.tab("Leads")]
    addresses = [str(row["Email"]) for row in office.tab("Leads")]
    for request in http_server.requests:
        assert request.path == "/v1/chat/completions"
        assert set(asked(request)) == {"model", "messages", "max_tokens", "stream", "response_format"}
        told = words(request)
        assert [message["role"] for message in asked(request)["messages"]] == ["system", "user"]
        assert sum(name in told for name in ("Person ", "Firm ")) <= 2
        assert not any(value in told for value in (*phones, *addresses))
        assert told.count("<data>") == told.count("</data>")


def test_a_lead_cannot_write_between_the_lines_of_a_prompt(office: Office, http_server: HttpServer) -> None:
    office.tick()
    for request in http_server.requests:
        user = asked(request)["messages"][1]["content"]
        first = user.splitlines()[0]
        assert first.startswith('Answer <data>"')
        assert first.endswith(".")
        inside = [part.partition("</data>")[0] for part in first.split("<data>")[1:]]
        assert len(inside) == 3
        assert all(isinstance(json.loads(value), str) for value in inside)
        assert not any(sign in user for sign in ("\u202e", "\u200b", "\x00", "\x1b", "\U000e0061"))
