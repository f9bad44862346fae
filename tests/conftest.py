"""Fixtures for all tests: real servers on loopback, certificates, a clock that stands still, and plain tools for actions."""

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from adapters.web import client as http_client
from runner.model import Book
from runner.ports import Call, CheckScope, Mailer, Prepare, Secrets, Tools
from tests.servers.calendar import Calendar
from tests.servers.chromium import PROGRAM as CHROMIUM
from tests.servers.chromium import Chromium
from tests.servers.dovecot import PROGRAM as DOVECOT
from tests.servers.dovecot import Dovecot
from tests.servers.http import HttpServer
from tests.servers.sheets.server import SheetsServer
from tests.servers.smtp import FaultySmtp, SmtpServer
from tests.servers.strangers import NotHere, Strangers, installed

#: The moment at which tests happen: a Sunday.
NOW = datetime(2026, 11, 22, 17, 12, 54, tzinfo=UTC)


class FixedClock:
    """Stands still; sleeping moves it on at once."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.stopped = False

    def now(self) -> datetime:
        """The moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Be later."""
        self.moment += timedelta(seconds=seconds)

    def stop(self) -> None:
        """Ask to stop."""
        self.stopped = True


class NoMailer:
    """For tests that must not send mail."""

    def send(self, _message: bytes, _sender: str, _recipients: Any, _timeout: timedelta) -> str:
        """Never."""
        raise AssertionError("a mail was sent")


@pytest.fixture
def fixed_clock() -> FixedClock:
    """2026-11-22 17:12:54 UTC until a test sets `.moment` or sleeps."""
    return FixedClock(NOW)


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    """A programmable HTTP server: `.on(path, Reply(…), …)`, `.url`, `.host`, `.requests`, `.hits()`. See tests/servers/http.py."""
    server = HttpServer()
    yield server
    server.stop()


@pytest.fixture
def second_http_server() -> Iterator[HttpServer]:
    """Another one, which nobody may reach unless the test says so."""
    server = HttpServer()
    yield server
    server.stop()


@pytest.fixture
def https_server(server_tls: ssl.SSLContext) -> Iterator[HttpServer]:
    """The same over TLS for `localhost`, with a certificate of `ca`."""
    server = HttpServer(server_tls, host="localhost")
    yield server
    server.stop()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A mail server that takes everything: `.port`, `.messages[0].recipients`, `.messages[0].mail["Subject"]`."""
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def start_smtp() -> Iterator[Callable[..., SmtpServer]]:
    """`start_smtp(login=("ana", "pw"), tls=server_tls)`: a mail server with these demands."""
    servers: list[SmtpServer] = []

    def start(**options: Any) -> SmtpServer:
        servers.append(SmtpServer(**options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def faulty_smtp() -> Iterator[Callable[..., FaultySmtp]]:
    """`faulty_smtp("RCPT", "550 no")`: a mail server with one fault. See tests/servers/smtp.py."""
    servers: list[FaultySmtp] = []

    def start(*arguments: Any, **options: Any) -> FaultySmtp:
        servers.append(FaultySmtp(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[SheetsServer]:
    """Google Sheets on loopback, see tests/servers/sheets/server.py. What Google does not describe fails the test.

    No other host is found meanwhile: google-auth looks for one of Google's in the background.
    """
    ask = socket.getaddrinfo

    def only_here(host: Any, *options: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1", None):
            raise socket.gaierror(socket.EAI_NONAME, "tests stay on this computer")
        return ask(host, *options, **more)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    with SheetsServer() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def start_dovecot(ca: trustme.CA) -> Iterator[Callable[..., Dovecot]]:
    """`start_dovecot({"Sent": "\\Sent"})`: a mailbox server with these folders. See tests/servers/dovecot.py."""
    if not Path(DOVECOT).exists():
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")
    servers: list[Dovecot] = []

    def start(mailboxes: dict[str, str]) -> Dovecot:
        servers.append(Dovecot(ca, mailboxes))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser: `.open(file, width=380, dark=True)`, `.ask("document.title")`. See tests/servers/chromium.py."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.stop()


@pytest.fixture
def calendar(tmp_path: Path) -> Calendar:
    """A server of tools that writes down every call; see tests/servers/calendar.py."""
    folder = tmp_path / "calendar"
    folder.mkdir()
    return Calendar(folder)


@pytest.fixture(scope="session")
def strangers() -> Strangers:
    """Servers of tools that others wrote; see tests/servers/strangers."""
    try:
        return installed()
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """A certificate authority of the tests' own."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate as a file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_tls(ca: trustme.CA) -> ssl.SSLContext:
    """For servers called `localhost` or 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted_ca(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """HTTP requests of this test trust `ca`, and nothing else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    http_client.tls_context.cache_clear()
    yield ca_file
    http_client.tls_context.cache_clear()


@pytest.fixture
def make_tools(tmp_path: Path) -> Callable[..., Tools]:
    """`make_tools(http_allow=(…,), mailer=…, files_allow=(…,), secrets={"NAME": "value"})`; nothing is allowed by itself."""

    def make(
        *,
        http_allow: tuple[str, ...] = (),
        mailer: Mailer | None = None,
        mail_from: str = "Ana <ana@example.com>",
        files_allow: tuple[Path, ...] = (),
        secrets: dict[str, str] | None = None,
    ) -> Tools:
        held = secrets or {}

        def reveal(text: str, _host: str) -> str:
            for name, value in held.items():
                text = text.replace(f"{{{{ secrets.{name} }}}}", value)
            return text

        def redact(text: str) -> str:
            for name, value in held.items():
                text = text.replace(value, f"•••{name}•••")
            return text

        return Tools(
            mailer=mailer or NoMailer(),
            mail_from=mail_from,
            http_allow=http_allow,
            secrets=Secrets(names=frozenset(held), reveal=reveal, redact=redact),
            files_allow=files_allow,
        )

    return make


@pytest.fixture
def prepare_for() -> Callable[..., Prepare]:
    """What `prepare` may look at; any field may be given."""

    def make(**fields: Any) -> Prepare:
        plain: dict[str, Any] = {
            "run": "R-0001",
            "contract": "Lead response",
            "step": "Step",
            "key": "key-1",
            "now": NOW,
            "zone": UTC,
        }
        plain |= {"tab": "Leads", "match": {"Row ID": "L-1"}, "owner": "Ana", "sop": "", "book": Book()}
        return Prepare(**plain | fields)

    return make


@pytest.fixture
def call_for() -> Callable[..., Call]:
    """What `perform` is told; any field may be given, `timeout` in seconds too."""

    def make(**fields: Any) -> Call:
        plain: dict[str, Any] = {
            "run": "R-0001",
            "contract": "Lead response",
            "step": "Step",
            "attempt": 1,
            "key": "key-1",
            "now": NOW,
        }
        plain |= {"timeout": timedelta(seconds=10), "zone": UTC, "sheet": None, "book": Book(), "row": {}}
        if isinstance(fields.get("timeout"), int | float):
            fields["timeout"] = timedelta(seconds=fields["timeout"])
        return Call(**plain | fields)

    return make


@pytest.fixture
def check_scope() -> Callable[..., CheckScope]:
    """What `check` may look at: a book, and no tabs."""

    def make(book: Book | None = None) -> CheckScope:
        return CheckScope(book=book or Book(), headers=lambda _tab: None, rows=lambda _tab: (), contract_tab="Leads")

    return make


@pytest.fixture
def ordinary_user(tmp_path: Path) -> None:
    """Skips where the system lets this user open what nobody may open."""
    closed = tmp_path / "closed"
    closed.touch(mode=0)
    try:
        closed.read_bytes()
    except PermissionError:
        closed.unlink()
        return
    pytest.skip("the system lets this user open every file")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where everything is installed (ROWPACT_NO_SKIPS=1), a test that was skipped has failed: nothing may go unproven there."""
    report = yield
    if report.skipped and os.environ.get("ROWPACT_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped where nothing may be: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
        )
    return report
