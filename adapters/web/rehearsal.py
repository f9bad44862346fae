"""What a web service would answer, without asking it: for drills.

Invariant: nothing is sent; every verdict is the one that `adapters.web.verdict` gives of a real answer.
"""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.web.client import Answer
from adapters.web.connection import reason
from adapters.web.verdict import judge, lost, result
from runner.model import Effect
from runner.ports import Call, Done, Fault

#: Fault → the answer's status, phrase, headers and body.
_ANSWERS: Mapping[Fault, tuple[int, str, Mapping[str, str], bytes]] = {
    Fault.SERVER_ERROR: (500, "Internal Server Error", {}, b""),
    Fault.TOO_MANY: (429, "Too Many Requests", {"retry-after": "60"}, b""),
    Fault.REFUSED: (422, "Unprocessable Content", {"content-type": "application/json"}, b'{"error": "not accepted"}'),
}


def rehearse(request: Mapping[str, Any], call: Call, fault: Fault | None, redact: Callable[[str], str]) -> Done:
    """The result of a request that went well, or of one whose answer is a page where data should be. Raises as `judge`, `lost`."""
    place, effect = f"{request['method']} {request['url']}", Effect(request["effect"])
    expected = tuple((low, high) for low, high in request["expect"])
    if fault is Fault.TIMEOUT:
        raise lost(place, reason(TimeoutError()), effect)
    status, phrase, headers, body = _ANSWERS[fault] if fault and fault in _ANSWERS else (_good(expected), "OK", {}, _body(fault))
    answer = Answer(status=status, phrase=phrase, headers=headers, body=body)
    judge(answer, place, expected, effect, call.now, redact)
    return Done(result=result(answer, redact), said=f"{place} → {status} {phrase}")


def counts(request: Mapping[str, Any]) -> bool:
    """A POST or PATCH that comes twice is done twice, unless the owner says that the service heeds the Idempotency-Key."""
    return request["method"] in ("POST", "PATCH") and request["effect"] != Effect.KEYED


def _good(expected: tuple[tuple[int, int], ...]) -> int:
    return 200 if any(low <= 200 <= high for low, high in expected) else expected[0][0]


def _body(fault: Fault | None) -> bytes:
    return b"<html>Our service is being renewed.</html>" if fault is Fault.MALFORMED else b"{}"
