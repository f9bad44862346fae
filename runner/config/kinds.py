"""The kinds of values that config.toml holds, each with the sentence for what is none.

Invariant: no sentence repeats a value that may be a secret.
"""

import re
import shlex
from collections.abc import Sequence
from datetime import time, timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from runner.ports import Budget, Quiet
from runner.rules.alerts.moments import parse_quiet
from runner.rules.findings import did_you_mean
from runner.rules.literals import Unclear
from runner.rules.marks import MARK
from runner.rules.spans import parse_span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Unusable(ValueError):
    """A value that cannot be used: what is wrong, and how to mend it."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message, self.fix = message, fix


def _span(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else parse_span(str(value)).plain()


def _words(value: Any) -> Any:
    """A list may also be written as one text with commas, which is how an environment variable holds it."""
    return tuple(part.strip() for part in re.split(r"[,\n]", value) if part.strip()) if isinstance(value, str) else value


def _command(value: Any) -> Any:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


def _beside(value: Path, info: ValidationInfo) -> Path:
    """A relative path counts from config.toml's own folder."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / value.expanduser()


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise Unusable(f"There is no time zone “{value}”.", _near_zone(value)) from None


def _near_zone(wrong: str) -> str:
    zones = available_timezones()
    city = wrong.rpartition("/")[2].strip().replace(" ", "_").casefold()
    found = sorted(zone for zone in zones if zone.rpartition("/")[2].casefold() == city)
    return f"Did you mean “{found[0]}”?" if found else _only_near(did_you_mean(wrong, zones))


def _only_near(hint: str) -> str:
    return hint if hint.startswith("Did") else "Write it as continent and city, for example America/Chicago or Europe/Lisbon."


def _secret(value: str) -> str:
    if "{{" in value and not MARK.fullmatch(value.strip()):
        raise Unusable("This is not how a secret is named.", 'Write "{{ secrets.NAME }}" and nothing else.')
    if value and not MARK.fullmatch(value.strip()):
        raise Unusable(
            "The secret itself stands here, where everybody who sees this file can read it.",
            'Write "{{ secrets.NAME }}" here and add a table [secrets.NAME] with env = "NAME" and hosts = ["…"].',
        )
    return value.strip()


def is_loopback(host: str) -> bool:
    """Whether the host is this computer itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s/:@?#\\*\[\]]+)(?::[0-9]{1,5})?")


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise Unusable(
            f"“{value[:80]}” is not a host.", 'Write only its name, or name and port: "api.stripe.com", "127.0.0.1:8080".'
        )
    return value.lower()


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = not value or (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\x00-\x20]", MARK.sub("x", value))
        )
        parts.port  # noqa: B018  # raises for a port that is none
    except ValueError:
        usable = False
    if not usable:
        raise Unusable("This is not a web address.", "It begins with https:// (or http:// on your own computer).")
    if value and parts.password and not MARK.fullmatch(parts.password):
        _secret(parts.password)
    return value


_BARE = r"[^@\s<>,;\"()]+@[^@\s<>,;\"()]+"
_ADDRESS = re.compile(rf'{_BARE}|(?:"[^"<>\r\n]*" ?|[^"<>@,;\r\n]*)<{_BARE}>')


def _address(value: str) -> str:
    if len(value) > 320 or not _ADDRESS.fullmatch(value.strip()):
        raise Unusable(f"“{value[:80]}” is not an e-mail address.", "Write ana@example.com or Ana <ana@example.com>.")
    return value.strip()


def _weekday(value: Any) -> Any:
    found = [day for day in WEEKDAYS if isinstance(value, str) and value.strip().casefold() in (day.casefold(), day[:3].casefold())]
    if not found:
        raise Unusable(f"“{value}” is not a day of the week.", did_you_mean(str(value), WEEKDAYS))
    return found[0]


def _clock(value: Any) -> time:
    try:
        return value if isinstance(value, time) else time.fromisoformat(str(value).strip().zfill(5))
    except ValueError:
        raise Unusable(f"“{value}” is not a time of day.", 'Write hours and minutes, for example "08:00".') from None


def _ledger(value: str, info: ValidationInfo) -> str:
    if "://" not in value:
        return str(_beside(Path(value), info)) if value else ""
    if not value.startswith(("postgresql://", "postgresql+psycopg://")):
        raise Unusable("This is neither a file nor a PostgreSQL address.", 'Write "business.ledger" or "postgresql://…".')
    password = re.match(r"[^:]+://[^:@/]*:(.*)@", value)
    if password:
        _secret(password[1])
    return value


def _key(value: str, info: ValidationInfo) -> str:
    return value if value == "default" else str(_beside(Path(value), info))


def _budget(value: Any) -> Budget | None:
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,4})?)\s*([A-Za-z]{3})\s+(?:per|a|/)\s*(day|week|month)", str(value).strip())
    if not found and value:
        raise Unusable(f"“{value}” is not a budget.", 'Write an amount, a currency and a time: "5 USD per day".')
    return Budget(amount=Decimal(found[1]), currency=found[2].upper(), per=found[3]) if found else None


def _webhook(value: str) -> str:
    return value.strip() if MARK.fullmatch(value.strip()) else _url(value)


def _quiet(value: Any) -> Quiet | None:
    try:
        return value if isinstance(value, Quiet) else parse_quiet(str(value or ""))
    except Unclear as error:
        raise Unusable(str(error)) from None


Length = Annotated[timedelta, BeforeValidator(_span)]
Near = Annotated[Path, AfterValidator(_beside)]
Zone = Annotated[str, AfterValidator(_zone)]
SecretMark = Annotated[str, AfterValidator(_secret)]
Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[str, AfterValidator(_url)]
Webhook = Annotated[str, AfterValidator(_webhook)]
QuietHours = Annotated[Quiet | None, BeforeValidator(_quiet)]
Address = Annotated[str, AfterValidator(_address)]
Weekday = Annotated[str, BeforeValidator(_weekday)]
ClockTime = Annotated[time, BeforeValidator(_clock)]
KeyPlace = Annotated[str, AfterValidator(_key)]
LedgerPlace = Annotated[str, AfterValidator(_ledger)]
Spending = Annotated[Budget | None, BeforeValidator(_budget)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Hosts = Annotated[tuple[Host, ...], BeforeValidator(_words)]
Paths = Annotated[tuple[Near, ...], BeforeValidator(_words)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(_words)]
Command = Annotated[tuple[str, ...], BeforeValidator(_command)]


def needed(value: Any, name: str, when: str) -> None:
    """A key that is only needed in some cases. Raises `Unusable`."""
    if value is None or (isinstance(value, str | Sequence) and not value):
        raise Unusable(f"The key “{name}” is needed {when}.", f"Add: {name} = …")
