"""Who can edit the sheet: an approval is worth no more than the list of those who can type it.

Invariant: asked at the start and once a day, only where the owner granted it; what was not learned is called not known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.failures import FAILURES, explain
from runner.ports import Clock

_EDITS = ("owner", "organizer", "fileOrganizer", "writer")
_EVERY, _AGAIN = timedelta(days=1), timedelta(hours=1)
_UNASKED = "not known; with sharing = true in config.toml [workbook], and the Google Drive API switched on, Rowpact looks"


class Sharing:
    """What was last learned. `asked`: whether the login was made with the scope for it."""

    def __init__(self, client: SheetsClient, spreadsheet: str, clock: Clock, *, asked: bool) -> None:
        self._client, self._spreadsheet, self._clock = client, spreadsheet, clock
        self._next: datetime | None = clock.now() if asked else None
        #: Who, beyond people that it is shared with by name, can edit it: `anyone with the link`; "" for nobody, or not known.
        self.open_to = ""
        self.told = _UNASKED

    def look(self) -> None:
        """Ask when it is time; what Google refuses is told and stops nothing."""
        now = self._clock.now()
        if self._next is None or now < self._next:
            return
        try:
            permissions = self._client.permissions(self._spreadsheet)
        except FAILURES as error:
            self._next, self.told = now + _AGAIN, f"not known: {explain(error, self._client.account)}"
            return
        self._next, self.open_to, self.told = now + _EVERY, _open_to(permissions), _editors(permissions)


def _open_to(permissions: Sequence[Mapping[str, Any]]) -> str:
    can_edit = {each.get("type") for each in permissions if each.get("role") in _EDITS}
    return "anyone with the link" if "anyone" in can_edit else ""


def _editors(permissions: Sequence[Mapping[str, Any]]) -> str:
    """`ana@example.com, robot@…`, everybody first."""
    named = [_named(each) for each in permissions if each.get("role") in _EDITS]
    return ", ".join(sorted(named, key=lambda name: ("@" in name, name)))


def _named(permission: Mapping[str, Any]) -> str:
    match permission.get("type"):
        case "anyone":
            return "anyone with the link"
        case "domain":
            return f"everybody at {permission.get('domain', 'the company')}"
    return str(permission.get("emailAddress") or permission.get("displayName") or "somebody")
