"""Answers as a service gives them that speaks OpenAI's language."""

import json
from collections.abc import Mapping
from typing import Any

from tests.servers.http import Reply, Request


def said(
    content: str | Mapping[str, Any] | None, ended: str = "stop", tokens: tuple[int, int] | None = (1000, 500), **message: Any
) -> Reply:
    """A good answer; a mapping becomes JSON in it."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "finish_reason": ended, "message": {"role": "assistant", "content": text, **message}}],
    }
    if tokens:
        body["usage"] = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
    return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def refused(status: int, message: str, **headers: str) -> Reply:
    """A refusal with its reason."""
    return Reply(
        status,
        json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode(),
        {name.replace("_", "-"): text for name, text in headers.items()},
    )


def asked(request: Request) -> dict[str, Any]:
    """What came, parsed."""
    found: dict[str, Any] = json.loads(request.body)
    return found


def words(request: Request) -> str:
    """Everything that the model was told."""
    return "\n\n".join(message["content"] for message in asked(request)["messages"])
