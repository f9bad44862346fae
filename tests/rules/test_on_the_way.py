"""Edits that are on their way are found without going through all of them, and give what going through them gives."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from runner.model import Edit
from runner.ports import Books
from runner.rules.on_the_way import plain, spelled
from runner.rules.overlay import SheetView
from runner.values import Value, name_key
from tests.rules.sheets import snapshot

PEOPLE = "Company | City | Seen\nAcme | Rome | one\nBolt | Oslo | two"

companies = st.sampled_from(["Acme", "acme ", "Bolt", "Cato", ""])
cities = st.sampled_from(["Rome", "Oslo", "oslo"])
cells = st.fixed_dictionaries({}, optional={"Company": companies, "City": cities, "Seen": st.sampled_from([1, "two", None])})
matches = cells.filter(bool) | st.just({"company": "Acme"})
edits = st.builds(
    lambda tab, match, cells, append: Edit(id="", tab=tab, match=match, cells=cells, append=append),
    st.sampled_from(["People", "people", "Others"]),
    matches,
    cells,
    st.booleans(),
)


def one_after_the_other(view: SheetView, match: Mapping[str, Value]) -> dict[str, Value] | None:
    """What `SheetView.find` gives, the long way round."""
    ours = [edit for edit in view.books.edits.values() if name_key(edit.tab) == "people"]
    row = view.find_row("People", match)
    if row:
        values = row.values()
    else:
        new = next((edit for edit in ours if edit.append and holds({**edit.match, **edit.cells}, match)), None)
        if new is None:
            return None
        headers = view.headers("People") or ()
        values = dict.fromkeys(headers) | spelled(headers, {**new.match, **new.cells})
    for edit in ours:
        if holds(values, edit.match):
            values |= spelled(tuple(values), edit.cells)
    return values


def holds(values: Mapping[str, Value], match: Mapping[str, Value]) -> bool:
    held = {name_key(header): plain(value) for header, value in values.items()}
    return all(held.get(name_key(header), "") == plain(value) for header, value in match.items())


@given(st.lists(st.tuples(edits, st.integers(0, 9), matches), max_size=12))
def test_a_row_is_what_the_edits_make_of_it_one_after_the_other(story: list[tuple[Edit, int, Mapping[str, Value]]]) -> None:
    """Each chapter records an edit, or replaces or lands an older one, and asks for a row."""
    books = Books()
    view = SheetView(snapshot(People=PEOPLE), books)
    for edit, number, match in story:
        if number == 9:
            books.edits.pop(next(iter(books.edits), ""), None)
        else:
            books.edits[str(number)] = edit
        assert view.find("People", match) == one_after_the_other(view, match)
