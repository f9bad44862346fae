"""When the runner looks again: soon, then rarely, and not for ever."""

from datetime import timedelta

from runner.rules.looks import AFTER, FOR, next_look
from tests.conftest import NOW


def test_it_looks_after_a_minute_ten_minutes_an_hour_and_then_every_six_hours_for_three_days() -> None:
    moments, looked = [], None
    while (moment := next_look(NOW, looked)) is not None:
        moments.append(moment - NOW)
        looked = moment
    minutes = [1, 10, 60, *(360 * turn for turn in range(1, 13))]
    assert moments == [timedelta(minutes=each) for each in minutes] == list(AFTER)
    assert moments[-1] == FOR


def test_moments_that_were_slept_through_are_one_look() -> None:
    assert next_look(NOW, None) == NOW + timedelta(minutes=1)
    assert next_look(NOW, NOW + timedelta(hours=20)) == NOW + timedelta(hours=24)
    assert next_look(NOW, NOW + timedelta(days=3, seconds=1)) is None
