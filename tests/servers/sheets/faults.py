"""What can go wrong between a client and Google, one fault a call.

server.fail(LOST_ANSWER, on="values.batchUpdate")            # the next such call
server.fail(UNAVAILABLE, times=3)                            # the next three calls of any kind

Invariant: a fault says whether the call was carried out; nothing else about the server changes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers.sheets.answers import HTML_502, Refused, too_many, unauthenticated, unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`status` 0 = not a byte comes back."""

    name: str
    #: The call is carried out although its answer does not tell.
    applied: bool = False
    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Silence until the server stops, or the client gives up.
    hangs: bool = False


def answering(name: str, refused: Refused, *, applied: bool = False, headers: Mapping[str, str] | None = None) -> Fault:
    """A fault that is told as Google tells it."""
    return Fault(name=name, applied=applied, status=refused.code, body=json.dumps(refused.body()).encode(), headers=headers or {})


TOO_MANY = answering("429", too_many("Read", "1"))
TOO_MANY_WAIT = answering("429 with Retry-After", too_many("Read", "1"), headers={"Retry-After": "7"})
UNAVAILABLE = answering("503", unavailable())
HTML = Fault(name="502 in HTML", status=502, body=HTML_502, headers={"Content-Type": "text/html; charset=UTF-8"})
#: 200 and a page: a hotel's login, a proxy's excuse.
HTML_200 = Fault(name="200 in HTML", status=200, body=b"<html>Welcome! Log in to use our network.</html>")
UNAUTHENTICATED = answering("401", unauthenticated())
DROPPED = Fault(name="dropped before")
DROPPED_AFTER = Fault(name="dropped after", applied=True)
LOST_ANSWER = answering("done, but answered 503", unavailable(), applied=True)
LOST_IN_HTML = Fault(name="done, but answered 502 in HTML", applied=True, status=502, body=HTML_502)
HUNG = Fault(name="hung", hangs=True)
HUNG_AFTER = Fault(name="done, then hung", applied=True, hangs=True)

#: Those that a client may meet at any call, and must get over by itself.
PASSING = (TOO_MANY, TOO_MANY_WAIT, UNAVAILABLE, HTML, DROPPED, DROPPED_AFTER, LOST_ANSWER, LOST_IN_HTML, UNAUTHENTICATED)
