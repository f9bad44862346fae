"""The heartbeat of a runner: beside the work, and said once when it does not arrive."""

import threading
from datetime import timedelta

import pytest

from adapters.channels.heartbeat import Heartbeat
from runner.engine.poll import Poller
from runner.engine.seen import Seen
from runner.engine.tick import Report, tick
from runner.errors import ActionFailed, LeaseHeld, WorkbookUnreadable
from runner.ports import World
from tests.engine.office import Office
from tests.servers.http import HttpServer, Reply


def poller(office: Office, server: HttpServer) -> Poller:
    office.with_(heartbeat=Heartbeat(f"{server.url}/ping", lambda text, _host: text))
    return Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen)


def once(made: Poller) -> None:
    made.once()
    made._pulse.finish(10)


def paths(server: HttpServer) -> list[str]:
    return [request.path for request in server.requests]


def test_good_ticks_beat_at_most_once_a_minute_quiet_ones_too(office: Office, http_server: HttpServer) -> None:
    http_server.on("/ping", Reply(200))
    made = poller(office, http_server)
    for _ in range(9):
        once(made)
        office.clock.sleep(15)
    assert paths(http_server) == ["/ping"] * 3


def test_a_tick_that_fails_is_said_at_once_and_so_is_that_it_works_again(
    office: Office, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    http_server.on("/ping", Reply(200))
    http_server.on("/ping/fail", Reply(200))
    made = poller(office, http_server)
    once(made)

    def away() -> object:
        raise WorkbookUnreadable("It is not there.")

    with monkeypatch.context() as gone:
        gone.setattr(office.workbook, "version", away)
        gone.setattr(office.workbook, "read", away)
        office.clock.sleep(15)
        once(made)
        once(made)
    once(made)
    assert paths(http_server) == ["/ping", "/ping/fail", "/ping"]
    assert http_server.requests[1].body == b"It is not there."


def test_a_heartbeat_that_does_not_arrive_stops_nothing_and_is_said_once(office: Office, http_server: HttpServer) -> None:
    http_server.on("/ping", Reply(503), Reply(503), Reply(200))
    made = poller(office, http_server)
    for _ in range(3):
        once(made)
        office.clock.sleep(61)
    assert len(office.runs()) == 2
    assert [line for line in office.said if "heartbeat" in line] == [
        f"The heartbeat does not arrive: {http_server.host} answered 503 Service Unavailable.",
        "The heartbeat arrives again.",
    ]


def test_no_tick_waits_for_it_and_calls_do_not_pile_up(office: Office) -> None:
    calls, answer = [], threading.Event()

    def hangs(failed: str) -> None:
        calls.append(failed)
        assert answer.wait(20)
        raise ActionFailed("It took too long.")

    office.with_(heartbeat=hangs)
    made = Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen)
    for _ in range(5):
        made.once()  # would hang here
        office.clock.sleep(61)
    assert calls == [""]
    answer.set()
    made._pulse.finish(10)


def test_who_stands_by_for_another_runner_does_not_beat(office: Office, http_server: HttpServer) -> None:
    def held(_world: World, _seen: Seen) -> Report:
        raise LeaseHeld("Another runner works.")

    made = poller(office, http_server)
    made.tick = held
    once(made)
    assert http_server.connections == 0
    made.tick = tick
    once(made)
    assert http_server.hits() == 1
