"""The golden set: what counts as approved, and in whose words."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.ai import ladder
from runner.engine.ask_again import golden_set
from runner.ports import ModelService
from tests.conftest import FixedClock
from tests.engine.conftest import CONTRACTS, STEPS, Office
from tests.servers.http import HttpServer
from tests.servers.openai import said

PATH = "/v1/chat/completions"
FINE = "Dear Ada, we will call you on Monday."
POOR = "Dear Ada, a refund is yours."


@pytest.fixture
def hire(tmp_path: Path, fixed_clock: FixedClock, http_server: HttpServer) -> Iterator[Callable[..., Office]]:
    """An office with a model; `approval` and `then` are cells of its Steps and Checks."""
    ladder.forget()
    made: list[Office] = []

    def hire(approval: str = "", then: str = "Review", enabled: str = "Yes") -> Office:
        office = Office(tmp_path, clock=fixed_clock, workers=1, models=ModelService(base_url=f"{http_server.url}/v1", model="tiny"))
        office.write(
            Contracts=CONTRACTS + f"Hello | {enabled} | New row | Leads | | {{{{ email }}}} | Ana | Rolf",
            Steps=STEPS
            + "Hello | Draft | ai.write | prompt: Answer {{ name }}\\nfields: body\n"
            + "Hello | Look | check | text: {{ steps.draft.body }}\\nchecks: Reply\n"
            + "Hello | Keep | sheet.set | Wrote: {{ steps.draft.body }}\n"
            + "Hello | Send | email.send | to: {{ email }}\\nsubject: Your question\\nbody: Hello! {{ steps.draft.body }}"
            + f" | | {approval}",
            Checks=f"Checks | Kind | Rule | On failure | Check\nReply | Policy | no words: refund | {then}",
            Leads="Name | Email | Wrote | State | Run | Row ID\nAda | ada@shop.example",
        )
        made.append(office)
        return office

    yield hire
    for office in made:
        office.close()


def texts(office: Office) -> list[object]:
    return [one.results["body"] for one in golden_set(office.world, "", "", 20)]


def test_a_text_counts_once_it_is_used_and_nobody_has_rejected_it(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": FINE}))
    office = hire("Always")
    office.tick()
    assert texts(office) == [FINE]  # it stands in a cell already
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana")
    office.tick()
    assert texts(office) == [FINE]
    office.restart()
    assert texts(office) == [FINE]


def test_a_rejected_text_never_counts(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": FINE}))
    office = hire("Always")
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="REJECT not our tone", Decided_by="Ana")
    office.tick()
    assert office.states() == {"R-0001": "REJECTED"}
    assert texts(office) == []


def test_a_text_that_a_person_edited_counts_as_they_wrote_it(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": POOR}))
    office = hire()
    office.tick()
    better = "Dear Ada, let us talk about it on Monday."
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana", Edited_text=better)
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert texts(office) == [better]


def test_of_a_text_that_was_written_anew_the_last_one_counts(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": POOR}), said({"body": FINE}))
    office = hire(then="Redo")
    office.tick()
    (one,) = golden_set(office.world, "hello", "DRAFT", 1)
    assert (one.results["body"], one.request["redo"]) == (FINE, ["The text may not say “refund”."])


def test_a_shadow_approves_nothing(hire: Callable[..., Office], http_server: HttpServer) -> None:
    office = hire(enabled="Shadow")
    office.tick()
    assert texts(office) == []


def test_a_text_that_passed_and_was_never_used_does_not_count(hire: Callable[..., Office], http_server: HttpServer) -> None:
    http_server.on(PATH, said({"body": FINE}))
    office = hire("Always")
    office.write(Steps=[row for row in office.workbook.rows("Steps") if "Keep" not in row])
    office.tick()
    assert office.run("R-0001").cleared
    assert texts(office) == []
