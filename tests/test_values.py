"""What a cell holds comes back from the ledger as what it was."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from runner.values import ErrorValue, digest, dump, iso, load

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.times()
    | st.timedeltas(min_value=timedelta(days=-999), max_value=timedelta(days=999))
    | st.builds(ErrorValue, st.sampled_from(["#REF!", "#N/A"]))
)


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_is_stored_comes_back(value):
    assert load(dump(value)) == value
    assert type(load(dump(value))) is type(value)


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_a_moment_in_iso_is_the_same_text_however_quick_it_was_made(moment):
    assert iso(moment) == moment.isoformat()


def test_numbers_beyond_64_bits_keep_every_digit():
    assert load(dump({"n": -9252615180098207742, "m": 2**200})) == {"n": -9252615180098207742, "m": 2**200}


def test_each_kind_keeps_its_kind():
    value = {"d": date(2026, 11, 22), "t": datetime(2026, 11, 22, 17, tzinfo=UTC), "c": time(9, 30), "m": Decimal("4200.00")}
    assert load(dump(value)) == value


def test_equal_values_have_one_digest_whatever_their_order():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
