"""`report.send`: mails one week's report, as it stands in the folder of finished letters, to those whom config.toml names.

Invariant: the Message-ID follows from the week and the recipients, and what is mailed is what was kept when the report was claimed.
It is Rowpact's own: `check` lets it stand in no row of Steps.
"""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from adapters.mail.probe import probe
from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools

Request = Mapping[str, Any]


def actions(tools: Tools) -> list[Action]:
    """The one verb."""
    kept_in: str = getattr(tools.mailer, "kept_in", "")
    return [
        Action(
            name="report.send",
            required=("to", "subject", "week", "letter"),
            results=("message_id",),
            owners_settings=("to", "subject", "week", "letter"),
            effect=lambda _settings: Effect.ONCE,
            prepare=partial(_prepare, tools),
            describe=partial(_describe, tools),
            perform=partial(_perform, tools),
            check=_check,
            probe=partial(probe, tools.mailer, kept_in) if kept_in else None,
            kept_in=kept_in,
        )
    ]


def _check(_settings: Mapping[str, str], _scope: CheckScope) -> list[tuple[str, str]]:
    return [("", "Rowpact sends its report by itself, to whom config.toml [report] names: remove this row, or use email.send.")]


def _prepare(tools: Tools, settings: Mapping[str, str], prepare: Prepare) -> dict[str, Any]:
    """`from to subject week letter message_id list_id`. `letter` is the digest of what is mailed."""
    from adapters.mail.address import one_mailbox, parse_mailboxes
    from adapters.mail.message import one_line

    try:
        sender = one_mailbox(tools.mail_from)
    except ActionFailed as failed:
        raise ActionFailed(f"The sender in config.toml [email] from cannot be used: {failed}", permanent=True) from None
    people = parse_mailboxes(settings["to"])
    named = "\n".join([prepare.key, *sorted(person.address for person in people)])
    mark = hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]
    return {
        "from": str(sender),
        "to": [str(person) for person in people],
        "subject": one_line(settings["subject"]),
        "week": settings["week"],
        "letter": settings["letter"],
        "message_id": f"<{mark}@{sender.domain}>",
        "list_id": f"Rowpact weekly report <weekly-report.rowpact.{sender.domain}>",
    }


def _describe(tools: Tools, request: Request) -> str:
    place = f" It stands in {tools.letters.place}/{request['week']}.html." if tools.letters else ""
    return f"Mail the report of {request['week']} to {', '.join(request['to'])}: {request['subject']}{place}"


def _perform(tools: Tools, request: Request, call: Call) -> Done:
    """Build the mail, dated now, from what was kept, and hand it over once."""
    from adapters.mail.address import one_mailbox
    from adapters.mail.message import Attachment, Mail, build

    if tools.letters is None:
        raise ActionFailed("No folder for reports is set up here. Nothing was sent.", permanent=True)
    parts = tools.letters.read(request["week"], request["letter"])
    sender, people = one_mailbox(request["from"]), [one_mailbox(text) for text in request["to"]]
    audit = [Attachment(name=f"audit-{request['week']}.xlsx", content=parts["xlsx"])] if "xlsx" in parts else []
    message = build(
        Mail(
            sender=sender,
            to=people,
            subject=request["subject"],
            body=parts["html"].decode(),
            text=parts["txt"].decode(),
            attachments=audit,
            message_id=request["message_id"],
            list_id=request["list_id"],
            date=call.now.astimezone(call.zone),
        )
    )
    addresses = [person.address for person in people]
    tools.letters.begin(request["week"], f"{call.now.isoformat()} handed over for {', '.join(addresses)}")
    proof = tools.mailer.send(message, sender.address, addresses, call.timeout)
    return Done(result={"message_id": request["message_id"]}, said=f"the report was sent to {', '.join(addresses)} ({proof})")
