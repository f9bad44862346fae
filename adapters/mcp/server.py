"""One server of tools and the session with it: started when it is first needed, kept, started anew when it has died.

Invariant: nothing here raises anything but `ActionFailed` and `Refused` (certain: the tool was not called) and `AnswerLost` (it may
have been), and no process that was started here outlives `close`.
"""

import atexit
import concurrent.futures
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.mcp.description import Description
from runner.errors import ActionFailed

if TYPE_CHECKING:
    from adapters.mcp.session import Session

#: Seconds that a server may take to start: `npx -y …` fetches itself the first time.
START = 60.0
#: Pages of a list of tools that are read, and the longest description that is kept.
PAGES, LONGEST = 50, 200_000

_T = TypeVar("_T")


class AnswerLost(Exception):
    """The request went out and no good answer came back."""


class Broke(AnswerLost):
    """The answer is that something went wrong on the way: nobody says how far it had come."""


class NotThere(Exception):
    """It did not start, or was not reached; why, as the rest of a sentence."""


class Refused(Exception):
    """The server answered that it will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a server is reached: a command that is started, or a url."""

    command: tuple[str, ...] = ()
    folder: Path = Path()
    url: str = ""
    #: Environment of the command; headers of the url. Secrets are revealed when it is called. Raises `ActionFailed`.
    environment: Callable[[], Mapping[str, str]] = dict
    headers: Callable[[], Mapping[str, str]] = dict


@dataclass(slots=True)
class McpServer:
    """[mcp.NAME] of config.toml."""

    name: str
    way: Way
    #: The only tools that may be called.
    allowed: tuple[str, ...]
    redact: Callable[[str], str]
    _session: "Session | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tools(self, timeout: timedelta) -> list[Description]:
        """Its tools, as it describes them now. Raises `ActionFailed`."""
        deadline = time.monotonic() + timeout.total_seconds()
        try:
            return self._list(deadline)
        except (AnswerLost, Refused) as error:
            raise ActionFailed(f"The tool server {self.name} did not say which tools it has: {error}") from None

    def tool(self, name: str, timeout: timedelta) -> Description:
        """One of them. Raises `ActionFailed`."""
        from runner.rules.findings import did_you_mean

        listed = self.tools(timeout)
        found = next((tool for tool in listed if tool.name == name), None)
        if found is None:
            names = [tool.name for tool in listed]
            hint = did_you_mean(name, names) or f"It has: {', '.join(names[:20]) or 'none'}."
            raise ActionFailed(f"The tool server {self.name} has no tool “{name}”. {hint}", permanent=True)
        return found

    def call(self, tool: str, arguments: Mapping[str, Any], timeout: timedelta) -> Mapping[str, Any]:
        """The tool's answer: `isError`, `content`, perhaps `structuredContent`. Raises AnswerLost, Refused, ActionFailed."""
        deadline = time.monotonic() + timeout.total_seconds()
        return self._ask(lambda session: session.call(tool, dict(arguments)), deadline)

    def close(self) -> None:
        """End the session, and with it the server when we started it."""
        with self._lock:
            session, self._session = self._session, None
        if session:
            session.close()

    def _list(self, deadline: float) -> list[Description]:
        """The session is left where it does not even answer this: it is stuck, or the server has forgotten it."""
        session = self._open(deadline)
        try:
            return self._ask(lambda session: session.tools(PAGES), deadline, session)
        except AnswerLost:
            self._drop(session)
            if time.monotonic() >= deadline:
                raise
        return self._ask(lambda session: session.tools(PAGES), deadline)

    def _ask(self, question: "Callable[[Session], Awaitable[_T]]", deadline: float, session: "Session | None" = None) -> _T:
        session = session or self._open(deadline)
        try:
            return session.ask(question(session), deadline - time.monotonic())
        except (AnswerLost, Refused) as error:
            if not session.alive:
                self._drop(session)
            raise type(error)(self.redact(str(error))[:1000]) from None

    def _open(self, deadline: float) -> "Session":
        with self._lock:
            if self._session and not self._session.alive:
                self._session.close()
                self._session = None
            if self._session is None:
                self._session = self._start()
                atexit.unregister(self.close)  # once, however often it is started
                atexit.register(self.close)
            session = self._session
        try:
            session.opened.result(timeout=max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError:
            late = f"The tool server {self.name} did not answer in time: it is still starting. {session.last_words()}".strip()
            raise ActionFailed(self.redact(late)) from None
        except NotThere as error:
            self._drop(session)
            raise ActionFailed(self.redact(f"The tool server {self.name} {error}")) from None
        return session

    def _start(self) -> "Session":
        try:
            from adapters.mcp.session import Session
        except ImportError:
            message = 'mcp.call needs a package that is not installed. Run: pip install "rowpact[mcp]"'
            raise ActionFailed(message, permanent=True) from None
        return Session.start(self.way, self.way.environment(), self.way.headers())

    def _drop(self, session: "Session") -> None:
        with self._lock:
            if self._session is session:
                self._session = None
        session.leave()
