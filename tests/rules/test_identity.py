"""Which row is which, whatever people do to the sheet: sort, insert, copy, clear, paste back."""

from itertools import count

from runner.model import NamedRow, Run, RunState, Tab
from runner.ports import Books
from runner.rules.identity import Naming, has_content, name_rows, remembered
from runner.rules.likeness import likeness
from tests.rules.sheets import grid

LEADS = """
    Name | Email            | Budget | State | Run         | Row ID
    Ana  | ana@shop.example | 500    | Won   | R-0001 DONE | L-1
    Bob  | bob@shop.example | 900    |       |             | L-2
"""


def leads(text: str = LEADS) -> Tab:
    return Tab.build("Leads", grid(text))


def named(tab: Tab, books: Books | None = None) -> dict[int, str]:
    """Row number → the id it is to have."""
    return {naming.row.number: naming.id for naming in namings(tab, books)}


def namings(tab: Tab, books: Books | None = None) -> list[Naming]:
    numbers = count(1)
    return name_rows(tab, books or Books(), lambda: f"new-{next(numbers)}")


def run_on(row_id: str, **cells: object) -> Run:
    return Run(id=f"R-{row_id}", contract="Hello", key="k", state=RunState.DONE, tab="Leads", row_id=row_id, input=cells)


def books(*runs: Run, rows: tuple[NamedRow, ...] = ()) -> Books:
    return Books(runs={run.id: run for run in runs}, rows={f"Leads/{row.id}": row for row in rows})


def test_rows_keep_the_ids_that_they_show() -> None:
    assert named(leads()) == {}


def test_a_row_without_an_id_gets_one_wherever_it_stands() -> None:
    tab = leads("""
        Row ID | Name
               | Cleo
        L-1    | Ana

               | Dora
    """)
    assert named(tab) == {2: "new-1", 5: "new-2"}


def test_a_tab_without_the_column_gives_no_ids() -> None:
    assert named(leads("Name\nAna")) == {}


def test_a_row_that_holds_only_the_runners_cells_is_no_row() -> None:
    tab = leads("Name | State | Run | Row ID\n | Won | R-0001 DONE | L-1\n | New | |")
    assert named(tab) == {}
    assert not any(has_content(row) for row in tab.rows)


def test_a_copied_row_gets_an_id_of_its_own_and_the_original_keeps_its() -> None:
    copied = LEADS + "    Ana  | ana@shop.example | 500    | Won   | R-0001 DONE | L-1\n"
    assert named(leads(copied)) == {4: "new-1"}


def test_of_two_copies_the_one_that_was_edited_is_the_copy() -> None:
    tab = leads("""
        Name | Email             | Row ID
        Anna | anna@shop.example | L-1
        Ana  | ana@shop.example  | L-1
    """)
    known = books(run_on("L-1", Name="Ana", Email="ana@shop.example"))
    assert named(tab, known) == {2: "new-1"}
    assert namings(tab, known)[0].because == "a copy of the row L-1"


def test_many_copies_get_one_id_each() -> None:
    tab = leads("Name | Row ID\n" + "Ana | L-1\n" * 4)
    assert named(tab) == {3: "new-1", 4: "new-2", 5: "new-3"}


def test_an_id_that_never_reached_the_sheet_goes_to_its_row_again_even_if_it_moved_and_was_edited() -> None:
    waiting = NamedRow(id="L-9", tab="Leads", cells={"Name": "Cleo", "Email": "cleo@shop.example", "Budget": 70})
    tab = leads("""
        Name | Email             | Budget | Row ID
        Ana  | ana@shop.example  | 500    | L-1
        Dora | dora@shop.example | 10     |
        Cleo | cleo@shop.example | 75     |
    """)
    found = {naming.row.number: naming for naming in namings(tab, books(rows=(waiting,)))}
    assert (found[4].id, found[4].new) == ("L-9", False)
    assert (found[3].id, found[3].new) == ("new-1", True)


def test_cleared_ids_are_known_again_by_what_the_rows_hold() -> None:
    tab = leads("Name | Email | Row ID\nBob | bob@shop.example |\nAna | ana@shop.example |")
    known = books(run_on("L-1", Name="Ana", Email="ana@shop.example"), run_on("L-2", Name="Bob", Email="bob@shop.example"))
    assert named(tab, known) == {2: "L-2", 3: "L-1"}


def test_a_missing_id_goes_to_one_row_only() -> None:
    tab = leads("Name | Row ID\nAna |\nAna |")
    assert named(tab, books(run_on("L-1", Name="Ana"))) == {2: "L-1", 3: "new-1"}


def test_a_new_row_is_not_taken_for_one_that_was_deleted() -> None:
    tab = leads("Name | Email | Budget | Row ID\nAna | ana@else.example | 70 |")
    landed = NamedRow(id="L-1", tab="Leads", cells={"Name": "Ana", "Email": "ana@shop.example", "Budget": 70}, landed=True)
    known = books(run_on("L-1", Name="Ana", Email="ana@shop.example", Budget=70), rows=(landed,))
    assert named(tab, known) == {2: "new-1"}


def test_an_id_of_another_tab_is_never_given() -> None:
    other = Run(id="R-1", contract="Hello", key="k", tab="Clients", row_id="C-1", input={"Name": "Ana"})
    assert named(leads("Name | Row ID\nAna |"), books(other)) == {2: "new-1"}


def test_likeness_looks_at_what_is_filled_and_ignores_case_blanks_and_types() -> None:
    tab = leads("Name | Budget | Row ID\n ANA  | 500 |")
    assert named(tab, books(run_on("L-1", Name="ana", Budget="500"))) == {2: "L-1"}
    assert likeness({}, {}) == 0.0
    assert likeness({"name": "ana"}, {"name": "ana", "budget": "1"}) == 0.5


def test_what_is_remembered_of_a_row_is_what_the_owner_wrote() -> None:
    (naming,) = namings(leads("Name | State | Run | Row ID\nAna | New | |"))
    assert remembered(naming) == NamedRow(id="new-1", tab="Leads", cells={"Name": "Ana"})
