"""The computer's clock is set back and forth, between ticks and under a living runner, and its time zone changes."""

from datetime import datetime, timedelta

import pytest

from tests.acceptance.computer import Computer, until
from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply


@pytest.fixture
def every_hour(shop: Shop) -> Shop:
    """A mail every hour, and one for each lead."""
    shop.config('[runner]\npoll = "1s"\ntimezone = "UTC"\n')
    shop.write(
        Contracts="""
            Contract | Enabled | Trigger  | Tab   | When         | Dedupe key
            Remind   | Yes     | Schedule |       | every hour   |
            Hello    | Yes     | New row  | Leads |              | {{ email }}
        """,
        Steps=r"""
            Contract | Step  | Action     | With
            Remind   | Mail  | email.send | to: ana@shop.example\nsubject: Hour {{ scheduled }}\nbody: It is time.
            Hello    | Reply | email.send | to: {{ email }}\nsubject: Hello\nbody: Thank you!
        """,
        Leads="Name | Email | State | Run | Row ID",
    )
    return shop


def test_an_hour_that_comes_twice_because_the_clock_was_set_back_is_kept_once(computer: Computer, every_hour: Shop) -> None:
    for hours in (0, 2, 0, 1, 2, 3):
        computer.set_clock(hours=hours)
        computer.run("run", "--once")
    hours = [datetime.fromisoformat(key) for key in every_hour.runs()]
    assert len(hours) == len(set(hours)) == len(every_hour.mails())
    assert hours == [hours[0], hours[0] - timedelta(hours=1), hours[0] + timedelta(hours=1)]
    assert set(every_hour.runs().values()) == {"DONE"}


def test_three_days_forth_run_the_newest_late_and_three_days_back_silence_nothing(computer: Computer, every_hour: Shop) -> None:
    computer.run("run", "--once")
    computer.set_clock(hours=72.5)
    computer.run("run", "--once")
    assert len(every_hour.mails()) == 1
    computer.set_clock(hours=0)
    computer.run("run", "--once")
    computer.set_clock(hours=1)
    computer.run("run", "--once")
    assert len(every_hour.mails()) == 2
    assert "unbroken" in every_hour.run("audit", "verify")


def test_a_living_runner_whose_clock_is_set_back_does_not_fall_asleep(computer: Computer, every_hour: Shop) -> None:
    computer.set_clock(hours=2)
    runner = computer.start("run")
    until(lambda: bool(_runner_tab(every_hour)), "the first tick")
    computer.set_clock(hours=0)
    every_hour.add("Leads", Name="Ada", Email="ada@shop.example")
    until(lambda: "ada@shop.example" in every_hour.recipients(), "the mail")
    computer.set_clock(hours=72)
    every_hour.add("Leads", Name="Bob", Email="bob@shop.example")
    until(lambda: "bob@shop.example" in every_hour.recipients(), "the second mail")
    assert "Stopped." in computer.stop(runner)
    assert runner.returncode == 0
    assert every_hour.recipients().count("ada@shop.example") == 1


def _runner_tab(shop: Shop) -> list[dict[str, object]]:
    try:
        return shop.tab("Runner")
    except KeyError:
        return []


def test_a_retry_comes_soon_though_the_clock_was_set_back(computer: Computer, shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/put", Reply(503), Reply(200, b"{}"))
    shop.config(f'[http]\nallow = ["{http_server.host}"]\n[runner]\npoll = "1s"\n')
    put = f"url: {http_server.url}/put\\nbody: {{{{ no }}}}"
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key\nPut | Yes | New row | Bills | {{ no }}",
        Steps=f"Contract | Step | Action | With | Retry\nPut | It | http.put | {put} | 10m",
        Bills="No | State | Run | Row ID\n1",
    )
    computer.set_clock(hours=2)
    runner = computer.start("run")
    until(lambda: http_server.hits() == 1, "the first try")
    until(lambda: "RETRYING" in str(shop.json("status")), "the wait")
    computer.set_clock(hours=0)
    until(lambda: http_server.hits() == 2, "the second try")
    until(lambda: "It: DONE" in computer.said(runner), "the end")
    computer.stop(runner)
    assert shop.runs() == {"1": "DONE"}


def test_a_week_of_sleep_keeps_the_last_moment_once_and_says_that_it_is_late(computer: Computer, every_hour: Shop) -> None:
    runner = computer.start("run")
    until(lambda: bool(_runner_tab(every_hour)), "the first tick")
    computer.freeze(runner)
    computer.set_clock(hours=7 * 24)
    computer.thaw(runner)
    until(lambda: len(every_hour.mails()) == 1, "the mail")
    computer.stop(runner)
    assert len(every_hour.runs()) == 1
    assert "late by" in str(every_hour.tab("Audit"))


def test_another_time_zone_of_the_computer_changes_nothing(computer: Computer, every_hour: Shop) -> None:
    computer.run("run", "--once")
    computer.set_clock(hours=1)
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "Europe/London"):
        every_hour.run("run", "--once", env={**computer.env, "TZ": zone})
    assert len(every_hour.mails()) == 1


def test_another_time_zone_in_the_config_keeps_no_moment_twice(computer: Computer, every_hour: Shop) -> None:
    computer.run("run", "--once")
    computer.set_clock(hours=1)
    computer.run("run", "--once")
    config = every_hour.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"UTC"', '"America/Chicago"'), encoding="utf-8")
    computer.run("run", "--once")
    assert len(every_hour.mails()) == 1
    computer.set_clock(hours=2)
    computer.run("run", "--once")
    assert len(every_hour.mails()) == 2
