"""Templates in cells: what they are filled with, and the sentence when they cannot be."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import pytest

from runner.errors import TemplateError
from runner.model import Names, Scope
from runner.rules.fill import fill, problems
from runner.rules.marks import MARK
from runner.values import ErrorValue

ROOT = Path(__file__).parents[2]

SCOPE = Scope(
    columns={
        "Name": "Ana",
        "E-mail": "ana@example.com",
        "Fit score": 82,
        "Amount ($)": Decimal("4200.50"),
        "Budget": 4200.0,
        "Rate": 0.1,
        "VIP": True,
        "Newsletter": "No",
        "Due date": date(2026, 11, 25),
        "Call": datetime(2026, 11, 25, 9, 5),  # noqa: DTZ001  # cells have no zone
        "Opens": time(9, 30),
        "Phone": None,
        "Broken": ErrorValue("#REF!"),
        "Run": "uphill",
        "Address line 2": "Floor 3",
        "Text number": "70",
        "Terms and conditions": "accepted",
        "Quote": 'say "hi" \\ bye\n',
    },
    settings={"hot_lead": 70, "broken": ErrorValue("#N/A")},
    steps={
        "lookup": {
            "status": 200,
            "json": {
                "customer": {"id": 7, "E-Mail": "x@y.example"},
                "items": [{"sku": "a"}, {"sku": "b"}],
                "tags": ["x", 2],
                "none": None,
            },
        },
        "draft_reply": {"body": "Hello!"},
    },
    run={"id": "R-0007", "key": "ana@example.com"},
    contract={"name": "Leads", "owner": "Maya"},
    now=datetime(2026, 11, 22, 17, 30, 1, 999, tzinfo=UTC),
)

NAMES = Names(
    columns=tuple(SCOPE.columns),
    settings=("hot_lead", "warm_lead"),
    steps={"Lookup": ("status", "json", "text", "headers"), "Draft reply": None},
)


def refusal(template: str, *, as_json: bool = False, scope: Scope = SCOPE) -> str:
    with pytest.raises(TemplateError) as caught:
        fill(template, scope, as_json=as_json)
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("Dear {{ name }},", "Dear Ana,"),
        ("{{ fit_score }} {{ Fit_Score }} {{ Fit score }} {{ FIT SCORE }}", "82 82 82 82"),
        ('{{ row["Fit score"] }} {{ row["fit-score"] }} {{ row.fit_score }} {{ row.Fit score }}', "82 82 82 82"),
        ('{{ e_mail }} {{ row["Amount ($)"] }} {{ amount }}', "ana@example.com 4200.50 4200.50"),
        ('{{ Address line 2 }} {{ address_line_2 }} {{ row["Terms and conditions"] }}', "Floor 3 Floor 3 accepted"),
        ("{{ settings.hot_lead }} {{ settings.Hot lead }}", "70 70"),
        ("{{ run.id }} {{ run.key }} {{ contract.owner }}", "R-0007 ana@example.com Maya"),
        ('{{ run.id }} {{ row["Run"] }}', "R-0007 uphill"),
        ("{{ steps.draft_reply.body }} {{ steps['Draft reply'].body }} {{ steps.Draft reply.body }}", "Hello! Hello! Hello!"),
        ("{{ steps.lookup.json.customer.id }} {{ steps.lookup.json.items[1].sku }} {{ steps.lookup.json.items.0.sku }}", "7 b a"),
        ("{{ steps.lookup.json.customer.e_mail }}", "x@y.example"),
        ("{{ today }} {{ now }}", "2026-11-22 2026-11-22 17:30:01"),
    ],
)
def test_a_name_is_found_in_any_spelling(template, filled):
    assert fill(template, SCOPE) == filled


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ budget }} {{ vip }} {{ due_date }} {{ call }} {{ opens }}", "4200 Yes 2026-11-25 2026-11-25 09:05 09:30:00"),
        ("[{{ phone }}]", "[]"),
        ("{{ steps.lookup.json.tags }}", "x, 2"),
        ("{{ steps.lookup.json.items }}", '[{"sku": "a"}, {"sku": "b"}]'),
        ("[{{ steps.lookup.json.none }}]", "[]"),
        (
            "{{ 0.1 + 0.2 }} {{ budget * rate }} {{ 10 / 4 }} {{ 1 / 3 }} {{ -budget }} {{ 7 - 2 }}",
            "0.3 420 2.5 0.333333333333333 -4200 5",
        ),
        ("{{ today + 7 }} {{ due_date - today }} {{ due_date - 1 }}", "2026-11-29 3 2026-11-24"),
        ("{{ name ~ ' (' ~ fit_score ~ ')' }}", "Ana (82)"),
        ("{{ 'hot' if fit_score >= settings.hot_lead else 'cold' }}", "hot"),
        ("[{{ 'hot' if phone }}]", "[]"),
    ],
)
def test_values_are_shown_as_a_person_writes_them(template, filled):
    assert fill(template, SCOPE) == filled


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ budget | money }} {{ amount | money('USD') }}", "4,200.00 USD 4,200.50"),
        ("{{ due_date | date }} {{ '2026-01-05' | date }}", "25 Nov 2026 5 Jan 2026"),
        ("{{ due_date | date('dd.mm.yyyy') }} {{ call | date('dddd d mmmm, hh:mm') }}", "25.11.2026 Wednesday 25 November, 09:05"),
        ("{{ due_date | date('%d/%m/%y') }} {{ call | date('%H:%M %A %%') }}", "25/11/26 09:05 Wednesday %"),
        ("{{ name | upper }} {{ name | lower }} {{ 'don’t panic' | title }} [{{ ' x ' | trim }}]", "ANA ana Don’t Panic [x]"),
        ("{{ phone | default('none') }} {{ name | default('none') }} [{{ phone | upper | money | date }}]", "none Ana []"),
        ("{{ steps.lookup.json.tags | join(' + ') }} {{ steps.lookup.json.items | length }} {{ name | length }}", "x + 2 2 3"),
        ("{{ steps.lookup.json.tags | first }} {{ steps.lookup.json.tags | last }}", "x 2"),
        ("{{ 2.5 | round }} {{ 2.345 | round(2) }} {{ -2.5 | round }} {{ budget | round(2) }}", "3 2.35 -3 4200"),
        ("{{ name | replace('A', 'E') | replace('a', '') }}", "En"),
    ],
)
def test_filters_change_how_a_value_is_shown(template, filled):
    assert fill(template, SCOPE) == filled


def test_no_minus_stands_before_nothing():
    assert fill("{{ (0 - 0.001) | money }} {{ (0 - 0.4) | round }}", SCOPE) == "0.00 0"


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{% if vip %}yes{% else %}no{% endif %}", "yes"),
        ("{% if newsletter %}yes{% elif phone %}maybe{% else %}no{% endif %}", "no"),
        ("{% if phone is blank %}none{% endif %}{% if name is not blank %} some{% endif %}", "none some"),
        ('{% if name == " ANA " and fit_score > 80 %}x{% endif %}', "x"),
        ('{% if vip == "Yes" and not newsletter == "yes" %}x{% endif %}', "x"),
        ('{% if name in ["Bo", "ana"] %}x{% endif %}{% if "example" in e_mail and 3 not in [1, 2] %}y{% endif %}', "xy"),
        ('{% if due_date > "2026-11-24" and due_date > today and call > now %}x{% endif %}', "x"),
        ("{% if 1 < fit_score <= 82 != 5 %}x{% endif %}", "x"),
        ("Hi\n{% if phone %}\n{{ phone }}\n{% endif %}\nBye\n", "Hi\nBye\n"),
        (
            "{% for i in steps.lookup.json.tags %}{{ loop.index }}. {{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1. x, 2. 2",
        ),
        ("{% for item in phone %}x{% else %}nothing{% endfor %}", "nothing"),
        ("{# a note to myself #}x", "x"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ],
)
def test_if_and_for_do_what_they_say(template, filled):
    assert fill(template, SCOPE) == filled


def test_text_without_placeholders_stays_as_it_is():
    assert fill("Dear {name}, 100% } of it\r\n", SCOPE) == "Dear {name}, 100% } of it\r\n"


def test_a_loop_leaves_the_columns_as_they_were():
    assert fill("{% for name in steps.lookup.json.tags %}{{ name }}{% endfor %} {{ name }}", SCOPE) == "x2 Ana"


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ fit_scroe }}", "There is no column “fit_scroe”. Did you mean “Fit score”?"),
        ('{{ row["Nmae"] }}', "There is no column “Nmae”. Did you mean “Name”?"),
        ("{{ E-mail }}", 'There is no column “E”. If you mean “E-mail”, write {{ row["E-mail"] }}.'),
        ("{{ fit_scroe | default(1) }}", "There is no column “fit_scroe”. Did you mean “Fit score”?"),
        ("{{ settings.hot_led }}", "There is no setting “hot_led” in the tab Settings. Did you mean “hot_lead”?"),
        ("{{ steps.lokup.json }}", "or it was skipped. Did you mean “lookup”?"),
        ("{{ steps.lookup.jsn }}", "“steps.lookup” has no “jsn”. Did you mean “json”?"),
        ("{{ steps.lookup.json.customer.idd }}", "“steps.lookup.json.customer” has no “idd”. Did you mean “id”?"),
        ("{{ steps.lookup.json.items[2].sku }}", "has only 2 items: there is no [2]. The first one is [0]."),
        ("{{ name.upper }}", "“name” is a single value: there is no “upper” in it."),
        ("{{ broken }}", "The column “Broken” holds the error #REF!. Mend the formula in that cell."),
        ("{{ settings.broken }}", "“settings.broken” holds the error #N/A."),
        ("{{ broken | default('x') }}", "#REF!"),
        ("{{ row }}", 'say which, for example {{ row["Email"] }}'),
        ("{{ steps.lookup }}", "“steps.lookup” holds several values: say which"),
        ("{{ name + 1 }}", "“name” holds text (Ana) where a number is needed."),
        ("{{ text_number * 2 }}", "It is a number stored as text"),
        ("{{ phone + 1 }}", "“phone” is blank where a number is needed."),
        ("{{ 'a' * 9 }}", "holds text (a) where a number is needed"),
        ("{{ 'a' + 'b' }}", "Texts are joined with ~"),
        ("{{ 1 / 0 }}", "nothing can be divided by 0"),
        ("{{ today + 99999999 }}", "a date that no calendar has"),
        ("{% if phone > 3 %}{% endif %}", "“phone” is blank, so it cannot be compared with >."),
        ("{% if name > 3 %}{% endif %}", "“name” holds text (Ana), which cannot be compared with a number (3)."),
        ("{% for x in name %}{% endfor %}", "“name” is not a list"),
        ("{{ name | money }}", "“name” holds text (Ana) where a number is needed."),
        ("{{ budget | date }}", "“budget” holds a number (4200) where a date is needed."),
        ("{{ name | join }}", "“name” is not a list"),
        ("{{ budget | round(99) }}", "from 0 to 10"),
        ("{{ name | replace('', 'x') }}", "needs the text that is to be replaced"),
        ("{{ secrets.KEY | upper }}", "A secret must stand alone"),
        ("{{ 'Bearer ' ~ secrets.KEY }}", "A secret must stand alone"),
        ("{{ secrets.KEY if vip }}", "A secret must stand alone"),
        ("{{ secrets['a b'] }}", "only letters, digits and _"),
    ],
)
def test_what_cannot_be_filled_is_a_sentence_and_never_an_empty_text(template, sentence):
    assert sentence in refusal(template)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("Hello {{ name }", "Line 1 cannot be read: “Hello {{ name }”."),
        ("a\nb {{ amount ($) }}", "Line 2 cannot be read"),
        ("{% if vip %}x", "A {% if %} is not closed. Write {% endif %}"),
        ("{% fro x in y %}", "“{% fro %}” cannot stand here."),
        ("{{ name | uper }}", "There is no filter “uper”. Did you mean “upper”?"),
        ("{{ name | default }}", "The filter “default” takes one setting in its brackets."),
        ("{{ name | upper(1) }}", "The filter “upper” takes no setting"),
        ("{{ budget | round(precision=1) }}", "The filter “round”"),
        ("{{ name is defined }}", "only “blank” or “not blank”"),
        ("{% include 'x' %}", "cannot use {% include %}"),
        ("{% set x = 1 %}", "cannot use {% set %}"),
        ("{% macro x() %}{% endmacro %}", "cannot use {% macro %}"),
        ("{% extends 'x' %}", "cannot use {% extends %}"),
        ("{% block x %}{% endblock %}", "cannot use {% block %}"),
        ("{% import 'os' as os %}", "cannot use {% import %}"),
        ("{{ range(9) }}", "cannot use something that is called with ( )"),
        ("{{ name.upper() }}", "cannot use something that is called with ( )"),
        ("{{ ''.__class__.__mro__ }}", "A name cannot begin with _"),
        ("{{ _private }}", "A name cannot begin with _"),
        ("{{ 2 ** 9 }}", "cannot use the sign **"),
        ("{{ name[1:] }}", "In [ ] stands a name in quotation marks or a number"),
        ("{{ row[name] }}", "In [ ] stands a name in quotation marks or a number"),
        ("{{ {'a': 1} }}", "cannot use { }"),
        ("{% for a, b in name %}{% endfor %}", "Write a loop as"),
        ("{% for x in name if x %}{% endfor %}", "Write a loop as"),
        ("{% for row in name %}{% endfor %}", "has a meaning of its own"),
        ("{{ 1e999 }}", "too large"),
        ("{{ " + "9" * 5_000 + " }}", "A number in the template cannot be read"),
        ("{{ " + "(" * 400 + "1" + ")" * 400 + " }}", "nested too deeply"),
        ("{{ " + "1 + " * 400 + "1 }}", "chains too many signs"),
        ("{{ " + "not " * 5_000 + "1 }}", "nested too deeply"),
        ("{% if vip %}" * 100 + "{% endif %}" * 100, "nested too deeply"),
        ("x" * 32_768, "longer than 32,767 characters"),
    ],
)
def test_what_the_language_does_not_have_is_refused_by_check_and_at_run_time_alike(template, sentence):
    assert sentence in refusal(template)
    assert template.startswith("xx") or [found for found in problems(template, NAMES) if sentence in found]


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{% for a in steps.many.list %}{% for b in steps.many.list %}{{ b }}{% endfor %}{% endfor %}", "more than 1,000 items"),
        ("{{ steps.many.text }}" * 3, "longer than 100,000 characters"),
        ("{{ steps.many.text ~ steps.many.text ~ steps.many.text }}", "longer than 100,000 characters"),
        ("{{ steps.many.text | replace('x', 'xxxxxxxxxx') }}", "too long"),
        ("{{ steps.many.list | join(steps.many.text) }}", "too long a list to join"),
        ("{{ steps.many.huge | join }}", "too much work"),
        ("{% for a in steps.many.list %}{% if steps.many.text | upper == 'x' %}{% endif %}{% endfor %}", "too much work"),
        ("{% for a in steps.many.list %}{% if 7.5 in steps.many.huge %}{% endif %}{% endfor %}", "too much work"),
        ("{% for a in steps.many.list %}{{ steps.many.wide.NO.x }}{% endfor %}", "has no “NO”"),
        ("{% for a in steps.many.list %}{% if 'no' in steps.many.wide %}{% endif %}{% endfor %}", "too much work"),
        ("{{ 1e30 * 1e30 }}", "too large to be written"),
        ("{{ steps.many.deep }}", "nested too deeply"),
    ],
)
def test_no_template_takes_long_or_much_room(template, sentence):
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    wide = {f"k{number}": number for number in range(50_000)}
    many = {"list": list(range(900)), "text": "x" * 40_000, "huge": list(range(200_000)), "deep": deep, "wide": wide}
    assert sentence in refusal(template, scope=Scope(steps={"many": many}, now=SCOPE.now))
    while deep:  # taken apart by hand: Python would do it by recursion
        deep = deep[0]  # type: ignore[assignment]


def test_a_sentence_stays_short_whatever_the_names_are():
    scope = Scope(columns={"Q" * 5_000: 1}, steps={"s": {"json": {"k" * 90_000: 1, "z": {}}}}, now=SCOPE.now)
    for template in ("{{ " + "a" * 30_000 + " }}", "{{ steps.s.json.nothing }}", "{{ steps.s.json.z." + "b" * 30_000 + " }}"):
        assert len(refusal(template, scope=scope)) < 400


# ------------------------------------------------------------------------------------------------------------- secrets


def test_a_secret_stays_a_mark():
    assert fill("Bearer {{secrets.KEY}} {{ secrets['KEY'] }} {{- secrets.OTHER -}} .", SCOPE) == (
        "Bearer {{ secrets.KEY }} {{ secrets.KEY }}{{ secrets.OTHER }}."
    )


def test_what_a_value_holds_is_never_read_as_template_or_as_a_secret():
    evil = Scope(
        columns={
            "A": "{{ secrets.KEY }} {{ name }} {% if %}",
            "B": "Hi {{ sec",
            "C": "rets.KEY }}",
            "D": "{",
            "E": "{ secrets.KEY }}",
        },
        now=SCOPE.now,
    )
    assert fill("{{ a }}", evil) == "{ { secrets.KEY }} {{ name }} {% if %}"
    assert MARK.search(fill("{{ b }}{{ c }} {{ d }}{{ e }} {{ b ~ c }} {{ '{{ secrets.KEY }}' }}", evil)) is None
    assert MARK.findall(fill("{{ b }}{{ secrets.MINE }}{{ c }}{{ a }}", evil)) == ["MINE"]


def test_a_mark_cannot_hide_in_escaped_json():
    evil = Scope(
        columns={"A": "{{\tsecrets.KEY }}", "B": "{{", "C": "\\u0020secrets.KEY }}", "D": "{{ secrets.KEY }}"}, now=SCOPE.now
    )
    filled = fill('["{{ a }}", {{ a }}, "{{ b }}{{ c }}", {{ d }}, "{{ secrets.MINE }}", {{ secrets.MINE }}]', evil, as_json=True)
    assert [found for text in json.loads(filled) for found in MARK.findall(text)] == ["MINE", "MINE"]


# ---------------------------------------------------------------------------------------------------------------- JSON


def test_placeholders_in_json_become_values_outside_quotes_and_text_inside():
    template = """{"name": {{ name }}, "greeting": "Hi {{ quote }}!", "budget": {{ budget }}, "rate": {{ rate }},
      "amount": {{ amount }}, "vip": {{ vip }}, "phone": {{ phone }}, "due": {{ due_date }}, "call": {{ call }},
      "key": {{ secrets.KEY }}, "auth": "Bearer {{ secrets.KEY }}", "items": {{ steps.lookup.json.items }},
      {{ name }}: "{{ vip }} {{ call }}",
      {% for tag in steps.lookup.json.tags %}"t{{ loop.index }}": {{ tag }},{% endfor %} "nested":{"a":{"b":{{ 1 }}}}}"""
    assert json.loads(fill(template, SCOPE, as_json=True)) == {
        "name": "Ana",
        "greeting": 'Hi say "hi" \\ bye\n!',
        "budget": 4200,
        "rate": 0.1,
        "amount": 4200.5,
        "vip": True,
        "phone": None,
        "due": "2026-11-25",
        "call": "2026-11-25T09:05:00",
        "key": "{{ secrets.KEY }}",
        "auth": "Bearer {{ secrets.KEY }}",
        "items": [{"sku": "a"}, {"sku": "b"}],
        "Ana": "Yes 2026-11-25 09:05",
        "t1": "x",
        "t2": 2,
        "nested": {"a": {"b": 1}},
    }


def test_quotes_are_followed_through_escapes_and_branches():
    assert json.loads(fill('{"a\\"b\\\\": "{% if vip %}{{ quote }}" {% else %}no"{% endif %}}', SCOPE, as_json=True)) == {
        'a"b\\': 'say "hi" \\ bye\n'
    }


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("", "not valid JSON: line 1"),
        ("Hello", "not valid JSON"),
        ('{"a": {{ name }} {{ name }}}', "not valid JSON: line 1, character 13"),
        ('{"a": "\\{{ quote }}"}', "A backslash stands right before a placeholder"),
        ('{"a": NaN}', "no JSON value"),
        ("[" * 100_000, "JSON"),
        ("9" * 5_000, "JSON"),
    ],
)
def test_what_would_not_be_json_is_a_sentence(template, sentence):
    assert sentence in refusal(template[:32_000], as_json=True)


def test_numbers_that_json_does_not_have_are_refused():
    for number in (float("inf"), float("nan"), Decimal("NaN"), [float("inf")]):
        scope = Scope(steps={"s": {"x": number}}, now=SCOPE.now)
        assert refusal("[{{ steps.s.x }}]", as_json=True, scope=scope)


def test_lengths_of_time_and_money_inside_an_answer_have_a_place_in_json():
    values = {"x": [timedelta(hours=1), Decimal("4.50"), Decimal(3), SCOPE.now, MappingProxyType({"a": date(2026, 1, 2)})]}
    filled = fill("{{ steps.s.x }}", Scope(steps={"s": values}, now=SCOPE.now), as_json=True)
    assert json.loads(filled) == ["1:00:00", 4.5, 3, "2026-11-22T17:30:01+00:00", {"a": "2026-01-02"}]
    assert "#N/A" in refusal("{{ steps.s.x }}", scope=Scope(steps={"s": {"x": [ErrorValue("#N/A")]}}, now=SCOPE.now))
    assert refusal("{{ steps.s.x }}", scope=Scope(steps={"s": {"x": [[b"?"]]}}, now=SCOPE.now)).startswith("A value has no place")


@pytest.mark.parametrize("number", [Decimal("1e40"), Decimal("1e-200"), Decimal("Infinity")])
def test_a_number_of_thousands_of_digits_is_not_written_out(number):
    assert refusal("{{ x }}", scope=Scope(columns={"X": number}, now=SCOPE.now))


def test_half_a_character_from_a_broken_answer_can_be_stored():
    scope = Scope(steps={"s": {"x": "a\ud800b"}}, now=SCOPE.now)
    assert fill("{{ steps.s.x }}", scope).encode() == "a\ufffdb".encode()


# --------------------------------------------------------------------------------------------------------------- check


def test_a_right_template_has_no_problems():
    template = """Dear {{ Name }}, {{ row["E-mail"] }} {{ settings.warm_lead }} {{ run.id }} {{ contract.rollback_owner }}
    {{ today | date }} {{ now }} {{ steps.lookup.json.any.thing[0] }} {{ steps.draft_reply.whatever }} {{ secrets.KEY }}
    {% for item in steps.lookup.json.items %}{{ item.sku }} {{ loop.index }}{% endfor %}
    {% if VIP and Fit score > 3 %}{{ phone | default("-") }}{% endif %}"""
    assert problems(template, NAMES) == []


def test_check_names_every_wrong_name_in_every_branch_once():
    template = """{{ nmae }} {{ nmae }} {% if not vip %}{{ row["Fit scor"] }}{% else %}{{ settings.hot_led }}{% endif %}
    {{ steps.lookup.jsn }} {{ steps.lokup.x }} {{ run.idd }} {{ contract.onwer }} {{ item }}
    {% for item in steps.draft_reply.list %}{{ item.x }}{{ itm }}{% endfor %}
    {{ secrets.KEY | upper }} {{ steps.lookup }} {{ row }} {{ today.year }} {{ name.first }} {{ settings.hot_lead.x }}"""
    found = problems(template, NAMES)
    near = ["Name", "Fit score", "hot_lead", "json", "Lookup", "id", "owner"]
    assert [sentence for name in near for sentence in found if f"Did you mean “{name}”?" in sentence] == found[:7]
    rest = " ".join(found[7:])
    for words in (
        "“item”",
        "“itm”",
        "A secret must stand alone",
        "“steps.lookup” holds several",
        "“row” holds several",
        "“today” is a single",
    ):
        assert words in rest
    assert len(found) == 15


def test_a_contract_without_columns_is_told_plainly():
    assert problems("{{ name }}", Names()) == ["There is no column “name”."]


def test_filling_is_read_once_per_template_and_jinja_comes_late():
    code = "import sys, runner.rules.fill; print('jinja2' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    assert ran.stdout.strip() == "False"
    from runner.rules.fill import _tree

    before = _tree.cache_info().misses
    for number in range(500):
        fill("{{ x }} is a template of this test only", Scope(columns={"X": number}, now=SCOPE.now))
    assert _tree.cache_info().misses == before + 1


def test_with_quote_every_value_goes_through_it_but_the_one_that_the_template_begins_with():
    scope = Scope(columns={"Base": "https://a.example/x", "Name": "a&b=c/../d"}, now=datetime(2026, 11, 22, tzinfo=UTC))
    filled = fill("{{ base }}/find?name={{ name }}", scope, quote=lambda value: quote(value, safe=""))
    assert filled == "https://a.example/x/find?name=a%26b%3Dc%2F..%2Fd"
