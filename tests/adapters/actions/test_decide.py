"""`decide`: what is worth a second look in a table is a note beside the step, and stops nothing."""

from collections.abc import Callable

import pytest

from runner import wiring
from runner.model import Book
from runner.ports import Tools
from runner.rules.contract import read_book
from tests.rules.sheets import snapshot

Read = Callable[..., Book]


@pytest.fixture
def read(make_tools: Callable[..., Tools]) -> Read:
    """One contract that looks its rows up in a table."""

    def make(table: str, policy: str = "first", more: str = "") -> Book:
        whole = snapshot(
            Contracts="Contract | Enabled | Trigger | Tab | Check\nSort | Yes | New row | Leads",
            Steps=f"Contract | Step | Action | With | Check\nSort | Look | decide | table: Points\\npolicy: {policy}{more}",
            Leads="Name | Fit score | Row ID",
            Points=f"Fit score | Then points\n{table}",
        )
        return read_book(whole, wiring.open_actions(make_tools()))

    return make


def check(book: Book) -> str:
    return book.checks["Steps", 2]


def test_a_gap_is_a_note_and_the_contract_goes_on(read: Read) -> None:
    book = read(">= 70 | 10\n0..60 | 1")
    assert book.problems == ()
    assert list(book.contracts) == ["Sort"]
    assert check(book).splitlines() == [
        "OK",
        "Note on D2: Points: No row answers when “Fit score” is below 0.",
        "Note on D2: Points: No row answers when “Fit score” is between 60 and 70.",
    ]


def test_a_line_that_is_never_reached_is_a_note(read: Read) -> None:
    book = read("- | 1\n>= 70 | 10")
    assert [str(note) for note in book.notes] == [
        "Steps!D2: Points: Row 3 is never reached under the policy first: row 2 already fits all that it fits."
    ]


def test_lines_that_overlap_are_a_note_where_only_one_may_fit(read: Read) -> None:
    overlapping = ">= 70 | 10\n<= 70 | 1"
    assert [str(note) for note in read(overlapping, "unique").notes] == [
        "Steps!D2: Points: Rows 2 and 3 overlap: both can fit one row, which the policy unique does not allow."
    ]
    assert list(read(overlapping, "unique").contracts) == ["Sort"]
    assert read(overlapping, "first").notes == read(overlapping, "all").notes == ()


def test_a_mistake_is_said_before_a_note_and_stops_the_contract(read: Read) -> None:
    book = read(">= 70 | 10\n< 60 | 1", more="\\nspeed: high")
    assert list(book.contracts) == []
    assert [line[:8] for line in check(book).splitlines()] == ["D2: deci", "Note on "]


def test_a_table_that_cannot_be_read_has_mistakes_and_no_notes(read: Read) -> None:
    book = read(">= seventy of | 10\n0..60 | 1")
    assert len(book.problems) == 1
    assert book.notes == ()
