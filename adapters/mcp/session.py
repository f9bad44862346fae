"""A session with a server of tools, in a thread of its own with its own event loop.

Invariant: the session is entered and left by one task; every wait is bounded, and `close` leaves no process behind.
"""

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import mcp_types
from mcp import Client, MCPError

from adapters.mcp.description import Description, described
from adapters.mcp.pipes import piped
from adapters.mcp.server import LONGEST, START, AnswerLost, Broke, NotThere, Refused, Way
from adapters.mcp.web import reached

_T = TypeVar("_T")
#: Answers that say that nothing was done: there is no such thing. The package has words of its own for answers that it could not
#: read, and for redirects; what they hold of the deed is not known.
_NOT_DONE = (mcp_types.INVALID_PARAMS, mcp_types.METHOD_NOT_FOUND)
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
    #: How many wait for an answer, and whether it ends with the last of them.
    _asking: int = 0
    _left: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, way: Way, environment: Mapping[str, str], headers: Mapping[str, str]) -> "Session":
        """Begin to start it; `opened` tells how that went."""
        session = cls(way, environment, headers)
        session._thread = threading.Thread(target=session._run, name="mcp", daemon=True)
        session._thread.start()
        return session

    def ask(self, question: Awaitable[_T], patience: float) -> _T:
        """The answer. Raises `AnswerLost` or `Refused`."""
        with self._lock:
            self._asking += 1
        try:
            return self._asked(question, patience)
        finally:
            with self._lock:
                self._asking -= 1
                over = self._left and not self._asking
            if over:
                self.close()

    def _asked(self, question: Awaitable[_T], patience: float) -> _T:
        asked = asyncio.run_coroutine_threadsafe(_awaited(question), self._loop)
        try:
            return asked.result(timeout=max(0.0, patience))
        except concurrent.futures.TimeoutError:
            asked.cancel()
            raise AnswerLost("no answer came in time") from None
        except concurrent.futures.CancelledError:
            self.alive = False
            raise AnswerLost(f"the connection was closed. {self.last_words()}".strip()) from None
        except MCPError as error:
            if error.code in _NOT_DONE:
                raise Refused(error.message) from None
            if error.code == mcp_types.CONNECTION_CLOSED and not self.way.url:
                self.alive = False
                raise AnswerLost(f"the server is gone. {self.last_words()}".strip()) from None
            # by the web the package answers so itself where the server gave it something else
            lost = AnswerLost if self.way.url else Broke
            raise lost(" ".join(error.message.split())) from None
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

    def leave(self) -> None:
        """End it once nobody waits for an answer of it any more."""
        with self._lock:
            self._left = True
            over = not self._asking
        if over:
            self.close()

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
        async with Client(self._transport(), cache=None, mode="auto") as client:
            patience.cancel()
            self._client = client
            self._said.clear()
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

    def _transport(self) -> contextlib.AbstractAsyncContextManager[Any]:
        """What the client speaks through."""
        if self.way.url:
            return reached(self.way.url, self.headers, self._said)
        return piped(self.way.command, self.way.folder, self.environment, self._said)

    def _why(self, error: BaseException) -> str:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, FileNotFoundError):
            return f"could not be started: there is no program {self.way.command[0]}. Install it, or give its whole path."
        if isinstance(error, asyncio.CancelledError):
            return f"did not start within {START:.0f} seconds. {self.last_words()}".strip()
        if self.way.url:
            return f"could not be reached at {self.way.url}: {self._refusal() or str(error)[:300] or type(error).__name__}"
        if isinstance(error, MCPError) and error.code == mcp_types.CONNECTION_CLOSED:
            return f"ended as soon as it was started. {self.last_words()}".strip()
        return f"could not be started: {str(error)[:300] or type(error).__name__}. {self.last_words()}".strip()

    def _refusal(self) -> str:
        """What a web server answered instead, with the mend where it wants to know who asks."""
        if not self._said:
            return ""
        key = " It wants a key: see headers in config.toml." if self._said[-1][:3] in ("401", "403") else ""
        return f"it answered {self._said[-1]}.{key}"

    def last_words(self) -> str:
        """What it has said beside its answers, lately: a sentence, or ""."""
        words = " ".join(line.strip() for line in self._said if line.strip())
        return f"Its last words: {words[-300:]}" if words else ""


async def _awaited(question: Awaitable[_T]) -> _T:
    return await question
