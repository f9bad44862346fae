"""A session with a server of tools, in a thread of its own with its own event loop.

Invariant: the session is entered and left by one task; every wait is bounded, and `close` leaves no process behind.
"""

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO, TypeVar

import httpx2
import mcp_types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from adapters.mcp.description import Description, described
from adapters.mcp.server import LONGEST, START, AnswerLost, NotThere, Refused, Way

_T = TypeVar("_T")
#: Answers that say that nothing was done: the request was not understood, or there is no such thing.
_NOT_DONE = (mcp_types.INVALID_PARAMS, mcp_types.METHOD_NOT_FOUND, mcp_types.INVALID_REQUEST, mcp_types.PARSE_ERROR)
#: Seconds for a server to end: the package asks, then tells, then kills, two seconds each.
_END = 10.0

for _name in ("mcp", "httpx2"):  # what they log is said here in sentences
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(slots=True)
class Session:
    """A server that runs, or is about to."""

    way: Way
    environment: Mapping[str, str]
    headers: Mapping[str, str]
    #: Set once the server has greeted us; holds what kept it from that.
    opened: "concurrent.futures.Future[None]" = field(default_factory=concurrent.futures.Future)
    alive: bool = True
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _client: Client | None = None
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    _thread: threading.Thread | None = None

    @classmethod
    def start(cls, way: Way, environment: Mapping[str, str], headers: Mapping[str, str]) -> "Session":
        """Begin to start it; `opened` tells how that went."""
        session = cls(way, environment, headers)
        session._thread = threading.Thread(target=session._run, name="mcp", daemon=True)
        session._thread.start()
        return session

    def ask(self, question: Awaitable[_T], patience: float) -> _T:
        """The answer. Raises `AnswerLost` or `Refused`."""
        asked = asyncio.run_coroutine_threadsafe(_awaited(question), self._loop)
        try:
            return asked.result(timeout=max(0.0, patience))
        except concurrent.futures.TimeoutError:
            asked.cancel()
            raise AnswerLost("no answer came in time") from None
        except concurrent.futures.CancelledError:
            self.alive = False
            raise AnswerLost("the connection was closed") from None
        except MCPError as error:
            if error.code in _NOT_DONE:
                raise Refused(error.message) from None
            if error.code == mcp_types.CONNECTION_CLOSED:
                self.alive = False
            raise AnswerLost(error.message) from None
        except Exception as error:  # noqa: BLE001 - an answer that the package cannot read comes after the deed
            raise AnswerLost(f"its answer could not be used: {error}") from None

    async def tools(self, pages: int) -> list[Description]:
        """Every tool of the server, page by page."""
        found: list[Description] = []
        cursor: str | None = None
        for _ in range(pages):
            page = await self._connected().list_tools(cursor=cursor, cache_mode="bypass")
            for tool in page.tools:
                listed = described(tool.model_dump(mode="json", by_alias=True, exclude_none=True))
                if len(str(listed)) <= LONGEST:
                    found.append(listed)
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    async def call(self, tool: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        """The tool's answer as JSON."""
        answer = await self._connected().call_tool(tool, arguments)
        return answer.model_dump(mode="json", by_alias=True, exclude_none=True)

    def close(self) -> None:
        """End it; returns when the server is gone."""
        self.alive = False
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._end)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(_END)

    # ------------------------------------------------------------------------------------------- in the session's thread

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._live())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for the start
            if not self.opened.done():
                self.opened.set_exception(NotThere(self._why(error)))
        finally:
            self.alive = False

    async def _live(self) -> None:
        task = asyncio.current_task()
        patience = self._loop.call_later(START, lambda: task and task.cancel())
        async with self._transport() as transport, Client(transport, cache=None, mode="auto") as client:
            patience.cancel()
            self._client = client
            self.opened.set_result(None)
            await self._ending.wait()

    def _end(self) -> None:
        self._ending.set()
        if not self.opened.done():
            for task in asyncio.all_tasks(self._loop):
                task.cancel()

    def _connected(self) -> Client:
        if self._client is None:
            raise AnswerLost("the connection was closed")
        return self._client

    @contextlib.asynccontextmanager
    async def _transport(self) -> AsyncIterator[Any]:
        """What the client speaks through."""
        if self.way.url:
            async with httpx2.AsyncClient(headers=dict(self.headers), timeout=httpx2.Timeout(30, read=300)) as web:
                yield streamable_http_client(self.way.url, http_client=web)
            return
        program, *words = self.way.command
        parameters = StdioServerParameters(command=program, args=words, env=dict(self.environment), cwd=self.way.folder)
        with _listening(self._said) as voice:
            yield stdio_client(parameters, errlog=voice)

    def _why(self, error: BaseException) -> str:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, FileNotFoundError):
            return f"could not be started: there is no program {self.way.command[0]}. Install it, or give its whole path."
        if isinstance(error, asyncio.CancelledError):
            return f"did not start within {START:.0f} seconds. {self._last_words()}".strip()
        if self.way.url:
            return f"could not be reached at {self.way.url}: {str(error)[:300] or type(error).__name__}"
        return f"could not be started: {str(error)[:300] or type(error).__name__}. {self._last_words()}".strip()

    def _last_words(self) -> str:
        words = " ".join(line.strip() for line in self._said if line.strip())
        return f"Its last words: {words[-300:]}" if words else ""


async def _awaited(question: Awaitable[_T]) -> _T:
    return await question


@contextlib.contextmanager
def _listening(said: deque[str]) -> Any:
    """A file for what the server complains of; only the last lines are kept."""
    inlet, outlet = os.pipe()

    def hear() -> None:
        with os.fdopen(inlet, errors="replace") as lines:
            while line := lines.readline(2000):
                said.append(line)

    threading.Thread(target=hear, name="mcp-errors", daemon=True).start()
    voice: TextIO
    with os.fdopen(outlet, "w") as voice:
        yield voice
