"""What a failed call to Google means: whether it can have been done, whether to try again and when, and the sentence for the owner.

Invariant: a call counts as not done only when Google said so; every sentence names a mend.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.auth.exceptions import RefreshError, TransportError
from gspread.exceptions import APIError
from requests import RequestException

#: What a call may raise.
FAILURES = (APIError, RequestException, TransportError, RefreshError)
_PASSING = (408, 429, 500, 502, 503, 504)
_LONGEST_WAIT = 64.0
#: Google fills its quota anew with every minute; a wait for it goes a little beyond.
_MINUTE = 60.0
_SAID = {
    401: "Google did not accept the login. Make a new key, or log in again, for config.toml [workbook] credentials.",
    404: "There is no Google sheet at this address. Copy it anew from the browser into config.toml [workbook] url.",
    429: "Google takes no more calls in this minute. Rowpact waits; if it goes on, set a longer [runner] poll in config.toml.",
}


def status_of(error: Exception) -> int:
    """The HTTP status; 0 when no answer came. gspread's own `code` is -1 for an answer that is a web page."""
    return error.response.status_code if isinstance(error, APIError) else 0


def is_passing(error: Exception) -> bool:
    """Whether the same call may go well a little later."""
    if isinstance(error, RefreshError):
        return bool(error.retryable)
    return status_of(error) in _PASSING or not isinstance(error, APIError)


def was_refused(error: Exception) -> bool:
    """Whether it is certain that nothing was done."""
    if isinstance(error, APIError):
        return status_of(error) == 429 or not is_passing(error)
    return isinstance(error, RefreshError | TransportError)


def wait_after(error: Exception, attempt: int, now: datetime, jitter: float) -> float:
    """Seconds until the next try: twice as long each time, at least as long as Google asks for, and never two callers in step.

    `attempt` counts from 0; `jitter` is between 0 and 1.
    """
    wait = min(_LONGEST_WAIT, 2.0**attempt) * (0.5 + jitter)
    if isinstance(error, APIError):
        asked = error.response.headers.get("Retry-After", "")
        wait = max(wait, min(2 * _MINUTE, float(asked)) if asked.isdecimal() else 0)
    if status_of(error) == 429:
        wait = max(wait, _MINUTE - now.second + 2 * jitter)
    return wait


def request_number(error: Exception) -> int | None:
    """Which of the requests of a batch Google would not do; None when it does not say."""
    found = re.match(r"Invalid requests\[(\d+)\]", said(error))
    return int(found[1]) if found and status_of(error) == 400 else None


def said(error: Exception) -> str:
    """Google's own words, one line."""
    text = str(error.error.get("message", "")) if isinstance(error, APIError) else str(error)
    return " ".join(text.split())[:300]


def explain(error: Exception, account: str, *, writing: bool = False) -> str:
    """What happened and how to mend it. `account`: the address that the sheet must be shared with; "" for a person's own login."""
    if isinstance(error, RefreshError):
        return _no_token(error)
    status = status_of(error)
    if status == 0:
        return "Google cannot be reached. Look whether this computer is online; Rowpact tries again by itself."
    if status == 403:
        return _forbidden(error, account, writing=writing)
    if status in _SAID:
        return _SAID[status]
    if status in _PASSING:
        return f"Google has trouble at the moment (error {status}). Nothing is lost; Rowpact tries again by itself."
    if "not supported for this document" in said(error) or "Office file" in said(error):
        return "This is an Excel file in Drive. Open it, choose File > Save as Google Sheets, and use the address of that."
    if "protected cell" in said(error):
        whom = account or "your account"
        return f"Cells that Rowpact has to write are protected. In Data > Protect sheets and ranges, let {whom} edit them."
    return f"Google refused (error {status}): {said(error).rstrip('.')}. Look whether the address opens in a browser."


def _forbidden(error: Exception, account: str, *, writing: bool) -> str:
    text, facts = said(error), _facts(error)
    if facts.get("reason") == "SERVICE_DISABLED" or "it is disabled" in text:
        link = facts.get("activationUrl") or "https://console.cloud.google.com/apis/library"
        name = "Drive" if "drive." in facts.get("service", "") else "Sheets"
        return f"The Google {name} API is not switched on for your project. Switch it on at {link} and wait a few minutes."
    if facts.get("reason") == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" or "authentication scopes" in text:
        return "The login does not reach spreadsheets. Log in again with the scope https://www.googleapis.com/auth/spreadsheets."
    if "storage quota" in text:
        return "This account has no room in Drive; as service accounts never have. Make an empty sheet, share it, and use --into."
    role = "may only look at this sheet" if writing else "may not open this sheet"
    whom = f"{account} {role}." if account else f"Your login {role}."
    mend = f"In the sheet, choose Share and add {account or 'your account'} as Editor (without “Notify people”)."
    return f"{whom} {mend}"


def _no_token(error: RefreshError) -> str:
    text = " ".join(map(str, error.args))
    if "short-lived token" in text:
        return "This computer's clock is wrong, so Google does not accept its login. Set the clock by the network and try again."
    if "expired or revoked" in text:
        return "The login has expired or was taken back. Log in again (a project in “Testing” gives logins that end after 7 days)."
    if "invalid_scope" in text:
        return "The login does not reach spreadsheets. Log in again with the scope https://www.googleapis.com/auth/spreadsheets."
    if "invalid_grant" in text or "Invalid JWT" in text or "account not found" in text:
        return "Google does not know this key (any more). Make a new key for the service account; write its file into config.toml."
    return "Google gave no login. Look whether this computer is online and the key file is whole; Rowpact tries again by itself."


def _facts(error: Exception) -> Mapping[str, Any]:
    """The reason and its metadata, of google.rpc.ErrorInfo."""
    details = error.error.get("details", ()) if isinstance(error, APIError) else ()
    infos = (detail for detail in details if isinstance(detail, dict) and "reason" in detail)
    return next(({"reason": info["reason"], **info.get("metadata", {})} for info in infos), {})
