"""What a model wrote, in a whole runner: it leaves only when a check has passed it, or a person; wherever it has been meanwhile."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.model import Effect
from runner.ports import Action, Done
from runner.rules import check_model
from tests.engine.conftest import CONTRACTS, Office

FINE = "Dear Ada, thank you for asking about the garden. We will call you on Monday."
STEPS = "Contract | Step | Action | With | If | Approval | Retry | On failure | Check\n"
DRAFT = "Hello | Draft | ai.write | prompt: Answer {{ name }}\n"
CHECK = "Hello | Look | check | text: {{ steps.draft.body }}\\nchecks: Reply\n"
MAIL = "Hello | Send | email.send | to: {{ email }}\\nsubject: Your question\\nbody: {{ steps.draft.body }}\n"
CHECKS = "Checks | Kind | Rule | On failure | Check\n"


@dataclass
class Model:
    """Says what it is told to say, in order; keeps what it was asked."""

    says: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def action(self) -> Action:
        return Action(
            name="ai.write",
            required=("prompt",),
            results=("body", "tone", "score", "email"),
            effect=lambda _settings: Effect.REPEATABLE,
            prepare=lambda settings, about: {"prompt": settings["prompt"], "redo": list(about.redo)},
            describe=lambda request: f"Write: {request['prompt']}",
            perform=self._perform,
            by_model=True,
        )

    def _perform(self, request: Any, _call: Any) -> Done:
        self.asked.append(dict(request))
        return Done(result=self.says.pop(0) if len(self.says) > 1 else self.says[0])


@pytest.fixture
def model(office: Office) -> Model:
    made = Model([{"body": FINE}])
    office.with_(actions={**office.world.actions, "ai.write": made.action()})
    office.write(
        Contracts=CONTRACTS.replace("Risk", "Class") + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf | Deterministic",
        Steps=STEPS + DRAFT + CHECK + MAIL,
        Checks=CHECKS + "Reply | Policy | no words: guarantee, refund | Redo\nReply | Context | names: Name | Redo",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500",
    )
    return made


def test_a_text_that_passes_its_check_leaves(office: Office, model: Model) -> None:
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert [mail.get_content().strip() for mail in office.post.mails] == [FINE]
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        (DRAFT + MAIL, "no check passes it"),
        (DRAFT + MAIL + CHECK, "no check passes it"),
        (DRAFT + CHECK.replace("draft.body", "draft.tone") + MAIL, "no check passes it"),
        (DRAFT + CHECK + MAIL.replace("{{ email }}", "{{ steps.draft.email }}"), "may not say to whom"),
        (DRAFT + CHECK + MAIL.replace("subject:", "cc: {{ steps.draft.email }}\\nsubject:"), "may not say to whom"),
    ],
)
def test_a_contract_in_which_it_could_leave_unchecked_does_not_run(office: Office, model: Model, steps: str, where: str) -> None:
    office.write(Steps=STEPS + steps)
    office.tick()
    assert office.states() == {}
    assert where in " ".join(problem.message for problem in office.seen.book.problems)
    assert not model.asked


def test_what_check_overlooks_is_stopped_at_run_time(office: Office, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_model, "step_findings", lambda *_arguments: iter(()))
    office.write(Steps=STEPS + DRAFT + MAIL)
    office.tick()
    assert office.states() == {"R-0001": "DEAD_LETTER"}
    assert "no check has passed that text" in office.run("R-0001").error
    office.write(Steps=STEPS + DRAFT + CHECK + MAIL.replace("{{ email }}", "{{ steps.draft.body }}"))
    office.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY", Decided_by="Ana")
    office.tick()
    assert "has to come from the row or from you" in office.run("R-0001").error
    assert not office.post.mails


def test_a_failing_text_goes_back_with_the_reasons_twice_and_then_to_a_person(office: Office, model: Model) -> None:
    model.says = [{"body": "We guarantee it, Ada."}, {"body": "A refund is yours, Ada."}, {"body": "No name here."}]
    office.tick()
    assert office.states() == {"R-0001": "AWAITING_APPROVAL"}
    assert [len(asked["redo"]) for asked in model.asked] == [0, 1, 2]
    assert "guarantee" in model.asked[1]["redo"][0]
    (row,) = office.tab("Approvals")
    assert "The text must name Name: Ada." in str(row["What will happen"])
    assert not office.post.mails
    assert len(office.events("text not fit")) == 3


def test_a_person_edits_the_text_and_the_edited_one_leaves(office: Office, model: Model) -> None:
    model.says = [{"body": "We guarantee it, Ada."}]
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana", Edited_text="We guarantee it, dear Ada.")
    office.tick()
    (row,) = office.tab("Approvals")
    assert "may not leave either" in str(row["Result"])
    assert not office.post.mails
    office.type("Approvals", {"Run": "R-0001"}, Edited_text="Dear Ada,\nwe will call you.")
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert office.post.mails[0].get_content().split() == ["Dear", "Ada,", "we", "will", "call", "you."]
    assert "Approved as edited by Ana" in str(office.tab("Approvals")[0]["Result"])
    assert office.world.ledger.verify() == []


def test_a_person_lets_a_text_pass_as_it_is(office: Office, model: Model) -> None:
    model.says = [{"body": "We guarantee it, Ada."}]
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana")
    office.restart()
    office.with_(actions={**office.world.actions, "ai.write": model.action()})
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert office.post.mails[0].get_content().strip() == "We guarantee it, Ada."


def test_a_text_written_beside_another_question_approves_nothing(office: Office, model: Model) -> None:
    """Who writes another text there wants that one to leave, not the one that was asked about."""
    office.write(Steps=STEPS + DRAFT + CHECK + MAIL.replace("body }}", "body }} |  | Always"))
    office.tick()
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana", Edited_text="Dear Ada, no.")
    office.tick()
    assert not office.post.mails
    assert "cannot be edited here" in str(office.tab("Approvals")[0]["Result"])
    office.type("Approvals", {"Run": "R-0001"}, Edited_text=None)
    office.tick()
    assert [mail.get_content().strip() for mail in office.post.mails] == [FINE]


def test_a_text_under_review_is_looked_at_anew_when_the_row_changes(office: Office, model: Model) -> None:
    office.write(Steps=STEPS + DRAFT + CHECK.replace("text: ", "text: {{ name }}: ") + MAIL)
    model.says = [{"body": "We guarantee it, Ada."}]
    office.tick()
    office.type("Leads", {"Name": "Ada"}, Name="Eve")
    office.type("Approvals", {"Run": "R-0001"}, Decision="APPROVE", Decided_by="Ana")
    office.tick()
    assert not office.post.mails
    assert office.tab("Approvals")[0]["Result"].startswith("Void: the data changed, so something else would happen.")


def test_stop_puts_it_into_dead_letters_and_retry_has_it_written_anew(office: Office, model: Model) -> None:
    office.write(Checks=CHECKS + "Reply | Policy | no words: guarantee | Stop")
    model.says = [{"body": "We guarantee it, Ada."}, {"body": FINE}]
    office.tick()
    assert office.states() == {"R-0001": "DEAD_LETTER"}
    office.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY", Decided_by="Ana")
    office.tick()
    assert office.states() == {"R-0001": "DONE"}
    assert len(model.asked) == 2


def test_agent_assist_asks_a_person_besides_the_check(office: Office, model: Model) -> None:
    office.write(
        Contracts=CONTRACTS.replace("Risk", "Class") + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf | Agent-assist"
    )
    office.tick()
    assert office.states() == {}
    assert "asks a person before what a model wrote leaves" in str(office.tab("Steps")[2]["Check"])
    office.write(Steps=STEPS + DRAFT + CHECK + MAIL.replace("body }}", "body }} |  | Always"))
    office.tick()
    assert office.states() == {"R-0001": "AWAITING_APPROVAL"}
    assert not office.post.mails


def test_what_a_model_wrote_into_a_cell_is_known_when_another_contract_reads_it(office: Office, model: Model) -> None:
    """Sorted, copied into another row, a day later: the text is what it is."""
    office.write(
        Contracts=CONTRACTS
        + "Note | Yes | New row | Leads | | {{ email }} | Ana | Rolf\nPost | Yes | New row | Outbox | | {{ to }} | Ana | Rolf",
        Steps=STEPS
        + "Note | Draft | ai.write | prompt: Answer {{ name }}\n"
        + "Note | Keep | sheet.add | tab: Notes\\nkey: who\\nwho: {{ email }}\\nNote: {{ steps.draft.body }}\n"
        + "Post | Send | email.send | to: {{ to }}\\nsubject: News\\nbody: {{ text }}",
        Notes="Who | Note | Row ID",
        Outbox="To | Text | Run | Row ID",
    )
    office.tick()
    (note,) = office.tab("Notes")
    assert note["Note"] == FINE
    office.restart()
    office.add("Outbox", To="eve@shop.example", Text=FINE)
    office.add("Outbox", To="kim@shop.example", Text="My own words for Kim, which nobody but me has written down.")
    office.with_(actions={**office.world.actions, "ai.write": model.action()})
    office.tick()
    assert office.recipients() == ["kim@shop.example"]
    assert "column “text”" in office.runs()["eve@shop.example"].error


def test_what_a_call_hands_on_stays_what_it_is(office: Office, model: Model) -> None:
    model.says = [{"body": "short"}]
    office.write(
        Contracts=CONTRACTS + "Note | Yes | New row | Leads | | {{ email }} | Ana | Rolf\nPost | Yes | Called | | | | Ana | Rolf",
        Steps=STEPS
        + "Note | Draft | ai.write | prompt: Answer {{ name }}\n"
        + "Note | Call | contract.call | contract: Post\\nkey: {{ email }}\\nto: {{ email }}\\ntext: {{ steps.draft.body }}\n"
        + "Post | Send | email.send | to: {{ to }}\\nsubject: News\\nbody: {{ text }}",
        Fields="Contract | Field | Type | Required\nPost | to | email | Yes\nPost | text | text | Yes",
    )
    office.tick()
    assert office.states() == {"R-0001": "DONE", "R-0002": "DEAD_LETTER"}
    assert not office.post.mails


def test_a_model_never_spares_the_owner_a_question(office: Office, model: Model) -> None:
    office.write(Steps=STEPS + DRAFT + CHECK + MAIL.replace("body }}", "body }} |  | steps.draft.score < 50"))
    office.tick()
    assert "may not spare you the question" in str(office.tab("Steps")[2]["Check"])
    assert office.states() == {}
