"""Templates under arbitrary texts and values."""

import json
import string
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.errors import TemplateError
from runner.model import Names, Scope
from runner.rules.fill import fill, problems, secrets_in
from runner.rules.marks import MARK, mark, neutralise
from runner.values import ErrorValue, show

bounded = settings(deadline=None, max_examples=150)

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)

texts = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["{{", "}}", "{%", "%}", "{#", " ", "{", "}", "secrets.", "secrets.KEY", "KEY", "\\", '"', "\n"]),
        max_size=12,
    ).map("".join),
)
cells = st.one_of(
    st.none(),
    texts,
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=2),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)
answers = st.recursive(
    cells, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=12
)

PIECES = """{{ ¦ }}¦{% if ¦ %}¦{% endif %}¦{% else %}¦{% for i in ¦{% endfor %}¦{% raw %}¦{% endraw %}¦{%- ¦ -%}¦x¦y¦i¦row
¦steps.s.j¦steps.s¦settings.a¦secrets.K¦now¦today¦loop.index¦["x"]¦[0]¦(¦)¦.¦,¦+¦-¦*¦/¦//¦%¦**¦~¦==¦<¦>=¦in¦not¦and¦or¦is¦blank¦if¦else¦|¦:¦{¦}¦upper
¦money¦date¦default¦join¦round¦replace¦length¦first¦title¦1¦9e9¦0¦'a'¦"b"¦\\"""
pieces = st.one_of(st.sampled_from(PIECES.replace("\n", "").split("¦")), st.text(string.printable, max_size=5))
templates = st.one_of(st.lists(pieces, max_size=25).map(" ".join), st.lists(pieces, max_size=25).map("".join))
SIGNS = ["+", "-", "*", "/", "~", "==", "!=", "<", ">", "<=", ">=", "in", "and", "or"]
expressions = st.recursive(
    st.sampled_from(["x", "y", "settings.a", "steps.s.j", "today", "now", "1", "2.5", "'a'", "''", "x | length", "[1, x]"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(SIGNS), inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds(
            "({} | {})".format,
            inner,
            st.sampled_from(["upper", "title", "money", "date", "round(1)", "join", "first", "length", "default(7)"]),
        ),
        st.builds("(not {})".format, inner),
        st.builds("(-{})".format, inner),
    ),
    max_leaves=10,
)


def attempt(template: str, values: Scope, *, as_json: bool = False) -> tuple[str, str]:
    """(filled, "") or ("", the sentence); any other ending fails the test."""
    try:
        return fill(template, values, as_json=as_json), ""
    except TemplateError as error:
        return "", str(error)


def scope(x: object, y: object = "why") -> Scope:
    columns = {"X": x, "Y": y}
    return Scope(columns=columns, settings={"a": x}, steps={"s": {"j": [x, {"k": y}]}}, run={"id": "R-1", "key": "k"}, now=NOW)


@bounded
@given(text=texts)
@example(text="{{ secrets.KEY }}")
@example(text="{{{{ secrets.KEY }} {{secrets.A}}")
def test_a_cells_text_comes_out_as_it_went_in_but_for_marks(text):
    assert fill("{{ x }}", scope(text)) == neutralise(text)
    assert ("secrets." in text) or neutralise(text) == text


@bounded
@given(value=cells)
def test_every_value_is_shown_as_everywhere_else(value):
    assert fill("<{{ x }}>", scope(value)) == f"<{neutralise(show(value))}>"


@bounded
@given(parts=st.lists(texts, min_size=1, max_size=6), secret=st.booleans(), as_json=st.booleans())
def test_values_can_never_make_up_a_mark_between_them(parts, secret, as_json):
    names = [f"c{index}" for index in range(len(parts))]
    template = ("{{ secrets.MINE }}" if secret else "").join(f"{{{{ {name} }}}}" for name in names)
    columns = dict(zip(names, parts, strict=True))
    filled = fill(f'["{template}"]' if as_json else template, Scope(columns=columns, now=NOW), as_json=as_json)
    found = [name for text in (json.loads(filled) if as_json else [filled]) for name in MARK.findall(text)]
    assert found == ["MINE"] * (len(parts) - 1 if secret else 0)


@bounded
@given(text=texts)
def test_a_neutral_text_holds_no_mark_and_stays_as_it_is(text):
    neutral = neutralise(text)
    assert MARK.search(neutral) is None
    assert neutralise(neutral) == neutral
    assert MARK.findall(neutralise(text) + mark("A")) == ["A"]


@bounded
@given(value=cells)
def test_json_gives_back_what_the_cell_held(value):
    whole, inside = json.loads(fill('[{{ x }}, "a{{ x }}b"]', scope(value), as_json=True))
    assert inside == neutralise(f"a{show(value)}b")
    match value:
        case None | bool() | int() | float():
            assert whole == value
        case Decimal():
            assert Decimal(str(whole)) == value or float(value) == whole
        case datetime():
            assert datetime.fromisoformat(whole) == value.replace(microsecond=0)
        case date() | time():
            assert whole == value.isoformat()
        case timedelta():
            assert whole == show(value)
        case _:
            assert whole == neutralise(value)


@bounded
@given(value=answers)
def test_a_nested_answer_is_json_in_json(value):
    filled = fill("{{ steps.s.v }}", Scope(steps={"s": {"v": value}}, now=NOW), as_json=True)
    assert isinstance(json.loads(filled), type(value) if isinstance(value, list | dict | bool | str | None) else object)


@settings(bounded, max_examples=400)
@given(template=templates, x=cells, as_json=st.booleans())
def test_random_templates_are_filled_or_refused_with_a_sentence(template, x, as_json):
    filled, refusal = attempt(template, scope(x), as_json=as_json)
    assert len(filled) <= 100_000
    assert set(MARK.findall(filled)) <= {"K"}
    assert not refusal or refusal[0] in string.ascii_uppercase + "“"
    assert "Error" not in refusal or "Error" in template
    assert "object at" not in refusal
    assert isinstance(problems(template, Names(columns=("X", "Y"))), list)
    assert set(secrets_in(template)) <= {"K"} | set(template.split())


@settings(bounded, max_examples=400)
@given(expression=expressions, x=answers | st.just(ErrorValue("#DIV/0!")))
def test_random_expressions_are_answered_or_refused(expression, x):
    filled, refusal = attempt(f"{{{{ {expression} }}}}{{% if {expression} %}}yes{{% endif %}}", scope(x))
    assert len(filled.encode()) <= 400_000
    assert "Error" not in refusal
    assert refusal == refusal.strip()


@bounded
@given(expression=expressions, x=cells)
def test_what_check_passes_never_fails_for_a_name(expression, x):
    template = f"{{{{ {expression} }}}}"
    assert problems(template, Names(columns=("X", "Y"), settings=("a",), steps={"s": None})) == []
    assert "There is no" not in attempt(template, scope(x))[1]


@pytest.mark.parametrize(
    "piece",
    [
        "{{",
        "{% ",
        "{#",
        "{{ x ",
        "{{ 'a",
        "{{ x }} ",
        "{% if x %}",
        "{% raw %}",
        "{{ (",
        "{{ [",
        "{{-",
        "{{ x|",
        "\\",
        "{{ x.",
        "{{ 1",
        "\n{%-",
        '{{ "',
        "{{ x ~ ",
    ],
)
def test_a_long_template_of_one_piece_is_no_trouble(piece):
    template = (piece * (32_000 // len(piece)))[:32_000]
    filled, refusal = attempt(template, scope("a"))  # quadratic work would outlast the suite's time limit
    assert len(filled) <= 100_000
    assert bool(filled) is not bool(refusal)
