"""Puts together what tells people of alerts: channels, disks and the heartbeat. A part of the composition root.

Invariant: only what config.toml names is reached; nothing is opened before somebody is to be told.
"""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.ports import Alerting, Channel, Disk, Loudness, Mailer, Secrets
from runner.rules.marks import MARK

if TYPE_CHECKING:
    from runner.config import Config, Workbook
    from runner.config.alerts import Alert


def open_alerting(config: "Config", workbook: "Workbook", secrets: Secrets, mailer: Mailer) -> Alerting:
    """Whom config.toml names for each severity."""
    known: dict[str, Channel] = {}
    levels = {
        severity: Loudness(channels=_channels(level, config, mailer, secrets, known), repeat=level.repeat, quiet=level.quiet)
        for severity, level in config.alerts.levels.items()
    }
    return Alerting(
        levels=levels,
        digest=config.report.at,
        disks=partial(_disks, config, workbook),
    )


def _channels(level: "Alert", config: "Config", mailer: Mailer, secrets: Secrets, known: dict[str, Channel]) -> tuple[Channel, ...]:
    """Mail first. `known`: what was opened before; two severities that name one address share its channel."""
    found = [] if not level.email else [_mail(level.email, config, mailer, known)]
    return tuple(found + ([_webhook(level, config, secrets, known)] if level.webhook else []))


def _mail(people: Sequence[str], config: "Config", mailer: Mailer, known: dict[str, Channel]) -> Channel:
    from adapters.channels.mail import MailChannel
    from runner.engine.alert_mail import written

    channel = MailChannel(mailer, config.email.sender, tuple(people), written)
    return known.setdefault(channel.name, channel)


def _webhook(level: "Alert", config: "Config", secrets: Secrets, known: dict[str, Channel]) -> Channel:
    from adapters.channels.webhook import WebhookChannel

    whole = MARK.fullmatch(level.webhook.strip())
    hosts = config.secrets[whole[1]].hosts if whole and whole[1] in config.secrets else ()
    for number in range(1, len(known) + 2):
        which = f" {number}" if number > 1 else ""
        channel = WebhookChannel(
            url=level.webhook, reveal=secrets.reveal, hosts=hosts, shape=level.shape or "", secret=level.secret, which=which
        )
        if known.setdefault(channel.name, channel) == channel:
            break
    return known[channel.name]


def _disks(config: "Config", workbook: "Workbook") -> list[Disk]:
    """Where the ledger and the workbook lie; what cannot be measured is left out."""
    ledger = config.ledger_of(workbook)
    places = [("the ledger", Path(ledger))] if "://" not in ledger else []
    places += [("the workbook", workbook.path)] if workbook.path else []
    found = []
    for holds, place in places:
        try:
            usage = shutil.disk_usage(place.parent)
        except OSError:
            continue
        found.append(Disk(holds=holds, folder=str(place.parent.absolute()), free=usage.free, total=usage.total))
    return found


def open_heartbeat(config: "Config", secrets: Secrets) -> Callable[[str], None] | None:
    """`[runner] heartbeat`; None where there is none."""
    if not config.runner.heartbeat:
        return None
    from adapters.channels.heartbeat import Heartbeat

    return Heartbeat(config.runner.heartbeat, secrets.reveal)
