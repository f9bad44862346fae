"""Servers of tools without manners: nothing that they do costs more than their own answer."""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import adapters.mcp.session as sessions
from adapters.mcp.server import AnswerLost, McpServer, Way
from runner.errors import ActionFailed
from tests.servers.calendar import Calendar

RUDE = Path(__file__).parents[2] / "servers" / "mcp_rude.py"
PATIENCE, SOON = timedelta(seconds=60), timedelta(seconds=2)

Start = Callable[..., McpServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(*command)`: a server, closed at the end, after which no process is left of it."""
    servers: list[McpServer] = []

    def make(*command: str) -> McpServer:
        way = Way(command=command or (sys.executable, "-P", str(RUDE)), environment=lambda: {"KEY": "open-sesame"})
        servers.append(McpServer("rude", way, (), lambda text: text.replace("open-sesame", "•••")))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
    assert _children() == []


def _children() -> list[str]:
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()


def _memory() -> int:
    """The most that this process has ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize(
    ("how", "because"),
    [("endless", "more than 8 MB at once"), ("huge", "more than 8 MB at once"), ("chatter", "did not stop talking")],
)
def test_one_that_floods_is_ended_and_started_anew(start: Start, how: str, because: str) -> None:
    server = start()
    assert server.tool("fine", PATIENCE)
    before = _memory()
    with pytest.raises(AnswerLost, match=because):
        server.call(how, {}, PATIENCE)
    assert _memory() - before < 60
    assert server.call("fine", {}, PATIENCE)["content"][0]["text"] == "done"


def test_one_that_complains_without_end_is_not_waited_for_and_started_anew(start: Start) -> None:
    server = start()
    assert server.tool("fine", PATIENCE)
    before = _memory()
    with pytest.raises(AnswerLost, match="no answer came in time"):
        server.call("complain", {}, SOON)
    with pytest.raises(ActionFailed, match="did not say which tools it has"):
        server.tools(SOON)
    assert _memory() - before < 60
    assert server.call("fine", {}, PATIENCE)["content"][0]["text"] == "done"


def test_one_that_is_too_busy_to_say_what_it_has_may_finish_what_it_does(start: Start) -> None:
    server = start()
    assert server.tool("fine", PATIENCE)
    done: list[object] = []
    other = threading.Thread(target=lambda: done.append(server.call("slow", {}, PATIENCE)))
    other.start()
    time.sleep(0.2)
    with pytest.raises(ActionFailed, match="no answer came in time"):
        server.tools(timedelta(seconds=1))
    other.join(60)
    assert len(done) == 1


def test_what_it_asks_of_us_is_refused(start: Start) -> None:
    (part,) = start().call("beg", {}, PATIENCE)["content"]
    told = "sampling/createMessage: Sampling not supported; roots/list: List roots not supported; elicitation/create: Elicitation"
    assert part["text"].startswith(told)
    assert "GIVEN" not in part["text"]


def test_an_answer_that_is_none_is_told(start: Start) -> None:
    with pytest.raises(AnswerLost, match="its answer could not be used"):
        start().call("nonsense", {}, PATIENCE)


def test_one_that_ends_at_once_is_told_with_its_last_words_but_no_secret(start: Start) -> None:
    said = "import os, sys; sys.exit('The key ' + os.environ['KEY'] + ' is not known here.')"
    with pytest.raises(ActionFailed, match=r"ended as soon as it was started\. Its last words: The key ••• is not known here"):
        start(sys.executable, "-c", said).tools(PATIENCE)


def test_what_it_prints_instead_of_an_answer_is_told(start: Start) -> None:
    said = "import time; print('Open https://login.example to sign in', flush=True); time.sleep(60)"
    with pytest.raises(ActionFailed, match=r"it is still starting\. Its last words: Open https://login\.example to sign in"):
        start(sys.executable, "-c", said).tools(SOON)


def test_one_that_starts_too_slowly_is_ended(calendar: Calendar, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar.now("slow")
    monkeypatch.setattr(sessions, "START", 1.0)
    server = start(*calendar.command)
    with pytest.raises(ActionFailed, match="did not start within 1 seconds"):
        server.tools(PATIENCE)
    assert calendar.running == []
    calendar.now("slow", over=True)
    monkeypatch.undo()
    assert server.tool("find_events", PATIENCE)


def test_children_that_a_server_left_behind_end_with_it(start: Start, tmp_path: Path) -> None:
    left = tmp_path / "left"
    server = start("sh", "-c", f'sleep 300 & echo $! > {left}; exec "$0" -P "$1"', sys.executable, str(RUDE))
    assert server.tool("fine", PATIENCE)
    child = int(left.read_text())
    server.close()
    for _ in range(500):
        if not Path(f"/proc/{child}").exists():
            return
        time.sleep(0.01)
    pytest.fail("the server's own child lives on")
