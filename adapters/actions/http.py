"""`http.get`, `http.post`, `http.put`, `http.patch` and `http.delete`: one request to a host that config.toml allows.

Invariant: a request that may have been acted on is never called failed when a repeat could do it twice.
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from runner import __version__
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Fault, OtherSide, Prepare, Probed, Tools
from runner.rules.fill import of_the_run
from runner.rules.marks import MARK
from runner.rules.spans import parse_yes_no
from runner.values import digest, name_key

#: Redirects that a GET follows, on its own host only.
REDIRECTS = 3

_EFFECTS = {
    "GET": Effect.READ,
    "POST": Effect.ONCE,
    "PUT": Effect.REPEATABLE,
    "PATCH": Effect.ONCE,
    "DELETE": Effect.REPEATABLE,
}

#: Settings that say how to find out whether a request whose end was not seen was done.
PROBING = ("probe", "probe_expect")

Settings = Mapping[str, str]
Request = Mapping[str, Any]


def actions(tools: Tools) -> list[Action]:
    """The five verbs; they differ in what a repeat would mean."""
    return [
        Action(
            name=f"http.{method.lower()}",
            required=("url",),
            optional=("header.*", "json", "form", "body", "expect", "idempotent", *(() if method == "GET" else PROBING)),
            owners_settings=("url", "header.*", "expect", "idempotent", *PROBING),
            json_settings=("json",),
            quote={"url": _percent, "probe": _percent, "form": _form_value},
            results=("status", "json", "text", "headers"),
            secrets=True,
            effect=partial(_effect, method),
            prepare=partial(_prepare, method, tools),
            describe=_describe,
            perform=partial(_perform, tools),
            check=partial(_check, method, tools),
            notes=partial(_notes, method),
            probe=None if method == "GET" else partial(_probe, tools),
            probes=lambda request: "probe" in request,
            settles_after=timedelta(minutes=1),
            other_side=OtherSide(answer=partial(_rehearse, tools), counts=_counts),
        )
        for method in _EFFECTS
    ]


def _percent(_template: str, value: str) -> str:
    """A value in an address is one part of it, whatever signs it holds."""
    return quote(value, safe="")


def _form_value(template: str, value: str) -> str:
    """A value in a form is one value: `&` and `=` add no field to `a=1&b=2`, and a line break none to `a: 1`."""
    from adapters.web.request import is_query

    return quote(value, safe="") if is_query(template) else " ".join(value.splitlines())


def _effect(method: str, settings: Settings) -> Effect:
    """`idempotent: yes` is the owner's word that the other side heeds the Idempotency-Key header."""
    own = _EFFECTS[method]
    return Effect.KEYED if own is Effect.ONCE and parse_yes_no(_setting(settings, "idempotent")) else own


def _setting(settings: Settings, name: str) -> str:
    return next((text for typed, text in settings.items() if name_key(typed) == name), "")


def _prepare(method: str, tools: Tools, settings: Settings, _prepare: Prepare) -> dict[str, Any]:
    """The request as plain data, secrets by their marks: see `adapters.web.request.build`."""
    from adapters.web.probe import probing
    from adapters.web.request import build

    request = build(method, settings, tools.http_allow, _effect(method, settings))
    return request | probing(settings, request["headers"], tools.http_allow)


def _check(method: str, tools: Tools, settings: Settings, _scope: CheckScope) -> list[tuple[str, str]]:
    """What is wrong already as typed; a setting with placeholders is judged when it is filled."""
    from adapters.web.probe import probe_expect
    from adapters.web.request import allowed_target, content, header_lines, plain
    from adapters.web.verdict import parse_expect

    given = plain(settings)
    literal = {name: text for name, text in given.items() if not _has_placeholder(text)}
    headers = {name: "" if _has_placeholder(text) else text for name, text in settings.items()}
    url = literal.get("url") or _host(given.get("url", ""))
    found = [("", sentence) for sentence in _complaints(lambda: content(method, literal), lambda: header_lines(headers))]
    found += [("", sentence) for sentence in _complaints(lambda: parse_expect(literal.get("expect", "")))]
    if url:
        found += [("url", sentence) for sentence in _complaints(lambda: allowed_target(url, tools.http_allow))]
    if probe := given.get("probe"):
        target = probe if not _has_placeholder(probe) else _host(probe)
        found += [("probe", sentence) for sentence in _complaints(lambda: target and allowed_target(target, tools.http_allow))]
        found += [("", sentence) for sentence in _complaints(lambda: probe_expect(literal.get("probe_expect", "")))]
    elif "probe_expect" in given:
        found.append(("probe_expect", "It says what the answer to “probe” must be, and there is no probe."))
    if parse_yes_no(given.get("idempotent", "")) is None:
        found.append(("idempotent", "Write Yes or No."))
    return found


def _host(template: str) -> str:
    """Where the template leads whatever its placeholders hold; "" when that depends on them."""
    found = re.match(r"\s*https?://[^/?#{}]+(?=[/?#])", template, re.IGNORECASE)
    return found[0] if found else ""


def _notes(method: str, settings: Settings, _scope: CheckScope) -> list[tuple[str, str]]:
    """A probe that is never asked, or that asks the same for every run."""
    probe = _setting(settings, "probe")
    if not probe:
        return []
    if _effect(method, settings) is not Effect.ONCE:
        return [("probe", f"It is never asked: http.{method.lower()} is simply sent again here, since a repeat is harmless.")]
    if not of_the_run(probe):
        sentence = "Every run asks the same address, so one payment would speak for all."
        return [("probe", f"{sentence} Put {{{{ step.key }}}} into it, or the row's number.")]
    return []


def _complaints(*looks: Callable[[], object]) -> list[str]:
    """The sentence of each that fails."""
    found = []
    for look in looks:
        try:
            look()
        except ActionFailed as failed:
            found.append(str(failed))
    return found


def _has_placeholder(text: str) -> bool:
    without_secrets = MARK.sub("", text)
    return "{{" in without_secrets or "{%" in without_secrets


def _describe(request: Request) -> str:
    """The whole request as text, with secrets by name."""
    lines = [f"{request['method']} {request['url']}", *(f"{name}: {value}" for name, value in request["headers"].items())]
    if "form" in request:
        lines += ["", *(f"{name}: {value}" for name, value in request["form"])]
    elif content := request.get("json") or request.get("body"):
        lines += ["", content]
    if probe := request.get("probe"):
        lines += ["", f"If its end is not seen, this is asked: GET {probe['url']}"]
    return "\n".join(lines)


def _perform(tools: Tools, request: Request, call: Call) -> Done:
    """Send it, within the step's timeout. Every sentence and result that leaves here is free of secrets."""
    redact = tools.secrets.redact
    try:
        return _send(tools, request, call)
    except ActionFailed as failed:
        raise ActionFailed(redact(str(failed)), permanent=failed.permanent, retry_after=failed.retry_after) from None
    except ActionInDoubt as doubt:
        raise ActionInDoubt(redact(str(doubt))) from None


def _probe(tools: Tools, request: Request, call: Call) -> Probed:
    """Ask the step's `probe`, with the step's own headers."""
    from adapters.web.client import AnswerLost, exchange
    from adapters.web.probe import judge_probe
    from adapters.web.request import allowed_target, reveal

    probe, redact = request["probe"], tools.secrets.redact
    target = allowed_target(probe["url"], tools.http_allow)
    try:
        target, headers, _ = reveal(probe, target, lambda mark: tools.secrets.reveal(mark, target.host_and_port))
        headers |= _own_headers("GET", call.key, headers)
        answer = exchange("GET", target, headers, b"", time.monotonic() + call.timeout.total_seconds())
    except (ActionFailed, AnswerLost) as error:
        raise ActionFailed(redact(f"GET {probe['url']} brought no answer: {error}")) from None
    return judge_probe(answer, probe, redact)


def _send(tools: Tools, request: Request, call: Call) -> Done:
    from adapters.web.client import AnswerLost, exchange
    from adapters.web.request import allowed_target, reveal
    from adapters.web.verdict import judge, lost, onward, result

    deadline = time.monotonic() + call.timeout.total_seconds()
    method, effect = request["method"], Effect(request["effect"])
    place = f"{method} {request['url']}"
    expected = tuple((low, high) for low, high in request["expect"])
    target = allowed_target(request["url"], tools.http_allow)
    target, headers, body = reveal(request, target, lambda mark: tools.secrets.reveal(mark, target.host_and_port))
    headers |= _own_headers(method, call.key, headers)
    try:
        answer = exchange(method, target, headers, body, deadline)
        for _ in range(REDIRECTS if method == "GET" else 0):
            if not (there := onward(answer, target, expected)):
                break
            target = there
            answer = exchange(method, target, headers, body, deadline)
    except AnswerLost as error:
        raise lost(place, str(error), effect) from None
    judge(answer, place, expected, effect, call.now, tools.secrets.redact)
    if answer.cut and effect is Effect.READ:
        raise ActionFailed(f"{place}: the answer is longer than 5 MB. Ask for less.", permanent=True)
    said = f"{place} → {answer.status} {answer.phrase}".strip()
    return Done(result=result(answer, tools.secrets.redact), said=tools.secrets.redact(said))


def _rehearse(tools: Tools, request: Request, call: Call, fault: Fault | None) -> Done:
    from adapters.web.rehearsal import rehearse

    return rehearse(request, call, fault, tools.secrets.redact)


def _counts(request: Request) -> bool:
    from adapters.web.rehearsal import counts

    return counts(request)


def _own_headers(method: str, key: str, given: Mapping[str, str]) -> dict[str, str]:
    own = {} if any(name.lower() == "user-agent" for name in given) else {"User-Agent": f"Rowpact/{__version__}"}
    if method != "GET":
        own["Idempotency-Key"] = key if re.fullmatch(r"[\x21-\x7e]{1,255}", key) else digest(key)
    return own
