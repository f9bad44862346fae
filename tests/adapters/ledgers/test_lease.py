"""One runner at a time: who holds a workbook, who takes it over, and what the one who lost it may still do."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from adapters.ledgers.holder import Holder, start_token
from runner.errors import LeaseHeld, LeaseLost
from runner.model import RunState

OTHER = "another-machine:4711:x"


def test_the_second_of_two_holders_is_told_who_has_it_and_for_how_long(open_ledger, clock):
    open_ledger(holder=OTHER)
    second = open_ledger(holder="")
    clock.sleep(6)
    with pytest.raises(LeaseHeld, match=r"process 4711 on another-machine.* 24 more seconds"):
        second.acquire("here:1:a", clock.now())


def test_a_lease_that_was_given_back_is_free_at_once(open_ledger, story):
    first = open_ledger(holder=OTHER)
    first.record([story.started(1)])
    first.release()
    second = open_ledger()
    second.record([story.intent(1)])
    assert [event.seq for event in second.events()] == [1, 2]


def test_a_holder_that_goes_on_keeps_its_lease(open_ledger, clock, story):
    first, second = open_ledger(holder=OTHER), open_ledger(holder="")
    for _ in range(4):
        clock.sleep(15)
        first.acquire(OTHER, clock.now())
        with pytest.raises(LeaseHeld):
            second.acquire("here:1:a", clock.now())
    first.record([story.started(1)])


def test_a_fresh_lease_is_not_written_again(open_ledger, clock):
    first, second = open_ledger(holder=OTHER), open_ledger(holder="")
    clock.sleep(9)
    first.acquire(OTHER, clock.now())
    with pytest.raises(LeaseHeld, match="21 more seconds"):
        second.acquire("here:1:a", clock.now())


def test_a_lease_taken_before_the_clock_was_set_back_is_renewed(open_ledger, clock):
    first, second = open_ledger(holder=OTHER), open_ledger(holder="")
    clock.sleep(-7200)
    first.acquire(OTHER, clock.now())
    with pytest.raises(LeaseHeld, match="30 more seconds"):
        second.acquire("here:1:a", clock.now())


def test_who_was_taken_over_may_not_keep_its_hold_or_note_anything(open_ledger, clock):
    frozen, next_one = open_ledger(holder=OTHER), open_ledger(holder="")
    frozen.note("waiting", "old")
    clock.sleep(31)
    next_one.acquire("here:1:a", clock.now())
    with pytest.raises(LeaseLost):
        frozen.keep_hold()
    with pytest.raises(LeaseLost):
        frozen.note("waiting", "new")
    assert next_one.note("waiting") == "old"


def test_recording_keeps_the_lease_through_a_long_tick(open_ledger, clock, story):
    first, second = open_ledger(holder=OTHER), open_ledger(holder="")
    first.record([story.started(1)])
    for attempt in range(1, 5):
        clock.sleep(15)
        first.record([story.intent(1, attempt=attempt)])
    with pytest.raises(LeaseHeld, match="30 more seconds"):
        second.acquire("here:1:a", clock.now())


def test_a_frozen_holder_that_was_taken_over_can_record_nothing_more(open_ledger, clock, story):
    frozen, next_one = open_ledger(holder=OTHER), open_ledger(holder="")
    frozen.record([story.started(1)])
    before = dict(frozen.books.runs)
    clock.sleep(31)
    next_one.acquire("here:1:a", clock.now())
    with pytest.raises(LeaseLost, match=r"process 1 on here.* nothing more is recorded or sent"):
        frozen.record([story.moved(1, RunState.CANCELLED)])
    assert frozen.books.runs == before
    with pytest.raises(LeaseLost):
        frozen.record([story.moved(1, RunState.CANCELLED)])
    assert len(list(next_one.events())) == 1


def test_a_frozen_holder_that_nobody_took_over_goes_on(open_ledger, clock, story):
    frozen = open_ledger(holder=OTHER)
    clock.sleep(3600)
    frozen.record([story.started(1)])
    assert len(list(frozen.events())) == 1


def test_who_takes_over_sees_what_the_other_recorded_meanwhile(open_ledger, clock, story):
    early = open_ledger(holder="")
    worker = open_ledger(holder=OTHER)
    worker.record([story.started(1), story.intent(1)])
    clock.sleep(31)
    early.acquire("here:1:a", clock.now())
    assert early.books == worker.books
    assert early.next_id("R") == "R-0002"
    early.record([story.receipt(1)])
    clock.sleep(31)
    worker.acquire(OTHER, clock.now())
    assert worker.books == early.books
    worker.record([story.moved(1, RunState.DONE)])
    assert worker.verify() == []


def test_giving_back_what_was_lost_does_not_free_it(open_ledger, clock):
    frozen, next_one = open_ledger(holder=OTHER), open_ledger(holder="")
    clock.sleep(31)
    next_one.acquire("here:1:a", clock.now())
    frozen.release()
    with pytest.raises(LeaseHeld):
        frozen.acquire(OTHER, clock.now())


def test_another_workbook_in_the_same_ledger_is_free(open_ledger, workbook):
    open_ledger(holder=OTHER)
    open_ledger(f"other-{workbook}", holder="here:1:a")


@pytest.fixture
def sleeper():
    """A process that lives until it is ended."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    yield process
    process.kill()
    process.wait()


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process began")


@linux
def test_a_holder_that_died_is_taken_over_at_once(open_ledger, clock, sleeper):
    holder = Holder(Holder.here().host, sleeper.pid, start_token(sleeper.pid))
    open_ledger(holder=str(holder))
    with pytest.raises(LeaseHeld):
        open_ledger(holder=str(Holder.here()))
    sleeper.kill()
    sleeper.wait()
    open_ledger(holder=str(Holder.here()))


@linux
def test_a_dead_process_that_nobody_has_buried_is_dead(sleeper):
    holder = Holder(Holder.here().host, sleeper.pid, start_token(sleeper.pid))
    assert not holder.dead
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    assert holder.dead


@linux
def test_a_process_number_that_was_given_anew_is_another_process(sleeper):
    namespace = start_token(sleeper.pid).partition("-")[0]
    assert Holder(Holder.here().host, sleeper.pid, f"{namespace}-1").dead


@linux
def test_nobody_is_judged_dead_from_another_machine_or_container(sleeper):
    sleeper.kill()
    sleeper.wait()
    token = start_token(os.getpid())
    assert not Holder("another-machine", sleeper.pid, token).dead
    assert not Holder(Holder.here().host, sleeper.pid, "1-99").dead


@linux
def test_a_process_that_one_may_not_look_at_is_alive(monkeypatch):
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    token = start_token(os.getpid())
    assert not Holder(Holder.here().host, os.getpid(), token).dead
    assert not Holder(Holder.here().host, 2**22 + 7, token).dead  # no such process, but the system did not say so


def test_a_holder_is_read_back_as_it_was_written():
    here = Holder.here()
    assert Holder.parse(str(here)) == here
    assert not here.dead
    for text in ("", "somebody", "host:pid:token", "host:0:x", "host:-1:x"):
        assert Holder.parse(text) is None


def test_a_lease_ends_on_time_even_of_a_holder_that_cannot_be_read(open_ledger, clock):
    open_ledger(holder="somebody")
    second = open_ledger(holder="")
    with pytest.raises(LeaseHeld, match="somebody"):
        second.acquire("here:1:a", clock.now())
    second.acquire("here:1:a", clock.now() + timedelta(seconds=30))
