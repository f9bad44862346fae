"""Makes a Google sheet from a template, or fills an empty one that its owner shared.

Invariant: a sheet that holds anything is left as it is, and text from a template is never a formula.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from adapters.workbooks.google_sheets.charts import charts
from adapters.workbooks.google_sheets.client import SheetsClient, Unsure
from adapters.workbooks.google_sheets.failures import FAILURES, explain
from adapters.workbooks.google_sheets.guide_page import guide_page
from adapters.workbooks.google_sheets.layout import check_boxes, rows_from, tab
from runner.errors import RowpactError
from runner.tabs import KPI_WEEKS, KPIS
from runner.values import name_key
from sheet_templates.template import Sheet, Template

_FIRST_ID = 1001
#: Rows of a new tab at least; drop-downs and colours reach down to its end.
_ROWS = 1000
#: Rows in one call, so that it stays below the 2 MB that Google recommends.
_ROWS_A_CALL = 2000
Json = Mapping[str, Any]


def new_sheet(client: SheetsClient, title: str, zone: str) -> str:
    """An empty sheet in the account's own Drive; its id. Raises `RowpactError` with the mend."""
    made = _asked(client, lambda: client.make({"properties": {"title": title, "timeZone": zone}}))
    return str(made["spreadsheetId"])


def fill_from_template(client: SheetsClient, spreadsheet: str, template: Template, *, today: date, samples: bool) -> None:
    """All tabs of the template, the guide first. Raises `RowpactError` when something stands in the sheet already."""
    chosen = template.with_samples(today) if samples else template
    sheets = chosen.sheets()
    old = _empty_tabs(client, spreadsheet)
    guide = list(guide_page(chosen, old[0], _ids(sheets)))
    _fill(client, spreadsheet, sheets, [*_out_of_the_way(old), *_made(sheets), *guide, *_gone(old[1:])])


def fill_with(client: SheetsClient, spreadsheet: str, sheets: Sequence[Sheet]) -> None:
    """These tabs and no others. Raises `RowpactError` when something stands in the sheet already."""
    old = _empty_tabs(client, spreadsheet)
    _fill(client, spreadsheet, sheets, [*_out_of_the_way(old), *_made(sheets), *_gone(old)])


def _fill(client: SheetsClient, spreadsheet: str, sheets: Sequence[Sheet], first: list[Json]) -> None:
    """Tabs first, whole or not at all; then their rows."""
    _asked(client, lambda: client.change(spreadsheet, {"requests": first}, "spreadsheetId"))
    for requests in _calls(sheets):
        _asked(client, partial(client.change, spreadsheet, {"requests": requests}, "spreadsheetId"))


def _ids(sheets: Sequence[Sheet]) -> dict[str, int]:
    return {sheet.name: _FIRST_ID + number for number, sheet in enumerate(sheets)}


def _made(sheets: Sequence[Sheet]) -> Iterator[Json]:
    """Every tab before any rule, for a drop-down may point into another tab."""
    ids = _ids(sheets)
    requests = [request for sheet in sheets for request in tab(sheet, ids[sheet.name], rows=max(_ROWS, len(sheet.lines) + 100))]
    yield from (request for request in requests if "addSheet" in request)
    yield from (request for request in requests if "addSheet" not in request)
    for sheet in sheets:
        yield from check_boxes(sheet, ids[sheet.name])
        if sheet.name == KPI_WEEKS.name and KPIS.name in ids:
            yield from charts(ids[KPIS.name], ids[sheet.name], {name_key(one.name): at for at, one in enumerate(sheet.columns)})


def _calls(sheets: Sequence[Sheet]) -> Iterator[list[Json]]:
    """Rows of all tabs, as many in a call as it may carry."""
    ids, call, room = _ids(sheets), list[Json](), _ROWS_A_CALL
    for sheet in sheets:
        lines = [tuple(column.name for column in sheet.columns), *sheet.lines]
        for above in range(0, len(lines), _ROWS_A_CALL):
            part = lines[above : above + _ROWS_A_CALL]
            if len(part) > room:
                yield call
                call, room = [], _ROWS_A_CALL
            call.append(rows_from(ids[sheet.name], above, part, sheet.columns))
            room -= len(part)
    if call:
        yield call


def _empty_tabs(client: SheetsClient, spreadsheet: str) -> list[int]:
    """The ids of the tabs that a new sheet has."""
    told = _asked(client, lambda: client.look(spreadsheet, "properties(title),sheets(properties(sheetId))"))
    ids = [sheet["properties"].get("sheetId", 0) for sheet in told["sheets"]]
    values = _asked(client, lambda: client.values(spreadsheet, ids))
    if any(each["valueRange"].get("values") for each in values.get("valueRanges", ())):
        title = told["properties"].get("title", "")
        raise RowpactError(
            f"The sheet “{title}” is not empty, and is left as it is. Make a new one, share it, and give its address."
        )
    return ids


def _out_of_the_way(ids: Iterable[int]) -> Iterator[Json]:
    """A new sheet's own tab may have the name of one of ours."""
    for sheet_id in ids:
        yield {"updateSheetProperties": {"properties": {"sheetId": sheet_id, "title": f"(empty {sheet_id})"}, "fields": "title"}}


def _gone(ids: Iterable[int]) -> Iterator[Json]:
    for sheet_id in ids:
        yield {"deleteSheet": {"sheetId": sheet_id}}


def _asked(client: SheetsClient, call: Callable[[], Any]) -> Any:
    """The call's answer; what Google refuses as a sentence."""
    try:
        return call()
    except Unsure as error:
        message = (
            "Google did not answer. Look whether the sheet is filled; if it is not, empty it or make a new one, and try again."
        )
        raise RowpactError(message) from error
    except FAILURES as error:
        raise RowpactError(explain(error, client.account, writing=True)) from error
