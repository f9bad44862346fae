"""Lengths of time and the words for yes and no."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import RowpactError
from runner.rules.spans import Span, SpanError, parse_span, parse_spans, parse_yes_no, show_span
from runner.values import ErrorValue


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("2m", 120),
        ("1h 30m", 5400),
        ("1h30", 5400),
        ("1H30M", 5400),
        ("2m30", 150),
        ("1.5h", 5400),
        ("3 days", 259_200),
        ("1 day", 86_400),
        ("2 weeks", 1_209_600),
        ("2 hours and 5 minutes", 7500),
        (" 10  min. ", 600),
        ("1d2h3m4s", 93_784),
        ("0s", 0),
        ("1:30:00", 5400),
        ("2 days, 0:00:05", 172_805),
    ],
)
def test_what_people_write_for_a_length_of_time_is_understood(text, seconds):
    assert parse_span(text) == Span(length=timedelta(seconds=seconds))


def test_business_days_are_a_kind_of_their_own():
    span = parse_span("2 business days")
    assert span == Span(business_days=2)
    assert parse_span("3 working days").business_days == 3
    with pytest.raises(SpanError, match=r"Business days cannot be used here\. Write 2 days"):
        span.plain()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("90", "“90” needs a unit. Write 90s, 90m, 90h or 90 days."),
        ("1 month", "A month has no fixed length, so “1 month” cannot be used. Write 30 days"),
        ("2 years", "A year has no fixed length"),
        ("-5m", "is negative"),
        ("1:30", "could be hours or minutes. Write 1h 30m or 1m 30s."),
        ("24-48 hours", "is a range"),
        ("2 to 3 days", "is a range"),
        ("1,5h", "write 1.5h with a point"),
        ("30m 1h", "Write the largest unit first"),
        ("5 hours 3 hours", "Write the largest unit first"),
        ("5 dyas", "Did you mean 5 days?"),
        ("5 bananas", "Write for example 5s, 5m, 5h or 5 days."),
        ("soon", "is not a length of time"),
        ("", "A length of time is missing."),
        ("999999999999 days", "is longer than ten years"),
        ("9999999999999999999999999 business days", "is longer than ten years"),
        ("٣ days", "is not a length of time"),
    ],
)
def test_what_is_no_length_of_time_is_refused_with_a_hint(text, part):
    with pytest.raises(SpanError) as caught:
        parse_span(text)
    assert part in str(caught.value)


def test_a_refusal_is_both_a_sentence_for_the_owner_and_a_value_error():
    assert issubclass(SpanError, RowpactError)
    assert issubclass(SpanError, ValueError)


def test_a_list_of_delays_is_split_at_commas_and_line_breaks():
    assert parse_spans("30s, 2m\n10m") == (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
    assert parse_spans(" ") == ()
    with pytest.raises(SpanError, match="needs a unit"):
        parse_spans("30s, 2, 10m")


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(hours=2, minutes=30), "2 h 30 min"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=1, seconds=3661), "1 day 1 h 1 min 1 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(), "0 s"),
        (timedelta(milliseconds=3), "under 1 s"),
        (timedelta(hours=-2), "-2 h"),
    ],
)
def test_a_length_is_shown_in_the_units_people_use(length, shown):
    assert show_span(length) == shown


@given(seconds=st.integers(0, 3_600 * 86_400))
def test_what_is_shown_can_be_typed_again(seconds):
    length = timedelta(seconds=seconds)
    assert parse_span(show_span(length)).plain() == length


@given(
    text=st.text(max_size=40)
    | st.lists(st.sampled_from(["1", "30", "h", "m", "days", " ", ",", "-", ":", "."]), max_size=9).map("".join)
)
def test_no_text_does_more_than_raise_a_sentence(text):
    try:
        length = parse_span(text).length
    except SpanError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017
    else:
        assert timedelta() <= length <= timedelta(days=3660)


@pytest.mark.parametrize("value", ["Yes", "y", "TRUE", " x ", "1", "✓", "☑", True, 1, 1.0, Decimal(1)])
def test_every_way_to_say_yes_is_yes(value):
    assert parse_yes_no(value) is True


@pytest.mark.parametrize("value", ["No", "n", "false", "0", "☐", "", "  ", None, False, 0, 0.0])
def test_every_way_to_say_no_is_no(value):
    assert parse_yes_no(value) is False


@pytest.mark.parametrize("value", ["maybe", "Always", 2, 0.5, timedelta(), ErrorValue("#N/A")])
def test_anything_else_is_neither(value):
    assert parse_yes_no(value) is None
