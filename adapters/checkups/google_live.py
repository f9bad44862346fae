"""What Google really does where its documents are silent: asked of a throw-away tab, answered in words.

Invariant: nothing outside that tab is written, and the tab is deleted at the end, also when a question fails.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gspread.exceptions import APIError
from gspread.http_client import ParamsType
from gspread.urls import SPREADSHEET_URL

from adapters.checkups.google import PATIENCE
from adapters.workbooks.google_sheets.charts import charts
from adapters.workbooks.google_sheets.client import SheetsClient
from adapters.workbooks.google_sheets.failures import FAILURES, explain, said, status_of
from adapters.workbooks.google_sheets.opening import open_client, sheet_at
from runner.ports import Clock
from runner.ports.checkup import Finding, problem
from sheet_templates.charts import CHARTS, standard_columns

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Tab:
    """The throw-away tab, and the calls about it."""

    client: SheetsClient
    url: str
    id: int
    title: str

    def change(self, *requests: Json) -> Any:
        return self.client.request("post", f"{self.url}:batchUpdate", json={"requests": list(requests)}).json()["replies"]

    def write(self, *cells: tuple[str, object]) -> Any:
        data = [{"range": f"'{self.title}'!{place}", "values": [[value]]} for place, value in cells]
        return self.client.request("post", f"{self.url}/values:batchUpdate", json={"valueInputOption": "RAW", "data": data}).json()

    def read(self, place: str, *, formulas: bool = False) -> list[list[Any]]:
        option = "FORMULA" if formulas else "UNFORMATTED_VALUE"
        params: ParamsType = {"ranges": [f"'{self.title}'!{place}"], "valueRenderOption": option}
        told = self.client.request("get", f"{self.url}/values:batchGet", params=params).json()
        found: list[list[Any]] = told["valueRanges"][0].get("values", [])
        return found

    def area(self, top: int, bottom: int, column: int = 0) -> dict[str, int]:
        rows = {"startRowIndex": top, "endRowIndex": bottom}
        return {"sheetId": self.id, **rows, "startColumnIndex": column, "endColumnIndex": column + 1}


def live(url: str, credentials: str, clock: Clock) -> list[Finding]:
    """One finding a question, its answer in `says`. Raises `ConfigError` for the key's file."""
    client = open_client(credentials, clock)
    client.set_timeout(PATIENCE)
    place = SPREADSHEET_URL % sheet_at(url)
    title = f"Rowpact asks {secrets.token_hex(4)}"
    try:
        asked = client.request("post", f"{place}:batchUpdate", json={"requests": [{"addSheet": {"properties": {"title": title}}}]})
    except FAILURES as error:
        return [problem("A tab to ask with", explain(error, client.account, writing=True))]
    tab = _Tab(client, place, asked.json()["replies"][0]["addSheet"]["properties"]["sheetId"], title)
    try:
        return list(_answers(tab))
    finally:
        tab.change({"deleteSheet": {"sheetId": tab.id}})


def _answers(tab: _Tab) -> Iterator[Finding]:
    for question, ask in QUESTIONS.items():
        try:
            answer = ask(tab)
        except APIError as error:
            answer = f"refused: {status_of(error)} {said(error)}"
        except FAILURES as error:
            yield problem(question, explain(error, ""))
            continue
        yield Finding(what=question, says=answer)


def _lost_tab(tab: _Tab) -> str:
    body = {"dataFilters": [{"gridRange": {"sheetId": tab.id}}, {"gridRange": {"sheetId": tab.id ^ 0x2A}}]}
    told = tab.client.request("post", f"{tab.url}/values:batchGetByDataFilter", json=body).json()
    return f"left out: {len(told.get('valueRanges', ()))} of 2 filters answered"


def _overlap(tab: _Tab) -> str:
    tab.write(("A1", "first"), ("A1", "second"))
    return f"the {tab.read('A1')[0][0]} one stays"


def _nothing_to_write(tab: _Tab) -> str:
    return f"taken: {', '.join(sorted(tab.write()))}"


def _beyond_the_list(tab: _Tab) -> str:
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "Yes"}]}
    tab.change({"setDataValidation": {"range": tab.area(1, 2), "rule": {"condition": condition, "strict": True}}})
    tab.write(("A2", "Perhaps"))
    return f"written: {tab.read('A2')[0][0]}"


def _empty_box(tab: _Tab) -> str:
    rule = {"condition": {"type": "BOOLEAN"}, "strict": False}
    tab.change({"setDataValidation": {"range": tab.area(2, 3), "rule": rule}})
    found = tab.read("A3")
    return f"reads as {found[0][0]!r}" if found else "reads as empty"


def _formula_by_replacing(tab: _Tab) -> str:
    tab.write(("A4", "token"))
    find = {"find": "token", "replacement": "=1+1", "matchEntireCell": True, "range": tab.area(3, 4)}
    (reply,) = tab.change({"findReplace": find})
    shown = tab.read("A4", formulas=True)[0][0]
    worked = "a formula" if tab.read("A4")[0][0] == 2 else "text"
    return f"{reply.get('findReplace', {}).get('occurrencesChanged', 0)} changed; {shown} is {worked}"


def _text_after_a_sort(tab: _Tab) -> str:
    tab.write(("A5", "z"), ("A6", "=1+1"))
    tab.change({"sortRange": {"range": tab.area(4, 6), "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]}})
    return f"stays {[row[0] for row in tab.read('A5:A6')]}"


def _metadata_after_a_sort(tab: _Tab) -> str:
    tab.write(("A8", "b"), ("A9", "a"))
    name = f"rowpact-{secrets.token_hex(4)}"
    row = {"sheetId": tab.id, "dimension": "ROWS", "startIndex": 7, "endIndex": 8}
    metadata = {"metadataKey": name, "visibility": "PROJECT", "location": {"dimensionRange": row}}
    tab.change({"createDeveloperMetadata": {"developerMetadata": metadata}})
    tab.change({"sortRange": {"range": tab.area(7, 9), "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]}})
    filters = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": name}}]}
    told = tab.client.request("post", f"{tab.url}/developerMetadata:search", json=filters).json()
    place = told["matchedDeveloperMetadata"][0]["developerMetadata"]["location"]["dimensionRange"]
    return "stays with the place" if place.get("startIndex") == 7 else "moves with the cells"


def _our_charts(tab: _Tab) -> str:
    drawn = tab.change(*charts(tab.id, tab.id, standard_columns()))
    return f"taken: {len(drawn)} of {len(CHARTS)}"


QUESTIONS: Mapping[str, Callable[[_Tab], str]] = {
    "A filter that names a tab that is gone": _lost_tab,
    "One cell twice in values.batchUpdate": _overlap,
    "A write of no cells": _nothing_to_write,
    "A value outside a strict drop-down": _beyond_the_list,
    "An empty check box": _empty_box,
    "findReplace with =": _formula_by_replacing,
    "RAW text that begins with =, after a sort": _text_after_a_sort,
    "Metadata of a row, after a sort": _metadata_after_a_sort,
    "The charts of the tab KPIs": _our_charts,
}
