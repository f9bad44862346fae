"""What was never seen of Google and is taken to be so: `rowpact doctor --live` asks, and its answers belong here.

Invariant: nothing in the product may depend on these; they are here so that the questions can be asked of the server too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.servers.sheets.a1 import Area
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.book import Book
from tests.servers.sheets.cells import Cell

Json = Mapping[str, Any]


def find_replace(book: Book, details: Json, place: str) -> dict[str, Any]:
    """Whole cells only; what is put in their place is taken as text."""
    if "range" not in details or not details.get("matchEntireCell"):
        raise invalid(f"{place}: the test server replaces whole cells in a range")
    tab = book.tab(details["range"].get("sheetId"), place)
    changed = 0

    def replaced(cell: Cell) -> Cell:
        nonlocal changed
        if cell.value != details.get("find"):
            return cell
        changed += 1
        return replace(cell, value=details.get("replacement") or "")

    tab.change(Area.of_grid_range(details["range"]), replaced)
    return {"occurrencesChanged": changed}


def create_metadata(book: Book, details: Json, place: str) -> dict[str, Any]:
    """On a row or column of a tab: it stays with the place."""
    wanted = dict(details["developerMetadata"])
    span = wanted.get("location", {}).get("dimensionRange")
    if span is None:
        raise invalid(f"{place}: the test server keeps metadata of rows and columns")
    tab = book.tab(span.get("sheetId"), place)
    kept = tab.things.setdefault("developerMetadata", [])
    wanted["metadataId"] = 1 + sum(len(each.things.get("developerMetadata", [])) for each in book.tabs)
    wanted["location"] = {**wanted["location"], "locationType": span["dimension"].removesuffix("S")}
    kept.append(wanted)
    return {"developerMetadata": wanted}


def search_metadata(book: Book, body: Json) -> dict[str, Any]:
    """SearchDeveloperMetadataResponse, by key."""
    found = []
    for each in body.get("dataFilters") or []:
        key = each.get("developerMetadataLookup", {}).get("metadataKey")
        kept = [known for tab in book.tabs for known in tab.things.get("developerMetadata", []) if known["metadataKey"] == key]
        found += [{"developerMetadata": known, "dataFilters": [each]} for known in kept]
    return {"matchedDeveloperMetadata": found} if found else {}
