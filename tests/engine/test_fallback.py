"""ai.write with a template that stands in for a model: used where none is set up, and never where one fails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.ai import ladder
from runner.events import EventKind
from runner.ports import ModelService
from tests.conftest import FixedClock
from tests.engine.conftest import CONTRACTS, STEPS, Office
from tests.servers.http import HttpServer
from tests.servers.openai import refused, said

PATH = "/v1/chat/completions"
FINE = "Dear Ada, we will call you on Monday."
FIELDS = "fields: body; confidence: number 0..1"
TEMPLATES = "Template | Subject | Body\nHello | Your question | Hello {{ name }}, you wrote: {{ message }}"


@pytest.fixture
def hire(tmp_path: Path, fixed_clock: FixedClock, http_server: HttpServer) -> Iterator[Callable[..., Office]]:
    """An office whose ai.write has a fallback; `model` "" for one without a model."""
    ladder.forget()
    made: list[Office] = []

    def hire(model: str = "", more: str = FIELDS, rule: str = "no words: refund", klass: str = "Deterministic") -> Office:
        models = ModelService(base_url=f"{http_server.url}/v1", model=model)
        office = Office(tmp_path, clock=fixed_clock, workers=1, models=models)
        office.write(
            Contracts=CONTRACTS.replace("Risk", "Class")
            + f"Hello | Yes | New row | Leads | | {{{{ email }}}} | Ana | Rolf | {klass}",
            Steps=STEPS
            + f"Hello | Draft | ai.write | prompt: Answer {{{{ name }}}}\\nfallback: hello\\n{more}\n"
            + "Hello | Look | check | text: {{ steps.draft.body }}\\nchecks: Reply\n"
            + "Hello | Send | email.send | to: {{ email }}\\nsubject: Hello\\nbody: {{ steps.draft.body }} | | 1 in 1000000",
            Checks=f"Checks | Kind | Rule | On failure | Check\nReply | Policy | {rule} | Redo",
            Templates=TEMPLATES,
            Leads="Name | Email | Message | State | Run | Row ID\nAda | ada@shop.example | When?",
        )
        made.append(office)
        return office

    yield hire
    for office in made:
        office.close()


def test_without_a_model_the_template_is_filled_and_goes_the_same_way(hire: Callable[..., Office], http_server: HttpServer) -> None:
    office = hire()
    office.tick()
    assert office.states() == {"R-0001": "DONE"}, office.seen.book.problems
    assert office.post.mails[0].get_content().strip() == "Hello Ada, you wrote: When?"
    run = office.run("R-0001")
    assert run.results["Look"]["passed"] is True
    assert (run.by_model, run.spent, run.results["Draft"]["confidence"]) == ((), {}, None)
    (said_so,) = [event.detail for event in office.events(EventKind.RECEIPT) if event.step == "Draft"]
    assert said_so == "no AI model is set up in config.toml, so the template “hello” was filled"
    assert "so the template “hello” is used. confidence stays blank." in str(office.tab("Steps")[0]["Check"])
    assert http_server.hits() == 0
    assert office.world.ledger.verify() == []


def test_with_a_model_the_model_writes(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": FINE, "confidence": 0.9}))
    office = hire("tiny")
    office.tick()
    assert office.post.mails[0].get_content().strip() == FINE
    assert office.run("R-0001").by_model == ("steps.draft", "steps.look")


@pytest.mark.parametrize("status", [500, 401, 429])
def test_a_model_that_fails_is_never_replaced_in_silence(hire: Callable[..., Office], http_server: HttpServer, status: int) -> None:
    http_server.on(PATH, refused(status, "no"))
    office = hire("tiny")
    office.tick()
    assert office.states()["R-0001"] in ("RETRYING", "DEAD_LETTER")
    office.tick(minutes=1)
    assert not office.post.mails


def test_the_template_too_goes_past_the_check_and_then_to_a_person(hire: Callable[..., Office]) -> None:
    office = hire(rule="no words: wrote")
    office.tick()
    assert office.states() == {"R-0001": "AWAITING_APPROVAL"}
    (row,) = office.tab("Approvals")
    assert "may not say “wrote”" in str(row["What will happen"])
    assert not office.post.mails


def test_a_preview_shows_the_words_that_would_leave(hire: Callable[..., Office], http_server: HttpServer) -> None:
    office = hire()
    office.type("Contracts", {"Contract": "Hello"}, Enabled="Shadow")
    office.tick()
    told = " ".join(event.detail for event in office.events(EventKind.SHADOW))
    assert "Hello Ada, you wrote: When?" in told
    assert "‹" not in told


@pytest.mark.parametrize("model", ["", "tiny"])
def test_the_sheet_needs_the_same_guard_rails_with_and_without_a_model(hire: Callable[..., Office], model: str) -> None:
    office = hire(model, klass="Agent-assist")
    office.type("Steps", {"Step": "Send"}, Approval="")
    office.tick()
    assert "Write Always, or a spot check" in str(office.tab("Steps")[2]["Check"])
    office.type("Steps", {"Step": "Send"}, Approval="Always", With="to: {{ email }}\nsubject: {{ steps.draft.body }}")
    office.type("Steps", {"Step": "Look"}, With="text: Hello\nchecks: Reply")
    office.tick()
    assert "no check passes it before it leaves" in str(office.tab("Steps")[2]["Check"])
    assert office.states() == {}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("fields: subject, body", ""),
        ("fields: letter", ""),
        ("fields: opening, closing", "name one of the fields body"),
        ("fields: body\nfallback: {{ name }}", "stands twice"),
    ],
)
def test_what_a_template_cannot_give_is_said_before_any_run(hire: Callable[..., Office], more: str, says: str) -> None:
    office = hire(more=more.replace("\n", "\\n"))
    office.type("Steps", {"Step": "Look"}, With="text: Hello\nchecks: Reply")
    office.type("Steps", {"Step": "Send"}, With="to: {{ email }}\nsubject: Hello\nbody: Hello")
    office.tick()
    assert says in str(office.tab("Steps")[0]["Check"])
    assert (office.states() == {}) == bool(says)


@pytest.mark.parametrize(
    ("templates", "says"),
    [
        ("Template | Subject | Body\nHallo | A | B", "There is no template “hello” in the tab Templates. Did you mean “Hallo”?"),
        ("Template | Subject | Body\nHello | A |", "The template “Hello” has no Body."),
        ("Template | Subject | Body\nHello | A | {{ nmae }}", "nmae"),
        ("Template | Subject | Body\nHello | | B", "has no Subject, and fields asks for one"),
    ],
)
@pytest.mark.parametrize("model", ["", "tiny"])
def test_a_template_that_would_not_do_is_a_mistake_with_and_without_a_model(
    hire: Callable[..., Office], model: str, templates: str, says: str
) -> None:
    office = hire(model, more="fields: subject, body")
    office.write(Templates=templates)
    office.tick()
    assert says in str(office.tab("Steps")[0]["Check"])
    assert office.states() == {}
