"""The payload contract: types, rules, patterns, and the sentences about wrong values."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model import FieldRule
from runner.rules.fields import RowCheck, check_field_rule, check_row
from runner.rules.fields.patterns import PatternError, compile_pattern
from runner.values import ErrorValue


def one(kind: str, value, rule: str = "", *, private: bool = False) -> RowCheck:
    return check_row([FieldRule(field="Thing", type=kind, rule=rule, private=private)], {"thing": value, "Other": 1})


def cleaned(kind: str, value, rule: str = ""):
    check = one(kind, value, rule)
    assert check.wrong == ()
    return check.values["thing"]


def sentence(kind: str, value, rule: str = "", *, private: bool = False) -> str:
    check = one(kind, value, rule, private=private)
    assert [name for name, _ in check.wrong] == ["Thing"]
    assert check.values["thing"] == value or value != value  # NaN differs from itself
    return check.wrong[0][1]


AT_2PM = datetime.fromisoformat("2026-11-22 14:00")


@pytest.mark.parametrize(
    ("kind", "value", "meaning"),
    [
        ("text", " a ", "a"),
        ("", 5, "5"),
        ("text", date(2026, 1, 1), "2026-01-01"),
        ("number", 5.5, 5.5),
        ("number", "1,234.50", Decimal("1234.50")),
        ("number", "$4,200", 4200),
        ("number", "-3", -3),
        ("number", "1.234.567", 1234567),
        ("number", "70%", Decimal("0.7")),
        ("number", "1 234,50", Decimal("1234.50")),
        ("integer", 5.0, 5),
        ("integer", "1,000", 1000),
        ("money", 19.99, Decimal("19.99")),
        ("money", "4.200,50 €", Decimal("4200.50")),
        ("money", "USD 12.50", Decimal("12.50")),
        ("date", AT_2PM, date(2026, 11, 22)),
        ("date", "2026-11-22", date(2026, 11, 22)),
        ("date", "22 Nov 2026", date(2026, 11, 22)),
        ("date", "November 22, 2026", date(2026, 11, 22)),
        ("date", "11/22/2026", date(2026, 11, 22)),
        ("date", "3.4.2026", date(2026, 4, 3)),
        ("date", "2026-11-22 14:00", date(2026, 11, 22)),
        ("datetime", "2026-11-22 14:00", AT_2PM),
        ("datetime", AT_2PM, AT_2PM),
        ("Date-time", "22 Nov 2026 14:00", AT_2PM),
        ("datetime", date(2026, 11, 22), datetime.fromisoformat("2026-11-22")),
        ("email", " ana.b+c@sub.example.com ", "ana.b+c@sub.example.com"),
        ("E-mail", "é@exämple.com", "é@exämple.com"),
        ("phone", "+1 (555) 010-9999 ext. 12", "+1 (555) 010-9999 ext. 12"),
        ("phone", 5550109999, "5550109999"),
        ("url", "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("yes/no", "x", True),
        ("Yes/No", False, False),
    ],
)
def test_a_value_becomes_what_its_type_reads(kind, value, meaning):
    result = cleaned(kind, value)
    assert result == meaning
    assert type(result) is type(meaning)


@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        ("email", "ana(at)example.com", "“Thing” should be an e-mail address, but holds “ana(at)example.com”."),
        ("email", "a@b.example, c@d.example", "Only one address may stand there."),
        ("email", "Ana <ana@example.com>", "should be an e-mail address"),
        ("email", "ana@example.com\r\nBcc: eve@example.com", "should be an e-mail address"),
        ("email", "ana@localhost", "should be an e-mail address"),
        ("email", "a..b@example.com", "should be an e-mail address"),
        ("email", "ana\x00@example.com", "should be an e-mail address"),
        ("number", "abc", "“Thing” should be a number, but holds “abc”."),
        ("number", True, "should be a number, but holds Yes"),
        ("number", float("nan"), "should be a number"),
        ("number", "€2.000", "could be 2 or 2000"),
        ("number", "1,234,56", "should be a number"),
        ("integer", 5.5, "should be a whole number, but holds 5.5."),
        ("money", "lots", "should be an amount of money"),
        ("date", "03/04/2026", "could be 3 April or 4 March. Write it like 2026-04-03."),
        ("date", "31/02/2026", "is not a day in the calendar"),
        ("date", 46_000, "should be a date, but holds 46000."),
        ("date", "22 Foo 2026", "should be a date"),
        ("datetime", "tomorrow", "should be a date and time"),
        ("datetime", "tomorrow 9:99", "should be a date and time"),
        ("email", ".ana@example.com", "should be an e-mail address"),
        ("phone", "123", "should be a phone number"),
        ("phone", "call me", "should be a phone number"),
        ("url", "ftp://example.com", "should be a web address that begins with http:// or https://"),
        ("url", "javascript:alert(1)", "should be a web address"),
        ("url", "http://[::1", "should be a web address"),
        ("url", "https://a b.example", "should be a web address"),
        ("yes/no", "maybe", "should be Yes or No, but holds “maybe”."),
        ("text", ErrorValue("#REF!"), "“Thing” shows the error #REF!. Mend the formula in that cell."),
    ],
)
def test_a_wrong_value_is_said_with_what_should_stand_there(kind, value, part):
    assert part in sentence(kind, value)


@pytest.mark.parametrize(
    ("kind", "rule", "right", "wrong", "part"),
    [
        ("number", ">= 0", 0, -1, "“Thing” should be at least 0, but holds -1."),
        ("number", "> 5", 5.5, 5, "should be more than 5"),
        ("number", "≤ 2,000", 2000, 2001, "should be at most 2000"),
        ("integer", "1..100", 100, 101, "should be from 1 to 100, but holds 101."),
        ("integer", "1…100", 1, 0, "should be from 1 to 100"),
        ("money", ">= 0 and <= $10,000", "$10,000", "10,000.01", "should be at most 10000"),
        ("number", "max 5", 5, 6, "should be at most 5"),
        ("number", "one of 1, 2.5", 2.5, 2, "should be one of 1, 2.5"),
        ("date", ">= 2026-01-01", date(2026, 1, 1), date(2025, 12, 31), "should be on or after 2026-01-01"),
        ("date", "2026-01-01..2026-12-31", date(2026, 5, 5), "1 Jan 2027", "should be from 2026-01-01 to 2026-12-31"),
        ("text", "max 5 characters", "abcde", "abcdef", "should be at most 5 characters long"),
        ("text", "min 3 characters; max 5 characters", "abc", "ab", "should be at least 3 characters long"),
        ("text", "2..3 words", "a b", "a", "should be 2 to 3 words long"),
        ("text", "one of Min, Max 5", "max 5", "mid", "should be one of Min, Max 5"),
        ("text", "matches [A-Z]{3}-\\d+", "ABC-12", "ABC-12x", "should be written like [A-Z]{3}-\\d+"),
        ("choice", "one of Small, Large", "large", "huge", "“Thing” should be one of Small, Large, but holds “huge”."),
    ],
)
def test_a_rule_lets_the_right_through_and_names_the_wrong(kind, rule, right, wrong, part):
    assert check_field_rule(FieldRule(field="Thing", type=kind, rule=rule), ["Thing"]) == []
    assert one(kind, right, rule).wrong == ()
    assert part in sentence(kind, wrong, rule)


def test_a_choice_takes_the_spelling_of_the_rule():
    assert cleaned("choice", " LARGE ", "one of Small, Large") == "Large"


def test_a_text_too_long_for_a_pattern_is_wrong():
    assert "should be written like a*" in sentence("text", "a" * 1001, "matches a*")


def test_a_private_value_stands_in_no_sentence():
    for kind, value, rule in [
        ("email", "secret@@x", ""),
        ("number", -777, ">= 0"),
        ("date", "03/04/2026", ""),
        ("choice", "hush", "one of A, B"),
    ]:
        said = sentence(kind, value, rule, private=True)
        assert str(value) not in said
        assert "private" in said


def test_a_row_with_blank_required_fields_waits_for_all_of_them():
    fields = [
        FieldRule(field="Name", required=True),
        FieldRule(field="E mail", type="email", required=True),
        FieldRule(field="Phone", type="phone"),
        FieldRule(field="Gone", required=True),
    ]
    check = check_row(fields, {"Name": "  ", "E-mail": None, "Phone": None, "Other": 5})
    assert check.missing == ("Name", "E mail", "Gone")
    assert check.wrong == ()
    assert check.values == {"Name": "  ", "E-mail": None, "Phone": None, "Other": 5}


def test_an_unticked_box_is_a_value_and_not_missing():
    check = check_row([FieldRule(field="VIP", type="yes/no", required=True)], {"VIP": False})
    assert check.missing == ()
    assert check.values == {"VIP": False}


def test_a_contract_without_fields_takes_every_row_as_it_is():
    assert check_row([], {"Name": None}) == RowCheck(values={"Name": None})


def test_a_row_keeps_its_own_headers_and_the_columns_nobody_declared():
    check = check_row([FieldRule(field="due_date", type="date")], {"Due date": "2026-11-22", "Other": "x"})
    assert check.values == {"Due date": date(2026, 11, 22), "Other": "x"}


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        (FieldRule(field="Emial", type="email"), "There is no column “Emial”. Did you mean “Email”?"),
        (FieldRule(field="Email", type="e-mial"), "There is no type “e-mial”. Did you mean “email”?"),
        (FieldRule(field="Email", type="choice"), "Write them under Rule: one of Small, Medium, Large"),
        (FieldRule(field="Email", type="text", rule=">= 5"), "compares numbers or dates, but the type of the field is text."),
        (FieldRule(field="Email", type="number", rule="max 5 characters"), "is for text, but the type of the field is number."),
        (FieldRule(field="Email", type="yes/no", rule="matches x"), "the type of the field is yes/no."),
        (FieldRule(field="Email", type="number", rule="5..1"), "is backwards: write 1..5."),
        (FieldRule(field="Email", rule="5..1 words"), "is backwards."),
        (FieldRule(field="Email", type="number", rule="positive"), "I do not understand the rule “positive”."),
        (FieldRule(field="Email", type="number", rule=">= many"), "cannot be read: “many” is not a number."),
        (FieldRule(field="Email", type="date", rule=">= today"), "A rule here cannot use “today”."),
        (FieldRule(field="Email", rule="one of"), "The choices are missing."),
        (FieldRule(field="Email", rule="matches"), "The pattern is missing."),
        (FieldRule(field="Email", rule="matches (a"), "a “(” that is never closed"),
        (FieldRule(field="Email", rule="x" * 1001), "the limit is 1,000"),
    ],
)
def test_a_mistake_in_fields_is_found_before_any_row(rule, part):
    assert any(part in said for said in check_field_rule(rule, ("Email", "Name")))


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["text", "number", "integer", "money", "date", "datetime", "email", "phone", "url", "yes/no", "choice"]),
    value=st.text(max_size=40) | st.floats() | st.integers() | st.booleans() | st.dates() | st.times() | st.decimals(),
    rule=st.sampled_from(["", ">= 0", "1..5", "one of 1, 2026-01-01", "max 5 characters", "matches .*", "blah"]),
)
def test_no_value_does_more_than_earn_a_sentence(kind, value, rule):
    check = one(kind, value, rule)  # also for numbers that refuse to be compared, such as Decimal("sNaN")
    assert all(said.endswith((".", "?")) or "Write" in said for _, said in check.wrong)


# -------------------------------------------------------------------------------------------------------- patterns


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("INV-\\d{4}", ["INV-2026"], ["INV-26", "INV-20267", "xINV-2026"]),
        ("^[A-Z]{2,3}$", ["AB", "ABC"], ["A", "ABCD", "ab"]),
        ("(?i)[a-z]+", ["AbC"], ["ab1", ""]),
        ("(ab|cd)*e?", ["", "abcde", "ab"], ["abc", "ee"]),
        ("[^@\\s]+@[^@]+", ["a@b"], ["a b@c", "a@b@c"]),
        ("[]a-]+", ["]a-"], ["b"]),
        ("a{2,}", ["aa", "aaaaa"], ["a"]),
        ("(?:x|)y", ["xy", "y"], ["xxy"]),
        ("\\(\\w+\\.\\S\\D\\)", ["(ab._x)"], ["(ab._1)"]),
        ("a+?b", ["aab"], ["b"]),
        ("a\\tb[\\n]", ["a\tb\n"], ["atbn"]),
        ("", [""], ["a"]),
        ("{x}", ["{x}"], ["x"]),
    ],
)
def test_a_pattern_matches_the_whole_text_or_not(pattern, yes, no):
    compiled = compile_pattern(pattern)
    assert all(compiled.matches(text) for text in yes)
    assert not any(compiled.matches(text) for text in no)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "(a",
        "[a",
        "*a",
        "a**",
        "a{3,1}",
        "[z-a]",
        "\\",
        "\\b",
        "\\1",
        "(?=a)",
        "(?<n>a)",
        "(a{99}){99}",
        "a" * 201,
        "(" * 30 + ")" * 30,
    ],
)
def test_a_pattern_that_cannot_be_matched_in_bounded_time_is_refused(pattern):
    with pytest.raises(PatternError, match=r"."):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*", "(.*)(.*)(.*)(.*)x", "(a?){50}a{50}", "((a+)+)+"])
def test_the_patterns_that_hang_other_matchers_are_answered(pattern):
    assert compile_pattern(pattern).matches("a" * 999 + "!") is False


SIMPLE = st.recursive(
    st.sampled_from(["a", "b", ".", "\\d", "[ab]", "[^a]", "1"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(pattern=SIMPLE, text=st.text("ab1", max_size=6))
def test_matching_agrees_with_the_standard_library(pattern, text):
    import re

    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    assert compiled.matches(text) == bool(re.fullmatch(pattern, text))
