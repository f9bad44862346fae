"""One spreadsheet: its tabs, who may see it, and how it is told as a message.

Invariant: a change works on a copy, and the copy takes the place of the book whole or not at all.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runner.values import ErrorValue
from tests.servers.sheets.a1 import Area, area, split
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.cells import ERRORS, PATTERNS, Cell
from tests.servers.sheets.grid import Grid, properties_of
from tests.servers.sheets.masks import Mask, merge, wants

#: What a cell looks like that nobody formatted.
DEFAULT_FORMAT = {
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {"fontFamily": "Arial", "fontSize": 10},
}


@dataclass(slots=True)
class Book:
    """`roles`: account → `owner`, `writer`, `reader`; `anyone` stands for whoever has the link."""

    id: str
    title: str
    tabs: list[Grid]
    roles: dict[str, str] = field(default_factory=dict)
    locale: str = "en_US"
    zone: str = "America/Chicago"
    #: SpreadsheetProperties beyond title, locale and zone.
    properties: dict[str, Any] = field(default_factory=dict)
    named_ranges: list[dict[str, Any]] = field(default_factory=list)
    #: Counts changes; Drive tells it as `version`.
    version: int = 1
    #: What Google does with a filter that names a tab that is gone was not recorded: refuse (True) or leave it out.
    refuses_lost_tabs: bool = True

    @property
    def url(self) -> str:
        """What a person copies from the browser."""
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit"

    def copied(self) -> "Book":
        """The same, to be changed on its own."""
        named = copy.deepcopy(self.named_ranges)
        return replace(self, tabs=[tab.copied() for tab in self.tabs], properties=dict(self.properties), named_ranges=named)

    # ---------------------------------------------------------------------------------------------------- finding

    def tab(self, number: int | None, place: str) -> Grid:
        """The tab of that id. Raises `Refused`, naming the place of the mistake."""
        for tab in self.tabs:
            if tab.id == (number or 0):
                return tab
        raise invalid(f"{place}: No grid with id: {number or 0}")

    def find(self, text: str) -> tuple[Grid, Area]:
        """A range in A1 notation. Raises `Refused`."""
        title, cells = split(text)
        found = area(cells)
        if title is None and (found is None or not cells):
            title, found = text, Area(bounded=False)
        tabs = [tab for tab in self.tabs if title is None or tab.title.casefold() == title.casefold()]
        if found is None or not tabs:
            raise invalid(f"Unable to parse range: {text}")
        return tabs[0], tabs[0].whole(found)

    def filtered(self, filters: Iterable[Mapping[str, Any]]) -> list[tuple[Grid, Area, list[Mapping[str, Any]]]]:
        """What each DataFilter means; a filter that means nothing is left out."""
        found = []
        for number, each in enumerate(filters):
            if "a1Range" in each:
                tab, place = self.find(each["a1Range"])
            elif "gridRange" in each:
                wanted = each["gridRange"].get("sheetId") or 0
                if not self.refuses_lost_tabs and all(tab.id != wanted for tab in self.tabs):
                    continue
                tab = self.tab(wanted, f"Invalid dataFilter[{number}]")
                place = tab.whole(Area.of_grid_range(each["gridRange"]))
            else:
                raise invalid(f"Invalid dataFilter[{number}]: the test server knows a1Range and gridRange")
            found.append((tab, place, [each]))
        return found

    # ---------------------------------------------------------------------------------------------------- telling

    def message(self, mask: Mask, *, data: bool = False, areas: Iterable[tuple[Grid, Area]] = ()) -> dict[str, Any]:
        """Spreadsheet. With a mask, `data` is told where the mask names it; `areas` leave out all other tabs and cells."""
        areas = list(areas)
        data = wants(mask, "sheets", "data") if mask else data
        properties = {
            "title": self.title,
            "locale": self.locale,
            "timeZone": self.zone,
            "autoRecalc": "ON_CHANGE",
            **self.properties,
        }
        told: dict[str, Any] = {
            "spreadsheetId": self.id,
            "properties": properties | {"defaultFormat": DEFAULT_FORMAT},
            "sheets": [],
            "spreadsheetUrl": self.url,
        }
        if self.named_ranges:
            told["namedRanges"] = self.named_ranges
        for index, tab in enumerate(self.tabs):
            places = [place for grid, place in areas if grid is tab]
            if areas and not places:
                continue
            sheet = {"properties": properties_of(tab, index)} | {name: thing for name, thing in tab.things.items() if thing}
            if data:
                cell_mask = mask.get("sheets", {}).get("data", {}).get("rowData", {}).get("values", {})
                whole = [tab.whole(Area())]
                sheet["data"] = [_grid_data(tab, place, cell_mask) for place in places or whole]
            told["sheets"].append(sheet)
        return _without_zeroes(told)

    def shape(self, properties: Mapping[str, Any], mask: Mask) -> None:
        """Take over SpreadsheetProperties."""
        old = {"title": self.title, "locale": self.locale, "timeZone": self.zone, **self.properties}
        new = merge(old, properties, mask)
        self.title, self.locale, self.zone = new.pop("title"), new.pop("locale"), new.pop("timeZone")
        self.properties = new


def _grid_data(tab: Grid, place: Area, mask: Mask) -> dict[str, Any]:
    rows = [_row(cells, mask) for cells in tab.lines(place)]
    while rows and not rows[-1]:
        rows.pop()
    told: dict[str, Any] = {"startRow": place.top, "startColumn": place.left, "rowData": rows}
    told = {name: value for name, value in told.items() if value}
    told["columnMetadata"] = [
        {"pixelSize": 100} | tab.dimensions.get(("COLUMNS", at), {}) for at in range(place.left, place.right or 0)
    ]
    told["rowMetadata"] = [{"pixelSize": 21} | tab.dimensions.get(("ROWS", at), {}) for at in range(place.top, place.bottom or 0)]
    return told


def _row(cells: Iterable[Cell], mask: Mask) -> dict[str, Any]:
    told = [cell_message(cell, mask) for cell in cells]
    while told and not told[-1]:
        told.pop()
    return {"values": told} if told else {}


def cell_message(cell: Cell, mask: Mask) -> dict[str, Any]:
    """CellData, only the named fields."""
    told: dict[str, Any] = {}
    if cell.value is not None:
        told["effectiveValue"] = extended(cell)
        told["userEnteredValue"] = {"formulaValue": cell.formula} if cell.formula else told["effectiveValue"]
        told["formattedValue"] = cell.formatted()
    if cell.format:
        told["userEnteredFormat"] = dict(cell.format)
    if cell.format or cell.value is not None:
        told["effectiveFormat"] = DEFAULT_FORMAT | dict(cell.format)
        if cell.kind in PATTERNS:
            number = {"pattern": PATTERNS[cell.kind], **cell.format["numberFormat"]}
            told["effectiveFormat"] = told["effectiveFormat"] | {"numberFormat": number}
    if cell.rule:
        told["dataValidation"] = dict(cell.rule)
    if cell.note:
        told["note"] = cell.note
    return {name: value for name, value in told.items() if wants(mask, name)}


def extended(cell: Cell) -> dict[str, Any]:
    """ExtendedValue of what the cell comes to."""
    value = cell.value
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, ErrorValue):
        return {"errorValue": {"type": ERRORS[value.text], "message": f"{value.text} (test)"}}
    if isinstance(value, float):
        return {"numberValue": int(value) if value.is_integer() and abs(value) < 1e15 else value}
    return {"stringValue": value}


def _without_zeroes(thing: Any) -> Any:
    """A range on the tab with the id 0 is told without it, as numbers that are 0 are."""
    if isinstance(thing, list):
        return [_without_zeroes(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.get("sheetId") == 0 and "title" not in thing:
        thing = {name: value for name, value in thing.items() if name != "sheetId"}
    return {name: _without_zeroes(value) for name, value in thing.items()}
