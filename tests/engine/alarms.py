"""Offices whose alerts go somewhere: to a mailbox, and to web services on loopback."""

import json
from dataclasses import replace
from datetime import time, timedelta
from email.message import EmailMessage
from typing import Any

from adapters.channels.mail import MailChannel
from adapters.channels.webhook import WebhookChannel
from runner.engine.alert_mail import written
from runner.ports import Channel, Loudness
from tests.engine.office import CONTRACTS, STEPS, Office
from tests.engine.postbox import Postbox
from tests.servers.http import HttpServer

#: A step that nobody can do: the address leads nowhere that is allowed.
FAILS = "url: https://{{ bank }}/pay\\njson: {}"
HEADS = CONTRACTS.replace("| Check\n", "| Severity | SOP | Check\n")


def mail(post: Postbox, to: str = "ana@example.com") -> MailChannel:
    return MailChannel(post, "Rowpact <rowpact@shop.example>", (to,), written)  # type: ignore[arg-type]


def hook(server: HttpServer, path: str = "/alerts", **more: Any) -> WebhookChannel:
    return WebhookChannel(url=server.url + path, reveal=lambda text, _host: text, **more)


def tells(office: Office, *channels: Channel, severities: str = "P0 P1 P2", repeat: timedelta = timedelta(minutes=30)) -> None:
    """These severities go by these channels from the next restart on, which comes at once."""
    level = Loudness(channels=channels, repeat=repeat)
    levels = {**office.alerting.levels, **dict.fromkeys(severities.split(), level)}
    office.alerting = replace(office.alerting, levels=levels, digest=time(8))
    office.restart()


def fails(office: Office, severity: str = "P0", rows: int = 1, sop: str = "", **columns: str) -> None:
    """Each of these bills ends in Dead letters."""
    names = {"SLA": "", "Rhythm": "", **columns}
    office.write(
        Contracts=f"{HEADS}Pay | Yes | New row | Bills | | {{{{ no }}}} | Ana | Rolf | | {names['SLA']} | {names['Rhythm']} "
        f"| {severity} | {sop}",
        Steps=STEPS + f"Pay | Transfer | http.post | {FAILS} | | | No",
        SOPs="SOP | No | Instruction\nBank | 1 | Open the bank\nBank | 2 | Pay by hand",
        Bills="No | Bank | Run | Row ID\n" + "\n".join(f"{number} | nowhere.example" for number in range(1, rows + 1)),
    )


def bodies(server: HttpServer) -> list[dict[str, Any]]:
    """What web services were told, parsed."""
    return [json.loads(request.body) for request in server.requests]


def subjects(post: Postbox) -> list[str]:
    return [str(each["Subject"]) for each in post.mails]


def text(message: EmailMessage) -> str:
    """The plain part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
