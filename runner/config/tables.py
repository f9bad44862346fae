"""One frozen model for each table of config.toml, with the defaults.

Invariant: unknown keys are refused; a key that depends on others stands below them, so that all its mistakes are seen in one go.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from runner.config.kinds import (
    Address,
    Addresses,
    ClockTime,
    Command,
    Hosts,
    KeyPlace,
    LedgerPlace,
    Length,
    Near,
    Paths,
    SecretMark,
    Spending,
    Unusable,
    Url,
    Weekday,
    Words,
    Zone,
    is_loopback,
    needed,
)

#: Where Ollama listens.
LOCAL_AI = "http://127.0.0.1:11434/v1"

Port = Annotated[int, Field(ge=1, le=65_535)]


class Table(BaseModel):
    """What all tables share: nothing unknown, nothing changed later, defaults held to the same rules."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True, allow_inf_nan=False)


class Workbook(Table):
    """[workbook]: where the workbook is."""

    #: Tells several workbooks apart.
    name: str = ""
    kind: Literal["excel", "google"] = "excel"
    path: Near | None = None
    url: Url = ""
    #: A key's file, or "default" for the login that this computer has.
    credentials: KeyPlace = "service-account.json"
    #: Whether to look who can edit a Google sheet, which takes the Drive API too.
    sharing: bool = False

    @field_validator("path")
    @classmethod
    def _path(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if info.data.get("kind") == "excel":
            needed(value, "path", "for an Excel workbook")
            if value and value.suffix.lower() not in (".xlsx", ".xlsm"):
                raise Unusable(f"“{value.name}” is not an Excel workbook.", "Save it in Excel as .xlsx (or .xlsm).")
        return value

    @field_validator("url")
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("kind") == "google":
            needed(value, "url", "for a Google sheet")
            if "/spreadsheets/d/" not in value:
                raise Unusable(
                    "This is not the address of a Google sheet.",
                    "Copy it from the browser: https://docs.google.com/spreadsheets/d/…",
                )
        return value

    @property
    def file_name(self) -> str:
        """Its file's name; of one that is no file, the name by which its ledger and its archive are called."""
        return self.path.name if self.path else f"{self.name or 'rowpact'}.xlsx"

    @property
    def sheet_id(self) -> str:
        """The id in a Google sheet's address."""
        return self.url.partition("/spreadsheets/d/")[2].partition("/")[0]

    @property
    def known_as(self) -> str:
        """What the ledger knows it by; a workbook that moves to another kind or place keeps it by its `name`."""
        return self.name or (self.path.stem if self.path else self.sheet_id)

    @property
    def key(self) -> str:
        """What names it in idempotency keys."""
        return f"{self.known_as}.xlsx"

    @property
    def place(self) -> str:
        """Where it is, for people: its file or its address."""
        return self.url if self.kind == "google" else str(self.path)


class Runner(Table):
    """[runner]: how often and with what."""

    poll: Length = timedelta(seconds=15)
    #: Effects that may go on side by side.
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    #: A file, or `postgresql://…`; "" stands for the file beside the workbook.
    ledger: LedgerPlace = ""
    timezone: Zone = "UTC"
    archive_after: Length = timedelta(days=90)
    #: Called after each good tick.
    heartbeat: Url = ""

    @field_validator("poll")
    @classmethod
    def _poll(cls, value: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= value <= timedelta(days=1):
            raise Unusable("This must be between 1s and 1 day.")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.timezone)


class Sent(Table):
    """[email.sent]: the sender's own Sent folder over IMAP, where a mail in doubt is looked for."""

    host: str = ""
    port: Port = 993
    security: Literal["starttls", "tls", "none"] = "tls"
    #: Certificates of a private authority.
    ca_file: Near | None = None
    username: str = ""
    password: SecretMark = ""
    #: "" = the one that the server calls Sent.
    mailbox: str = ""
    #: The provider files no copies, so the runner does.
    keep_copy: bool = False

    @field_validator("host", "username", "password")
    @classmethod
    def _needed(cls, value: str, info: ValidationInfo) -> str:
        needed(value, str(info.field_name), "to look into the Sent folder")
        return value

    @field_validator("security")
    @classmethod
    def _security(cls, value: str, info: ValidationInfo) -> str:
        return _guarded(value, info)


class Email(Table):
    """[email]: how mail leaves; as files in a folder until "smtp" is asked for."""

    mode: Literal["folder", "smtp"] = "folder"
    folder: Near = Path("outbox")
    sender: Address = Field("Rowpact <rowpact@localhost>", alias="from")
    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: Certificates of a private authority.
    ca_file: Near | None = None
    username: str = ""
    password: SecretMark = ""
    sent: Sent | None = None

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == "smtp" and value.endswith("@localhost>"):
            needed("", "from", 'with mode = "smtp"')
        return value

    @field_validator("host")
    @classmethod
    def _host(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == "smtp":
            needed(value, "host", 'with mode = "smtp"')
        return value

    @field_validator("security")
    @classmethod
    def _security(cls, value: str, info: ValidationInfo) -> str:
        return _guarded(value, info)


class Http(Table):
    """[http]: what http actions may reach."""

    allow: Hosts = ()


class Files(Table):
    """[files]: folders that files may be written to or attached from."""

    allow: Paths = ()


class Ai(Table):
    """[ai]: an OpenAI-compatible service, here or elsewhere; without a model there is none."""

    base_url: Url = LOCAL_AI
    model: str = ""
    api_key: SecretMark = ""
    budget: Spending = None


class Mcp(Table):
    """[mcp.NAME]: a server of tools; only the tools that are named may be called."""

    command: Command = ()
    url: Url = ""
    tools: Words = ()
    #: The command's environment, beside PATH, HOME and their like; the url's headers. Values may hold secrets.
    env: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    @field_validator("url")
    @classmethod
    def _one(cls, value: str, info: ValidationInfo) -> str:
        if "command" in info.data and bool(value) == bool(info.data["command"]):
            raise Unusable(
                "A tool server is started by a command or reached at a url: exactly one of the two.", "Write command or url."
            )
        return value


class Report(Table):
    """[report]: the weekly report; sent to nobody until somebody is named."""

    to: Addresses = ()
    day: Weekday = "Monday"
    at: ClockTime = time(8)


class Webhook(Table):
    """[webhook.NAME]: an address of ours that others call."""

    secret: SecretMark = ""


class Inbox(Table):
    """[inbox.NAME]: a mailbox that is read."""

    host: str = ""
    port: Port = 993
    security: Literal["starttls", "tls", "none"] = "tls"
    username: str = ""
    password: SecretMark = ""
    folder: str = "INBOX"

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        needed(value, "host", "for a mailbox")
        return value

    @field_validator("security")
    @classmethod
    def _security(cls, value: str, info: ValidationInfo) -> str:
        return _guarded(value, info)


class Folder(Table):
    """[folder.NAME]: a folder that is watched."""

    path: Near | None = None

    @field_validator("path")
    @classmethod
    def _path(cls, value: Path | None) -> Path | None:
        needed(value, "path", "for a folder")
        return value


class Secret(Table):
    """[secrets.NAME]: where a secret is kept and the only hosts that it may be sent to."""

    env: str | None = None
    file: Near | None = None
    keyring: str | None = None
    hosts: Hosts = ()

    @field_validator("keyring")
    @classmethod
    def _one(cls, value: str | None, info: ValidationInfo) -> str | None:
        given = [key for key in ("env", "file") if info.data.get(key)] + ["keyring"] * bool(value)
        if len(given) != 1 and "file" in info.data:
            raise Unusable("A secret is kept in exactly one place.", 'Write one of env = "…", file = "…" or keyring = "…".')
        return value


def _guarded(security: str, info: ValidationInfo) -> str:
    """Without encryption only this computer may be spoken to."""
    host = info.data.get("host", "")
    if security == "none" and host and not is_loopback(host):
        raise Unusable(
            f'security = "none" would send mail and password to {host} for everybody on the way to read.',
            'Write security = "starttls" or "tls"; "none" is only for this computer itself.',
        )
    return security
