"""What each web service wants to be sent: Slack, Teams, Discord, ntfy, or plain JSON for a program of one's own.

Invariant: what an alert says is text there: it calls nobody, links nowhere by itself and begins no markup that hides something.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from runner.ports import Item, Message

#: Discord takes 2,000 characters, ntfy 4,096 bytes, Slack 40,000.
_MOST = {"discord": 1900, "ntfy": 3500, "slack": 20_000}
_MARK = {"new": "", "again": "Still: ", "over": "Over: "}
#: ntfy: 5 rings and vibrates, 2 makes no sound.
_PRIORITY = {"P0": "5", "P1": "4", "P2": "2"}

#: (headers, body)
Sent = tuple[Mapping[str, str], bytes]


def shape_of(host: str) -> str:
    """The service that a host belongs to; `json` for any other."""
    known = {
        "slack": ("hooks.slack.com", "hooks.slack-gov.com"),
        "discord": ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"),
        "ntfy": ("ntfy.sh",),
    }
    teams = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", ".powerautomate.com")
    if host.endswith(teams):
        return "teams"
    return next((shape for shape, hosts in known.items() if host in hosts), "ntfy" if host.startswith("ntfy.") else "json")


def _slack(message: Message) -> Sent:
    def safe(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    text = "\n\n".join([f"*{safe(message.subject)}*", *(safe(_lines(item)) for item in message.items), *map(safe, _end(message))])
    return _json({"text": _cut(text, _MOST["slack"])})


def _teams(message: Message) -> Sent:
    def block(text: str, **more: Any) -> dict[str, Any]:
        return {"type": "TextBlock", "text": _plain(text), "wrap": True, **more}

    body = [block(message.subject, weight="Bolder", size="Medium")]
    body += [block(_lines(item).replace("\n", "\n\n"), separator=True) for item in message.items]
    body += [block(line, isSubtle=True) for line in _end(message)]
    links = [item.link for item in message.items if item.link.startswith("https://")][:1]
    actions = [{"type": "Action.OpenUrl", "title": "Open the sheet", "url": link} for link in links]
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
    content = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": {**card, "actions": actions},
    }
    return _json({"type": "message", "attachments": [content]})


def _discord(message: Message) -> Sent:
    text = "\n\n".join([f"**{_plain(message.subject)}**", *(_plain(_lines(item)) for item in message.items), *_end(message)])
    return _json({"content": _cut(text, _MOST["discord"]), "allowed_mentions": {"parse": []}})


def _ntfy(message: Message) -> Sent:
    title = message.subject
    if not title.isascii():  # RFC 2047, which ntfy reads
        title = f"=?UTF-8?B?{b64encode(title.encode()).decode()}?="
    headers = {"Title": title, "Priority": _PRIORITY[message.severity], "Content-Type": "text/plain; charset=utf-8"}
    link = next((item.link for item in message.items if item.link.startswith("https://") and item.link.isascii()), "")
    text = "\n\n".join([*map(_lines, message.items), *_end(message)]).encode()
    return {**headers, **({"Click": link} if link else {})}, text[: _MOST["ntfy"]].decode(errors="ignore").encode()


def _own(message: Message) -> Sent:
    """`id subject severity workbook time alerts[…] more acknowledge`; each alert as `runner.ports.Item` has it."""
    alerts = [{**asdict(item), "raised": item.raised.isoformat()} for item in message.items]
    facts = {name: getattr(message, name) for name in ("id", "subject", "severity", "workbook", "more", "acknowledge")}
    return _json({**facts, "time": message.now.isoformat(), "alerts": alerts})


SHAPES: Mapping[str, Callable[[Message], Sent]] = {
    "slack": _slack,
    "teams": _teams,
    "discord": _discord,
    "ntfy": _ntfy,
    "json": _own,
}


def _json(value: object) -> Sent:
    return {"Content-Type": "application/json"}, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _lines(item: Item) -> str:
    """One alert as lines of text."""
    runs = f"Runs: {', '.join(item.runs)}" if item.runs else ""
    facts = " · ".join(filter(None, (item.when, item.count, runs)))
    steps = [f"{number}. {step}" for number, step in enumerate(item.steps, 1)]
    where = f"→ {item.where}" if item.where else ""
    cell = f"Cell {item.cell}" if item.cell else ""
    return "\n".join(
        filter(None, (f"{item.severity} {_MARK[item.news]}{item.title}", item.what, facts, where, cell, *steps, item.link))
    )


def _end(message: Message) -> list[str]:
    more = [f"… and {message.more} more in the tab Alerts."] if message.more else []
    return [*more, *filter(None, [message.acknowledge])]


def _plain(text: str) -> str:
    """Signs that Markdown gives a meaning, escaped; addresses stay as they are."""
    return " ".join(
        word if word.startswith("https://") else re.sub(r"([\\`*_~|>\[\]#])", r"\\\1", word) for word in text.split(" ")
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
