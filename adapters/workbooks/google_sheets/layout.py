"""A tab that is made: its grid, header, widths, formats, drop-downs, colours and warnings, as requests of one `batchUpdate`.

Invariant: made from the same description as in Excel; no entry is forbidden, a value outside a list is at most warned about.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from adapters.workbooks.google_sheets.serials import cell_of
from runner.model import TabEdit
from runner.tabs import CONTRACTS, STANDARD_TABS, YES_NO, Column, Side
from runner.values import Value, name_key
from sheet_templates.colours import colours, header_tone
from sheet_templates.look import NUMBER_FORMATS, TAB_COLOURS, Tone
from sheet_templates.template import DataColumn, Group, Sheet

#: Pixels of a character, and beside the text.
_CHARACTER, _MARGIN = 7, 18
_GOOGLES = {"date": "DATE", "datetime": "DATE_TIME", "time": "DATE_TIME", "money": "NUMBER"}
Json = dict[str, Any]


def new_tab(edit: TabEdit, sheet_id: int, *, rows: int) -> Iterator[Json]:
    """A tab that the runner asks for; its header is written like any other cells."""
    known = STANDARD_TABS.get(name_key(edit.tab))
    columns = tuple((known.column(header) if known else None) or Column(header, "") for header in edit.headers)
    group = Group.RULES if known and not known.runners else Group.RUNNER if known else Group.DATA
    sheet = Sheet(name=edit.tab, about=known.about if known else "", group=group, columns=columns)
    yield from tab(sheet, sheet_id, rows=rows)


def tab(sheet: Sheet, sheet_id: int, *, rows: int, index: int | None = None) -> Iterator[Json]:
    """An empty tab with all that belongs to its columns, for that many rows."""
    properties: Json = {
        "sheetId": sheet_id,
        "title": sheet.name,
        "tabColorStyle": {"rgbColor": rgb(TAB_COLOURS[sheet.group])},
        "gridProperties": {"rowCount": rows, "columnCount": max(1, len(sheet.columns)), "frozenRowCount": 1},
    }
    if index is not None:
        properties["index"] = index
    yield {"addSheet": {"properties": properties}}
    for at, column in enumerate(sheet.columns):
        yield _width(sheet_id, at, column)
        yield _header(sheet_id, at, header_tone(sheet, column))
        yield _format(sheet_id, at, column)
        if rule := _rule(sheet, column):
            yield {"setDataValidation": {"range": below(sheet_id, at), "rule": rule}}
    yield from _warnings(sheet, sheet_id)
    yield from _colours(sheet, sheet_id)


def rows_from(sheet_id: int, above: int, lines: Iterable[Sequence[Value]], columns: Sequence[Column | DataColumn]) -> Json:
    """Rows below `above` others, from the first column on; a moment gets its format where the column does not have it."""
    dated = [column.format in _GOOGLES for column in columns]
    cells = [[(cell_of(value), has) for value, has in zip(line, dated, strict=False)] for line in lines]
    formatted = any(cell.format and not has for row in cells for cell, has in row)
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": above, "columnIndex": 0},
            "rows": [{"values": [cell.message(formatted=formatted) for cell, _ in row]} for row in cells],
            "fields": "userEnteredValue,userEnteredFormat.numberFormat" if formatted else "userEnteredValue",
        }
    }


def below(sheet_id: int, column: int, width: int = 1) -> Json:
    """Columns without their header, down to the end."""
    return {"sheetId": sheet_id, "startRowIndex": 1, "startColumnIndex": column, "endColumnIndex": column + width}


def rgb(colour: str) -> dict[str, float]:
    """RRGGBB as Google's Color."""
    red, green, blue = (round(int(colour[at : at + 2], 16) / 255, 4) for at in (0, 2, 4))
    return {"red": red, "green": green, "blue": blue}


def toned(tone: Tone) -> Json:
    """CellFormat of fill and ink."""
    return {
        "backgroundColorStyle": {"rgbColor": rgb(tone.fill)},
        "textFormat": {"foregroundColorStyle": {"rgbColor": rgb(tone.ink)}},
    }


def _width(sheet_id: int, at: int, column: Column | DataColumn) -> Json:
    pixels = max(column.width, len(column.name) + 3) * _CHARACTER + _MARGIN
    return {
        "updateDimensionProperties": {
            "range": {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1},
            "properties": {"pixelSize": pixels},
            "fields": "pixelSize",
        }
    }


def _header(sheet_id: int, at: int, tone: Tone) -> Json:
    look = toned(tone)
    look["textFormat"]["bold"] = True
    place = {"sheetId": sheet_id, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": at, "endColumnIndex": at + 1}
    shown = look | {"verticalAlignment": "MIDDLE", "wrapStrategy": "WRAP"}
    fields = "userEnteredFormat(backgroundColorStyle,textFormat,verticalAlignment,wrapStrategy)"
    return {"repeatCell": {"range": place, "cell": {"userEnteredFormat": shown}, "fields": fields}}


def _format(sheet_id: int, at: int, column: Column | DataColumn) -> Json:
    shown: Json = {"verticalAlignment": "TOP", "wrapStrategy": "WRAP" if column.format == "wrap" else "CLIP"}
    fields = ["verticalAlignment", "wrapStrategy"]
    if kind := _GOOGLES.get(column.format):
        shown["numberFormat"] = {"type": kind, "pattern": NUMBER_FORMATS[column.format]}
        fields.append("numberFormat")
    fields_text = f"userEnteredFormat({','.join(fields)})"
    return {"repeatCell": {"range": below(sheet_id, at), "cell": {"userEnteredFormat": shown}, "fields": fields_text}}


def _rule(sheet: Sheet, column: Column | DataColumn) -> Json | None:
    """The column's drop-down; it offers, and refuses nothing."""
    offered = [choice for choice in column.choices if choice != "…"]
    if column.name == "Contract" and sheet.group is Group.RULES and sheet.name != CONTRACTS.name:
        condition: Json = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": f"={CONTRACTS.name}!$A$2:$A$500"}]}
    elif offered and column.side is not Side.RUNNER:
        condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": choice} for choice in offered]}
    else:
        return None
    return {"condition": condition, "strict": False, "showCustomUi": True, **({"inputMessage": column.hint} if column.hint else {})}


def check_boxes(sheet: Sheet, sheet_id: int) -> Iterator[Json]:
    """Boxes to tick in the Yes/No columns of filled rows; the drop-down stays below, where a box would read as No."""
    for at, column in enumerate(sheet.columns):
        if tuple(column.choices) == YES_NO and sheet.rows and column.side is Side.OWNER:
            condition = {"type": "BOOLEAN", "values": [{"userEnteredValue": word} for word in YES_NO]}
            place = below(sheet_id, at) | {"endRowIndex": len(sheet.rows) + 1}
            yield {"setDataValidation": {"range": place, "rule": {"condition": condition, "strict": False}}}


def _warnings(sheet: Sheet, sheet_id: int) -> Iterator[Json]:
    """Google asks before somebody types into a column of the runner's; it never refuses, for the owner can always edit."""
    sides = enumerate(column.side is Side.RUNNER for column in sheet.columns)
    for runners, run in groupby(sides, lambda each: each[1]):
        places = [at for at, _ in run]
        if runners:
            about = "Rowpact writes here; what is typed is put back."
            area = below(sheet_id, places[0], len(places))
            yield {"addProtectedRange": {"protectedRange": {"range": area, "description": about, "warningOnly": True}}}


def _colours(sheet: Sheet, sheet_id: int) -> Iterator[Json]:
    """Later rules of a tab yield to earlier ones, as in Excel."""
    number = 0
    for at, formula, tone in colours(sheet):
        area = below(sheet_id, at) if at is not None else below(sheet_id, 0, len(sheet.columns))
        if tone is None:
            continue
        rule = {"ranges": [area], "booleanRule": {"condition": _custom(formula), "format": toned(tone)}}
        yield {"addConditionalFormatRule": {"rule": rule, "index": number}}
        number += 1


def _custom(formula: str) -> Json:
    """A semicolon parts arguments in every locale, a comma only where decimals are parted by a point."""
    return {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": f"={formula.replace(',', ';')}"}]}
