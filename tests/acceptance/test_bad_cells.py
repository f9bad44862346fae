"""What people really type into cells: the wrong kind of value, errors, formulas, very long and foreign texts, two rows alike."""

from datetime import datetime

import openpyxl
import pytest

from tests.acceptance.conftest import Shop

LONGEST = 32_767
FIELDS = """
    Contract | Field  | Type   | Required | Rule | Private | Check
    Hello    | Email  | email  | Yes      |      |         |
    Hello    | Budget | money  | Yes      | >= 0 |         |
    Hello    | Due    | date   |          |      |         |
    Hello    | VIP    | yes/no |          |      |         |
"""


def put(shop: Shop, tab: str, address: str, value: object, kind: str = "") -> None:
    """Into one cell, as text even if it looks like a formula when `kind` is "s", as a formula error when it is "e"."""
    book = openpyxl.load_workbook(shop.path)
    cell = book[tab][address]
    cell.value = value
    if kind:
        cell.data_type = kind
    book.save(shop.path)


def row_of(shop: Shop, name: str) -> dict[str, object]:
    (row,) = [row for row in shop.tab("Leads") if row["Name"] == name]
    return row


@pytest.fixture
def typed(leads: Shop) -> Shop:
    """Leads with a declared payload, and a mail that shows what was understood."""
    tabs = {sheet.title: [list(row) for row in sheet.values] for sheet in openpyxl.load_workbook(leads.path)}
    tabs["Fields"] = FIELDS
    tabs["Steps"][1][3] = "to: {{ email }}\nsubject: Hello {{ name }}\nbody: {{ budget }} {{ due }} {{ vip }}"
    tabs["Leads"] = [["Name", "Email", "Budget", "Due", "VIP", "State", "Run", "Row ID"]]
    leads.write(**tabs)
    return leads


def test_numbers_dates_and_ticks_stored_as_text_mean_what_a_person_reads(typed: Shop) -> None:
    typed.add("Leads", Name="Ana", Email=" ana@shop.example ", Budget="$1,500.00", Due="1 Dec 2026", VIP="x")
    typed.add("Leads", Name="Bob", Email="bob@shop.example", Budget="2500", Due="2026-12-24", VIP="No")
    typed.add("Leads", Name="Cleo", Email="cleo@shop.example", Budget=99.5, Due=datetime(2026, 12, 31), VIP=True)  # noqa: DTZ001
    typed.run("run", "--once")
    bodies = {str(mail["To"]): mail.get_content().split() for mail in typed.mails()}
    assert bodies == {
        "ana@shop.example": ["1500.00", "2026-12-01", "Yes"],
        "bob@shop.example": ["2500", "2026-12-24", "No"],
        "cleo@shop.example": ["99.5", "2026-12-31", "Yes"],
    }
    assert row_of(typed, "Ana")["Budget"] == "$1,500.00"


@pytest.mark.parametrize(
    ("cells", "sentences"),
    [
        ({"Budget": "€ 2.000", "Due": "01/02/2026"}, ("Leads!C2", "Write 2000 or 2", "Leads!D2", "Write it like 2026-02-01")),
        ({"Budget": "a lot", "VIP": "perhaps"}, ("Leads!C2", "an amount of money", "“a lot”", "Leads!E2", "Yes or No")),
        ({"Budget": -1, "Due": "31.02.2026"}, ("at least 0", "holds -1", "not a day in the calendar")),
    ],
    ids=["two readings", "no reading", "outside its limits"],
)
def test_a_value_that_cannot_be_meant_is_refused_beside_its_row(
    typed: Shop, cells: dict[str, object], sentences: tuple[str, ...]
) -> None:
    typed.add("Leads", Name="Ana", Email="ana@shop.example", **{"Budget": 1, **cells})
    typed.add("Leads", Name="Bob", Email="bob@shop.example", Budget=1)
    typed.run("run", "--once")
    said = str(row_of(typed, "Ana")["Run"])
    assert said.startswith("R-0001 INVALID: ")
    for sentence in sentences:
        assert sentence in said
    assert typed.recipients() == ["bob@shop.example"]


def test_a_formula_error_in_a_field_is_refused_and_the_row_runs_once_it_is_mended(leads: Shop) -> None:
    put(leads, "Leads", "B2", "#REF!", "e")
    leads.run("run", "--once")
    assert "Leads!B2: “Email” shows the error #REF!. Mend the formula in that cell." in str(row_of(leads, "Ana")["Run"])
    assert leads.recipients() == ["bob@shop.example"]
    put(leads, "Leads", "B2", "ana@shop.example")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]


def test_a_formula_error_is_never_mailed(leads: Shop) -> None:
    put(leads, "Leads", "A2", "#N/A", "e")
    leads.run("run", "--once")
    assert leads.recipients() == ["bob@shop.example"]
    (letter,) = leads.tab("Dead letters")
    assert letter["Error"] == "The column “Name” holds the error #N/A. Mend the formula in that cell."
    put(leads, "Leads", "A2", "Ana")
    leads.type("Dead letters", {"Run": "R-0001"}, Decision="RETRY")
    leads.run("run", "--once")
    assert [str(mail["Subject"]) for mail in leads.mails() if "ana@" in str(mail["To"])] == ["Hello Ana"]


def test_a_pause_that_is_neither_yes_nor_no_is_said_to_pause_everything(leads: Shop) -> None:
    leads.add("Settings", Setting="Pause", Value="maybe")
    for words in (["check"], ["run", "--once"]):
        printed = leads.run(*words, code=1)
        assert "Everything is paused: nothing happens until Settings, Pause says No." in printed
        assert "Contracts without a problem run." not in printed
    assert leads.mails() == []


def test_the_longest_text_of_a_cell_goes_through_the_whole_job(leads: Shop) -> None:
    longest = "x" * (LONGEST - 1) + "é"
    put(leads, "Leads", "A2", longest)
    leads.type("Steps", {"Step": "Reply"}, With="to: {{ email }}\nsubject: Hello\nbody: {{ name }}")
    leads.run("run", "--once")
    assert leads.tab("Leads")[0]["Name"] == longest
    (mail,) = [mail for mail in leads.mails() if "ana@" in str(mail["To"])]
    assert mail.get_content().strip() == longest
    assert max(len(str(row["Detail"])) for row in leads.tab("Audit")) == LONGEST
    assert "Nothing new." in leads.run("run", "--once")
    assert "unbroken" in leads.run("audit", "verify")


def test_foreign_letters_and_emoji_are_the_same_in_row_mail_audit_and_ledger(leads: Shop) -> None:
    name = "Zoë 🎉 שלום עולם 日本語 ﷺ"
    put(leads, "Leads", "A2", name)
    leads.run("run", "--once")
    assert leads.tab("Leads")[0]["Name"] == name
    (mail,) = [mail for mail in leads.mails() if "ana@" in str(mail["To"])]
    assert str(mail["Subject"]) == f"Hello {name}"
    assert f"Subject: Hello {name}" in str(next(row for row in leads.tab("Audit") if row["Event"] == "about to act")["Detail"])
    assert leads.json("show", "R-0001")["input"]["Name"] == name
    assert name in leads.run("show", "R-0001", env={"PYTHONIOENCODING": "utf-8"})
    assert "Nothing new." in leads.run("run", "--once")
    assert "unbroken" in leads.run("audit", "verify")


@pytest.mark.parametrize("name", ["=cmd()|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2"])
def test_a_name_that_looks_like_a_formula_stays_a_name(leads: Shop, name: str) -> None:
    put(leads, "Leads", "A2", name, "s")
    leads.run("run", "--once")
    for sheet in openpyxl.load_workbook(leads.path):
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], sheet.title
    exported = leads.run("audit", "export")
    assert not [line for line in exported.splitlines() if line.startswith(("=", "+", "@"))]
    assert f"Hello {name}" in [str(mail["Subject"]) for mail in leads.mails()]


def test_two_rows_with_one_key_are_one_run_and_the_second_row_names_it(leads: Shop) -> None:
    leads.add("Leads", Name="Ana again", Email="ana@shop.example")
    leads.run("run", "--once")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    assert row_of(leads, "Ana again")["Run"] == "R-0001 DONE"
    assert row_of(leads, "Ana again")["State"] is None
    assert len(leads.tab("Runs")) == 2


def test_a_row_whose_key_is_blank_waits_and_says_so(leads: Shop) -> None:
    leads.type("Fields", {"Field": "Email"}, Required="No")
    leads.add("Leads", Name="Dora")
    leads.run("run", "--once")
    assert row_of(leads, "Dora")["Run"] == "waits: its Dedupe key is blank"


def test_what_is_typed_into_the_runners_cells_is_put_back(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.type("Leads", {"Name": "Ana"}, Run="please send again")
    leads.type("Contracts", {"Contract": "Hello"}, Check="looks fine to me")
    leads.type("Runs", {"Run": "R-0002"}, Key="ana@shop.example", State="HELD")
    leads.run("run", "--once")
    assert row_of(leads, "Ana")["Run"] == "R-0001 DONE"
    assert leads.tab("Contracts")[0]["Check"] == "OK"
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert len(leads.mails()) == 2


TWO = {
    "Contracts": """
        Contract | Enabled | Trigger | Tab     | Dedupe key  | Owner | Check
        Hello    | Yes     | New row | Leads   | {{ email }} | Ana   |
        Bye      | Yes     | New row | Leavers | {{ email }} | Ana   |
    """,
    "Steps": """
        Contract | Step  | Action     | With                                                          | Approval | Check
        Hello    | Reply | email.sned | to: {{ emial }}\\nsubjct: Hello {{ settings.hot }}\\nbody: Hi |          |
        Bye      | Reply | email.send | to: {{ email }}\\nsubject: Bye\\nbody: Bye                    |          |
    """,
    "Settings": "Setting | Value\nHot lead | 70",
    "Leads": "Name | Email | Run | Row ID\nAna | ana@shop.example | |",
    "Leavers": "Name | Email | Run | Row ID\nBob | bob@shop.example | |",
}


def test_a_contract_with_mistakes_waits_while_the_other_goes_on_and_says_ok_once_they_are_mended(shop: Shop) -> None:
    shop.write(**TWO)
    found = shop.json("check", code=1)
    assert [problem["where"] for problem in found["problems"]] == ["Steps!C2", "Steps!D2", "Steps!D2"]
    assert found["contracts"] == ["Bye"]
    shop.run("run", "--once", code=None)
    assert shop.recipients() == ["bob@shop.example"]
    assert "C2: There is no action “email.sned”. Did you mean “email.send”?" in str(shop.tab("Steps")[0]["Check"])
    assert [row["Check"] for row in shop.tab("Contracts")] == ["It starts no runs until Steps!C2, Steps!D2 are mended.", "OK"]
    shop.type("Steps", {"Contract": "Hello"}, Action="email.send", With="to: {{ email }}\nsubject: Hi\nbody: Hi")
    shop.run("check")
    shop.run("run", "--once")
    assert shop.recipients() == ["ana@shop.example", "bob@shop.example"]
    assert [row["Check"] for name in ("Contracts", "Steps") for row in shop.tab(name)] == ["OK"] * 4


DECIDING = {
    "Contracts": "Contract | Enabled | Trigger | Tab | Dedupe key | Owner\nSort | Yes | New row | Leads | {{ email }} | Ana",
    "Steps": """
        Contract | Step | Action     | With                                                            | Check
        Sort     | Rate | decide     | table: Ratings                                                  |
        Sort     | Tell | email.send | to: {{ email }}\\nsubject: You are {{ steps.rate.tier }}\\nbody: Hi |
    """,
    "Leads": "Name | Email | Budget | Run | Row ID\nAna | ana@shop.example | 500 | |",
    "Ratings": "Budget | Then tier\n>= 400 | Gold\n- | Basic",
}


def test_a_formula_error_in_a_decision_table_decides_nothing(shop: Shop) -> None:
    shop.write(**DECIDING)
    put(shop, "Ratings", "A2", "#REF!", "e")
    printed = shop.run("check", code=1)
    assert "Ratings!A2" in printed
    assert "#REF!" in printed
    shop.run("run", "--once", code=None)
    assert shop.mails() == []
    put(shop, "Ratings", "A2", ">= 400")
    shop.run("run", "--once")
    assert [str(mail["Subject"]) for mail in shop.mails()] == ["You are Gold"]
