"""The computer's clock."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import time_machine

from adapters.clock import SystemClock

FOR_EVER = 10**12  # more seconds than a lock can wait: must be cut down, not overflow


def test_now_is_aware_and_in_utc():
    with time_machine.travel(datetime(2026, 11, 22, 17, 30, tzinfo=UTC), tick=False):
        now = SystemClock().now()
    assert now == datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert now.utcoffset() == timedelta(0)


def test_sleep_comes_back_by_itself():
    clock = SystemClock()
    for seconds in (0.001, 0, -5):
        clock.sleep(seconds)
    assert not clock.stopped


def test_stop_ends_every_sleep_and_those_to_come():
    clock = SystemClock()
    sleepers = [threading.Thread(target=clock.sleep, args=(FOR_EVER,), daemon=True) for _ in range(3)]
    for sleeper in sleepers:
        sleeper.start()
    clock.stop()
    clock.stop()
    for sleeper in sleepers:
        sleeper.join(timeout=30)
    assert not any(sleeper.is_alive() for sleeper in sleepers)
    clock.sleep(FOR_EVER)
    assert clock.stopped


def test_a_signal_handler_may_stop_the_sleep_of_its_own_thread():
    clock = SystemClock()
    before = signal.signal(signal.SIGTERM, lambda *_: clock.stop())
    try:
        bell = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        bell.start()
        clock.sleep(FOR_EVER)
        bell.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert clock.stopped
