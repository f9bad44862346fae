"""Decision tables: reading, the four policies, and warnings about overlaps, dead rows and gaps."""

from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import ConditionError
from runner.model import Tab
from runner.rules.tables import Table, decide, parse_table, table_warnings
from runner.values import ErrorValue

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=ZoneInfo("America/Chicago"))
FIELDS = ("Budget", "Country", "Fit score", "Due date", "VIP", "Size")


def tab(*lines: tuple) -> Tab:
    return Tab.build("Lead score", list(enumerate(lines, start=1)))


def table(*lines: tuple) -> Table:
    read, problems = parse_table(tab(*lines), FIELDS)
    assert problems == []
    return read


def answer(read: Table, policy: str = "first", **row):
    return decide(read, {name.replace("_", " "): value for name, value in row.items()}, policy, NOW)


SCORE = (
    ("Budget", "Country", "Then Points", "Then Reason"),
    (">= 5000", "US, CA", 40, "big"),
    ("1000..4999", None, 20, "mid"),
    ("< 1,000", "not US", 5, "small"),
    ("blank", "-", 0, "unknown"),
)


@pytest.mark.parametrize(
    ("row", "points"),
    [
        ({"Budget": 6000, "Country": " us "}, 40),
        ({"Budget": 5000.0, "Country": "CA"}, 40),
        ({"Budget": Decimal(1000), "Country": None}, 20),
        ({"Budget": 4999, "Country": "US"}, 20),
        ({"Budget": 999.99, "Country": "FR"}, 5),
        ({"Budget": 0, "Country": None}, 5),
        ({"Budget": None, "Country": "US"}, 0),
        ({"Budget": " ", "Country": "US"}, 0),
    ],
)
def test_the_first_row_that_fits_answers(row, points):
    assert answer(table(*SCORE), **row).outputs["Points"] == points


def test_a_decision_says_which_row_it_came_from_and_what_it_saw():
    decision = answer(table(*SCORE), Budget=6000, Country="ca")
    assert decision.outputs == {"Points": 40, "Reason": "big"}
    assert decision.rows == (2,)
    assert decision.because == "Lead score row 2: Budget 6000 fits >= 5000, Country ca fits US, CA"


CELLS = [
    (70, 70, 70.5),
    ("70", 70, 71),
    ("70", "70", "71"),
    ("= 70", 70, 71),
    ("<> 70", 71, 70),
    ("> 10 and <= 20", 20, 10),
    ("10..20", 10, 20.01),
    ("10…20", 20, 9),
    ("1,000..2,000", 1500, 999),
    (">= $2,000", 2000, 1999),
    ("10%", 0.1, 10),
    ("1, 2, 3", 2, 4),
    ("US\nCA", "ca", "FR"),
    ("not US, CA", "FR", "us"),
    ("not US", None, "US"),
    ("not blank", "x", None),
    ("blank, US", None, "FR"),
    ('"US, CA"', "US, CA", "US"),
    ('"blank"', "blank", None),
    ("Yes", True, False),
    ("no", False, "x"),
    (True, "yes", "no"),
    ("10-20", "10-20", "15"),
    ("New York", "NEW YORK ", "York"),
    ("<> US", "FR", "us"),
    ("9:00..17:00", clock(12, 30), clock(18, 0)),
    (">= 2h", timedelta(hours=3), timedelta(hours=1)),
    ("2026-11-22", date(2026, 11, 22), date(2026, 11, 23)),
    (date(2026, 11, 22), datetime.fromisoformat("2026-11-22 09:00"), date(2026, 11, 21)),
    ("2026-11-01..2026-11-30", date(2026, 11, 30), date(2026, 12, 1)),
    ("< today - 14 days", date(2026, 11, 7), date(2026, 11, 8)),
    ("today", date(2026, 11, 22), date(2026, 11, 21)),
    ("today..today + 1 week", date(2026, 11, 29), date(2026, 11, 30)),
    ("Now, Within three months", "now", "Later"),
    ("= Today", "Today", "Tomorrow"),
    ("not now", "Later", "NOW"),
    ("Now, Soon", "Soon", ...),
    ("*", "anything", ...),
]


@pytest.mark.parametrize(("cell", "fits", "other"), CELLS)
def test_a_cell_says_which_values_fit(cell, fits, other):
    read = table(("Size", "Then Answer"), (cell, "fits"), ("-", "other"))
    assert answer(read, Size=fits).outputs["Answer"] == "fits"
    if other is not ...:
        assert answer(read, Size=other).outputs["Answer"] == "other"


@pytest.mark.parametrize(("cell", "value"), [("today", "2026-11-22"), (">= now", "Later"), ("today..today + 1 week", "Soon")])
def test_the_word_today_is_a_day_beside_a_date_stored_as_text_and_wherever_order_matters(cell, value):
    read = table(("Size", "Then Answer"), (cell, "fits"), ("-", "other"))
    with pytest.raises(ConditionError, match="cannot be compared with a date"):
        answer(read, Size=value)


def test_the_policies_take_the_first_the_only_all_or_the_sum():
    read = table(
        ("Fit score", "Country", "Then Points", "Then Why"),
        (">= 50", None, 10, "fit"),
        (None, "US", 2.5, "home"),
        (None, "FR", "", "far"),
    )
    assert answer(read, "", Fit_score=60, Country="US").outputs == {"Points": 10, "Why": "fit"}
    assert answer(read, "ALL", Fit_score=60, Country="US").outputs == {"Points": [10, 2.5], "Why": ["fit", "home"]}
    assert answer(read, "sum", Fit_score=60, Country="US").outputs == {"Points": Decimal("12.5"), "Why": "fit, home"}
    assert answer(read, "sum", Fit_score=60, Country="FR").outputs == {"Points": 10, "Why": "fit, far"}
    assert answer(read, "unique", Fit_score=10, Country="US").outputs == {"Points": 2.5, "Why": "home"}
    assert answer(read, "all", Fit_score=1, Country="DE").outputs == {"Points": [], "Why": []}
    assert answer(read, "sum", Fit_score=1, Country="DE").outputs["Points"] == 0
    assert answer(read, "sum", Fit_score=60, Country="US").rows == (2, 3)


@pytest.mark.parametrize(
    ("policy", "row", "part"),
    [
        ("first", {"Budget": 500, "Country": "US"}, "No row of “Lead score” fits Budget 500, Country US."),
        ("unique", {"Budget": 500, "Country": "US"}, "Add a row for it"),
        ("first", {"Budget": "6000", "Country": "US"}, "It is a number stored as text"),
        ("first", {"Budget": ErrorValue("#N/A"), "Country": "US"}, "“Budget” shows the error #N/A."),
        ("first", {"Country": "US"}, "“Lead score” asks for “Budget”, but this row has no such column."),
        ("frist", {"Budget": 1, "Country": "US"}, "There is no policy “frist”. Did you mean “first”?"),
    ],
)
def test_a_row_without_an_answer_is_an_error_with_its_mend(policy, row, part):
    with pytest.raises(ConditionError) as caught:
        answer(table(*SCORE), policy, **row)
    assert part in str(caught.value)


def test_two_rows_that_fit_are_an_error_where_only_one_may():
    read = table(("Country", "Then Points"), ("US, CA", 1), ("not US", 2))
    with pytest.raises(ConditionError, match="Rows 2, 3 of “Lead score” all fit Country CA"):
        answer(read, "unique", Country="CA")


def test_a_blank_against_a_number_is_an_error_unless_the_table_says_what_blank_means():
    lines = (("Budget", "Then Points"), (">= 5000", 40), ("< 5000", 5))
    with pytest.raises(ConditionError, match=r"“Budget” is blank.*add a row to the table with the word blank under Budget"):
        answer(table(*lines), Budget=None)
    assert answer(table(*lines, ("blank", 0)), "sum", Budget=None).outputs == {"Points": 0}


def test_a_range_with_a_hyphen_is_a_text_and_a_number_there_gets_a_hint():
    with pytest.raises(ConditionError, match=r"For a range write 10\.\.20"):
        answer(table(("Size", "Then Grade"), ("10-20", "mid")), Size=15)


def test_words_in_a_column_of_numbers_cannot_be_added_up():
    read = table(("Fit score", "Then Points"), (">= 70", "ten"), ("< 70", 5))
    with pytest.raises(ConditionError, match="“Then Points” in row 2 of “Lead score” holds ten, which cannot be added up"):
        answer(read, "sum", Fit_score=80)


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        ("1,000", "“1,000” could be one number or several."),
        ("20..10", "“20..10” is backwards. Write 10..20."),
        (">=", "is not complete"),
        ("=> 5", "Write >= instead of =>."),
        (">= 10, < 20", "For two bounds write >= 10 and < 20."),
        ("US, > 5", "A list cannot hold “> 5”."),
        ("> big", "“big” is not a number or date"),
        ("a1..b2", "is not a range"),
        ("< today - 1 month", "A month has no fixed length"),
        ("< 03/04/2026", "could be 3 April or 4 March"),
        (ErrorValue("#REF!"), "The cell shows the error #REF!."),
        ("x" * 1001, "the limit is 1,000"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_problem_with_its_address(cell, part):
    read, problems = parse_table(tab(("Country", "Size", "Then Grade"), ("US", cell, "x"), ("CA", "5", "y")), FIELDS)
    assert [(problem.where, problem.row) for problem in problems] == [("Lead score!B2", 2)]
    assert part in problems[0].sentence
    assert [line.number for line in read.lines] == [3]


def test_the_shape_of_a_table_is_checked():
    _, problems = parse_table(tab(("Fit scroe", "Size", "Size", "Grade"), (1, 2, 3, 4)), FIELDS)
    assert [problem.sentence for problem in problems] == [
        "The column “Size” stands twice. Rename or delete one of them.",
        "No column begins with “Then ”. Name the column with the result, for example Then Points.",
        "There is no field “Fit scroe”. Did you mean “Fit score”?",
    ]
    assert problems[2].where == "Lead score!A1"
    _, problems = parse_table(tab(("Size", "Then Grade")), FIELDS)
    assert [problem.message for problem in problems] == ["The table has no rows."]
    _, problems = parse_table(tab(("Size", "Then Grade"), (1, ErrorValue("#N/A"))), FIELDS)
    assert problems[0].where == "Lead score!B2"


def test_headers_match_in_any_spelling_and_notes_are_left_alone():
    read = table(("FIT_SCORE", "Note", "then Grade"), (">= 70", "whatever >= text", "hot"))
    assert read.inputs == ("FIT_SCORE",)
    assert read.outputs == ("Grade",)
    assert answer(read, fit_Score=82).outputs == {"Grade": "hot"}
    assert table_warnings(read, "all") == []


def test_a_column_that_nothing_looks_at_is_warned_about():
    read = table(("Size", "Land", "Then Grade"), ("-", "US", "x"))
    assert table_warnings(read) == ["The column “Land” is neither a field nor a result (Then …), so nothing looks at it."]


def test_rows_that_are_never_reached_under_first_are_named():
    read = table(
        ("Size", "Country", "Then Grade"), ("10..20", "US, CA", 1), ("12", "ca", 2), ("12", "FR", 3), ("-", "-", 4), ("5", "US", 5)
    )
    warnings = table_warnings(read, "first")
    assert [warning[:6] for warning in warnings] == ["Row 3 ", "Row 6 "]
    assert "row 5 already fits all that it fits" in warnings[1]


def test_rows_that_overlap_under_unique_are_named():
    read = table(
        ("Size", "Country", "Then Grade"), ("< 10", "US", 1), ("10..20", "US", 2), (">= 20", "not FR", 3), (">= 5", "FR", 4)
    )
    assert table_warnings(read, "unique") == ["Rows 3 and 4 overlap: both can fit one row, which the policy unique does not allow."]


def test_days_words_and_blanks_are_reckoned_too():
    days = table(("Due date", "Then Grade"), (">= 2026-11-01 09:00", 1), ("2026-11-22, 2026-11-23", 2), ("< 2026-11-01", 3))
    assert [warning[:6] for warning in table_warnings(days, "first")] == ["Row 3 "]
    words = table(("Country", "Then Grade"), ("not US", 1), ("not FR", 2), ("blank", 3))
    assert [warning[:14] for warning in table_warnings(words, "unique")] == ["Rows 2 and 3 o", "Rows 2 and 4 o", "Rows 3 and 4 o"]


def test_numbers_typed_as_text_are_added_up_all_the_same():
    read = table(("Size", "Then Points"), ("-", "10"), ("-", "2.5"))
    assert answer(read, "sum", Size=1).outputs == {"Points": Decimal("12.5")}


@pytest.mark.parametrize(
    ("cells", "gaps"),
    [
        ((">= 70", "40..69", "< 30"), ["between 30 and 40"]),
        ((">= 70", "40..69", "< 40"), []),
        (("> 70", "< 70"), ["exactly 70"]),
        (("10..20", "21..30"), ["below 10", "above 30"]),
        (("> 10",), ["10 or below"]),
        (("not 5",), ["exactly 5"]),
        (("not US",), []),
        (("US", "CA"), []),
        (("< today", ">= today"), []),
    ],
)
def test_numbers_that_no_row_answers_are_named(cells, gaps):
    read = table(("Size", "Then Grade"), *((cell, "x") for cell in cells))
    assert table_warnings(read, "first") == [f"No row answers when “Size” is {gap}." for gap in gaps]


def test_a_last_row_of_any_leaves_no_gap():
    assert table_warnings(table(("Size", "Then Grade"), (">= 70", "x"), ("-", "y")), "first") == []


NUMBER_CELLS = st.one_of(
    st.integers(0, 20).map(str),
    st.tuples(st.sampled_from([">=", "<=", "<", ">"]), st.integers(0, 20)).map(lambda pair: f"{pair[0]} {pair[1]}"),
    st.tuples(st.integers(0, 10), st.integers(10, 20)).map(lambda pair: f"{pair[0]}..{pair[1]}"),
    st.sampled_from(["-", "1, 2, 3", "not 4", "not 3..7", "> 3 and < 6"]),
)


@settings(max_examples=150, deadline=None)
@given(
    cells=st.lists(NUMBER_CELLS, min_size=1, max_size=4),
    values=st.lists(st.integers(-2, 22) | st.sampled_from([3.5, 9.99]), min_size=1, max_size=8),
)
def test_warnings_are_true_for_every_value_that_is_tried(cells, values):
    read = table(("Size", "Then Row"), *((cell, number) for number, cell in enumerate(cells, start=2)))
    dead = {int(warning.split()[1]) for warning in table_warnings(read, "first") if warning.startswith("Row ")}
    pairs = {tuple(warning.split()[1:4:2]) for warning in table_warnings(read, "unique") if warning.startswith("Rows ")}
    gapless = not any(warning.startswith("No row") for warning in table_warnings(read, "first"))
    for value in values:
        rows = answer(read, "all", Size=value).rows
        assert not rows or rows[0] not in dead
        assert all((str(one), str(two)) in pairs for one in rows for two in rows if one < two)
        assert rows or not gapless or isinstance(value, float)
