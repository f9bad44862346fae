"""A server of tools without manners, written without the package; its tools are what it does wrong.

`endless`: one line without an end; `chatter`: lines that are no messages; `complain`: the same to stderr; `huge`: 20 MB at once;
`beg`: asks the client for a model, a folder and an answer of its user, and tells what it got; `nonsense`: an answer that is none;
`slow`: does nothing else for three seconds.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, NoReturn

TOOLS = ("endless", "chatter", "complain", "huge", "beg", "nonsense", "slow", "fine")
BEGGED = ("sampling/createMessage", "roots/list", "elicitation/create")
MESSAGE = {"messages": [{"role": "user", "content": {"type": "text", "text": "Hello"}}], "maxTokens": 5}
WANTED = {
    "sampling/createMessage": MESSAGE,
    "elicitation/create": {"message": "Password?", "requestedSchema": {"type": "object", "properties": {}}},
}


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def flood(pipe: int, chunk: bytes) -> NoReturn:
    while True:
        os.write(pipe, chunk)


def beg() -> str:
    told = []
    for number, method in enumerate(BEGGED):
        say(id=f"beg-{number}", method=method, params=WANTED.get(method, {}))
        answer = json.loads(sys.stdin.readline())
        told.append(f"{method}: {answer['error']['message'] if 'error' in answer else 'GIVEN'}")
    return "; ".join(told)


def answer(how: str) -> dict[str, Any]:
    if how == "endless":
        flood(1, b"x" * 65_536)
    if how == "chatter":
        flood(1, b"Listening on port 3000\n" * 2000)
    if how == "complain":
        flood(2, b"warning\n" * 8000)
    if how == "slow":
        time.sleep(3)
    if how == "nonsense":
        return {"content": "yes"}
    text = "y" * 20_000_000 if how == "huge" else beg() if how == "beg" else "done"
    return {"content": [{"type": "text", "text": text}]}


def listed(name: str) -> dict[str, Any]:
    return {"name": name, "description": name, "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}


def reply(request: dict[str, Any]) -> dict[str, Any]:
    match request["method"]:
        case "initialize":
            about = {"protocolVersion": "2025-06-18", "serverInfo": {"name": "rude", "version": "1"}}
            return {"result": about | {"capabilities": {"tools": {}}}}
        case "tools/list":
            return {"result": {"tools": [listed(name) for name in TOOLS]}}
        case "tools/call":
            return {"result": answer(request["params"]["name"])}
    return {"error": {"code": -32601, "message": "Method not found"}}


class Web(BaseHTTPRequestHandler):
    """The same by POST."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply(request)}).encode() if "id" in request else b""
        self.send_response(200 if body else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def serve() -> None:
    while line := sys.stdin.readline():
        request = json.loads(line)
        if "id" in request:
            say(id=request["id"], **reply(request))


if __name__ == "__main__":
    serve()
