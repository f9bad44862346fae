"""A server of tools that is reached by a url.

Invariant: an answer longer than the longest message is not read to its end, however it comes.
"""

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

from adapters.mcp.pipes import LONGEST

#: Seconds: to connect and to send; and between two signs of life while a tool is at work.
_CONNECT, _SILENCE = 30, 300


@contextlib.asynccontextmanager
async def reached(url: str, headers: Mapping[str, str], words: deque[str]) -> AsyncIterator[Any]:
    """What the client speaks through. `words` takes the server's refusals."""

    async def look(response: httpx2.Response) -> None:
        if response.status_code >= 400 and response.request.method == "POST":
            words.append(f"{response.status_code} {response.reason_phrase}")
        _bound(response)

    timeout, plain = httpx2.Timeout(_CONNECT, read=_SILENCE), {"accept-encoding": "identity"}
    async with (
        httpx2.AsyncClient(headers=plain | dict(headers), timeout=timeout, event_hooks={"response": [look]}) as client,
        streamable_http_client(url, http_client=client, max_sse_event_size=LONGEST) as streams,
    ):
        yield streams


def _bound(response: httpx2.Response) -> None:
    """Only what comes at once: a stream of events goes on for ever, and each event has its own limit."""
    if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for chunk in self._stream:
            length += len(chunk)
            if length > LONGEST:
                raise httpx2.StreamError(f"It sent more than {LONGEST // 1_000_000} MB at once.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
