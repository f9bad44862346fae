"""The owner's tabs as a book: what is promised, what is wrong, and what starts no runs because of it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from runner import wiring
from runner.model import Book, Problem
from runner.ports import Action, Tools
from runner.rules.contract import read_book
from runner.rules.headers import gone, in_use
from runner.tabs import OWNERS_TABS
from tests.rules.sheets import snapshot

CONTRACTS = """
    Contract | Enabled | Trigger | Tab   | If | Dedupe key  | Owner | Risk | SOP | SLA | Minutes saved | Check
    Hello    | Yes     | New row | Leads |    | {{ email }} | Ana   |      |     |     |               |
    Bye      | Yes     | New row | Leads |    | {{ email }} | Ana   |      |     |     |               |
"""
STEPS = """
    Contract | Step  | Action     | With                                    | If | Approval | Retry | Timeout | On failure | Check
    Hello    | Reply | email.send | to: {{ email }}\\nsubject: Hi\\nbody: Hi |    |          |       |         |            |
    Bye      | Reply | email.send | to: {{ email }}\\nsubject: Hi\\nbody: Hi |    |          |       |         |            |
"""
LEADS = """
    Name | Email            | Budget | State | Row ID
    Ana  | ana@shop.example | 500    |       |
"""
TABS = {"Contracts": CONTRACTS, "Steps": STEPS, "Leads": LEADS}


@pytest.fixture
def actions(make_tools: Callable[..., Tools]) -> Mapping[str, Action]:
    return wiring.open_actions(make_tools(http_allow=("api.example.com",)))


@pytest.fixture
def read(actions: Mapping[str, Action]) -> Callable[..., Book]:
    def read(*problems: Problem, before: frozenset[str] = frozenset(), **tabs: str) -> Book:
        return read_book(snapshot(*problems, **{**TABS, **tabs}), actions, frozenset(), before)

    return read


Read = Callable[..., Book]


def said(book: Book) -> list[str]:
    return [str(problem) for problem in book.problems]


def check(book: Book, tab: str, row: int) -> str:
    return book.checks[tab, row]


# ---------------------------------------------------------------------------------------------- what is promised


def test_a_workbook_without_mistakes_has_all_its_contracts_and_says_ok(read: Read) -> None:
    book = read()
    assert said(book) == []
    assert set(book.contracts) == {"Hello", "Bye"}
    assert set(book.checks.values()) == {"OK"}
    assert set(book.checks) == {("Contracts", 2), ("Contracts", 3), ("Steps", 2), ("Steps", 3)}


def test_defaults_of_blank_cells(read: Read) -> None:
    contract = read().contracts["Hello"]
    assert (contract.klass, contract.risk, contract.severity, contract.sla) == ("Deterministic", "Low", "P2", None)
    assert contract.rollback_owner == "Ana"
    (step,) = contract.steps
    assert (step.retry, step.timeout, step.on_failure, step.approval) == (None, timedelta(seconds=60), "dead letter", "")


def test_no_other_tabs_and_a_workbook_without_contracts_are_no_mistake(actions: Mapping[str, Action]) -> None:
    assert read_book(snapshot(), actions).problems == ()
    assert read_book(snapshot(Leads=LEADS), actions).contracts == {}


def test_case_and_blanks_around_names_do_not_matter_and_neither_do_blank_rows_and_column_order(read: Read) -> None:
    book = read(
        Contracts="Tab | TRIGGER | dedupe-key | Contract | enabled\n\n leads | new ROW | {{ Email }} |  Hello  | y",
        Steps="With | Step | action | Contract\nto: a@b.co\\nbody: x | Reply | EMAIL.Send | HELLO\n\n",
    )
    assert said(book) == []
    assert book.contracts["Hello"].steps[0].action == "email.send"


def test_the_owners_own_columns_and_tabs_are_left_alone(read: Read) -> None:
    book = read(
        Contracts=CONTRACTS.replace("| Check", "| Info | Sales | Check"), Steps=STEPS.replace("| If", "| Tax"), Notes="buy milk"
    )
    assert said(book) == []


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("State is Won", "Won"),
        ("state is “Won”", "Won"),
        ("State is In talks", "In talks"),
        ("STATE  IS  Won", "Won"),
        ("State-is: Won", "Won"),
    ],
)
def test_the_state_of_a_trigger(read: Read, typed: str, state: str) -> None:
    contract = read(Contracts=CONTRACTS.replace("New row", typed, 1)).contracts["Hello"]
    assert (contract.trigger, contract.trigger_state) == ("State is", state)


@pytest.mark.parametrize(
    ("typed", "approval"), [("No", ""), ("0", ""), ("Yes", "always"), ("ALWAYS ", "always"), ("Budget > 5", "Budget > 5")]
)
def test_what_approval_may_say(read: Read, typed: str, approval: str) -> None:
    book = read(Steps=f"Contract | Step | Action | With | Approval\nHello | Reply | email.send | to: a@b.co\\nbody: x | {typed}")
    assert book.contracts["Hello"].steps[0].approval == approval


@pytest.mark.parametrize(("typed", "retry"), [("No", ()), ("30s, 2m", (timedelta(seconds=30), timedelta(minutes=2))), ("", None)])
def test_what_retry_may_say(read: Read, typed: str, retry: object) -> None:
    book = read(Steps=f"Contract | Step | Action | With | Retry\nHello | Reply | email.send | to: a@b.co\\nbody: x | {typed}")
    assert book.contracts["Hello"].steps[0].retry == retry


# ------------------------------------------------------------------------------------- mistakes stop their contract only


def test_a_contract_with_a_mistake_starts_no_runs_while_the_other_goes_on(read: Read) -> None:
    book = read(Contracts=CONTRACTS.replace("New row", "New rwo", 1))
    assert said(book) == ["Contracts!C2: There is no trigger “New rwo”. Did you mean “New row”?"]
    assert set(book.contracts) == {"Bye"}
    assert check(book, "Contracts", 2) == "C2: There is no trigger “New rwo”. Did you mean “New row”?"
    assert check(book, "Contracts", 3) == "OK"


def test_the_row_of_the_contract_says_where_the_mistake_is_that_stops_it(read: Read) -> None:
    book = read(Steps=STEPS.replace("email.send", "email.sned", 1), Fields="Contract | Field\nHello | Emial")
    assert check(book, "Contracts", 2) == "It starts no runs until Steps!C2, Fields!B2 are mended."
    assert check(book, "Contracts", 3) == "OK"
    assert check(book, "Steps", 2) == "C2: There is no action “email.sned”. Did you mean “email.send”?"


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_workbook(read: Read) -> None:
    book = read(
        Contracts=CONTRACTS.replace("New row", "New rwo", 1).replace("Yes", "maybe", 1).replace("Hello    |", "         |", 1),
        Steps=STEPS.replace("Bye      | Reply", "Bye      |      "),
        Settings="Setting | Value\n | 3",
    )
    assert [problem.where for problem in book.problems] == [
        "Contracts!A2",
        "Contracts!A3",
        "Steps!A2",
        "Steps!B3",
        "Settings!A2",
    ]


@pytest.mark.parametrize(
    ("header", "typed", "message"),
    [
        ("Enabled", "perhaps", "“perhaps” is not an answer. Write Yes, No or Shadow."),
        ("Trigger", "State is", "The state is missing. Write for example: State is Won"),
        ("Trigger", "State is …", "The state is missing. Write for example: State is Won"),
        ("Trigger", "", "The trigger is missing. There is: Called, Date due"),
        ("Class", "Determined", "“Determined” is not a choice here. Write Deterministic, Agent-assist, Blocked."),
        ("Risk", "Hihg", "“Hihg” is not a choice here. Write Low, Medium, High."),
        ("Severity", "P9", "“P9” is not a choice here. Write P0, P1, P2."),
        ("SLA", "3 fortnights", "“3 fortnights” is not a length of time."),
    ],
)
def test_a_wrong_cell_of_a_contract_stops_it(read: Read, header: str, typed: str, message: str) -> None:
    names = {"Contract": "Hello", "Trigger": "New row", "Tab": "Leads", "Dedupe key": "{{ email }}", header: typed}
    book = read(Contracts=" | ".join(names) + "\n" + " | ".join(names.values()), Steps=STEPS.partition("    Bye")[0])
    assert message in "\n".join(said(book))
    assert book.contracts == {}


def test_minutes_saved_that_are_no_number_stop_nothing(read: Read) -> None:
    book = read(Contracts="Contract | Trigger | Tab | Dedupe key | Minutes saved\nHello | New row | Leads | {{ email }} | a lot")
    assert "“a lot” is not a number." in said(book)[0]
    assert book.contracts["Hello"].minutes_saved == 0


@pytest.mark.parametrize(
    ("header", "typed", "message"),
    [
        ("Action", "email.sned", "There is no action “email.sned”. Did you mean “email.send”?"),
        ("Action", "", "The action is missing."),
        ("Step", "", "The step has no name."),
        ("With", "hello", "The line “hello” is not “name: value”."),
        ("Retry", "soon", "“soon” is not a length of time. Write for example 30s, 2m, 1h 30m or 3 days. Or write No."),
        ("Timeout", "5 parsecs", "“5 parsecs” is not a length of time."),
        ("On failure", "Explode", "“Explode” is not an answer. Write Dead letter, Undo, Continue, or Go to and a step."),
    ],
)
def test_a_wrong_cell_of_a_step_stops_its_contract(read: Read, header: str, typed: str, message: str) -> None:
    cells = {"Contract": "Hello", "Step": "Reply", "Action": "email.send", "With": "to: a@b.co\\nbody: x", header: typed}
    book = read(Steps=" | ".join(cells) + "\n" + " | ".join(cells.values()) + "\nBye | Reply | email.send | to: a@b.co\\nbody: x")
    assert message in "\n".join(said(book))
    assert set(book.contracts) == {"Bye"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Hello | | email | Yes |", "Fields!B2: The field is missing. Write a column of Leads."),
        ("Hello | Email | email | perhaps |", "Fields!D2: “perhaps” is not an answer. Write Yes or No."),
    ],
)
def test_a_wrong_row_of_fields_stops_its_contract(read: Read, row: str, message: str) -> None:
    book = read(Fields=f"Contract | Field | Type | Required | Private\n{row}")
    assert message in said(book)
    assert set(book.contracts) == {"Bye"}


def test_contracts_of_one_name_stop_each_other_and_both_rows_say_so(read: Read) -> None:
    book = read(Contracts=CONTRACTS.replace("Bye  ", "hello"))
    assert said(book)[:2] == [
        "Contracts!A2: The contract “hello” stands in row 3 too. Rename one of them.",
        "Contracts!A3: The contract “hello” stands in row 2 too. Rename one of them.",
    ]
    assert book.contracts == {}


# ------------------------------------------------------------------- rows that belong to no contract may be its guard


def test_a_row_for_a_misspelt_contract_stops_the_one_that_was_meant(read: Read) -> None:
    book = read(Fields="Contract | Field | Rule\nHelo | Budget | >= 0")
    assert said(book) == ["Fields!A2: There is no contract “Helo”. Did you mean “Hello”?"]
    assert set(book.contracts) == {"Bye"}


def test_a_row_that_a_deleted_contract_left_behind_does_not_stop_its_sister(read: Read) -> None:
    book = read(
        Contracts=CONTRACTS.replace("Hello   ", "Hello 2 "), Steps=STEPS.replace("Hello   ", "Hello 2 ") + "Hello 1 | Reply"
    )
    assert said(book) == ["Steps!A4: There is no contract “Hello 1”. Did you mean “Hello 2”?"]
    assert set(book.contracts) == {"Hello 2", "Bye"}


def test_a_row_for_an_unknown_contract_stops_nothing(read: Read) -> None:
    book = read(Steps=STEPS + "    -- drafts below -- |\n")
    assert said(book) == ["Steps!A4: There is no contract “-- drafts below --”. There is: Bye, Hello."]
    assert set(book.contracts) == {"Hello", "Bye"}


def test_a_step_without_its_contract_stops_the_contract_above_it(read: Read) -> None:
    book = read(Steps=STEPS + "             | Ask   | task       | title: May we?\n")
    assert said(book) == ["Steps!A4: The contract is missing. Write it into every row, for example Bye."]
    assert set(book.contracts) == {"Hello"}


def test_a_stray_note_between_the_steps_stops_nothing(read: Read) -> None:
    book = read(Steps=STEPS + "             |       |            | remember to write this\n")
    assert [problem.where for problem in book.problems] == ["Steps!A4"]
    assert set(book.contracts) == {"Hello", "Bye"}


# ------------------------------------------------------------------------------------------- columns that were tampered with


@pytest.mark.parametrize(("column", "renamed"), [("Approval", "Approvals"), ("On failure", "On failures"), ("If", "Ifs")])
def test_a_misspelt_column_halts_new_runs_because_it_may_hold_a_guard(read: Read, column: str, renamed: str) -> None:
    book = read(Steps=STEPS.replace(f"| {column} ", f"| {renamed} "))
    (problem,) = book.problems
    assert problem.where.startswith("Steps!")
    assert problem.where.endswith("1")
    assert problem.message == f"The column “{column}” is missing. Was it renamed to “{renamed}”?"
    assert book.contracts == {}
    assert problem.message in check(book, "Contracts", 2)


@pytest.mark.parametrize(
    ("tab", "column"), [("Contracts", "Contract"), ("Contracts", "Trigger"), ("Steps", "Action"), ("Steps", "Step")]
)
def test_a_column_that_every_row_needs_is_missed_and_nothing_else_is_said(read: Read, tab: str, column: str) -> None:
    book = read(**{tab: TABS[tab].replace(column, "Other thing", 1)})
    assert said(book) == [
        f"{tab}: The column “{column}” is missing. Write “{column}” into row 1, above its cells. No new runs start until then."
    ]
    assert book.contracts == {}


@pytest.mark.parametrize("tab", [tab.name for tab in OWNERS_TABS])
def test_a_needed_column_of_a_tab_without_rows_is_not_missed_and_of_one_with_rows_is(read: Read, tab: str) -> None:
    found = {problem.tab for problem in read(**{tab: "My own heading"}).problems}
    assert tab not in found
    assert tab in {problem.tab for problem in read(**{tab: "My own heading\nhello"}).problems}


def test_two_headers_alike_halt_new_runs_and_the_second_is_named(read: Read) -> None:
    book = read(Steps=STEPS.replace("| Check", "| approval\u00a0| Check"))
    assert said(book) == [
        "Steps!J1: The column “approval” stands twice. Rename or delete one of them. No new runs start until then."
    ]
    assert book.contracts == {}


@pytest.mark.parametrize(("tab", "halted"), [("Steps", True), ("Contracts", True), ("Leads", False), ("Templates", False)])
def test_merged_cells_halt_new_runs_where_they_can_hide_a_guard(read: Read, tab: str, halted: bool) -> None:
    merged = Problem(where=f"{tab}!F2:F3", message="These cells are merged.", fix="Unmerge them.", tab=tab)
    book = read(merged)
    assert said(book) == [f"{tab}!F2:F3: These cells are merged. Unmerge them.{' No new runs start until then.' * halted}"]
    assert (book.contracts == {}) is halted


MEANT = "Put it back, or add an empty tab of that name if you mean it."


def remembered(**tabs: str) -> frozenset[str]:
    return frozenset(in_use(snapshot(**{**TABS, **tabs})))


def test_a_column_that_held_something_and_is_gone_halts_new_runs_whatever_it_is_called_now(read: Read) -> None:
    before = remembered(Steps=STEPS.replace("body: Hi |    |          ", "body: Hi |    | Always   "))
    book = read(before=before, Steps=STEPS.replace("Approval", "Ask first"))
    assert said(book)[0].startswith("Steps: The column “Approval” was there before and is gone. Put it back")
    assert book.contracts == {}


def test_a_column_that_held_nothing_may_go(read: Read) -> None:
    assert said(read(before=remembered(), Steps=STEPS.replace("Approval", "Ask first"))) == []


def test_an_empty_column_of_the_name_says_that_it_was_meant(read: Read) -> None:
    before = remembered(Contracts=CONTRACTS.replace("| Ana   |      |", "| Ana   | High |"))
    assert "Contracts!Risk" in before
    assert said(read(before=before)) == []


def test_a_tab_that_is_gone_halts_new_runs_and_its_columns_are_not_missed_one_by_one(actions: Mapping[str, Action]) -> None:
    before = remembered(Fields="Contract | Field | Required\nHello | Email | Yes")
    book = read_book(snapshot(**TABS), actions, frozenset(), before)
    assert said(book) == [f"Fields: The tab Fields was there before and is gone. {MEANT} No new runs start until then."]
    assert book.contracts == {}
    assert "The tab Fields" in check(book, "Contracts", 2)
    then = in_use(snapshot(**TABS)) | gone(before, snapshot(**TABS))
    assert read_book(snapshot(Fields="", **TABS), actions, frozenset(), then).problems == ()


def test_a_row_id_column_that_is_gone_stops_the_contracts_that_go_by_it_only(read: Read) -> None:
    by_id = CONTRACTS.replace("{{ email }}", "           ", 1)
    book = read(before=remembered(), Contracts=by_id, Leads=LEADS.replace("Row ID", "Number"))
    (problem,) = book.problems
    assert problem.message == "Leads had a column “Row ID”, and it is gone: nothing tells which rows are done."
    assert problem.where == "Contracts!D2"
    assert set(book.contracts) == {"Bye"}


# ------------------------------------------------------------------------------------------------------ formula errors


@pytest.mark.parametrize(
    ("tabs", "where"),
    [
        ({"Contracts": CONTRACTS.replace("{{ email }}", "#NAME?", 1)}, "Contracts!F2"),
        ({"Steps": STEPS.replace("to: {{ email }}\\nsubject: Hi\\nbody: Hi", "#REF!", 1)}, "Steps!D2"),
        ({"Steps": STEPS.replace("email.send", "#N/A", 1)}, "Steps!C2"),
        ({"Fields": "Contract | Field | Type | Rule\nHello | Email | email | #REF!"}, "Fields!D2"),
    ],
)
def test_a_formula_error_is_said_once_and_stops_its_contract(read: Read, tabs: dict[str, str], where: str) -> None:
    book = read(**tabs)
    (problem,) = book.problems
    assert problem.where == where
    assert problem.message.startswith("The formula in this cell gives #")
    assert set(book.contracts) == {"Bye"}


def test_a_template_with_a_formula_error_is_never_mailed(read: Read) -> None:
    book = read(
        Templates="Template | Subject | Body\nWelcome | Hi | #REF!",
        Steps=STEPS.replace("subject: Hi\\nbody: Hi", "template: Welcome", 1),
    )
    assert "Templates!C2: The formula in this cell gives #REF!. Mend the formula." in said(book)
    assert set(book.contracts) == {"Bye"}


# ---------------------------------------------------------------------------------------- templates, settings and SOPs


def test_of_two_alike_the_first_counts_and_the_second_is_named(read: Read) -> None:
    book = read(
        Settings="Setting | Value\nHot lead | 70\nhot_lead | 80", Templates="Template | Subject | Body\nHi | a | b\nHI | c | d"
    )
    assert [problem.where for problem in book.problems] == ["Templates!A3", "Settings!A3"]
    assert book.settings == {"hot_lead": 70}
    assert book.templates["hi"].subject == "a"


@pytest.mark.parametrize(
    ("typed", "paused"), [("Yes", True), ("x", True), ("No", False), ("", False), ("please", True), ("#REF!", True)]
)
def test_whoever_types_anything_but_no_beside_pause_wants_a_pause(read: Read, typed: str, paused: bool) -> None:
    book = read(Settings=f"Setting | Value | Note\nPause | {typed} | stop it")
    assert book.settings["pause"] is paused
    if typed == "please":
        assert said(book) == [
            "Settings!B2: “please” is not an answer, so everything is paused. Write Yes to pause, or No to go on."
        ]


def test_a_second_pause_row_pauses_too(read: Read) -> None:
    assert read(Settings="Setting | Value\nPause | No\nPause | Yes").settings["pause"] is True


def test_sops_are_ordered_by_their_number_and_a_blank_name_means_the_one_above(read: Read) -> None:
    book = read(SOPs="SOP | No | Instruction\nBy hand | 2 | Then this\n | 1 | First this\n | | Last, by its row\nOther | 1 | That")
    assert book.sops == {"by_hand": ("First this", "Then this", "Last, by its row"), "other": ("That",)}


def test_nothing_people_can_type_into_one_cell_raises(read: Read) -> None:
    nasty = (
        "'",
        "=cmd()",
        "{{",
        "{% if %}",
        "((((",
        "\\n\\n",
        "🙂" * 50,
        "שלום",
        "x" * 32_767,
        "0",
        "-1",
        "#REF!",
        "None",
        "go to ",
        "state is",
    )
    for typed in nasty:
        for text, old in (
            (CONTRACTS, "Yes"),
            (CONTRACTS, "New row"),
            (CONTRACTS, "{{ email }}"),
            (CONTRACTS, "Leads"),
            (CONTRACTS, "Hello"),
        ):
            assert isinstance(read(Contracts=text.replace(old, typed, 1)), Book)
        for old in ("Hello", "Reply", "email.send", "to: {{ email }}\\nsubject: Hi\\nbody: Hi"):
            assert isinstance(read(Steps=STEPS.replace(old, typed, 1)), Book)
        assert isinstance(
            read(Fields=f"Contract | Field | Type | Rule | Required\nHello | Email | {typed} | {typed} | {typed}"), Book
        )
        assert isinstance(
            read(Routes=f"Contract | After | If | Go to | Set state\nHello | Reply | {typed} | {typed} | {typed}"), Book
        )
