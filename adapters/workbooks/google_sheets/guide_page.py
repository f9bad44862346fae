"""The guide as the first tab of a new Google sheet.

Invariant: its marks lead to the tabs that they name; nothing in it is merged or guarded, so that it stays the owner's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.workbooks.google_sheets.layout import rgb, toned
from sheet_templates.guide import NAME, GuideLine, Kind, guide
from sheet_templates.look import HEADERS, INK, QUIET_INK
from sheet_templates.template import Group, Template

_ACCENT = HEADERS[Group.DATA].fill
#: Kind of line → size, bold, ink.
_TYPE = {
    Kind.TITLE: (24, True, _ACCENT),
    Kind.LEAD: (12, False, QUIET_INK),
    Kind.HEADING: (13, True, _ACCENT),
    Kind.LINE: (11, False, INK),
    Kind.SPACE: (11, False, INK),
}
_WIDTHS = (20, 150, 820)
_LINK = "1D4E89"
Json = dict[str, Any]


def guide_page(template: Template, sheet_id: int, tabs: Mapping[str, int]) -> Iterator[Json]:
    """The requests that turn an empty tab into the guide. `tabs`: name → id, for the links."""
    lines = list(guide(template, "google"))
    grid = {"rowCount": len(lines) + 20, "columnCount": 3, "hideGridlines": True}
    properties = {
        "sheetId": sheet_id,
        "title": NAME,
        "index": 0,
        "tabColorStyle": {"rgbColor": rgb(_ACCENT)},
        "gridProperties": grid,
    }
    fields = "title,index,tabColorStyle,gridProperties(rowCount,columnCount,hideGridlines)"
    yield {"updateSheetProperties": {"properties": properties, "fields": fields}}
    for at, pixels in enumerate(_WIDTHS):
        place = {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1}
        yield {"updateDimensionProperties": {"range": place, "properties": {"pixelSize": pixels}, "fields": "pixelSize"}}
    yield {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": 1},
            "rows": [{"values": [_mark(line, tabs), _cell(line.text, line)]} for line in lines],
            "fields": "userEnteredValue,userEnteredFormat(backgroundColorStyle,textFormat,verticalAlignment)",
        }
    }


def _mark(line: GuideLine, tabs: Mapping[str, int]) -> Json:
    cell = _cell(line.mark, line)
    look = cell["userEnteredFormat"]
    if line.tone:
        tone = toned(line.tone)
        look |= {"backgroundColorStyle": tone["backgroundColorStyle"]}
        look["textFormat"] |= tone["textFormat"]
    if line.link and line.mark in tabs:
        look["textFormat"] |= {"link": {"uri": f"#gid={tabs[line.mark]}"}, "foregroundColorStyle": {"rgbColor": rgb(_LINK)}}
    return cell


def _cell(text: str, line: GuideLine) -> Json:
    size, bold, ink = _TYPE[line.kind]
    look = {
        "textFormat": {"fontSize": size, "bold": bold, "foregroundColorStyle": {"rgbColor": rgb(ink)}},
        "verticalAlignment": "MIDDLE",
    }
    return {**({"userEnteredValue": {"stringValue": text}} if text else {}), "userEnteredFormat": look}
