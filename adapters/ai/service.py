"""One answer of a service that speaks OpenAI's language, asked for in the strictest form that it takes.

Invariant: the key goes only to the host that config.toml names, encrypted or within this computer; nothing is repeated here, but
for a form of asking that the service does not take.
"""

import json
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, NoReturn

from adapters.ai.ladder import Form, lower, remember, strictest
from adapters.web.address import Target, parse_url
from adapters.web.client import Answer, AnswerLost, exchange
from adapters.web.verdict import judge, lost
from runner import __version__
from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Call, ModelService, Secrets

INSTALL = 'AI steps need two more packages. Run: pip install "rowpact[ai]"'
_GOOD = ((200, 299),)
#: Answers that may mean “not in this form”: some servers say 500 to a response_format that they do not know.
_NOT_SO = frozenset({400, 415, 422, 500, 501})


def unready(service: ModelService) -> Iterator[str]:
    """A sentence for each thing that stands in the way of asking at all."""
    if not service.model:
        yield 'There is no AI model yet. Name one in config.toml: [ai] model = "…"'
    if not (find_spec("jsonschema") and find_spec("genai_prices")):
        yield INSTALL
    try:
        address(service)
    except ActionFailed as error:
        yield str(error)


def address(service: ModelService, path: str = "/chat/completions") -> Target:
    """Where to ask. Raises `ActionFailed` when that could be overheard."""
    target = parse_url(service.base_url.rstrip("/") + path)
    if target.scheme == "http" and not target.on_this_machine:
        message = f"What is sent to {target.host} could be read on the way: write https:// in config.toml [ai] base_url."
        raise ActionFailed(message, permanent=True)
    return target


def headers(service: ModelService, target: Target, secrets: Secrets) -> dict[str, str]:
    """With the key, where there is one. Raises `ActionFailed` when it may not go to that host."""
    own = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": f"Rowpact/{__version__}"}
    key = secrets.reveal(service.api_key, target.host_and_port) if service.api_key else ""
    return own | ({"Authorization": f"Bearer {key}"} if key else {})


def ask(service: ModelService, secrets: Secrets, request: Mapping[str, Any], call: Call) -> bytes:
    """The body of a good answer. `request`: model, messages, schema (or None), max_tokens. Raises `ActionFailed`."""
    target = address(service)
    own = headers(service, target, secrets)
    deadline, place = time.monotonic() + call.timeout.total_seconds(), f"POST {target.url}"
    named, structured = (service.base_url, request["model"]), request["schema"] is not None
    form: Form | None = strictest(*named, structured=structured)
    first: Answer | None = None
    while form:  # at most four forms
        answer = _asked(target, own, _body(request, form), deadline, place)
        if 200 <= answer.status < 300:
            remember(*named, form, structured=structured)
            return answer.body
        first = first or answer
        said = answer.body[:2000].decode(errors="replace")
        form = lower(form, *named, said, structured=structured) if answer.status in _NOT_SO else None
    return _refused(first, place, call, secrets)


def _refused(answer: Answer | None, place: str, call: Call, secrets: Secrets) -> NoReturn:
    """What the first answer means: the later ones were asked in weaker forms."""
    if answer and answer.status in (401, 403):
        message = f"{place} was answered with {answer.status}: the key is not accepted. Correct config.toml [ai] api_key."
        raise ActionFailed(message, permanent=True)
    if answer:
        judge(answer, place, _GOOD, Effect.REPEATABLE, call.now, secrets.redact)
    raise ActionFailed(f"{place} brought no answer.")


def _asked(target: Target, own: Mapping[str, str], body: Mapping[str, Any], deadline: float, place: str) -> Answer:
    try:
        return exchange("POST", target, own, json.dumps(body).encode(), deadline)
    except AnswerLost as error:
        raise lost(place, str(error), Effect.REPEATABLE) from None


def _body(request: Mapping[str, Any], form: Form) -> dict[str, Any]:
    body = {"model": request["model"], "messages": request["messages"], form.limit: request["max_tokens"], "stream": False}
    shape = form.response_format(request["schema"])
    return body | ({"response_format": shape} if shape else {})
