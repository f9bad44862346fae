"""Cells that steps want written find their row, and mean the same whether one write carries them or several."""

from runner.model import Edit, RowEdit
from runner.ports import Books
from runner.rules.overlay import SheetView
from runner.rules.place import Placed, place
from tests.rules.sheets import snapshot

PEOPLE = "Company | Seen | State\nAcme | one | Working"


def _placed(*edits: Edit, people: str = PEOPLE) -> list[Placed]:
    return place(edits, SheetView(snapshot(People=people), Books()))


def _set(number: int, **cells: object) -> Edit:
    return Edit(id=f"set {number}", tab="People", match={"Company": "Acme"}, cells=cells)  # type: ignore[arg-type]


def _add(number: int, company: str, **cells: object) -> Edit:
    return Edit(id=f"add {number}", tab="People", match={"Company": company}, cells=cells, append=True)  # type: ignore[arg-type]


def test_of_two_edits_of_one_cell_the_later_one_holds() -> None:
    first, second = _placed(_set(1, State="Open", Seen="two"), _set(2, State="Closed"))
    assert first.row_edit == RowEdit(tab="People", row=2, cells={"Seen": "two"})
    assert second.row_edit == RowEdit(tab="People", row=2, cells={"State": "Closed"})


def test_a_cell_that_says_already_what_the_later_edit_wants_is_not_set_back_to_the_earlier_one() -> None:
    first, second = _placed(_set(1, State="Working"), _set(2, State="Paid"), people="Company | Seen | State\nAcme | one | Paid")
    assert (first.row_edit, second.row_edit) == (None, None)
    assert (first.lost, second.lost) == ("", "")


def test_a_row_that_is_added_is_a_row_for_the_edits_behind_it() -> None:
    added, changed = _placed(
        _add(1, "Bolt", Seen="one"), Edit(id="2", tab="People", match={"Company": "bolt"}, cells={"Seen": "two"})
    )
    assert added.row_edit == RowEdit(tab="People", row=None, cells={"Company": "Bolt", "Seen": "two"})
    assert (changed.row_edit, changed.lost) == (None, "")


def test_one_key_adds_one_row_even_when_both_are_on_their_way() -> None:
    first, second, other = _placed(_add(1, "Bolt", Seen="one"), _add(2, "BOLT", Seen="two"), _add(3, "Cog", Seen="one"))
    assert first.row_edit == RowEdit(tab="People", row=None, cells={"Company": "Bolt", "Seen": "one"})
    assert (second.row_edit, second.lost) == (None, "")
    assert other.row_edit is not None


def test_a_row_that_is_added_is_found_by_what_a_later_edit_made_of_it() -> None:
    edits = [_add(1, "Bolt"), Edit(id="2", tab="People", match={"Company": "Bolt"}, cells={"State": "New"})]
    by_state = Edit(id="3", tab="People", match={"State": "New"}, cells={"Seen": "yes"})
    added, _, last = _placed(*edits, by_state)
    assert added.row_edit == RowEdit(tab="People", row=None, cells={"Company": "Bolt", "State": "New", "Seen": "yes"})
    assert last.lost == ""


def test_an_edit_of_a_row_that_is_nowhere_is_lost_and_says_so() -> None:
    (gone,) = _placed(Edit(id="1", tab="People", match={"Company": "Nobody"}, cells={"Seen": "two"}))
    assert gone.lost == "Its row is no longer in People."
    (nowhere,) = _placed(Edit(id="1", tab="Nowhere", match={"Company": "Acme"}, cells={"Seen": "two"}))
    assert nowhere.lost == "There is no tab “Nowhere”."
