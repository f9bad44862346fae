"""What `rowpact doctor` tries for a config.toml: the doctor's half of the composition root.

Invariant: everything is tried as `rowpact run` would use it, with the same parts; what config.toml does not name is not tried.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner import wiring
from runner.alarm import open_alerting
from runner.errors import RowpactError
from runner.ports import Channel, Clock, Secrets
from runner.ports.checkup import Finding, Trial, problem, warning
from runner.rules.alerts.message import test_message
from runner.rules.marks import MARK

if TYPE_CHECKING:
    from runner.config import Config, Workbook
    from runner.config.tables import Sent

#: How the area of everything about a workbook begins.
WORKBOOK = "Workbook"
#: For one test alert.
PATIENCE = timedelta(seconds=15)
#: Probes that go on side by side.
SIDE_BY_SIDE = 4


def trials(config: "Config", clock: Clock) -> Iterator[Trial]:
    """In the order in which they are told."""
    secrets = wiring.open_secrets(config)
    for workbook in config.workbooks:
        area = f"{WORKBOOK} {workbook.name}".strip()
        yield Trial(area=area, what="Opens", run=partial(_workbook, workbook, clock))
        yield Trial(area=area, what="Ledger", run=partial(_ledger, config, workbook, clock))
    yield Trial(area="E-mail", what="Mail", run=partial(_mail, config, secrets, clock))
    if config.email.sent and config.email.mode == "smtp":
        yield Trial(area="E-mail", what="Sent folder", run=partial(_sent, config.email.sent, secrets, clock))
    for name in config.inbox:
        yield Trial(area="E-mail", what=f"Mailbox {name}", run=partial(_inbox, config, name, secrets, clock))
    if config.ai.model:
        yield Trial(area="AI", what="Model", run=partial(_model, config, secrets))
    for host, key, encrypted in _hosts(config):
        yield Trial(area="Web", what=host, run=partial(_host, host, key, encrypted, clock))
    for name in config.mcp:
        yield Trial(area="Tools", what=name, run=partial(_tools, config, name, secrets))
    for folder in config.files.allow:
        yield Trial(area="Files", what=folder.name, run=partial(_folder, folder, "[files] allow"))
    for name, watched in config.folder.items():
        yield Trial(area="Files", what=name, run=partial(_folder, watched.path or Path(), f"[folder.{name}] path"))
    if config.secrets:
        yield Trial(area="Secrets", what="Secrets", run=partial(_secrets, config, secrets))


def probe(config: "Config") -> list[Finding]:
    """The same but for workbook and ledger, which every tick uses; side by side, and raising nothing."""
    listed = [trial for trial in trials(config, wiring.open_clock()) if not trial.area.startswith(WORKBOOK)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        findings = pool.map(_tried, listed)
        return [replace(found, area=trial.area) for trial, some in zip(listed, findings, strict=True) for found in some]


def _tried(trial: Trial) -> list[Finding]:
    try:
        return list(trial.run())
    except RowpactError as error:
        return [problem(trial.what, str(error))]
    except Exception as error:  # noqa: BLE001 - what cannot be tried is itself worth a word, and stops nothing
        return [problem(trial.what, f"It could not be tried ({type(error).__name__}: {error}).", "Run `rowpact doctor`.")]


def alert_tests(config: "Config", clock: Clock) -> Iterator[Trial]:
    """A test alert to everybody who is named for alerts; the only trial that sends something."""
    secrets = wiring.open_secrets(config)
    alerting = open_alerting(config, config.workbooks[0], secrets, wiring.open_mailer(config, secrets))
    for channel in alerting.channels.values():
        severities = [name for name, level in alerting.levels.items() if channel in level.channels]
        yield Trial(area="Alerts", what=" ".join(severities), run=partial(_alert_test, channel, config, clock))


def _alert_test(channel: Channel, config: "Config", clock: Clock) -> list[Finding]:
    place = config.workbooks[0].place
    channel.tell(test_message(place, clock.now().astimezone(config.runner.zone)), PATIENCE)
    return [Finding(what=channel.name, says="took a test alert; look whether it arrives")]


def _workbook(workbook: "Workbook", clock: Clock) -> list[Finding]:
    if workbook.kind == "google":
        from adapters.checkups.google import sheet

        return sheet(workbook.url, workbook.credentials, clock, sharing=workbook.sharing)
    from adapters.checkups.workbook import file

    return file(workbook.path or Path(), wiring.open_workbook(workbook, clock))


def _ledger(config: "Config", workbook: "Workbook", clock: Clock) -> list[Finding]:
    """One that is not there yet is not made."""
    from adapters.checkups.folders import writable

    place = config.ledger_of(workbook)
    if "://" not in place and not Path(place).exists():
        return [writable("Ledger", Path(place).parent, "[runner] ledger")]
    ledger = wiring.open_ledger(config, workbook, clock)
    newest = max((run.updated for run in ledger.books.runs.values() if run.updated), default=None)
    if newest and newest > clock.now():
        says = f"Its newest entry is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come by this computer's clock."
        return [warning("Clock", says, "Set the clock by the network, and check the computer's time zone.")]
    told = ledger.verify()
    if told:
        mend = "Do not go on with it: put the newest backup back, or ask for help with `rowpact audit verify`."
        return [problem("Ledger", " ".join(told[:3]), mend)]
    return [Finding(what="Ledger", says=f"{wiring.name_of(workbook)}: whole, {len(ledger.books.runs)} runs")]


def _mail(config: "Config", secrets: Secrets, clock: Clock) -> list[Finding]:
    from adapters.checkups.folders import writable
    from adapters.checkups.mail import account
    from adapters.mailers.smtp import SmtpMailer

    mailer = wiring.open_mailer(config, secrets)
    if isinstance(mailer, SmtpMailer):
        return [account(mailer, clock.now())]
    return [writable("Mail becomes files", config.email.folder, "[email] folder")]


def _sent(sent: "Sent", secrets: Secrets, clock: Clock) -> list[Finding]:
    from adapters.checkups.mail import sent_folder

    return [sent_folder(wiring.open_sent(sent, secrets), clock.now())]


def _inbox(config: "Config", name: str, secrets: Secrets, clock: Clock) -> list[Finding]:
    from adapters.checkups.mail import Mailbox, mailbox

    box = config.inbox[name]
    password: Callable[[], str] = partial(secrets.reveal, box.password, f"{box.host}:{box.port}")
    return [
        mailbox(
            Mailbox(
                name=name, host=box.host, port=box.port, security=box.security, username=box.username, password=password,
                folder=box.folder,
            ),
            clock.now(),
        )
    ]  # fmt: skip


def _model(config: "Config", secrets: Secrets) -> list[Finding]:
    from adapters.checkups.models import listed

    return listed(wiring.model_service(config), secrets)


def _hosts(config: "Config") -> Iterator[tuple[str, str, bool]]:
    """(host with port, where config.toml names it, whether it is encrypted), each host once."""
    found = {host: ("[http] allow", urlsplit(f"//{host}").port in (None, 443)) for host in config.http.allow}
    named = {f"[alerts.{name}] webhook": _webhook(level.webhook, config) for name, level in config.alerts.levels.items()}
    for key, url in {"[runner] heartbeat": config.runner.heartbeat, **named}.items():
        parts = urlsplit(url)
        if parts.hostname:
            found.setdefault(parts.netloc.rpartition("@")[2], (key, parts.scheme == "https"))
    yield from ((host, key, encrypted) for host, (key, encrypted) in found.items())


def _webhook(url: str, config: "Config") -> str:
    """Its address; of one that is a secret as a whole, the host that the secret may go to."""
    secret = MARK.fullmatch(url)
    hosts = config.secrets[secret[1]].hosts if secret and secret[1] in config.secrets else ()
    return f"https://{hosts[0]}" if hosts else url


def _host(host: str, key: str, encrypted: bool, clock: Clock) -> list[Finding]:  # noqa: FBT001
    from adapters.checkups.hosts import reach

    parts = urlsplit(f"//{host}")
    port = parts.port or (443 if encrypted else 80)
    return [reach(host, parts.hostname or host, port, key, clock.now(), encrypted=encrypted)]


def _tools(config: "Config", name: str, secrets: Secrets) -> list[Finding]:
    from adapters.checkups.tools import served

    return [served(wiring.open_tools(config, secrets).mcp[name])]


def _folder(folder: Path, key: str) -> list[Finding]:
    from adapters.checkups.folders import present

    return [present(folder.name, folder, key)]


def _secrets(config: "Config", secrets: Secrets) -> list[Finding]:
    from adapters.checkups.secrets import found

    return found(secrets, {name: kept.hosts for name, kept in config.secrets.items()})


def live(config: "Config", url: str, clock: Clock) -> Trial:
    """Questions to Google, in a throw-away tab of the sheet at this address."""

    def run() -> list[Finding]:
        from adapters.checkups.google_live import live

        return live(url, config.workbooks[0].credentials, clock)

    return Trial(area="Google", what="A tab to ask with", run=run)
