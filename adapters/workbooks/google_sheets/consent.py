"""A person's own login: signed in to in the browser once, kept in a file that only they can read.

Invariant: nothing but spreadsheets is asked for, and the password stays between the person and Google.
"""

import json
import os
from pathlib import Path
from typing import Any

from adapters.workbooks.google_sheets.keys import SPREADSHEETS, read_key
from runner.errors import ConfigError

#: How long somebody may take to sign in, in seconds.
PATIENCE = 600
_DONE = "Rowpact may edit your sheets now. You can close this window."


def sign_in(app: Path, to: Path, scopes: tuple[str, ...] = (SPREADSHEETS,)) -> None:
    """Open the browser, wait for consent, and keep the login in the file `to`. Raises `ConfigError` with the mend.

    `app`: the file of an OAuth client of the type “Desktop app”, as the Google console gives it.
    """
    facts = read_key(app)
    if "installed" not in facts:
        raise ConfigError(
            f"{app.name} names no desktop app. In the Google console make an OAuth client of that type, and download it."
        )
    if to.exists():
        raise ConfigError(f"{to} exists already. Give another place with -o, or remove it first.")
    _keep(to, _consented(facts, scopes))


def _consented(facts: Any, scopes: tuple[str, ...]) -> dict[str, str]:
    """The login's lines, once the person has agreed."""
    from google_auth_oauthlib.flow import InstalledAppFlow
    from oauthlib.oauth2 import OAuth2Error
    from requests import RequestException

    try:
        flow = InstalledAppFlow.from_client_config(facts, scopes=list(scopes))
        login = flow.run_local_server(
            host="127.0.0.1",
            port=0,
            timeout_seconds=PATIENCE,
            authorization_prompt_message="Sign in to Google in your browser. If none opens, go to: {url}",
            success_message=_DONE,
        )
    except (ValueError, KeyError) as error:
        raise ConfigError("The app's file is not whole. Download it again from the Google console.") from error
    except (OAuth2Error, RequestException, Warning) as error:
        raise ConfigError(f"Google did not grant it: {error}. Nothing was kept; try again.") from error
    except AttributeError:  # what the library does when nobody came
        raise ConfigError(f"Nobody signed in within {PATIENCE // 60} minutes. Nothing was kept; try again.") from None
    if not login.refresh_token:
        raise ConfigError("Google gave no lasting login. Take Rowpact's access away in your Google account, then try again.")
    return {
        "type": "authorized_user",
        "client_id": login.client_id,
        "client_secret": login.client_secret,
        "refresh_token": login.refresh_token,
        "token_uri": login.token_uri,
    }


def _keep(to: Path, login: dict[str, str]) -> None:
    try:
        place = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(place, "w", encoding="utf-8") as file:
            json.dump(login, file, indent=2)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}.") from error
