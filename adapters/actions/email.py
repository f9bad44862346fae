"""`email.send`: one mail to the people named, no more and no fewer.

Invariant: the Message-ID follows from the step's idempotency key and the recipients, so a mail that left can be recognised.
An approval covers the names of attached files; their content is what it is when the mail leaves.
"""

import hashlib
import html
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters.documents.spoken import quoted, unquoted
from adapters.mail.probe import probe
from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Fault, OtherSide, Prepare, Tools
from runner.rules.findings import did_you_mean
from runner.rules.marks import marked
from runner.values import name_key

if TYPE_CHECKING:
    from adapters.mail.address import Mailbox

_PEOPLE = ("to", "cc", "bcc", "reply_to")
_KEEP_IN = "A secret may not be put into a mail: remove {{ secrets.… }}."

Settings = Mapping[str, str]
Request = Mapping[str, Any]
#: (fault, addresses) → the server's proof, or what it would raise.
Rehearse = Callable[[Fault | None, list[str]], str]


def actions(tools: Tools) -> list[Action]:
    """The one verb. A mailer that can look up what left (`find` in `kept_in`) settles doubt without asking anybody."""
    kept_in: str = getattr(tools.mailer, "kept_in", "")
    rehearse: Rehearse | None = getattr(tools.mailer, "rehearse", None)
    return [
        Action(
            name="email.send",
            required=("to",),
            optional=("cc", "bcc", "reply_to", "subject", "body", "template", "attach"),
            quote={"body": _in_body, **dict.fromkeys(_PEOPLE, _beside_an_address)},
            quote_first=("body", *_PEOPLE),
            results=("message_id",),
            owners_settings=("to", "cc", "bcc", "reply_to", "attach", "template"),
            effect=lambda _settings: Effect.ONCE,
            prepare=partial(_prepare, tools),
            describe=_describe,
            perform=partial(_perform, tools),
            check=partial(_check, tools),
            probe=partial(probe, tools.mailer, kept_in) if kept_in else None,
            kept_in=kept_in,
            other_side=OtherSide(answer=partial(_rehearse, rehearse)) if rehearse else None,
        )
    ]


def _beside_an_address(template: str, value: str) -> str:
    """In `{{ name }} <{{ email }}>` no value brings a second address; alone in its place a value may be a list of them."""
    return re.sub(r'[<>,;"\r\n]+', " ", value) if "<" in template else value


def _in_body(template: str, value: str) -> str:
    """What a cell holds is text in a page, and makes no page of a plain mail."""
    from adapters.mail.message import is_html

    return html.escape(value) if is_html(template) else quoted(template, value)


def _prepare(tools: Tools, settings: Settings, prepare: Prepare) -> dict[str, Any]:
    """`from to cc bcc reply_to subject body plain attach message_id`: everything but the date, so that an approval lasts."""
    from adapters.mail.address import MOST_RECIPIENTS
    from adapters.mail.message import clean_body, is_html, one_line

    given = {name_key(name): text for name, text in settings.items()}
    if any(marked(text) for text in given.values()):
        raise ActionFailed(_KEEP_IN, permanent=True)
    filled = given.get("body", "")
    body = clean_body(unquoted(filled))
    if not body.strip():
        raise ActionFailed("The mail has no text: write a body, or name a template. Nothing was sent.", permanent=True)
    sender = _sender(tools)
    people = {name: _people(name, given.get(name, "")) for name in _PEOPLE}
    if not people["to"]:
        raise ActionFailed(
            "“to” is blank: there is nobody to send the mail to. Fill in the address, then type RETRY.", permanent=True
        )
    addresses = list(dict.fromkeys(person.address for name in ("to", "cc", "bcc") for person in people[name]))
    if len(addresses) > MOST_RECIPIENTS:
        message = f"The mail would go to {len(addresses)} people; {MOST_RECIPIENTS} is the most. Nothing was sent."
        raise ActionFailed(message, permanent=True)
    mark = hashlib.sha256("\n".join([prepare.key, *sorted(addresses)]).encode("utf-8", "replace")).hexdigest()[:32]
    return {
        "from": str(sender),
        **{name: [str(person) for person in people[name]] for name in _PEOPLE},
        "subject": one_line(given.get("subject", "")),
        "body": body,
        "plain": not is_html(filled),
        "attach": _names(given.get("attach", "")),
        "message_id": f"<{mark}@{sender.domain}>",
    }


def _people(name: str, text: str) -> "list[Mailbox]":
    from adapters.mail.address import parse_mailboxes

    try:
        return parse_mailboxes(text)
    except ActionFailed as failed:
        raise ActionFailed(f"{name}: {failed} Nothing was sent. Correct it, then type RETRY.", permanent=True) from None


def _sender(tools: Tools) -> "Mailbox":
    from adapters.mail.address import one_mailbox

    try:
        return one_mailbox(tools.mail_from)
    except ActionFailed as failed:
        raise ActionFailed(f"The sender in config.toml [email] from cannot be used: {failed}", permanent=True) from None


def _names(text: str) -> list[str]:
    return [name.strip() for name in re.split(r"[,\r\n]", text) if name.strip()]


def _describe(request: Request) -> str:
    """The whole mail as it will be, for a person who is asked to approve it."""
    others = "; ".join(f"{name} {', '.join(request[name])}" for name in ("cc", "bcc") if request[name])
    lines = [
        f"Send mail to {', '.join(request['to'])}" + (f" ({others})" if others else ""),
        f"From: {request['from']}",
        f"Reply to: {', '.join(request['reply_to'])}" if request["reply_to"] else "",
        f"Attached: {', '.join(request['attach'])}" if request["attach"] else "",
        f"Subject: {request['subject']}",
    ]
    return "\n".join(filter(None, lines)) + f"\n\n{request['body']}"


def _perform(tools: Tools, request: Request, call: Call) -> Done:
    """Build the mail, dated now, and hand it over once."""
    from adapters.mail.address import one_mailbox
    from adapters.mail.files import read_attachments
    from adapters.mail.message import Mail, build

    people = {name: [one_mailbox(text) for text in request[name]] for name in _PEOPLE}
    sender = one_mailbox(request["from"])
    message = build(
        Mail(
            sender=sender,
            to=people["to"],
            cc=people["cc"],
            reply_to=people["reply_to"],
            subject=request["subject"],
            body=request["body"],
            plain=request.get("plain", False),
            attachments=read_attachments(request["attach"], tools.files_allow, tools.files_kept),
            message_id=request["message_id"],
            date=call.now.astimezone(call.zone),
        )
    )
    addresses = _everybody(request)
    return _sent(request, addresses, tools.mailer.send(message, sender.address, addresses, call.timeout))


def _rehearse(rehearse: Rehearse, request: Request, _call: Call, fault: Fault | None) -> Done:
    addresses = _everybody(request)
    return _sent(request, addresses, rehearse(fault, addresses))


def _everybody(request: Request) -> list[str]:
    from adapters.mail.address import parse_mailboxes

    return [person.address for person in parse_mailboxes("\n".join(text for name in ("to", "cc", "bcc") for text in request[name]))]


def _sent(request: Request, addresses: list[str], proof: str) -> Done:
    return Done(result={"message_id": request["message_id"]}, said=f"sent to {', '.join(addresses)} ({proof})")


def _check(tools: Tools, settings: Settings, scope: CheckScope) -> list[tuple[str, str]]:
    """What is wrong already as typed; a setting with placeholders is judged when it is filled."""
    from adapters.mail.address import parse_mailboxes

    given = {name_key(name): text for name, text in settings.items() if text.strip()}
    found: list[tuple[str, str]] = []
    template = given.get("template", "")
    templates = scope.book.templates
    if not template and "body" not in given:
        found.append(("", "The mail has no text. Write a line body: …, or template: … with a name from the tab Templates."))
    if template and name_key(template) not in templates:
        near = did_you_mean(template, [each.name for each in templates.values()])
        found.append(("template", f"There is no template “{template}” in the tab Templates. {near}".strip()))
    for name in _PEOPLE:
        if (text := given.get(name, "")) and not _has_placeholder(text):
            try:
                parse_mailboxes(text)
            except ActionFailed as failed:
                found.append((name, str(failed)))
    if "attach" in given and not tools.files_allow:
        found.append(("attach", "Name the folder with the files in config.toml [files] allow first."))
    return found


def _has_placeholder(text: str) -> bool:
    return "{{" in text or "{%" in text
