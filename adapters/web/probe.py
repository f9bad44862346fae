"""A look at the other side: was a request done whose end was not seen? Asked by a GET of the address in the step's `probe`.

Invariant: only a plain yes (what `probe_expect` names, else any 2xx) and a plain no (404, 410) count. A redirect, a refusal, a
failure and a list that came back empty say nothing: a search that finds nothing yet is no proof, and a login page no receipt.
What later steps get is this answer, not the one that was lost: a result that it lacks is missing, and stops them.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from adapters.web.client import Answer
from adapters.web.request import allowed_target, plain
from adapters.web.verdict import Expected, parse_expect, result
from runner.errors import ActionFailed
from runner.ports import Probed
from runner.rules.marks import marked

#: The answers that say that there is no such thing.
_ABSENT = (404, 410)


def probing(settings: Mapping[str, str], headers: Mapping[str, str], allow: tuple[str, ...]) -> dict[str, Any]:
    """`{"probe": {url, headers, expect}}` for a step with the setting, else nothing. Raises `ActionFailed` (permanent)."""
    given = plain(settings)
    if not given.get("probe", "").strip():
        return {}
    target = allowed_target(given["probe"], allow)
    asked = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    if target.scheme == "http" and not target.on_this_machine and marked(json.dumps([target.url, asked])):
        message = f"A secret may not travel unencrypted: write https:// instead of http:// for {target.host} in “probe”."
        raise ActionFailed(message, permanent=True)
    expect = [list(pair) for pair in probe_expect(given.get("probe_expect", ""))]
    return {"probe": {"url": target.url, "headers": asked, "expect": expect}}


def probe_expect(text: str) -> Expected:
    """Status codes that mean “it was done”; blank is 200-299. Raises `ActionFailed` (permanent)."""
    try:
        expected = parse_expect(text)
    except ActionFailed as failed:
        raise ActionFailed(f"probe_{failed}", permanent=True) from None
    if any(low <= status <= high for low, high in expected for status in _ABSENT):
        raise ActionFailed("probe_expect: 404 and 410 mean that it was not done; leave them out.", permanent=True)
    return expected


def judge_probe(answer: Answer, probe: Mapping[str, Any], redact: Callable[[str], str]) -> Probed:
    """What the answer says about the request in doubt."""
    said = redact(f"GET {probe['url']} was answered with {answer.status} {answer.phrase}".strip())
    if answer.status in _ABSENT:
        return Probed(happened=False, said=said)
    if not any(low <= answer.status <= high for low, high in probe["expect"]):
        return Probed(happened=None, said=said)
    found = result(answer, redact)
    if found["json"] in ([], {}):
        return Probed(happened=None, said=f"{said}, with nothing in it")
    return Probed(happened=True, said=said, result=found)
