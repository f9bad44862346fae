"""From the settings of an `http.*` step to a request as plain data, and from there to what goes over the line.

Invariant: the request holds secrets' marks only; a value takes its mark's place at the moment of sending, escaped for its place.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from adapters.web.address import Target, fill_marks, is_allowed, parse_url
from adapters.web.verdict import parse_expect
from runner.errors import ActionFailed
from runner.model import Effect
from runner.rules.marks import MARK, marked
from runner.values import name_key

_CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "body": "text/plain; charset=utf-8"}
#: Headers that frame the request, or that Rowpact sets by itself.
_OURS = (
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "trailer",
    "transfer-encoding",
)

Settings = Mapping[str, str]


def build(method: str, settings: Settings, allow: tuple[str, ...], effect: Effect) -> dict[str, Any]:
    """`method url headers expect effect`, and at most one of `json` (text), `form` (pairs) and `body` (text).

    Raises `ActionFailed` (permanent) with a sentence for the first thing that is wrong.
    """
    given = plain(settings)
    target = allowed_target(given.get("url", ""), allow)
    parts = content(method, given)
    headers = header_lines(settings)
    if parts and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = _CONTENT_TYPES[next(iter(parts))]
    expect = [list(pair) for pair in parse_expect(given.get("expect", ""))]
    request = {"method": method, "url": target.url, "headers": headers, **parts, "expect": expect, "effect": str(effect)}
    if target.scheme == "http" and not target.on_this_machine and marked(json.dumps(request)):
        message = f"A secret may not travel unencrypted: write https:// instead of http:// for {target.host}."
        raise ActionFailed(message, permanent=True)
    return request


def plain(settings: Settings) -> dict[str, str]:
    """`name_key(setting)` → text."""
    return {name_key(name): text for name, text in settings.items()}


def allowed_target(url: str, allow: tuple[str, ...]) -> Target:
    """The address, if config.toml allows its host. Raises `ActionFailed` (permanent)."""
    target = parse_url(url)
    if not is_allowed(target, allow):
        raise ActionFailed(
            f"{target.authority} is not a host that Rowpact may reach, so nothing was sent. "
            f"If it should be, add “{target.authority}” to config.toml [http] allow.",
            permanent=True,
        )
    return target


def header_lines(settings: Settings) -> dict[str, str]:
    """Header name → value from the `header.NAME` settings; a line break in a value never becomes a header of its own."""
    headers: dict[str, str] = {}
    for setting, value in settings.items():
        if not setting.lower().startswith("header."):
            continue
        name = setting[len("header.") :].strip()
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ActionFailed(f"“{setting}” is no header: a header's name has letters, digits and dashes only.", permanent=True)
        if name.lower() in _OURS or name.lower().startswith(("proxy-", "upgrade")):
            raise ActionFailed(f"The header {name} is set by Rowpact itself: remove the line “{setting}”.", permanent=True)
        headers[name] = _header_text(name, value.strip())
    return headers


def _header_text(name: str, value: str) -> str:
    if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", value):
        message = f"The header {name} holds a line break or a letter that headers cannot carry. Nothing was sent."
        raise ActionFailed(message, permanent=True)
    return value


def content(method: str, given: Settings) -> dict[str, Any]:
    """At most one of `json`, `form` and `body`, validated. Raises `ActionFailed` (permanent)."""
    kinds = [kind for kind in _CONTENT_TYPES if given.get(kind, "").strip()]
    if len(kinds) > 1:
        raise ActionFailed(f"A request has one content, but there are {' and '.join(kinds)}: keep one of them.", permanent=True)
    if not kinds:
        return {}
    kind, text = kinds[0], given[kinds[0]]
    if method == "GET":
        raise ActionFailed(f"http.get sends no {kind}: put it into the url, or use http.post.", permanent=True)
    if kind == "form":
        return {"form": _form(text)}
    if kind == "json":
        _require_json(text)
    return {kind: text}


def _require_json(text: str) -> None:
    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        message = f"The json is not valid in line {error.lineno}, column {error.colno}. Nothing was sent."
        raise ActionFailed(f"{message} Check quotes and commas.", permanent=True) from None
    except (ValueError, RecursionError):
        raise ActionFailed("The json holds a number that JSON does not know, or is nested too deeply.", permanent=True) from None


def is_query(text: str) -> bool:
    """Whether a form is written `a=1&b=2`, on one line."""
    return "\n" not in text.strip() and re.match(r"[^\s:=&]+=", text.strip()) is not None


def _form(text: str) -> list[list[str]]:
    """`a=1&b=2` on one line, or one `a: 1` a line → pairs in order."""
    if is_query(text):
        pairs = [list(pair) for pair in parse_qsl(text.strip(), keep_blank_values=True)]
        if sum(len(MARK.findall(word)) for pair in pairs for word in pair) != len(MARK.findall(text)):
            message = "The form holds a percent-encoded text that looks like a secret's place. Nothing was sent."
            raise ActionFailed(message, permanent=True)
        return pairs
    pairs = []
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon:
            message = f"form: “{line.strip()[:60]}” is not “name: value”. Write a=1&b=2, or one name: value a line."
            raise ActionFailed(message, permanent=True)
        pairs.append([name.strip(), value.strip()])
    return pairs


def reveal(request: Mapping[str, Any], target: Target, secret: Callable[[str], str]) -> tuple[Target, dict[str, str], bytes]:
    """Target, headers and body with every mark replaced by `secret(mark)`, escaped for path, query, header, JSON or form."""
    headers = {name: _header_text(name, fill_marks(value, secret)) for name, value in request["headers"].items()}
    return filled_path(target, secret), headers, _body(request, secret).encode("utf-8", "replace")


def filled_path(target: Target, secret: Callable[[str], str]) -> Target:
    """The target with every mark in its path and query replaced by `secret(mark)`."""
    path, question, query = target.path.partition("?")
    path = fill_marks(path, lambda mark: quote(secret(mark), safe="/:@!$'()*,;=~+"))
    query = fill_marks(query, lambda mark: quote(secret(mark), safe=""))
    return Target(scheme=target.scheme, host=target.host, port=target.port, path=path + question + query)


def _body(request: Mapping[str, Any], secret: Callable[[str], str]) -> str:
    if "json" in request:
        return fill_marks(request["json"], lambda mark: json.dumps(secret(mark))[1:-1])
    if "form" in request:
        return urlencode(
            [(fill_marks(name, secret), fill_marks(value, secret)) for name, value in request["form"]], errors="replace"
        )
    return fill_marks(request.get("body", ""), secret)
