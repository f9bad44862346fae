"""A real browser without a window: what a page looks like and does, asked over its debugging pipe.

Invariant: one process, ended by its own number; it may reach nothing but files.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or ""
#: The browser reads commands from 3 and writes answers to 4; both pipes are moved out of the way first.
HAND_OVER = """
import os, sys
reads, writes = (os.dup(int(number)) for number in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.set_inheritable(3, True)
os.set_inheritable(4, True)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One page at a time: `open`, then `ask`."""

    def __init__(self, home: Path) -> None:
        ours, theirs = os.pipe(), os.pipe()
        self._write, self._read = ours[1], theirs[0]
        self._left, self._number = b"", 0
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={home}"]
        offline = ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--no-first-run"]

        self._process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(ours[0]), str(theirs[1]), PROGRAM, *flags, *offline, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(ours[0], theirs[1]),
        )
        os.close(ours[0])
        os.close(theirs[1])
        target = next(one for one in self._call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session: str = attached["sessionId"]
        self.tell("Page.enable")

    def open(self, page: Path, *, width: int = 900, dark: bool = False, scripts: bool = True) -> None:
        """Show the file in a window of that width, for somebody who likes it light or dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self.tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.tell("Page.navigate", url=page.as_uri())
        self._until("Page.loadEventFired")

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """One command to the page."""
        return self._call(method, self._session, **params)

    def stop(self) -> None:
        """End the browser."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        os.close(self._write)
        os.close(self._read)

    def _call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> dict[str, Any]:
        """The next message; the test's own time limit ends a wait for a browser that says nothing."""
        while b"\0" not in self._left:
            more = os.read(self._read, 1 << 16)
            assert more, "the browser ended"
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)
