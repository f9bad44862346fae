"""What can be known to be wrong before any run: names, settings, branches, and what the payload asks for."""

from collections.abc import Callable, Mapping

import pytest

from runner import wiring
from runner.model import Book
from runner.ports import Action, Tools
from runner.rules.contract import read_book
from tests.rules.sheets import snapshot

HEADERS = "Contract | Enabled | Trigger | Tab | If | Dedupe key | Entry state | Exit state | Owner | SOP | Hours | Class | Risk\n"
STEP_HEADERS = "Contract | Step | Action | With | If | Approval | Undo | On failure\n"
LEADS = "Name | Email | Fit score | State | Row ID\nAna | ana@shop.example | 82 | | L-1"
MAIL = "to: {{ email }}\\nsubject: Hi\\nbody: Hi"


@pytest.fixture
def actions(make_tools: Callable[..., Tools]) -> Mapping[str, Action]:
    return wiring.open_actions(make_tools(http_allow=("api.example.com",)))


@pytest.fixture
def problems(actions: Mapping[str, Action]) -> Callable[..., list[str]]:
    """Every sentence that `check` would print for the workbook."""

    def read(
        contract: str = "Hello | Yes | New row | Leads",
        steps: str = f"Hello | Reply | email.send | {MAIL}",
        secrets: tuple[str, ...] = (),
        **tabs: str,
    ) -> list[str]:
        whole = {"Contracts": HEADERS + contract, "Steps": STEP_HEADERS + steps, "Leads": LEADS, **tabs}
        book: Book = read_book(snapshot(**whole), actions, frozenset(secrets))
        assert bool(book.contracts) is not bool([problem for problem in book.problems if problem.contract])
        return [str(problem) for problem in book.problems]

    return read


Problems = Callable[..., list[str]]


def test_a_whole_contract_has_no_problems(problems: Problems) -> None:
    assert (
        problems(
            "Hello | Yes | State is Won | Leads | Fit score >= settings.hot | {{ email }} | Working | Done | Ana | By hand",
            steps=f"Hello | Look | sheet.find | key: Email\\nEmail: {{{{ email }}}}\nHello | Reply | email.send | {MAIL} "
            "{{ steps.look.name }} {{ run.id }} {{ contract.owner }} {{ today }} | steps.look.found | fit_score > 80",
            Settings="Setting | Value\nHot | 70",
            SOPs="SOP | No | Instruction\nBy hand | 1 | Call",
            Fields="Contract | Field | Type | Required | Rule\nHello | Fit score | integer | Yes | 0..100",
            Routes="Contract | After | If | Go to | Set state\nHello | Look | Fit score < 50 | End | Cold\nHello | Look | | Reply",
        )
        == []
    )


# --------------------------------------------------------------------------------------------------- the contract's row


@pytest.mark.parametrize(
    ("contract", "sentence"),
    [
        ("Hello | Yes | New row | Leeds", "Contracts!D2: There is no tab “Leeds”. Did you mean “Leads”?"),
        ("Hello | Yes | New row |", "Contracts!D2: The tab is missing. Write the name of the tab whose rows it works on."),
        ("Hello | Yes | New row | Runs", "Contracts!D2: “Runs” is a tab of Rowpact's own. Name a tab with your own rows."),
        (
            "Hello | Yes | New row | Leads | Fit scor >= 70",
            "Contracts!E2: There is no column “Fit scor”. Did you mean “Fit score”?",
        ),
        ("Hello | Yes | New row | Leads | | {{ emial }}", "Contracts!F2: There is no column “emial”. Did you mean “Email”?"),
        ("Hello | Yes | New row | Leads | | {{ email", "Contracts!F2: Line 1 cannot be read: “{{ email”."),
        (
            "Hello | Yes | New row | Leads | Fit score >=",
            "Contracts!E2: The rule stops too early: something is missing at the end.",
        ),
        ("Hello | Yes | New row | Leads | | | | | Ana | By hnd", "Contracts!J2: There is no SOP “By hnd”."),
    ],
)
def test_a_name_that_does_not_exist_is_said_at_its_cell(problems: Problems, contract: str, sentence: str) -> None:
    (said,) = problems(contract)
    assert said.startswith(sentence)


def test_a_tab_that_is_not_there_is_one_mistake_however_many_columns_are_named(problems: Problems) -> None:
    assert problems("Hello | Yes | New row | Clients | Budget > 5 | {{ mail }}", Fields="Contract | Field\nHello | Mail") == [
        "Contracts!D2: There is no tab “Clients”. There is: Leads."
    ]


def test_a_column_that_stands_twice_in_the_data_tab_stops_the_contract(problems: Problems) -> None:
    said = problems(Leads="Name | Email | EMAIL | Row ID")
    assert said == ["Contracts!D2: The column “EMAIL” stands twice in Leads. Rename or delete one of them."]


def test_states_need_their_column(problems: Problems) -> None:
    bare = "Name | Email | Row ID"
    for contract in (
        "Hello | Yes | State is Won | Leads",
        "Hello | Yes | New row | Leads | | | Working",
        "Hello | Yes | New row | Leads | | | | Done",
    ):
        assert problems(contract, Leads=bare) == [
            "Contracts!D2: Leads has no column “State”. Add one, so that states can be read and written."
        ]
    assert problems(Leads=bare, Routes="Contract | After | Go to | Set state\nHello | Reply | End | Cold") == [
        "Routes!D2: Leads has no column “State”. Add one."
    ]


def test_rows_need_something_that_tells_them_apart(problems: Problems) -> None:
    (said,) = problems(Leads="Name | Email")
    assert said.startswith("Contracts!F2: Nothing tells two rows apart. Add a column “Row ID” to Leads, or write a Dedupe key")
    assert problems("Hello | Yes | New row | Leads | | {{ email }}", Leads="Name | Email") == []


def test_a_contract_without_steps_and_a_sop_that_nobody_wrote_are_named(problems: Problems) -> None:
    assert problems("Hello | Yes | New row | Leads | | | | | Ana | By hand", steps="") == [
        "Contracts!A2: The contract has no steps. Add its first step in the tab Steps.",
        "Contracts!J2: There is no SOP “By hand”. Write it into the tab SOPs.",
    ]


# -------------------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("Emial | email", "Fields!B2: Leads has no column “Emial”. Did you mean “Email”?"),
        ("Email | emali", "Fields!C2: There is no type “emali”. Did you mean “email”?"),
        ("Fit score | number | between 1 and 3", "Fields!D2: I do not understand the rule “between 1 and 3”."),
        ("Name | choice", "Fields!D2: A choice needs its values."),
        ("Name | text | matches (", "Fields!D2:"),
    ],
)
def test_a_field_that_cannot_be_checked_is_named(problems: Problems, field: str, sentence: str) -> None:
    (said,) = problems(Fields=f"Contract | Field | Type | Rule\nHello | {field}")
    assert said.startswith(sentence)


# --------------------------------------------------------------------------------------------------------------- steps


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("email.send | subject: Hi\\nbody: Hi", "Steps!D2: The setting “to” is missing. Write a line to: …"),
        (f"email.send | {MAIL}\\nsubjct: Hi", "Steps!D2: email.send has no setting “subjct”. Did you mean “subject”?"),
        ("email.send | to: {{ emial }}\\nbody: Hi", "Steps!D2: to: There is no column “emial”. Did you mean “Email”?"),
        ("email.send | to: ana@@x\\nbody: Hi", "Steps!D2: to: “ana@@x” is not an e-mail address."),
        (f"email.send | {MAIL} {{{{ settings.hto }}}}", "Steps!D2: body: There is no setting “hto”"),
        ("email.send | to: {{ email }}\\ntemplate: Welcom", "Steps!D2: template: There is no template “Welcom”"),
        ("email.send | to: {{ email }}\\ntemplate: Broken", "Steps!D2: Body of the template “Broken”: There is no column “nmae”."),
        ("email.send | to: {{ email }}", "Steps!D2: The mail has no text. Write a line body: …, or template: …"),
        (f"email.send | {MAIL} | Fit > 3", "Steps!E2: There is no column “Fit”."),
        (f"email.send | {MAIL} | | sometimes", "Steps!F2: There is no column “sometimes”."),
        (f"email.send | {MAIL} {{{{ steps.later.x }}}}", "Steps!D2: body: There is no result of a step “later”"),
        (f"email.send | {MAIL} | | | | go to Nowhere", "Steps!H2: There is no step “Nowhere”. There is: Reply."),
        (f"email.send | {MAIL} | | | | go to reply", "Steps!H2: When “Reply” fails this goes back to “reply”"),
        ("http.post | url: https://api.exmaple.com/x", "Steps!D2: url:"),
        ("http.post | url: https://api.example.com/{{ secrets.NOPE }}", "Steps!D2: url: There is no secret “NOPE” in config.toml."),
        ("sheet.set | tab: Leads\\nFit scor: 5", "Steps!D2: Fit scor: Leads has no column “Fit scor”. Did you mean “Fit score”?"),
        ("sheet.add | tab: Clients\\nName: x", "Steps!D2: tab: There is no tab “Clients”."),
        ("decide | table: Nowhere", "Steps!D2: table:"),
        ("wait | for: a while", "Steps!D2: for:"),
    ],
)  # fmt: skip
def test_a_step_that_could_not_be_carried_out_is_named_at_its_cell(problems: Problems, step: str, sentence: str) -> None:
    (said,) = problems(
        steps=f"Hello | Reply | {step}",
        Settings="Setting | Value\nHot | 70",
        Templates="Template | Subject | Body\nWelcome | Hi | Hi {{ name }}\nBroken | Hi | Hi {{ nmae }}",
    )
    assert said.startswith(sentence)


def test_a_template_that_no_step_uses_may_name_what_it_likes(problems: Problems) -> None:
    assert problems(Templates="Template | Subject | Body\nLater | Hi | {{ nmae }}") == []


def test_results_of_an_earlier_step_are_known_and_those_of_a_later_one_are_not(problems: Problems) -> None:
    first, second = f"Hello | One | email.send | {MAIL}", f"Hello | Two | email.send | {MAIL} {{{{ steps.one.message_id }}}}"
    assert problems(steps=f"{first}\n{second}") == []
    assert problems(steps=f"{second}\n{first}") != []
    (said,) = problems(steps=f"{first}\n{second.replace('message_id', 'messageid')}")
    assert said == "Steps!D3: body: “steps.one” has no “messageid”. Did you mean “message_id”?"


def test_a_step_that_stands_twice_is_named_and_its_other_mistakes_too(problems: Problems) -> None:
    said = problems(steps=f"Hello | Reply | email.send | {MAIL}\nHello | reply | email.send | {MAIL}\\nsubjct: x")
    assert said == [
        "Steps!B3: The step “reply” stands in row 2 too. Rename one of them.",
        "Steps!D3: email.send has no setting “subjct”. Did you mean “subject”?",
    ]


def test_several_mistakes_of_one_cell_are_all_said(problems: Problems) -> None:
    said = problems(steps="Hello | Reply | email.send | to: {{ emial }}\\nsubject: {{ nmae }}\\nbdy: x")
    assert len(said) == 4
    assert all(sentence.startswith("Steps!D2: ") for sentence in said)


# -------------------------------------------------------------------------------------------------------------- routes

THREE = "\n".join(f"Hello | {name} | email.send | {MAIL}" for name in ("One", "Two", "Three"))


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ("Won | | End", "Routes!B2: There is no step “Won”."),
        (" | | End", "Routes!B2: The step is missing."),
        ("One | | Threee", "Routes!D2: There is no step “Threee”. Did you mean “Three”?"),
        ("One | |", "Routes!D2: The target is missing. Write a step, End, Review or Stop."),
        ("One | Fit scor > 3 | End", "Routes!C2: There is no column “Fit scor”. Did you mean “Fit score”?"),
        ("One | steps.two.message_id = 1 | End", "Routes!C2: There is no earlier step “two”."),
        ("Two | | One", "Routes!D2: After “Two” this goes back to “One”, so the steps could go round for ever."),
        ("Two | Fit score > 3 | two", "Routes!D2: After “Two” this goes back to “two”, so the steps could go round for ever."),
    ],
)
def test_a_route_that_leads_nowhere_or_round_in_circles_is_named(problems: Problems, route: str, sentence: str) -> None:
    (said,) = problems(steps=THREE, Routes=f"Contract | After | If | Go to\nHello | {route}")
    assert said.startswith(sentence)


@pytest.mark.parametrize("route", ["One | | three", "ONE | | End", "one | | Review", "Two | Fit score > 3 | stop"])
def test_a_route_that_leads_on_is_fine(problems: Problems, route: str) -> None:
    assert problems(steps=THREE, Routes=f"Contract | After | If | Go to\nHello | {route}") == []


def test_mistakes_of_all_tabs_are_found_in_one_go(problems: Problems) -> None:
    said = problems(
        "Hello | Yes | New row | Leads | Fit scor > 3 | {{ emial }}",
        steps="Hello | Reply | email.send | to: {{ emial }}\\nbody: x | Fit scor > 3 | Fit scor > 3",
        Fields="Contract | Field\nHello | Emial",
        Routes="Contract | After | Go to\nHello | Reply | Nowhere",
    )
    places = [sentence.partition(":")[0] for sentence in said]
    assert places == ["Contracts!E2", "Contracts!F2", "Steps!D2", "Steps!E2", "Steps!F2", "Fields!B2", "Routes!C2"]


# ------------------------------------------------------------------------------------------------------- the way back

BACK = f"Hello | Reply | email.send | {MAIL} | | | Sorry | Undo\n"
SORRY = f"Hello | Sorry | email.send | {MAIL} {{{{ steps.reply.message_id }}}} |"


def test_a_step_that_reverses_another_may_name_what_that_gave(problems: Problems) -> None:
    assert problems(steps=BACK + SORRY) == []
    assert problems(steps=SORRY + "\n" + BACK) == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (BACK.replace("Sorry", "Sory") + SORRY, "Steps!G2: There is no step “Sory” in this contract. Did you mean “Sorry”?"),
        (BACK.replace("Sorry", "Reply"), "Steps!G2: A step cannot reverse itself. Name another step, or empty the cell."),
        (
            BACK + SORRY + " | | Reply",
            "Steps!G2: “Sorry” reverses this step and has an Undo of its own. Empty the Undo of “Sorry”: ",
        ),
        (
            BACK + SORRY + " | | | Continue",
            "Steps!H3: “Sorry” reverses another step; when it fails, a person has to look. Empty the cell:",
        ),
        (
            BACK.replace("Undo", "Go to Sorry") + SORRY,
            "Steps!H2: “Sorry” only runs to reverse another step. Go to another step.",
        ),
        (
            BACK + SORRY + f"\nHello | Late | email.send | {MAIL} {{{{ steps.sorry.message_id }}}}",
            "Steps!D4: body: There is no result of a step “sorry”",
        ),
    ],
)
def test_a_way_back_that_leads_nowhere_is_found(problems: Problems, steps: str, sentence: str) -> None:
    found = problems(steps=steps)
    assert any(problem.startswith(sentence) for problem in found), found


def test_a_route_leads_neither_to_nor_from_a_step_that_only_reverses(problems: Problems) -> None:
    headers = "Contract | After | If | Go to\n"
    assert problems(steps=BACK + SORRY, Routes=headers + "Hello | Reply | | Sorry\nHello | Sorry | | End") == [
        "Routes!D2: “Sorry” only runs to reverse another step. Go to another step.",
        "Routes!B3: “Sorry” only runs to reverse another step, so nothing follows it. Name another step.",
    ]


# ----------------------------------------------------------------------------------------------------------- guard rails


def test_hands_free_and_high_risk_is_a_promise_that_is_not_kept(problems: Problems) -> None:
    contract = "Hello | Yes | New row | Leads | | {{ email }} | | | Ana | | | CLASS | High"
    (said,) = problems(contract.replace("CLASS", "Deterministic"))
    assert said.startswith("Contracts!L2: Deterministic runs hands-free, but Risk is High and “Reply” cannot be taken back")
    assert "Write Agent-assist" in said
    assert problems(contract.replace("CLASS", "Agent-assist")) == []
    assert problems(contract.replace("CLASS", "")) == []
    harmless = "Hello | Note | sheet.set | Name: Ada"
    assert problems(contract.replace("CLASS", "Deterministic"), steps=harmless) == []
