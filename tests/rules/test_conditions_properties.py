"""Conditions under random input: garbage never does more than raise a sentence, and both notations of one tree mean the same."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.errors import ConditionError
from runner.model import Names, Scope
from runner.rules.conditions import parse
from runner.values import ErrorValue, name_key

TODAY = date(2026, 11, 22)
COLUMNS = ("Fit score", "Budget", "Country", "Client's name", "Due date", "VIP", "Not before")
NAMES = Names(columns=COLUMNS, settings=("hot_lead",), steps={"Draft reply": ("body",), "lookup": None})
NUMBERS, TEXTS, DATES, FLAGS = COLUMNS[:2], COLUMNS[2:4], (COLUMNS[4], COLUMNS[6]), ("VIP",)
WORDS = ("US", "CA", "New York", "Ana & Co", "3-5 years", "yet to come")


def scope(row: dict[str, Any]) -> Scope:
    return Scope(
        columns=row,
        settings={"hot_lead": 70},
        steps={"lookup": {"json": {"a": [1, {"b": None}]}}},
        run={"id": "R-1", "key": "k"},
        contract={"owner": "Ana"},
        now=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    )


# ------------------------------------------------------------------------------------------------------- garbage

PIECES = st.one_of(
    st.sampled_from([*COLUMNS, "settings.hot_lead", "steps.lookup.json.a[1].b", "steps.", "run.key", "US", "Straße", "𝟙", "#REF!"]),
    st.sampled_from(
        ["and", "or", "not", "in", "is", "blank", "between", "contains", "starts with", "does not", "one of", "at least"]
    ),
    st.sampled_from(
        ["(", ")", "[", "]", "{", "}", "{{", "}}", ",", ";", "=", "<>", "<", ">=", "=>", "+", "-", "*", "/", "&&", "%"]
    ),
    st.sampled_from(["5", "2,000", "€2.000", "02134", "70%", "2026-11-22", "03/04/2026", "9:99", "22 Nov 2026", "2h", "1 month"]),
    st.sampled_from(
        ["AND(", "NOT(", "TODAY()", "today", "now", "LEN(", "ROUND(", "__class__", "“US”", '"', "'", "\n", "\x00", "\u200b"]
    ),
)
GARBAGE = (
    st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=25).map(" ".join) | st.text(max_size=80) | st.text(max_size=2000)
)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.times(),
    st.timedeltas(),
    st.just(ErrorValue("#N/A")),
)


@settings(max_examples=400, deadline=None)
@given(text=GARBAGE, cells=st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)))
@example(text="-" * 999, cells=[None] * len(COLUMNS))
@example(text="not " * 199 + "VIP", cells=[True] * len(COLUMNS))
@example(text="((" * 99, cells=[None] * len(COLUMNS))
@example(text="Budget / Budget > 1", cells=[0] * len(COLUMNS))
@example(text="Fit score * Fit score > 1", cells=[float("inf")] * len(COLUMNS))
@example(text="Due date - 1 < today", cells=[date.min] * len(COLUMNS))
def test_garbage_never_raises_anything_but_a_sentence(text, cells):
    said = ""
    try:
        verdict = parse(text, NAMES).holds(scope(dict(zip(COLUMNS, cells, strict=True))))
    except ConditionError as error:
        said = str(error)
    else:
        said = verdict.because
        assert verdict.yes in (True, False)
    assert 0 < len(said) <= 1500


# ------------------------------------------------------------------------------------------------- the two notations


@dataclass(frozen=True)
class Case:
    """One condition in both notations, and what it should answer for a row, worked out here on its own."""

    words: str
    sheet: str
    answer: Any


def combined(join: str, parts: list[Case]) -> Case:
    return Case(
        "(" + f" {join} ".join(part.words for part in parts) + ")",
        f"{join.upper()}({', '.join(part.sheet for part in parts)})",
        (lambda row: all(part.answer(row) for part in parts))
        if join == "and"
        else (lambda row: any(part.answer(row) for part in parts)),
    )


def opposite(part: Case) -> Case:
    return Case(f"not {part.words}", f"NOT({part.sheet})", lambda row: not part.answer(row))


OPERATORS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


@st.composite
def number_cases(draw: Any) -> Case:
    column, sign, number = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(list(OPERATORS))), draw(st.integers(-5000, 5000))
    return Case(f"{column} {sign} {number}", f"[{column}]{sign}{number}", lambda row: OPERATORS[sign](row[column], number))


@st.composite
def text_cases(draw: Any) -> Case:
    column, sign, word = draw(st.sampled_from(TEXTS)), draw(st.sampled_from(("=", "<>"))), draw(st.sampled_from(WORDS))
    spoken = {"=": "is", "<>": "is not"}[sign]
    return Case(
        f"{column} {draw(st.sampled_from((sign, spoken)))} {word}",
        f'{{{column}}} {sign} "{word.upper()}"',
        lambda row: OPERATORS[sign](row[column].casefold(), word.casefold()),
    )


@st.composite
def list_cases(draw: Any) -> Case:
    column, words = draw(st.sampled_from(TEXTS)), draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    return Case(
        f"{column} in {', '.join(words)}",
        f"[{column}] in (" + ", ".join(f'"{word}"' for word in words) + ")",
        lambda row: row[column].casefold() in [word.casefold() for word in words],
    )


@st.composite
def date_cases(draw: Any) -> Case:
    column, days, sign = draw(st.sampled_from(DATES)), draw(st.integers(0, 400)), draw(st.sampled_from(list(OPERATORS)))
    return Case(
        f"{column} {sign} today - {days} days",
        f"[{column}] {sign} TODAY()-{days}",
        lambda row: OPERATORS[sign](row[column], TODAY - timedelta(days=days)),
    )


LEAVES = st.one_of(
    number_cases(),
    text_cases(),
    list_cases(),
    date_cases(),
    st.just(Case("VIP", "[VIP]=TRUE", lambda row: row["VIP"])),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(combined, st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3)),
        inner.map(opposite),
    ),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {column: st.integers(-5000, 5000) for column in NUMBERS}
    | {column: st.sampled_from([*WORDS, "us", "new york", "Peru"]) for column in TEXTS}
    | {column: st.dates(date(2025, 1, 1), date(2027, 1, 1)) for column in DATES}
    | {column: st.booleans() for column in FLAGS}
)


@settings(max_examples=200, deadline=None)
@given(case=TREES, row=ROWS)
def test_word_style_and_sheet_style_of_one_tree_give_the_same_true_answer(case, row):
    if max(len(case.words), len(case.sheet)) > 1000:
        return
    assert parse(case.words, NAMES).holds(scope(row)).yes == case.answer(row)
    assert parse(f"={case.sheet}", NAMES).holds(scope(row)).yes == case.answer(row)


HEADERS = st.lists(
    st.lists(
        st.sampled_from(["Net", "total", "In", "stock", "Terms", "of", "and", "not", "2026", "%", "A/B", "Day's"]),
        min_size=1,
        max_size=4,
    ).map(" ".join),
    min_size=1,
    max_size=6,
    unique_by=name_key,
).filter(lambda headers: all(header.strip("% 0123456789") for header in headers))


@settings(max_examples=200, deadline=None)
@given(headers=HEADERS, data=st.data())
def test_every_header_can_be_reached_in_brackets_and_keeps_its_own_value(headers, data):
    wanted = data.draw(st.sampled_from(headers))
    row = {header: place for place, header in enumerate(headers)}
    names = Names(columns=tuple(headers))
    condition = parse(f"[{wanted}] = {row[wanted]}", names)
    assert condition.names == {wanted}
    assert condition.holds(scope(row)).yes


@pytest.mark.parametrize(
    "header", ["Fit score", "E-mail (work)", "Total - tax", "Discount %", "Client’s name", "No. of seats", "Größe", "量"]
)
def test_unusual_headers_can_be_written_bare(header):
    names = Names(columns=(header, "Other"))
    assert parse(f"{header} > 5 and Other > 5", names).names == {header, "Other"}
