"""Speaks to Google: gspread's HTTP client with time-outs, bounded repeats, and calls that are counted.

Invariant: what Google may already have done is never sent again from here; it is raised as `Unsure`, to be looked at first.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from google.auth.credentials import Credentials
from gspread.http_client import HTTPClient, ParamsType
from gspread.urls import DRIVE_FILES_API_V3_URL, SPREADSHEET_URL, SPREADSHEETS_API_V4_BASE_URL
from requests import Response

from adapters.workbooks.google_sheets.failures import FAILURES, is_passing, wait_after, was_refused
from adapters.workbooks.google_sheets.pace import Pace
from runner.ports import Clock

#: Seconds to connect, and to wait for an answer: Google itself gives a call up after 180.
TIMEOUTS = (10.0, 190.0)
TRIES = 5
#: Of a hundred names each: more than a sheet can be shared with.
_PAGES = 10
_CHANCE = SystemRandom()
Json = Mapping[str, Any]


class Unsure(Exception):
    """The call may or may not have been done."""


class SheetsClient(HTTPClient):
    """Calls about spreadsheets, each as one dictionary that is Google's answer.

    `account`: the address that a sheet has to be shared with; "" for a person's own login. `base`: where the services are,
    instead of at Google's own addresses. All raise what `failures.FAILURES` names.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Clock,
        account: str = "",
        base: str = "",
        jitter: Callable[[], float] = _CHANCE.random,
    ) -> None:
        super().__init__(credentials)
        self.account = account
        self.set_timeout(TIMEOUTS)
        self.pace = Pace(clock)
        self._clock, self._base, self._jitter = clock, base.rstrip("/"), jitter

    def look(self, spreadsheet: str, fields: str) -> Any:
        """What the spreadsheet is made of, without its cells."""
        return self._read("get", SPREADSHEET_URL % spreadsheet, params={"fields": fields})

    def values(self, spreadsheet: str, sheet_ids: Sequence[int]) -> Any:
        """Every cell of these tabs in one call, found by their ids, so that a renamed tab is no other tab."""
        body = {
            "dataFilters": [{"gridRange": {"sheetId": sheet_id}} for sheet_id in sheet_ids],
            "majorDimension": "ROWS",
            "valueRenderOption": "UNFORMATTED_VALUE",
            "dateTimeRenderOption": "SERIAL_NUMBER",
        }
        return self._read("post", f"{SPREADSHEET_URL % spreadsheet}/values:batchGetByDataFilter", json=body)

    def cells(self, spreadsheet: str, ranges: Sequence[Json], fields: str) -> Any:
        """Cells with more than their values. `ranges`: GridRanges."""
        body = {"dataFilters": [{"gridRange": each} for each in ranges]}
        return self._read("post", f"{SPREADSHEET_URL % spreadsheet}:getByDataFilter", params={"fields": fields}, json=body)

    def change(self, spreadsheet: str, body: Json, fields: str) -> Any:
        """All requests of the body or none, in one call. Raises `Unsure` when it cannot be known whether it was done."""
        return self._write(f"{SPREADSHEET_URL % spreadsheet}:batchUpdate", body, {"fields": fields})

    def permissions(self, spreadsheet: str) -> list[Json]:
        """Drive's list of those who may see or edit it."""
        found: list[Json] = []
        params = {"fields": "nextPageToken,permissions(type,role,emailAddress,domain,displayName)", "pageSize": "100"}
        for _ in range(_PAGES):
            place = f"{DRIVE_FILES_API_V3_URL}/{spreadsheet}/permissions"
            answer = self._read("get", place, params={**params, "supportsAllDrives": "true"})
            found += answer.get("permissions", ())
            if not answer.get("nextPageToken"):
                break
            params["pageToken"] = answer["nextPageToken"]
        return found

    def make(self, body: Json) -> Any:
        """A new spreadsheet in the account's own Drive."""
        return self._write(SPREADSHEETS_API_V4_BASE_URL, body, {})

    def request(
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Json | None = None,
        files: Any = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> Response:
        """One call, not repeated, to where `base` says."""
        if self._base:
            endpoint = self._base + urlsplit(endpoint)._replace(scheme="", netloc="").geturl()
        return super().request(method, endpoint, params, data, json, files, headers)

    def _read(self, method: str, endpoint: str, **call: Any) -> Any:
        for attempt in range(TRIES):
            self.pace.take("read")
            try:
                return self.request(method, endpoint, **call).json()
            except FAILURES as error:
                if not is_passing(error) or attempt == TRIES - 1 or not self._wait(error, attempt):
                    raise
        raise AssertionError

    def _write(self, endpoint: str, body: Json, params: dict[str, Any]) -> Any:
        for attempt in range(TRIES):
            self.pace.take("write")
            try:
                return self.request("post", endpoint, params=params, json=body).json()
            except FAILURES as error:
                if not was_refused(error):
                    raise Unsure from error
                if not is_passing(error) or attempt == TRIES - 1 or not self._wait(error, attempt):
                    raise
        raise AssertionError

    def _wait(self, error: Exception, attempt: int) -> bool:
        """False when the runner was asked to stop."""
        self._clock.sleep(wait_after(error, attempt, self._clock.now(), self._jitter()))
        return not self._clock.stopped
