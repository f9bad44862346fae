"""Looks at a Google sheet: its list of tabs now and then, every cell of them in one call.

Invariant: tabs are asked for by id, so that a renamed tab is read like any other; the list is made anew when a tab is missing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gspread.exceptions import APIError

from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.failures import status_of
from adapters.workbooks.google_sheets.reading import Page, Reading, page_of
from runner.model import Problem, column_letter
from runner.ports import Clock
from runner.tabs import CONTRACTS, STEPS
from runner.values import name_key

_FIELDS = (
    "properties(title,timeZone),"
    "sheets(properties(sheetId,title,sheetType),merges(sheetId,startRowIndex,endRowIndex,startColumnIndex,endColumnIndex))"
)
#: A new tab in which nobody wrote anything else is seen after this long; one that a contract names, at once.
_LIST_AFTER = timedelta(minutes=5)
_RULES = frozenset(name_key(tab.name) for tab in (CONTRACTS, STEPS))
#: Merged ranges named in one problem.
_NAMED = 5


class TabGone(Exception):
    """A tab that was there is not there any more."""


class Looks:
    """What was last seen of the sheet's tabs."""

    def __init__(self, client: SheetsClient, spreadsheet: str, clock: Clock) -> None:
        self._client, self._spreadsheet, self._clock = client, spreadsheet, clock
        self.title = ""
        #: The zone in which the sheet works out TODAY().
        self.zone = ""
        self.merged: dict[int, list[dict[str, int]]] = {}
        self._ids: list[int] | None = None
        self._listed: datetime | None = None
        self._rules: frozenset[str] = frozenset()

    def all(self) -> Reading:
        """Every tab, left to right."""
        listed_now = self._list_if_old()
        try:
            reading = self._read(listed_now)
        except (TabGone, APIError) as error:
            if listed_now or (isinstance(error, APIError) and status_of(error) not in (400, 404)):
                raise
            self._list()
            reading = Reading(pages=tuple(self.some(self._ids or ())))
        self._rules = _rules(reading)
        return reading

    def some(self, sheet_ids: Sequence[int]) -> list[Page]:
        """These tabs, in one call. Raises `TabGone` when one of them is not there."""
        if not sheet_ids:
            return []
        answer = self._client.values(self._spreadsheet, sheet_ids)
        found = {_id(told): page_of(_id(told), told["valueRange"]) for told in answer.get("valueRanges", ())}
        if missing := [sheet_id for sheet_id in sheet_ids if sheet_id not in found]:
            raise TabGone(missing)
        return [found[sheet_id] for sheet_id in sheet_ids]

    def know(self, reading: Reading) -> None:
        """After a write of ours: these tabs are there, and no person has changed the rules."""
        self._ids = [page.sheet_id for page in reading.pages]
        self._rules = _rules(reading)

    def forget(self) -> None:
        """List the tabs anew before the next look."""
        self._ids = None

    def problems(self, reading: Reading) -> tuple[Problem, ...]:
        """Merged cells below the headers of a tab that holds rows."""
        return tuple(problem for page in reading.pages for problem in _merged(page, self.merged.get(page.sheet_id, [])))

    def _read(self, listed_now: bool) -> Reading:  # noqa: FBT001
        reading = Reading(pages=tuple(self.some(self._ids or ())))
        if listed_now or not self._rules or _rules(reading) == self._rules:
            return reading
        known = self._ids
        self._list()
        return reading if self._ids == known else Reading(pages=tuple(self.some(self._ids or ())))

    def _list_if_old(self) -> bool:
        now = self._clock.now()
        if self._ids is not None and self._listed and now - self._listed < _LIST_AFTER:
            return False
        self._list()
        return True

    def _list(self) -> None:
        told = self._client.look(self._spreadsheet, _FIELDS)
        self.title, self.zone = told["properties"].get("title", ""), told["properties"].get("timeZone", "")
        sheets = [sheet for sheet in told.get("sheets", ()) if sheet["properties"].get("sheetType", "GRID") == "GRID"]
        self._ids = [sheet["properties"].get("sheetId", 0) for sheet in sheets]
        self.merged = {sheet["properties"].get("sheetId", 0): sheet.get("merges", []) for sheet in sheets}
        self._listed = self._clock.now()


def _id(told: Any) -> int:
    """The tab that was asked for; an id of 0 is left out of Google's answers."""
    return int(told["dataFilters"][0].get("gridRange", {}).get("sheetId", 0))


def _rules(reading: Reading) -> frozenset[str]:
    return frozenset(page.digest for page in reading.pages if name_key(page.title) in _RULES)


def _merged(page: Page, merges: list[dict[str, int]]) -> list[Problem]:
    named = set(page.columns.values())
    areas = [
        f"{column_letter(area.get('startColumnIndex', 0))}{area.get('startRowIndex', 0) + 1}"
        f":{column_letter(area['endColumnIndex'] - 1)}{area['endRowIndex']}"
        for area in merges
        if named & set(range(area.get("startColumnIndex", 0), area["endColumnIndex"]))
    ]
    if len(named) < 2 or not areas:
        return []
    ranges = ", ".join(areas[:_NAMED]) + (f" and {len(areas) - _NAMED} more" if len(areas) > _NAMED else "")
    message = f"These cells are merged: {ranges}. Only the first of them holds a value; the rest read as blank."
    fix = "Select them and choose Format > Merge cells > Unmerge."
    return [Problem(where=f"{page.title}!{areas[0]}", message=message, fix=fix, tab=page.title)]
