"""ai.write in a whole runner: what it costs, when it waits, and what becomes of what a model wrote."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.ai import ladder
from runner.events import EventKind
from runner.model import RunState
from runner.ports import Budget, ModelService
from tests.conftest import FixedClock
from tests.engine.conftest import CONTRACTS, Office
from tests.servers.http import HttpServer
from tests.servers.openai import refused, said, words

PATH = "/v1/chat/completions"
STEPS = "Contract | Step | Action | With | If | Approval | Retry | On failure | Check\n"
PROMPT = "Answer {{ name }}, who wrote {{ message }}"
DRAFT = f"Hello | Draft | ai.write | prompt: {PROMPT}\\nfields: body, tone: one of warm, formal\n"
CHECK = "Hello | Look | check | text: {{ steps.draft.body }}\\nchecks: Reply\n"
MAIL = "Hello | Send | email.send | to: {{ email }}\\nsubject: Your question\\nbody: {{ steps.draft.body }}\n"
RULES = (
    "Checks | Kind | Rule | On failure | Check\n"
    "Reply | Policy | no words: refund | Redo\nReply | Schema | body, tone: one of warm, formal | Stop"
)
FINE = {"body": "Dear Ada, we will call you on Monday.", "tone": "warm"}


@pytest.fixture
def hire(tmp_path: Path, fixed_clock: FixedClock, http_server: HttpServer) -> Iterator[Callable[..., Office]]:
    """An office with a model behind `http_server`, and so many leads."""
    ladder.forget()
    made: list[Office] = []

    def hire(budget: Budget | None = None, leads: int = 1, **more: object) -> Office:
        models = ModelService(base_url=f"{http_server.url}/v1", model="tiny", budget=budget)
        office = Office(tmp_path, clock=fixed_clock, workers=1, models=models)
        names = ["Ada", "Bob", "Cy", "Di"][:leads]
        rows = "\n".join(f"{name} | {name.lower()}@shop.example | When?" for name in names)
        office.write(
            Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
            Steps=STEPS + DRAFT + CHECK + MAIL,
            Checks=RULES,
            Settings="Setting | Value\nAI price | 1000 / 2000",
            Leads=f"Name | Email | Message | State | Run | Row ID\n{rows}",
        )
        made.append(office)
        return office

    yield hire
    for office in made:
        office.close()


def test_a_text_is_written_checked_and_sent_and_its_cost_is_kept(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said(FINE))
    office = hire()
    office.tick()
    assert office.states() == {"R-0001": "DONE"}, office.run("R-0001").error
    assert office.post.mails[0].get_content().strip() == FINE["body"]
    assert sum(office.run("R-0001").spent.values()) == Decimal(2)
    (receipt,) = [event for event in office.events(EventKind.RECEIPT) if event.step == "Draft"]
    assert "1,000 tokens in, 500 out, 2 USD" in receipt.detail
    assert office.world.ledger.verify() == []


def test_a_budget_that_is_used_up_makes_steps_wait_until_tomorrow(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said(FINE))
    office = hire(Budget(amount=Decimal(3), currency="USD", per="day"), leads=3)
    office.tick()
    states = sorted(office.states().values())
    assert states == ["DONE", "DONE", "WAITING"]
    (waiting,) = [run for run in office.runs().values() if run.state is RunState.WAITING]
    assert waiting.next_try == datetime(2026, 11, 23, tzinfo=UTC)
    assert "today's AI budget of 3 USD is used up (4.0000 USD)" in office.events(EventKind.WAITING)[-1].detail
    (alert,) = office.tab("Alerts")
    assert str(alert["What"]).startswith(
        "AI budget used up: The AI budget of 3 USD per day is used up: 1 run will go on Mon 23 Nov, 00:00."
    )
    office.restart()
    office.tick(hours=1)
    assert http_server.hits() == 2
    office.tick(hours=7)
    assert set(office.states().values()) == {"DONE"}
    assert http_server.hits() == 3


def test_a_useless_answer_is_counted_too(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said("no JSON at all"))
    office = hire(Budget(amount=Decimal(3), currency="USD", per="month"))
    office.tick()
    assert sum(office.run("R-0001").spent.values()) == Decimal(4)
    office.tick(minutes=1)
    run = office.run("R-0001")
    assert http_server.hits() == 2
    assert (run.state, run.next_try) == (RunState.WAITING, datetime(2026, 12, 1, tzinfo=UTC))
    assert office.world.ledger.verify() == []


def test_retry_after_is_waited_for(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, refused(429, "slow down", Retry_After="90"), said(FINE))
    office = hire()
    office.tick()
    assert office.run("R-0001").next_try == office.clock.now() + timedelta(seconds=90)
    office.tick(seconds=100)
    assert office.states() == {"R-0001": "DONE"}


def test_what_a_check_sends_back_is_written_anew_with_the_reasons(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({**FINE, "body": "A refund is yours."}), said(FINE))
    office = hire()
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert "may not say “refund”" in words(http_server.requests[1])
    assert "refund" not in words(http_server.requests[0])


def test_a_value_that_a_prompt_begins_with_is_data_too(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said(FINE))
    office = hire()
    office.write(Steps=STEPS + DRAFT.replace(PROMPT, "{{ message }}: answer that") + CHECK + MAIL)
    office.tick()
    assert '<data>"When?"</data>: answer that' in words(http_server.requests[0])


def test_a_shadow_asks_no_model_and_waits_for_no_budget(hire: Callable[..., Office], http_server: HttpServer) -> None:
    office = hire(Budget(amount=Decimal(), currency="USD", per="day"))
    office.type("Contracts", {"Contract": "Hello"}, Enabled="Shadow")
    office.tick()
    assert http_server.hits() == 0
    told = " ".join(event.detail for event in office.events())
    assert "would: wait: it waits for tomorrow" in told
    assert "would: Ask tiny at" in told
    assert "who wrote When?" in told
