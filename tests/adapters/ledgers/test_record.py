"""What is recorded is on disk, whole, in order, and the books follow."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.ledgers.documents import restore
from runner.errors import LeaseLost
from runner.model import Edit, Event, NamedRow, RunState
from runner.rules.replay import RUN, whole
from runner.values import digest, dump


def test_what_was_recorded_is_there_after_a_restart(open_ledger, story):
    first = open_ledger()
    first.record([*story.life(1), story.started(2), story.intent(2), story.asked(2)])
    first.close()
    again = open_ledger()
    assert again.books == first.books
    assert again.books.runs["R-0001"].state is RunState.DONE
    assert list(again.books.effects) == ["R-0002/send/1"]
    assert list(again.books.asks) == ["A-0002"]


def test_events_come_back_in_order_with_seq_time_and_a_chained_hash(ledger, clock, story):
    given = datetime(2026, 11, 16, 13, 30, tzinfo=UTC)
    ledger.record([story.started(1), replace(story.intent(1), time=given)])
    ledger.record([story.receipt(1)])
    events = list(ledger.events())
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.time for event in events] == [clock.now(), given, clock.now()]
    assert len({event.hash for event in events}) == 3
    assert events[1].data["effect"]["request"] == {"to": ["ana@example.com"], "subject": "Hello"}


def test_events_can_be_asked_for_by_place_by_run_and_by_number(ledger, story):
    for number in (1, 2, 3):
        ledger.record(story.life(number))
    assert [event.seq for event in ledger.events(after=10)] == [11, 12]
    assert {event.run for event in ledger.events(run="R-0002")} == {"R-0002"}
    assert [event.seq for event in ledger.events(run="R-0002", after=5, limit=2)] == [6, 7]
    assert list(ledger.events(limit=0)) == []


def test_a_trail_longer_than_one_page_is_read_whole(ledger):
    ledger.record([Event(kind="noted", detail=str(number)) for number in range(1203)])
    assert [event.detail for event in ledger.events()] == [str(number) for number in range(1203)]
    assert len(list(ledger.events(limit=700))) == 700


def test_nothing_is_recorded_when_one_event_of_a_group_cannot_be_true(ledger, open_ledger, story):
    ledger.record([story.started(1)])
    before = open_ledger(holder="").books
    with pytest.raises(ValueError, match="cannot be created without"):
        ledger.record([story.started(2), story.moved(3, RunState.DONE)])
    assert ledger.books == before
    ledger.record([story.started(2)])
    assert [event.run for event in ledger.events()] == ["R-0001", "R-0002"]
    assert ledger.verify() == []


def test_a_second_run_under_one_key_is_refused_for_ever(ledger, story):
    ledger.record(story.life(1))
    before = dict(ledger.books.runs)
    with pytest.raises(ValueError, match="has a run already: Follow up: lead-1"):
        ledger.record([story.started(2, key="lead-1")])
    with pytest.raises(ValueError, match="has a run already"):
        ledger.record([story.started(3, key="same"), story.started(4, key="same")])
    assert ledger.books.runs == before
    assert len(list(ledger.events())) == 4
    ledger.record([story.started(2, key="lead-2")])
    assert ledger.verify() == []


def test_known_keys_are_found_among_very_many(ledger, story):
    ledger.record([story.started(number) for number in range(1, 4)])
    asked = [f"lead-{number}" for number in range(2, 2000)]
    assert ledger.known("Follow up", asked) == {"lead-2": "R-0002", "lead-3": "R-0003"}
    assert ledger.known("Another contract", asked) == {}
    assert ledger.known("Follow up", []) == {}


def test_numbers_are_never_given_twice(open_ledger, story):
    first = open_ledger()
    assert [first.next_id("R"), first.next_id("R"), first.next_id("A")] == ["R-0001", "R-0002", "A-0001"]
    first.record([story.started(2)])
    again = open_ledger()
    assert again.next_id("R") == "R-0003"
    assert again.next_id("A") == "A-0002"


def test_a_number_that_came_from_elsewhere_is_not_given_again(ledger, story):
    ledger.record([story.started(41)])
    assert ledger.next_id("R") == "R-0042"


def test_a_plan_is_kept_with_the_next_record_and_stays_as_it_was(open_ledger, story):
    text = dump({"contract": "Follow up"})
    name = digest({"contract": "Follow up"})
    first = open_ledger()
    first.keep_plan(name, text)
    assert first.plan(name) == text
    with pytest.raises(KeyError):
        open_ledger(holder="").plan(name)
    first.record([story.started(1)])
    first.keep_plan(name, "something else")
    first.record([story.intent(1)])
    assert open_ledger(holder="").plan(name) == text
    assert first.verify() == []


def test_a_note_is_kept_and_replaced(ledger, open_ledger):
    assert ledger.note("last poll") == ""
    assert ledger.note("last poll", "12:00") == "12:00"
    ledger.note("last poll", "12:15")
    assert open_ledger(holder="").note("last poll") == "12:15"


def test_workbooks_that_share_a_ledger_do_not_see_each_other(open_ledger, workbook, story):
    one, other = open_ledger(), open_ledger(f"other-{workbook}")
    one.record([story.started(1)])
    other.record(story.life(1))
    assert len(list(one.events())) == 1
    assert one.books.runs["R-0001"].state is RunState.RUNNING
    assert other.known("Follow up", ["lead-1"]) == {"lead-1": "R-0001"}
    assert one.verify() == other.verify() == []


def test_without_the_lease_nothing_is_recorded(open_ledger, story):
    with pytest.raises(LeaseLost, match="does not hold"):
        open_ledger(holder="").record([story.started(1)])


def test_recording_nothing_is_nothing(open_ledger):
    ledger = open_ledger(holder="")
    ledger.record([])
    assert list(ledger.events()) == []


def test_an_ended_run_that_is_taken_up_again_has_its_effects_back(open_ledger, story):
    ledger = open_ledger()
    ledger.record(story.life(1))
    assert ledger.books.effects == {}
    ledger.record([story.moved(1, RunState.ROLLING_BACK)])
    assert ledger.books.effects["R-0001/send/1"].state == "done"
    assert open_ledger(holder="").books == ledger.books
    ledger.record([story.intent(1, "take back"), story.receipt(1, "take back"), story.moved(1, RunState.ROLLED_BACK)])
    assert ledger.books.effects == {}
    assert ledger.verify() == []


def test_a_receipt_that_comes_after_the_run_was_cancelled_is_still_recorded(ledger, open_ledger, story):
    ledger.record([story.started(1), story.intent(1), story.moved(1, RunState.CANCELLED)])
    ledger.record([story.receipt(1)])
    assert open_ledger(holder="").books == ledger.books
    assert ledger.books.runs["R-0001"].results == {"send": {"status": 200}}
    assert ledger.verify() == []


def test_what_has_landed_in_the_sheet_leaves_memory(open_ledger):
    ledger = open_ledger()
    edit = Edit(id="E-0001", tab="Leads", match={"Row ID": "L-1"}, cells={"State": "Won"})
    row = NamedRow(id="L-1", tab="Leads", cells={"Name": "Zoë"})
    ledger.record([Event(kind="acted", data={"edit": whole(edit), "row": whole(row)})])
    assert open_ledger(holder="").books == ledger.books
    landed = {"edits": [{"id": "E-0001", "landed": True}], "rows": [{"tab": "Leads", "id": "L-1", "landed": True}]}
    ledger.record([Event(kind="written to sheet", data=landed)])
    assert ledger.books.edits == {}
    assert ledger.books.rows["Leads/L-1"] == replace(row, cells={}, landed=True)
    assert open_ledger(holder="").books == ledger.books
    assert ledger.verify() == []


def test_text_that_no_database_takes_is_recorded_all_the_same(open_ledger, story):
    ledger = open_ledger()
    key = "lead \ud83d half \0 nul"
    answer = {"id": "R-0001", "results": {"ask": {"text": "\udc00\0"}}}
    ledger.record([story.started(1, key=key), replace(story.moved(1, RunState.RUNNING), detail="\ud800\0", data={"run": answer})])
    again = open_ledger(holder="")
    assert again.books == ledger.books
    assert again.books.runs["R-0001"].results == {"ask": {"text": "\udc00\0"}}
    assert ledger.known("Follow up", [key]) == {key: "R-0001"}
    assert ledger.verify() == []


def test_what_memory_holds_is_what_the_disk_holds_and_not_the_callers_own(ledger, open_ledger, story):
    results = {"ask": {"lines": ("a", "b"), "took": timedelta(seconds=3)}}
    started = story.started(1, results=results)
    ledger.record([started])
    results["ask"]["lines"] = ()
    assert ledger.books.runs["R-0001"].results == {"ask": {"lines": ["a", "b"], "took": timedelta(seconds=3)}}
    assert open_ledger(holder="").books == ledger.books


def test_a_document_that_is_no_record_is_said_to_be_so():
    with pytest.raises(Exception, match="holds about run R-0001 was changed from outside"):
        restore(RUN, "R-0001", '{"id": "R-0001", "state": "DONF"}', "business.ledger")


def test_importing_the_room_loads_no_database():
    code = "import sys, adapters.ledgers; sys.exit('sqlalchemy' in sys.modules or 'sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_opening_a_ledger_does_not_import_the_migrations(path):
    code = (
        "import sys; from adapters.ledgers.sql import SqlLedger; from adapters.clock import SystemClock as C\n"
        "SqlLedger(sys.argv[1], 'b', C()).close(); SqlLedger(sys.argv[1], 'b', C()).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 0


def test_edits_that_wait_are_loaded_in_the_order_in_which_they_were_wanted(ledger, open_ledger, story):
    page = "".join(map(chr, range(40, 126))) * 20  # so long that what is written again finds no room beside its old place

    def wanted(name: str, run: int) -> Event:
        edit = Edit(id=name, tab="Leads", match={"Row ID": "L-1"}, cells={"State": name, "Note": page}, run=f"R-{run:04d}")
        return Event(kind="acted", run=edit.run, data={"edits": [whole(edit)]})

    ledger.record([story.started(1), story.started(2), wanted("z", 2), wanted("a", 1)])
    ledger.record([wanted("m", 2), wanted("b", 2)])
    ledger.record([wanted("z", 2)])  # once more, as after a kill: PostgreSQL keeps it in another place then
    assert list(ledger.books.edits) == ["z", "a", "m", "b"]
    ledger.release()
    assert list(open_ledger().books.edits) == ["z", "a", "m", "b"]
