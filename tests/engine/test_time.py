"""Triggers that go by time: each moment once, in the owner's zone, whatever happens to the runner."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.engine import admit as admit_module
from runner.model import RunState
from tests.engine.office import MAIL, Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | When | If | Dedupe key | Owner | Check\n"
STEPS = "Contract | Step | Action | With | Check\n"
FIVE = "every day 17:00"


@pytest.fixture
def dunning(office: Office) -> Office:
    """Reminds of invoices three days before they are due; it is 22 November 2026, 17:12 UTC."""
    office.write(
        Contracts=CONTRACTS + "Remind | Yes | Date due | Invoices | 3 days before Due date | Paid is blank | | Ana",
        Steps=STEPS + f"Remind | Mail | email.send | {MAIL}",
        Invoices="Name | Email | Due date | Paid | Run | Row ID\nAda | ada@shop.example",
    )
    return office


@pytest.fixture
def daily(office: Office) -> Office:
    """Mails the owner every day at five."""
    mail = "to: ana@shop.example\\nsubject: It is {{ scheduled }}\\nbody: Hello"
    office.write(Contracts=CONTRACTS + f"Daily | Yes | Schedule | | {FIVE} | settings.holiday <> 1 | | Ana")
    office.write(Steps=STEPS + f"Daily | Mail | email.send | {mail}", Settings="Setting | Value\nHoliday | 0")
    return office


def says(office: Office) -> object:
    return office.tab("Invoices")[0]["Run"]


# ------------------------------------------------------------------------------------------------------------- dates


def test_a_row_waits_for_its_day_and_runs_once_when_it_has_come(dunning: Office) -> None:
    set_due(dunning, date(2026, 11, 26))
    dunning.tick()
    assert says(dunning) == "due 2026-11-23"
    assert dunning.seen.next_due == datetime(2026, 11, 23, tzinfo=UTC)
    dunning.tick()
    assert dunning.tick(hours=5).quiet
    dunning.tick(hours=2)
    dunning.restart()
    dunning.tick(days=3)
    (run,) = dunning.runs().values()
    assert run.key.endswith(" | 3 days before 2026-11-26")
    assert dunning.recipients() == ["ada@shop.example"]


def set_due(office: Office, day: object) -> None:
    office.type("Invoices", {}, **{"Due date": day})  # type: ignore[arg-type]


def test_a_changed_date_is_a_new_event(dunning: Office) -> None:
    set_due(dunning, date(2026, 11, 25))
    dunning.tick()
    set_due(dunning, date(2026, 11, 30))
    dunning.tick()
    assert len(dunning.recipients()) == 1
    dunning.tick(days=6)
    assert len(dunning.recipients()) == 2


def test_what_is_late_runs_and_says_so(dunning: Office) -> None:
    set_due(dunning, "2026-11-23")
    dunning.tick()
    (started,) = dunning.events("run started")
    assert started.detail.endswith("late by 2 days")


def test_what_is_due_for_too_long_is_shown_and_not_run(dunning: Office) -> None:
    set_due(dunning, date(2026, 11, 1))
    dunning.tick()
    assert says(dunning) == "due since 2026-10-29, too long ago: not run"
    assert dunning.runs() == {}
    dunning.write(Settings="Setting | Value\nLate limit | 60 days")
    dunning.tick()
    assert len(dunning.recipients()) == 1


def test_what_has_run_is_known_long_after_the_limit(dunning: Office) -> None:
    set_due(dunning, date(2026, 11, 25))
    dunning.tick()
    dunning.restart()
    dunning.tick(days=90)
    assert says(dunning) == "R-0001 DONE"
    assert len(dunning.recipients()) == 1


def test_a_date_with_two_readings_is_asked_about(dunning: Office) -> None:
    set_due(dunning, "03/04/2026")
    dunning.tick()
    assert str(says(dunning)).startswith("Invoices!C2: “03/04/2026” could be")


def test_the_day_comes_in_the_owners_zone(dunning: Office) -> None:
    dunning.zone = ZoneInfo("Pacific/Auckland")
    dunning.restart()
    set_due(dunning, date(2026, 11, 26))
    dunning.tick()
    assert len(dunning.recipients()) == 1  # it is the 23rd there


# --------------------------------------------------------------------------------------------------------- schedules


def test_a_new_schedule_looks_ahead_and_then_keeps_each_moment_once(daily: Office) -> None:
    daily.tick()
    assert daily.runs() == {}
    assert daily.seen.next_due == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    daily.tick()
    assert daily.tick(hours=20).quiet
    daily.tick(hours=3, minutes=48)
    daily.tick()
    daily.restart()
    daily.tick()
    assert list(daily.runs()) == ["2026-11-23 17:00"]
    assert len(daily.recipients()) == 1
    (started,) = daily.events("run started")
    assert started.detail == "Schedule every day 17:00: 2026-11-23 17:00"


def test_of_the_moments_slept_through_the_newest_is_kept_late(daily: Office) -> None:
    daily.tick()
    daily.restart()
    daily.tick(days=4, hours=3)
    assert list(daily.runs()) == ["2026-11-26 17:00"]
    (started,) = daily.events("run started")
    assert started.detail.endswith("late by 3 h 12 min 54 s")


def test_switching_off_and_on_again_does_not_make_up_for_the_past(daily: Office) -> None:
    daily.tick()
    daily.type("Contracts", {"Contract": "Daily"}, Enabled="No")
    daily.tick(days=2)
    daily.type("Contracts", {"Contract": "Daily"}, Enabled="Yes")
    daily.tick()
    assert daily.runs() == {}
    daily.tick(days=1)
    assert list(daily.runs()) == ["2026-11-25 17:00"]


def test_another_when_does_not_make_up_for_the_past(daily: Office) -> None:
    daily.tick()
    daily.type("Contracts", {"Contract": "Daily"}, When="every day 09:00")
    daily.tick()
    assert daily.runs() == {}
    daily.tick(hours=16)
    assert list(daily.runs()) == ["2026-11-23 09:00"]


def test_a_moment_whose_if_is_not_true_is_over(daily: Office) -> None:
    daily.type("Settings", {"Setting": "Holiday"}, Value=1)
    daily.tick()
    daily.tick(days=1)
    daily.type("Settings", {"Setting": "Holiday"}, Value=0)
    daily.tick()
    assert daily.runs() == {}
    (noted,) = daily.events("noted")
    assert noted.detail.startswith("Daily does not run. Schedule every day 17:00: 2026-11-23 17:00, its If is not true")


def test_a_kill_between_the_run_and_its_note_starts_nothing_twice(daily: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    daily.tick()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(admit_module.Schedules, "remember", killed)
        with pytest.raises(KeyboardInterrupt):
            daily.tick(days=1)
    daily.restart()
    daily.tick()
    assert [run.state for run in daily.runs().values()] == [RunState.DONE]
    assert len(daily.recipients()) == 1


def test_the_night_on_which_clocks_go_back_runs_once(daily: Office) -> None:
    daily.zone = ZoneInfo("America/New_York")
    daily.restart()
    daily.clock.moment = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
    daily.type("Contracts", {"Contract": "Daily"}, When="every day 01:30")
    daily.tick()
    for _ in range(60):
        daily.tick(minutes=30)
    assert list(daily.runs()) == ["2026-11-01 01:30"]
    assert daily.seen.next_due == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    assert timedelta() < daily.seen.next_due - daily.clock.moment


def test_a_moment_that_was_held_back_for_the_day_is_kept_on_the_next(daily: Office) -> None:
    daily.write(Settings="Setting | Value\nRuns per day | 1")
    daily.type("Contracts", {"Contract": "Daily"}, When="every 2 hours", If=None)
    daily.tick()
    daily.tick(hours=1)
    daily.tick(hours=2)
    assert [run.state for run in daily.runs().values()] == [RunState.DONE, RunState.HELD]
    held = list(daily.runs())[1]
    daily.tick(hours=5)
    assert daily.runs()[held].state is RunState.DONE
