"""The composition root: the only place that knows both the engine and the vendors.

Invariant: nothing is opened that the command does not need, and everything that is built here can be passed in.
"""

import gc
import importlib
import os
import pkgutil
import secrets as randomness
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.alarm import open_alerting, open_heartbeat
from runner.engine.learn import recall
from runner.errors import ConfigError
from runner.model import Problem, Snapshot
from runner.ports import Action, Clock, Ledger, Mailer, ModelService, Secrets, Tools, World
from runner.ports import Workbook as WorkbookPort
from runner.ports.checkup import Finding
from runner.post_room import open_letters, open_post_room

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.ledgers.sql import SqlLedger
    from adapters.mail.sent_folder import SentFolder
    from runner.config import Config, Workbook
    from runner.config.tables import Sent
    from runner.engine.report import Desk
    from sheet_templates.template import Template

#: Without letters and digits that look alike.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def load_config(path: Path) -> "Config":
    """The config; raises `ConfigError` with every mistake in it."""
    from runner.config import load

    config, problems = load(path, os.environ)
    if config is None or problems:
        raise ConfigError("\n".join(str(problem) for problem in problems))
    return config


def config_problems(path: Path) -> "tuple[Config | None, list[Problem]]":
    """The config as far as it can be read, and every mistake in it."""
    from runner.config import load

    return load(path, os.environ)


def open_clock() -> Clock:
    """The real one."""
    from adapters.clock import SystemClock

    return SystemClock()


def open_workbook(workbook: "Workbook", clock: Clock) -> WorkbookPort:
    """The workbook of that kind: `excel` is found in `adapters/workbooks/excel`, `google` in `adapters/workbooks/google_sheets`."""
    if workbook.kind == "google":
        from adapters.workbooks.google_sheets.opening import open_client, open_sheet

        client = open_client(workbook.credentials, clock, sharing=workbook.sharing)
        return open_sheet(workbook.url, client, workbook.key, clock, sharing=workbook.sharing)
    from adapters.workbooks.excel import ExcelWorkbook

    return ExcelWorkbook(workbook.path or Path(), clock=clock, key=workbook.key)


def make_sheet(template: "Template", *, title: str, into: str, credentials: str, samples: bool, zone: "ZoneInfo") -> str:
    """A Google sheet from the template, made anew or in an empty one at the address `into`; its address."""
    from adapters.workbooks.google_sheets.create import fill_from_template, new_sheet
    from adapters.workbooks.google_sheets.opening import open_client, sheet_at, url_of

    clock = open_clock()
    client = open_client(credentials, clock)
    sheet = sheet_at(into) if into else new_sheet(client, title, str(zone))
    fill_from_template(client, sheet, template, today=clock.now().astimezone(zone).date(), samples=samples)
    return url_of(sheet)


def open_archive(beside: Path, clock: Clock) -> WorkbookPort:
    """The workbook in a file beside it, into which old rows move."""
    from adapters.workbooks.excel.archive import open_archive

    return open_archive(beside, clock)


def read_archive(beside: Path, clock: Clock) -> Snapshot | None:
    """What stands in that workbook; None when there is none yet."""
    from adapters.workbooks.excel.archive import place

    return open_archive(beside, clock).read() if place(beside).exists() else None


def open_ledger(config: "Config", workbook: "Workbook", clock: Clock) -> Ledger:
    """The workbook's ledger, made when there is none."""
    from adapters.ledgers.sql import SqlLedger

    return SqlLedger(ledger_place(config, workbook), name_of(workbook), clock)


def ledger_place(config: "Config", workbook: "Workbook") -> str:
    """The ledger's file, or its address with the password that the mark stands for. Raises `LedgerUnusable`."""
    from adapters.ledgers.opening import revealed

    return revealed(config.ledger_of(workbook), open_secrets(config))


def open_sound_ledger(config: "Config", workbook: "Workbook", clock: Clock, say: Callable[[str], None]) -> "SqlLedger":
    """The same for whoever works with it: examined, and put back from its own copy where it is damaged or gone."""
    from adapters.ledgers.restore import open_sound

    return open_sound(ledger_place(config, workbook), name_of(workbook), clock, say)


def name_of(workbook: "Workbook") -> str:
    """What the ledger knows the workbook by."""
    return workbook.known_as


def open_mailer(config: "Config", secrets: Secrets) -> Mailer:
    """`[email] mode`: a folder, or SMTP."""
    email = config.email
    if email.mode == "folder":
        from adapters.mailers.folder import FolderMailer

        return FolderMailer(email.folder)
    from adapters.mailers.smtp import SmtpMailer

    return SmtpMailer(
        host=email.host,
        port=email.port,
        security=email.security,
        username=email.username,
        password=lambda: secrets.reveal(email.password, f"{email.host}:{email.port}"),
        ca_file=email.ca_file,
        sent=open_sent(email.sent, secrets) if email.sent else None,
        keep_copy=bool(email.sent and email.sent.keep_copy),
    )


def open_sent(sent: "Sent", secrets: Secrets) -> "SentFolder":
    """`[email.sent]`: where a mail in doubt is looked for."""
    from adapters.mail.sent_folder import SentFolder

    return SentFolder(
        host=sent.host,
        port=sent.port,
        security=sent.security,
        username=sent.username,
        password=lambda: secrets.reveal(sent.password, f"{sent.host}:{sent.port}"),
        mailbox=sent.mailbox,
        ca_file=sent.ca_file,
    )


def model_service(config: "Config") -> ModelService:
    """`[ai]`: whom texts are asked of."""
    ai = config.ai
    return ModelService(base_url=ai.base_url, model=ai.model, api_key=ai.api_key, budget=ai.budget)


def open_tools(config: "Config", secrets: Secrets) -> Tools:
    """What config.toml allows actions to use: the same for `run` and for `check`."""
    from adapters.mcp.configured import open_servers

    return Tools(
        mailer=open_mailer(config, secrets),
        mail_from=config.email.sender,
        http_allow=config.http.allow,
        secrets=secrets,
        files_allow=config.files.allow,
        files_kept=config.kept_files,
        models=model_service(config),
        mcp=open_servers(config.mcp, config.home, secrets),
        letters=open_letters(config),
    )


def open_actions(tools: Tools) -> Mapping[str, Action]:
    """Every action, found by listing the folder `adapters/actions`."""
    import adapters.actions

    found: dict[str, Action] = {}
    for module in pkgutil.iter_modules(adapters.actions.__path__):
        made = importlib.import_module(f"adapters.actions.{module.name}")
        found |= {action.name: action for action in made.actions(tools)}
    return found


def open_secrets(config: "Config") -> Secrets:
    """The secrets that config.toml names."""
    from adapters.secrets import open_secrets

    return open_secrets(config.secrets, os.environ)


def open_world(
    config: "Config",
    *,
    say: Callable[[str], None] = lambda _line: None,
    clock: Clock | None = None,
    mode: str = "one tick",
    next_poll: str = "",
    probe: Callable[[], list[Finding]] | None = None,
) -> World:
    """Everything one tick works with. Raises `RowpactError` with a sentence for what cannot be opened."""
    from adapters.ledgers.safeguard import safeguard
    from adapters.status_page import put_page

    workbook = only_workbook(config)
    clock = clock or open_clock()
    spare_the_collector()
    secrets = open_secrets(config)
    ledger, actions = open_sound_ledger(config, workbook, clock, say), open_actions(open_tools(config, secrets))
    recall(actions, ledger)
    return World(
        workbook=open_workbook(workbook, clock),
        ledger=ledger,
        actions=actions,
        clock=clock,
        zone=config.runner.zone,
        workers=config.runner.workers,
        holder=holder(),
        secrets=secrets,
        say=lambda line: say(secrets.redact(line)),
        new_id=new_id,
        mode=mode,
        next_poll=next_poll or "when `rowpact run` is started again",
        archive=partial(open_archive, config.beside(workbook), clock),
        archived=partial(read_archive, config.beside(workbook), clock),
        archive_after=config.runner.archive_after,
        budget=config.ai.budget,
        safeguard=partial(safeguard, ledger, config.ledger_of(workbook)),
        post_room=open_post_room(config),
        place=workbook.place,
        page=partial(put_page, config.ledger_file(workbook)),
        alerting=open_alerting(config, workbook, secrets, open_mailer(config, secrets)),
        probe=probe,
        heartbeat=open_heartbeat(config, secrets),
    )


@contextmanager
def open_simulation(config: "Config") -> Iterator[World]:
    """The world as it is, with a ledger that keeps nothing and a clock that can be set. No file changes, not even a log."""
    from adapters.clock import StillClock
    from adapters.ledgers.opening import to_read_from
    from adapters.ledgers.overlay import OverlayLedger

    workbook, clock = only_workbook(config), StillClock(open_clock().now())
    secrets = open_secrets(config)
    with tempfile.TemporaryDirectory(prefix="rowpact-") as folder:
        below = to_read_from(ledger_place(config, workbook), name_of(workbook), clock, Path(folder))
        actions = open_actions(open_tools(config, secrets))
        if below:
            recall(actions, below)
        yield World(
            workbook=open_workbook(workbook, clock),
            ledger=OverlayLedger(below, clock),
            actions={name: replace(action, scout=lambda _settings: None) for name, action in actions.items()},
            clock=clock,
            zone=config.runner.zone,
            workers=config.runner.workers,
            holder=holder(),
            secrets=secrets,
            say=lambda _line: None,
            new_id=new_id,
            archived=partial(read_archive, config.beside(workbook), clock),
        )
        if below:
            below.close()


@contextmanager
def open_report_desk(config: "Config") -> Iterator["Desk"]:
    """What the weekly report reads: the ledger, by way of a copy where it is a file, and the workbook."""
    from adapters.ledgers.opening import to_read_from
    from adapters.ledgers.overlay import OverlayLedger
    from runner.engine.report import Desk

    workbook, clock = only_workbook(config), open_clock()
    with tempfile.TemporaryDirectory(prefix="rowpact-") as folder:
        below = to_read_from(ledger_place(config, workbook), name_of(workbook), clock, Path(folder))
        yield Desk(
            ledger=OverlayLedger(below, clock),
            workbook=open_workbook(workbook, clock),
            zone=config.runner.zone,
            now=clock.now(),
            redact=open_secrets(config).redact,
            ledger_name=f"the ledger of {name_of(workbook)}",
            budget=str(config.ai.budget or ""),
            link=workbook.url,
        )
        if below:
            below.close()


def spare_the_collector() -> None:
    """The engine makes many small records that never point in a circle; looking for circles among them took a sixth of its time."""
    gc.set_threshold(50_000, 20, 100)


def only_workbook(config: "Config") -> "Workbook":
    """The one workbook; several are not in this version yet."""
    if len(config.workbooks) > 1:
        raise ConfigError("config.toml has several [[workbook]]; this version runs one. Give each a config of its own.")
    return config.workbooks[0]


def holder() -> str:
    """Who holds a lease: this process."""
    from adapters.ledgers.holder import Holder

    return str(Holder.here())


def new_id() -> str:
    """Eight characters, 40 bits: never given before."""
    return "".join(randomness.choice(_LETTERS) for _ in range(8))


def local_zone() -> "ZoneInfo":
    """This computer's time zone by its name; UTC when it does not say."""
    from zoneinfo import ZoneInfo

    import tzlocal

    return ZoneInfo(tzlocal.get_localzone_name() or "UTC")
