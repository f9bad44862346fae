"""Requests that change what a tab looks like and guards: rules, protections, colours, filters, tables, charts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.servers.sheets.a1 import Area
from tests.servers.sheets.answers import invalid
from tests.servers.sheets.book import Book
from tests.servers.sheets.cells import NOTHING
from tests.servers.sheets.discovery import sheets_api
from tests.servers.sheets.grid import Grid
from tests.servers.sheets.masks import merge, parse

Json = Mapping[str, Any]


def _tab_of(book: Book, place_of: Json, place: str) -> Grid:
    return book.tab(place_of.get("sheetId"), place)


def _next_number(book: Book, things: str, key: str) -> int:
    taken = [thing.get(key, 0) for tab in book.tabs for thing in tab.things.get(things, [])]
    return max([*taken, 100], default=100) + 1


def set_data_validation(book: Book, details: Json, place: str) -> None:
    """A drop-down, a check box, or none."""
    tab = _tab_of(book, details["range"], place)
    rule = details.get("rule") or NOTHING
    condition = rule.get("condition", {}) if rule else {}
    if condition.get("type") == "ONE_OF_LIST" and not condition.get("values"):
        raise invalid(f"{place}: ONE_OF_LIST requires at least one value")
    if condition.get("type") == "BOOLEAN" and len(condition.get("values", [])) > 2:
        raise invalid(f"{place}: BOOLEAN takes at most two values")
    tab.change(Area.of_grid_range(details["range"]), lambda cell: replace(cell, rule=rule))


def add_protected_range(book: Book, details: Json, place: str) -> dict[str, Any]:
    """A warning, or a closed door."""
    wanted = dict(details["protectedRange"])
    if wanted.get("warningOnly") and "editors" in wanted:
        raise invalid(f"{place}: ProtectedRange is warningOnly. Editors cannot be set on it.")
    tab = _tab_of(book, wanted["range"], place)
    wanted["protectedRangeId"] = _next_number(book, "protectedRanges", "protectedRangeId")
    tab.things.setdefault("protectedRanges", []).append(wanted)
    return {"protectedRange": {**wanted, "requestingUserCanEdit": True} | ({} if wanted.get("warningOnly") else {"editors": {}})}


def delete_protected_range(book: Book, details: Json, place: str) -> None:
    """By its number."""
    number = details.get("protectedRangeId")
    for tab in book.tabs:
        kept = [each for each in tab.things.get("protectedRanges", []) if each["protectedRangeId"] != number]
        if len(kept) < len(tab.things.get("protectedRanges", [])):
            tab.things["protectedRanges"] = kept
            return
    raise invalid(f"{place}: No protected range with id: {number}")


def add_conditional_format_rule(book: Book, details: Json, place: str) -> None:
    """A rule for colours, at an index."""
    rule = details["rule"]
    tabs = {(each.get("sheetId") or 0) for each in rule.get("ranges") or []}
    if len(tabs) != 1:
        raise invalid(f"{place}: All ranges must be on one sheet")
    tab = book.tab(tabs.pop(), place)
    rules = tab.things.setdefault("conditionalFormats", [])
    index = details.get("index") or 0
    if index > len(rules):
        raise invalid(f"{place}: index {index} is out of range")
    rules.insert(index, rule)


def delete_conditional_format_rule(book: Book, details: Json, place: str) -> dict[str, Any]:
    """The rule at an index."""
    tab = _tab_of(book, details, place)
    rules = tab.things.get("conditionalFormats", [])
    index = details.get("index") or 0
    if index >= len(rules):
        raise invalid(f"{place}: No conditional format on sheet: {tab.id} at index: {index}")
    return {"rule": rules.pop(index)}


def update_dimension_properties(book: Book, details: Json, place: str) -> None:
    """Widths, heights, hidden rows and columns."""
    span = details["range"]
    tab = _tab_of(book, span, place)
    mask = parse(details["fields"], sheets_api(), "DimensionProperties")
    end = span.get("endIndex", tab.size[span["dimension"] == "COLUMNS"])
    if end > tab.size[span["dimension"] == "COLUMNS"]:
        raise invalid(f"{place}: {span['dimension']} ends outside of the sheet")
    for at in range(span.get("startIndex") or 0, end):
        old = tab.dimensions.get((span["dimension"], at), {})
        tab.dimensions[span["dimension"], at] = merge(old, details.get("properties") or {}, mask)


def auto_resize_dimensions(book: Book, details: Json, place: str) -> None:
    """Only a screen would show it."""
    _tab_of(book, details["dimensions"], place)


def set_basic_filter(book: Book, details: Json, place: str) -> None:
    """One filter a tab."""
    tab = _tab_of(book, details["filter"]["range"], place)
    tab.things["basicFilter"] = details["filter"]


def clear_basic_filter(book: Book, details: Json, place: str) -> None:
    """None."""
    _tab_of(book, details, place).things.pop("basicFilter", None)


def add_banding(book: Book, details: Json, place: str) -> dict[str, Any]:
    """Rows in two colours."""
    wanted = dict(details["bandedRange"])
    tab = _tab_of(book, wanted["range"], place)
    if any(_overlap(each["range"], wanted["range"]) for each in tab.things.get("bandedRanges", [])):
        raise invalid(f"{place}: These rows have alternating colours already.")
    wanted["bandedRangeId"] = _next_number(book, "bandedRanges", "bandedRangeId")
    tab.things.setdefault("bandedRanges", []).append(wanted)
    return {"bandedRange": wanted}


def _overlap(one: Json, other: Json) -> bool:
    def apart(low: str, high: str) -> bool:
        return one.get(high, 10**9) <= other.get(low, 0) or other.get(high, 10**9) <= one.get(low, 0)

    return not (apart("startRowIndex", "endRowIndex") or apart("startColumnIndex", "endColumnIndex"))


def add_table(book: Book, details: Json, place: str) -> dict[str, Any]:
    """Typed columns; a drop-down needs its list."""
    wanted = dict(details["table"])
    tab = _tab_of(book, wanted["range"], place)
    names = {each.get("name") for each_tab in book.tabs for each in each_tab.things.get("tables", [])}
    if wanted.get("name") in names:
        raise invalid(f"{place}: A table with the name {wanted.get('name')} already exists")
    if any(_overlap(each["range"], wanted["range"]) for each in tab.things.get("tables", [])):
        raise invalid(f"{place}: Tables cannot overlap")
    for column in wanted.get("columnProperties") or []:
        rule = column.get("dataValidationRule", {}).get("condition", {}).get("type")
        if column.get("columnType") == "DROPDOWN" and rule != "ONE_OF_LIST":
            raise invalid(f"{place}: a DROPDOWN column needs a ONE_OF_LIST rule")
    wanted["tableId"] = str(_next_number_of_tables(book))
    tab.things.setdefault("tables", []).append(wanted)
    return {"table": wanted}


def _next_number_of_tables(book: Book) -> int:
    return 100 + sum(len(tab.things.get("tables", [])) for tab in book.tabs)


def add_chart(book: Book, details: Json, place: str) -> dict[str, Any]:
    """A drawing over a tab, or on one of its own."""
    wanted = dict(details["chart"])
    anchor = wanted.get("position", {}).get("overlayPosition", {}).get("anchorCell")
    if anchor is None:
        raise invalid(f"{place}: the test server places charts over a cell")
    tab = _tab_of(book, anchor, place)
    wanted["chartId"] = wanted.get("chartId") or _next_number(book, "charts", "chartId")
    tab.things.setdefault("charts", []).append(wanted)
    return {"chart": wanted}


def merge_cells(book: Book, details: Json, place: str) -> None:
    """One cell out of many; the values of the others go."""
    place_of = details["range"]
    tab = _tab_of(book, place_of, place)
    if any(_overlap(each, place_of) for each in tab.things.get("merges", [])):
        raise invalid(f"{place}: You must select all cells in a merged range to merge or unmerge them.")
    tab.things.setdefault("merges", []).append(dict(place_of))
    area = tab.whole(Area.of_grid_range(place_of))
    first = tab.cell(area.top, area.left)
    tab.change(area, lambda cell: cell if cell is first else replace(cell, value=None, formula=""))


def add_named_range(book: Book, details: Json, place: str) -> dict[str, Any]:
    """A name for a place."""
    wanted = dict(details["namedRange"])
    _tab_of(book, wanted["range"], place)
    wanted["namedRangeId"] = wanted.get("namedRangeId") or f"named{len(book.named_ranges)}"
    book.named_ranges.append(wanted)
    return {"namedRange": wanted}


KINDS: Mapping[str, Callable[[Book, Json, str], dict[str, Any] | None]] = {
    "setDataValidation": set_data_validation,
    "addProtectedRange": add_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "addConditionalFormatRule": add_conditional_format_rule,
    "deleteConditionalFormatRule": delete_conditional_format_rule,
    "updateDimensionProperties": update_dimension_properties,
    "autoResizeDimensions": auto_resize_dimensions,
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addBanding": add_banding,
    "addTable": add_table,
    "addChart": add_chart,
    "mergeCells": merge_cells,
    "addNamedRange": add_named_range,
}
