"""Servers of tools on the web: one that others wrote, and one without manners."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import ThreadingHTTPServer

import pytest

from adapters.mcp.server import AnswerLost, McpServer, Way
from runner.errors import ActionFailed
from tests.servers.http import HttpServer, Reply
from tests.servers.mcp_rude import Web
from tests.servers.strangers import Strangers

PATIENCE = timedelta(seconds=60)


@dataclass
class Everything:
    """@modelcontextprotocol/server-everything on a port of its own."""

    command: tuple[str, ...]
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        environment = {**os.environ, "PORT": str(self.port)}
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([*self.command, "streamableHttp"], env=environment, stdout=quiet, stderr=quiet)
        for _ in range(600):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("it did not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def everything(strangers: Strangers) -> Iterator[Everything]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = Everything(strangers.everything, port)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def client(everything: Everything) -> Iterator[McpServer]:
    made = McpServer("web", Way(url=f"http://127.0.0.1:{everything.port}/mcp"), (), str)
    yield made
    made.close()


def _sum(client: McpServer) -> str:
    client.tool("get-sum", PATIENCE)
    return str(client.call("get-sum", {"a": 1, "b": 2}, PATIENCE)["content"][0]["text"])


def test_one_that_was_started_anew_and_has_forgotten_us_is_greeted_anew(everything: Everything, client: McpServer) -> None:
    assert _sum(client) == "The sum of 1 and 2 is 3."
    everything.kill()
    everything.start()
    assert _sum(client) == "The sum of 1 and 2 is 3."


def test_one_that_dies_during_a_call_is_told_from_one_that_is_not_there(everything: Everything, client: McpServer) -> None:
    client.tool("get-sum", PATIENCE)
    threading.Timer(1, everything.kill).start()
    with pytest.raises(AnswerLost):
        client.call("trigger-long-running-operation", {"duration": 30, "steps": 1}, PATIENCE)
    with pytest.raises(ActionFailed, match="could not be reached at http:"):
        client.tool("get-sum", PATIENCE)
    everything.start()
    assert _sum(client) == "The sum of 1 and 2 is 3."


def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = McpServer("web", Way(url=f"http://127.0.0.1:{server.server_port}/mcp"), (), str)
    try:
        assert client.tool("fine", PATIENCE)
        with pytest.raises(AnswerLost, match="more than 8 MB at once"):
            client.call("huge", {}, PATIENCE)
        assert client.call("fine", {}, PATIENCE)["content"][0]["text"] == "done"
    finally:
        client.close()
        server.shutdown()
        server.server_close()


def test_one_that_wants_to_know_who_asks_is_told_so(http_server: HttpServer) -> None:
    http_server.on("/mcp", Reply(401, b"who are you?"))
    client = McpServer("web", Way(url=f"{http_server.url}/mcp"), (), str)
    with pytest.raises(ActionFailed, match=r"it answered 401 Unauthorized\. It wants a key: see headers in config\.toml"):
        client.tools(PATIENCE)


def test_a_page_that_is_no_tool_server_is_told_so(http_server: HttpServer) -> None:
    http_server.on("/mcp", Reply(405, b"<html>"))
    client = McpServer("web", Way(url=f"{http_server.url}/mcp"), (), str)
    with pytest.raises(ActionFailed, match=r"could not be reached at http:.*: it answered 405 Method Not Allowed"):
        client.tools(PATIENCE)
