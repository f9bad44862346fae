"""Checks that config.toml names only secrets that it also keeps, and lets each go where it is needed.

Invariant: a secret that will be refused at run time is a problem before the first run.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from runner.config.complaints import where
from runner.config.tables import LOCAL_AI
from runner.model import Problem
from runner.rules.findings import did_you_mean
from runner.rules.marks import MARK, NAME, marked, may_go


def secret_problems(data: Mapping[str, Any], file: str) -> list[Problem]:
    """A problem for each secret that is used but not kept, has no usable name, or may not go where config.toml itself sends it."""
    kept = _table(data.get("secrets"))
    return [*_names(kept, file), *_unknown(data, kept, file), *_strangers(data, kept, file), *_homeless(data, kept, file)]


def _names(kept: Mapping[str, Any], file: str) -> Iterator[Problem]:
    for name in kept:
        if not NAME.fullmatch(name):
            fix = "Call it for example SMTP_PASSWORD: letters, digits and _ only."
            yield Problem(where=f"{file} [secrets.{name}]", message=f"“{name}” cannot be a secret's name.", fix=fix)


def _unknown(data: Mapping[str, Any], kept: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """A misspelt name anywhere, and any name without a table where it is about to be used; a part that nobody uses may wait."""
    smtp = _table(data.get("email")).get("mode") == "smtp"
    for loc, text in _texts(data, ()):
        for name in marked(text):
            hint = did_you_mean(name, kept)
            near = hint.startswith("Did")
            if name not in kept and (near or loc == ("runner", "ledger") or (loc[0] == "email" and smtp)):
                fix = hint if near else f'Add a table [secrets.{name}] with env = "{name}" and hosts = ["…"].'
                yield Problem(where=where(file, loc), message=f"There is no secret “{name}”.", fix=fix)


def _texts(value: Any, loc: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in the data with its place."""
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*loc, index))


def _strangers(data: Mapping[str, Any], kept: Mapping[str, Any], file: str) -> Iterator[Problem]:
    for loc, text, host in _uses(data):
        for name in marked(text) if host else ():
            hosts = _table(kept.get(name)).get("hosts", [])
            if name in kept and not may_go([hosts] if isinstance(hosts, str) else [str(allowed) for allowed in hosts], host):
                message = f"The secret {name} may not be sent to {host}."
                yield Problem(where=where(file, loc), message=message, fix=f'Add "{host}" to hosts in [secrets.{name}].')


def _homeless(data: Mapping[str, Any], kept: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """A webhook's whole address may be a secret; then its host is one of the hosts that the secret may go to."""
    for level, table in _table(data.get("alerts")).items():
        secret = MARK.fullmatch(str(_table(table).get("webhook", "")).strip())
        if secret and secret[1] in kept and not _table(kept[secret[1]]).get("hosts"):
            fix = f'Write the host of the address: [secrets.{secret[1]}] hosts = ["hooks.slack.com"].'
            yield Problem(where=where(file, ("alerts", level, "webhook")), message=f"The secret {secret[1]} has no hosts.", fix=fix)


def _uses(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """(place, text with the mark, host that it is sent to) of each password and key."""
    email, ai = _table(data.get("email")), _table(data.get("ai"))
    if email.get("mode") == "smtp":
        yield ("email", "password"), str(email.get("password", "")), str(email.get("host", ""))
        sent = _table(email.get("sent"))
        yield ("email", "sent", "password"), str(sent.get("password", "")), str(sent.get("host", ""))
    ledger = str(_table(data.get("runner")).get("ledger", ""))
    if "://" in ledger:
        yield ("runner", "ledger"), ledger, _server_of(ledger)
    yield ("ai", "api_key"), str(ai.get("api_key", "")), _host_of(str(ai.get("base_url", LOCAL_AI)))
    for name, inbox in _table(data.get("inbox")).items():
        yield ("inbox", name, "password"), str(_table(inbox).get("password", "")), str(_table(inbox).get("host", ""))
    for name, level in _table(data.get("alerts")).items():
        webhook = str(_table(level).get("webhook", ""))
        for key in ("webhook", "secret"):
            yield ("alerts", name, key), str(_table(level).get(key, "")), _host_of(webhook)
    heartbeat = str(_table(data.get("runner")).get("heartbeat", ""))
    yield ("runner", "heartbeat"), heartbeat, _host_of(heartbeat)
    for name, server in _table(data.get("mcp")).items():
        host = _host_of(str(_table(server).get("url", ""))) or f"mcp.{name}"
        for key in ("env", "headers"):
            yield from ((("mcp", name, key, each), str(text), host) for each, text in _table(_table(server).get(key)).items())


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _server_of(url: str) -> str:
    """Host and port of a PostgreSQL address."""
    host = _host_of(url) or "localhost"
    return host if re.search(r":\d+$", host) else f"{host}:5432"
