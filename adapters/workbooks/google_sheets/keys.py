"""The login: a service account's key, a person's saved login, or the one that this computer has for Google's own tools.

Invariant: a file that others can read is refused, no key is shown, and nothing but spreadsheets is asked for unless more is wanted.
"""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from google.auth.credentials import Credentials

from runner.errors import ConfigError

SPREADSHEETS = "https://www.googleapis.com/auth/spreadsheets"
#: Who may see a file; needed only to know who can edit the sheet.
SHARING = "https://www.googleapis.com/auth/drive.metadata.readonly"
#: What config.toml says instead of a file for application default credentials.
DEFAULT = "default"
_TOKENS = "https://oauth2.googleapis.com/token"
_WHERE = "config.toml [workbook] credentials"


def open_key(place: str, scopes: Sequence[str] = (SPREADSHEETS,)) -> tuple[Credentials, str]:
    """The login and the address that the sheet must be shared with; "" for a person's own. Raises `ConfigError` with the mend."""
    if place == DEFAULT:
        return _default(scopes), ""
    path = Path(place)
    facts = read_key(path)
    try:
        match facts.get("type"):
            case "service_account":
                from google.oauth2 import service_account

                return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                    facts, scopes=list(scopes)
                ), str(facts["client_email"])
            case "authorized_user":
                from google.oauth2.credentials import Credentials as Login

                named = {name: facts[name] for name in ("refresh_token", "client_id", "client_secret")}
                return Login(None, token_uri=facts.get("token_uri", _TOKENS), scopes=list(scopes), **named), ""  # type: ignore[no-untyped-call]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{_WHERE}: {path.name} is not whole. Download the key again.") from error
    if "installed" in facts or "web" in facts:
        raise ConfigError(f"{_WHERE}: {path.name} names an app, not a login. Run: rowpact login {path.name}")
    raise ConfigError(f"{_WHERE}: {path.name} is not a Google key. Use the JSON file of a service account's key.")


def read_key(path: Path) -> Mapping[str, Any]:
    """What the file holds. Raises `ConfigError` where it is missing, no JSON, or others can read it."""
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{_WHERE}: others can read the key {path}. Run: chmod 600 {path}")
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        message = f"{_WHERE}: there is no file {path}. Put the service account's key there, or write its true place."
        raise ConfigError(message) from None
    except OSError as error:
        raise ConfigError(f"{_WHERE}: {path} cannot be read: {error.strerror}. Check who owns it.") from error
    except ValueError:
        raise ConfigError(f"{_WHERE}: {path.name} is not a JSON file. Download the key again.") from None
    return facts if isinstance(facts, dict) else {}


def _default(scopes: Sequence[str]) -> Credentials:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        credentials, _project = google.auth.default(scopes=list(scopes))
    except DefaultCredentialsError as error:
        command = f"gcloud auth application-default login --scopes={SPREADSHEETS},https://www.googleapis.com/auth/cloud-platform"
        raise ConfigError(f"{_WHERE}: this computer has no login for Google. Run: {command}") from error
    return credentials
