"""Enabled = Shadow: every effect is shown, none is done, and the real run comes later all the same."""

from collections.abc import Callable

import pytest

from runner.model import RunState
from tests.engine.office import MAIL, STEPS, Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | Dedupe key | Entry state | Exit state | Owner | Risk | Check\n"
LEADS = "Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500\nBob | bob@shop.example | 900"
HELLO = "Hello | Shadow | New row | Leads | {{ email }} | Working | Answered | Ana | "


@pytest.fixture
def shadow(office: Office) -> Callable[..., Office]:
    """One tick of a shadow contract with these steps."""

    def make(steps: str = f"Hello | Reply | email.send | {MAIL}", risk: str = "Low", **tabs: str) -> Office:
        office.write(Contracts=CONTRACTS + HELLO + risk, Steps=STEPS + steps, Leads=LEADS, **tabs)
        office.tick()
        return office

    return make


Shadow = Callable[..., Office]


def would(office: Office, run: str = "R-0001") -> list[str]:
    return [event.detail for event in office.events("shadow") if event.run == run]


def test_everything_is_shown_and_nothing_is_done(shadow: Shadow) -> None:
    office = shadow()
    assert office.recipients() == []
    assert [row["State"] for row in office.tab("Leads")] == [None, None]
    assert office.tab("Leads")[0]["Run"] == "R-0001 DONE (shadow)"
    (run, _) = office.tab("Runs")
    assert (run["Contract"], run["State"]) == ("Hello (shadow)", "DONE")
    assert run["Output"] == "shadow: 2 effects shown in Audit, none done"
    mail, state = would(office)
    assert mail.startswith("would: ")
    assert "ada@shop.example" in mail
    assert state == "would: set State to Answered in its row of Leads"
    assert "would: set State to Working" in office.events("run started")[0].detail
    assert office.world.ledger.verify() == []


def test_the_real_run_comes_when_it_is_enabled_once_per_row(shadow: Shadow) -> None:
    office = shadow()
    office.tick()
    assert len(office.tab("Runs")) == 2
    office.type("Contracts", {"Contract": "Hello"}, Enabled="Yes")
    office.tick()
    assert office.recipients() == ["ada@shop.example", "bob@shop.example"]
    assert office.tab("Leads")[0]["Run"] == "R-0003 DONE"
    office.type("Contracts", {"Contract": "Hello"}, Enabled="Shadow")
    office.tick()
    office.type("Contracts", {"Contract": "Hello"}, Enabled="Yes")
    office.tick()
    assert len(office.recipients()) == 2
    assert len(office.tab("Runs")) == 4


def test_an_approval_is_shown_and_not_asked(shadow: Shadow) -> None:
    office = shadow(risk="High")
    assert office.tab("Approvals") == []
    assert "would: ask first (the contract's risk is High)" in would(office)[0]


def test_later_steps_are_previewed_with_placeholders(shadow: Shadow) -> None:
    steps = f"""Hello | Reply | email.send | {MAIL}
        Hello | Note | sheet.add | tab: Log\\nText: {{{{ steps.reply.message_id }}}}
        Hello | Look | sheet.find | tab: Log\\nkey: Text\\nText: x
        Hello | Wait | wait | for: 2 days
        Hello | Ask | task | title: Call {{{{ name }}}}
        Hello | Tell | notify | message: {{{{ steps.ask.done_by }}}} has called"""
    office = shadow("\n".join(line.strip() for line in steps.splitlines()), Log="Text | Row ID")
    _, note, wait, task, tell, _ = would(office)
    assert note == "would: Add a row to Log: Text = ‹Reply: message_id›"
    assert wait.startswith("would: Wait until 2026-11-24")
    assert task == "would: Ask Ana to: Call Ada"
    assert "‹Ask: done_by› has called" in tell
    assert office.tab("Log") == []
    assert office.tab("Tasks") == []
    assert {run.state for run in office.runs().values()} == {RunState.DONE}


def test_closed_hours_are_said_and_not_waited_for(office: Office) -> None:
    headers = CONTRACTS.replace("| Check", "| Hours | Check")
    office.write(Contracts=headers + HELLO + "Low | Mon-Fri 09:00-17:00", Steps=STEPS + f"Hello | Reply | email.send | {MAIL}")
    office.tick()  # on a Sunday
    wait, mail, _ = would(office)
    assert wait == "would: wait: it waits for Hours: Mon-Fri 09:00-17:00"
    assert "ada@shop.example" in mail
    assert office.runs()["ada@shop.example"].state is RunState.DONE


def test_a_step_that_would_fail_is_named_and_leaves_no_dead_letter(shadow: Shadow) -> None:
    office = shadow("Hello | Reply | email.send | to: {{ name }}\\nsubject: Hi\\nbody: Hi")
    run = office.runs()["ada@shop.example"]
    assert run.state is RunState.DONE
    assert "Ada" in run.error
    assert office.tab("Dead letters") == []
    assert "it would stop at this step" in office.events("run ended")[0].detail


def test_a_kill_in_the_middle_of_a_preview_does_nothing_either(shadow: Shadow, office: Office) -> None:
    from runner.engine.preview import Preview

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Preview, "_end", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shadow()
    office.restart()
    office.tick()
    assert office.recipients() == []
    assert {run.state for run in office.runs().values()} == {RunState.DONE}


def test_many_old_rows_are_previewed_without_a_question(shadow: Shadow) -> None:
    rows = "\n".join(f"Lead {number} | lead{number}@shop.example" for number in range(40))
    office = shadow()
    office.write(Leads=f"Name | Email | Budget | State | Run | Row ID\n{rows}")
    office.tick()
    assert len(office.runs()) == 42
    assert office.tab("Approvals") == []
