"""A server of tools as a process of ours: messages go through its pipes, one a line.

Invariant: no more than two of the longest messages are held, whatever it says, and once the pipes are left, it and all that it
started are gone. (The package's own pipes hold a line of any length, and follow for ever a server that never stops talking.)
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse, jsonrpc_message_adapter

#: Bytes of the longest message that is taken: what a step keeps of an answer, and a few pictures beside it.
LONGEST = 8_000_000
#: Lines that it may say without answering anything among them: notifications, progress, and what somebody prints by mistake.
UNASKED = 100_000
#: Seconds for it to end once its input is closed, and once it is told to.
_GRACE = 2.0

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]
_Heard = MemoryObjectSendStream[SessionMessage | Exception]


@contextlib.asynccontextmanager
async def piped(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], words: deque[str]
) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """Start it, and speak with it. `words` takes what it complains of, and why it was given up. Raises `OSError`."""
    transport, process = await _start(command, folder, get_default_environment() | dict(environment))
    heard, inbox = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outbox, said = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as group:
        group.start_soon(_hear, process, heard, words)
        group.start_soon(_say, process, said, heard)
        group.start_soon(_overhear, process, words)
        try:
            yield inbox, outbox
        finally:
            with anyio.CancelScope(shield=True):
                inbox.close()
                outbox.close()
                await _end(transport, process)
            group.cancel_scope.cancel()


async def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[asyncio.SubprocessTransport, Process]:
    """As `asyncio.create_subprocess_exec`, which keeps the transport to itself: whoever cannot close that leaves pipes open."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        lambda: SubprocessStreamProtocol(limit=LONGEST, loop=loop),
        shutil.which(command[0]) or command[0],  # Windows finds npx.cmd only so
        *command[1:],
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,  # a group of its own: Ctrl-C is ours, and its children end with it
    )
    return transport, Process(transport, protocol, loop)


async def _hear(process: Process, heard: _Heard, words: deque[str]) -> None:
    """Pass on its messages; leaving closes the stream, which tells the session that there is nobody any more."""
    stdout, unasked = cast("asyncio.StreamReader", process.stdout), 0
    async with heard:
        while unasked <= UNASKED:
            try:
                line = await stdout.readline()
            except ValueError:
                words.append(f"It sent more than {LONGEST // 1_000_000} MB at once.")
                return
            if not line:
                return
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                unasked += 1
                words.append(line[:500].decode(errors="replace"))  # what is printed by mistake often says why it does not work
                continue
            unasked = 0 if isinstance(message, JSONRPCResponse | JSONRPCError) else unasked + 1
            try:
                await heard.send(SessionMessage(message))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return
        words.append("It did not stop talking.")


async def _say(process: Process, said: MemoryObjectReceiveStream[SessionMessage], heard: _Heard) -> None:
    stdin = cast("asyncio.StreamWriter", process.stdin)
    try:
        async with said:
            async for each in said:
                text = each.message.model_dump_json(by_alias=True, exclude_unset=True)
                stdin.write(text.encode() + b"\n")
                await stdin.drain()
    except OSError:
        await heard.aclose()  # it no longer listens: whoever waits for an answer is told so


async def _overhear(process: Process, words: deque[str]) -> None:
    """Keep the last of its complaints; it never has to wait for us to read them."""
    stderr = cast("asyncio.StreamReader", process.stderr)
    while chunk := await stderr.read(65_536):
        words.extend(chunk[-2000:].decode(errors="replace").splitlines())


async def _end(transport: asyncio.SubprocessTransport, process: Process) -> None:
    """Ask it to end by closing its input, then tell it, then end it."""
    cast("asyncio.StreamWriter", process.stdin).close()
    if not await _gone(process):
        _signal(process, signal.SIGTERM)
        await _gone(process)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # what it started too, where it left them behind
    transport.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _GRACE)


async def _gone(process: Process) -> bool:
    # not process.wait(): that waits for the pipes too, which its children may hold
    for _ in range(int(_GRACE / 0.01)):
        if process.returncode is not None:
            return True
        await asyncio.sleep(0.01)
    return False


def _signal(process: Process, number: int) -> None:
    """To it and all that it started."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32":
            os.killpg(process.pid, number)
        elif process.returncode is None:
            import subprocess

            end = ["taskkill", "/PID", str(process.pid), "/T", "/F"]
            subprocess.run(end, capture_output=True, check=False, timeout=10)  # noqa: S603 - Windows' own, and a number
