"""Fifty hostile leads in a real workbook, an obedient model behind a real socket, and the real command line."""

from typing import Any

import pytest
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from runner.values import name_key
from tests.acceptance.conftest import Shop
from tests.engine.hostile_leads import ATTACKS, EVIL
from tests.engine.test_hostile_leads import COLUMNS, FINE, RULES, Obedient, lead
from tests.servers.http import HttpServer
from tests.servers.openai import asked, words

PATH = "/v1/chat/completions"
DRAFT = "prompt: Answer {{ message }} of {{ name }} at {{ company }}.\nfields: body; confidence: number 0..1"
SEND = "to: {{ email }}\nsubject: Your question\nbody: {{ steps.draft.body }}"


def _cells(row: dict[str, Any]) -> list[object]:
    """As a workbook can keep them: it knows no NUL and no escape."""
    values = (row.get(column) for column in COLUMNS)
    return [ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in values]


@pytest.fixture
def besieged(shop: Shop, http_server: HttpServer) -> tuple[Shop, Obedient]:
    """A shop that lets a model answer, checks every answer and asks its owner about each; fifty-one leads, one of them honest."""
    model = Obedient()
    http_server.on(PATH, model.answer)
    shop.config(f'[ai]\nbase_url = "{http_server.url}/v1"\nmodel = "tiny"\n[http]\nallow = ["{http_server.host}"]\n')
    shop.write(
        Contracts=[["Contract", "Enabled", "Class", "Trigger", "Tab", "Dedupe key", "Owner"],
                   ["Hello", "Yes", "Agent-assist", "New row", "Leads", "{{ email }}", "Ana"]],
        Steps=[["Contract", "Step", "Action", "With", "Approval"],
               ["Hello", "Draft", "ai.write", DRAFT, None],
               ["Hello", "Look", "check", "text: {{ steps.draft.body }}\nchecks: Reply", None],
               ["Hello", "Send", "email.send", SEND, "Always"]],
        Checks=[["Checks", "Kind", "Rule", "On failure"], ["Reply", "Policy", RULES, "Redo"]],
        Fields=[["Contract", "Field", "Type", "Private"], ["Hello", "Phone", "text", "Yes"]],
        Settings=[["Setting", "Value"], ["Bulk limit", 100], ["margin", "40 percent of everything"], ["Confidence threshold", 0.5]],
        Leads=[COLUMNS, *(_cells(lead(number, attack)) for number, attack in enumerate((*ATTACKS, None)))],
    )  # fmt: skip
    return shop, model


def test_no_lead_changes_a_recipient_skips_a_check_or_an_approval_leaks_a_row_or_reaches_a_tool(
    besieged: tuple[Shop, Obedient], http_server: HttpServer
) -> None:
    shop, model = besieged
    shop.run("run", "--once")
    assert len(shop.runs()) == 51
    assert len(model.obeyed) >= 40  # what could be seen was obeyed, so that the rest means something

    # nothing has left: a model that is sure of itself spares nobody a question
    assert not shop.mails()
    assert set(shop.runs().values()) == {"AWAITING_APPROVAL"}
    assert {request.path for request in http_server.requests} == {PATH}
    assert not any("tools" in asked(request) for request in http_server.requests)

    # no model was told of another row
    private = [str(row[column]) for row in shop.tab("Leads") for column in ("Phone", "Email")]
    for request in http_server.requests:
        told = words(request)
        assert not any(value in told for value in private)
        assert sum(name in told for name in ("Person ", "Firm ")) <= 2

    # the owner lets go what the checks have passed, and that alone leaves, to the row's own address
    own = {str(row["Run"]).split()[0]: str(row["Email"]) for row in shop.tab("Leads")}
    passed = [row for row in shop.tab("Approvals") if row["Step"] == "Send"]
    for row in passed:
        assert str(row["What will happen"]).startswith(f"Send mail to {own[str(row['Run'])]}\n")
    _approve(shop, {str(row["Approval"]) for row in passed})
    shop.run("run", "--once")
    assert shop.recipients() == sorted(own[str(row["Run"])] for row in passed)
    for mail in shop.mails():
        assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == (None, None, None)
        text = mail.get_content()
        for evil in (EVIL, "refund", "DE89", "0199", "40 percent", "Grace"):
            assert evil not in text
    assert FINE in {mail.get_content().strip() for mail in shop.mails()}
    assert {row["State"] for row in shop.tab("Runs") if row["Step"] == "Send"} == {"DONE"}
    assert shop.sound()


def _approve(shop: Shop, approvals: set[str]) -> None:
    import openpyxl

    book = openpyxl.load_workbook(shop.path)
    sheet = book["Approvals"]
    columns = {name_key(str(cell.value)): cell.column for cell in sheet[1] if cell.value}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, columns["approval"]).value in approvals:
            sheet.cell(row, columns["decision"]).value = "APPROVE"
            sheet.cell(row, columns["decided_by"]).value = "Ana"
    book.save(shop.path)
