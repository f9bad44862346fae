"""A Google sheet: the login, the sheet, whether it may be edited, and the clock; causes told apart by what Google answers.

Invariant: three calls, four where the sharing list may be seen, and none that changes a cell.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from gspread.exceptions import APIError
from gspread.urls import SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_UPDATE_URL, SPREADSHEETS_API_V4_BASE_URL

from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.failures import FAILURES, explain, status_of
from adapters.workbooks.google_sheets.opening import open_client, sheet_at
from adapters.workbooks.google_sheets.sharing import Sharing
from runner.ports import Clock
from runner.ports.checkup import Finding, Verdict, problem, warning

PATIENCE = (10.0, 30.0)
#: Google refuses logins of a clock that is further off than some five minutes.
TOO_FAR = timedelta(minutes=4)
WORTH_A_WORD = timedelta(seconds=30)
_FIELDS = "properties(title,timeZone),sheets.properties.title"
_API = SPREADSHEETS_API_V4_BASE_URL.removesuffix("v4/spreadsheets")


def sheet(url: str, credentials: str, clock: Clock, *, sharing: bool) -> list[Finding]:
    """What works of the way to this sheet, and the first thing that does not. Raises `ConfigError` for the key's file."""
    client, spreadsheet = open_client(credentials, clock, sharing=sharing), sheet_at(url)
    client.set_timeout(PATIENCE)
    try:
        answer = client.request("get", SPREADSHEET_URL % spreadsheet, params={"fields": _FIELDS})
        told = answer.json()
    except FAILURES as error:
        return [problem("Opens", explain(error, client.account)), *_clock(_asked(), clock)]
    tabs = len(told.get("sheets", ()))
    whose = f" as {client.account}" if client.account else ""
    opens = Finding(what="Opens", says=f"“{told['properties'].get('title', '')}”, {tabs} tab{'s' * (tabs != 1)}{whose}")
    who = _who_edits(Sharing(client, spreadsheet, clock, asked=sharing), asked=sharing)
    return [opens, _may_edit(client, spreadsheet), who, *_clock(answer.headers.get("Date", ""), clock)]


def _may_edit(client: SheetsClient, spreadsheet: str) -> Finding:
    """A write of no cells: refused to those who may only look."""
    try:
        client.request("post", SPREADSHEET_VALUES_BATCH_UPDATE_URL % spreadsheet, json={"valueInputOption": "RAW", "data": []})
    except FAILURES as error:
        if isinstance(error, APIError) and status_of(error) == 400:  # allowed to write, and told that there was nothing to
            return Finding(what="Can be edited")
        return problem("Can be edited", explain(error, client.account, writing=True))
    return Finding(what="Can be edited")


def _who_edits(sharing: Sharing, *, asked: bool) -> Finding:
    what = "Who can edit"
    if not asked:
        return Finding(what=what, verdict=Verdict.UNUSED, says=sharing.told)
    sharing.look()
    if sharing.open_to:
        mend = "In the sheet, choose Share and set General access to Restricted; until then nothing of High risk starts."
        return warning(what, f"{sharing.told}: whoever has the link can type APPROVE.", mend)
    return Finding(what=what, verdict=Verdict.WARNING if sharing.told.startswith("not known") else Verdict.FINE, says=sharing.told)


def _asked() -> str:
    """The time at Google, without a login; "" when it cannot be reached."""
    try:
        return str(requests.head(_API, timeout=PATIENCE).headers.get("Date", ""))
    except requests.RequestException:
        return ""


def _clock(date: str, clock: Clock) -> list[Finding]:
    if not date:
        return []
    try:
        there: datetime = parsedate_to_datetime(date)
    except ValueError:
        return []
    off = clock.now() - there
    told = f"{_words(abs(off))} {'ahead of' if off > timedelta() else 'behind'} Google’s"
    mend = "Let the computer set its clock by the network, and check its time zone."
    if abs(off) >= TOO_FAR:
        return [problem("Clock", f"This computer’s clock is {told}; logins are refused for that.", mend)]
    if abs(off) >= WORTH_A_WORD:
        return [warning("Clock", f"This computer’s clock is {told}.", mend)]
    return [Finding(what="Clock", says="agrees with Google’s")]


def _words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)
