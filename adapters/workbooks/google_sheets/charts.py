"""The charts of the tab KPIs as Google's own, as requests of one `batchUpdate`.

Invariant: they draw columns of the tab KPI weeks by place; Google moves what they draw along with the columns, wherever the owner
puts them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.workbooks.google_sheets.layout import rgb
from runner.values import name_key
from sheet_templates.charts import COLOURS, DOMAIN, HEIGHT, ROWS, WIDTH, Chart, Shape, corner, drawable

Json = dict[str, Any]


def charts(kpis: int, weeks: int, columns: Mapping[str, int]) -> Iterator[Json]:
    """Charts on the tab with the id `kpis`; `columns`: header's key → its column in the tab with the id `weeks`."""
    for number, chart in enumerate(drawable(columns)):
        row, column = corner(number)
        place = {"sheetId": kpis, "rowIndex": row, "columnIndex": column}
        stands = {"anchorCell": place, "widthPixels": WIDTH, "heightPixels": HEIGHT}
        drawn = {"spec": _spec(chart, weeks, columns), "position": {"overlayPosition": stands}}
        yield {"addChart": {"chart": drawn}}


def _spec(chart: Chart, weeks: int, columns: Mapping[str, int]) -> Json:
    return {
        "title": chart.title,
        "altText": f"{chart.title}: eight weeks",
        "hiddenDimensionStrategy": "SHOW_ALL",
        "basicChart": {
            "chartType": "COLUMN" if chart.shape is Shape.COLUMNS else "LINE",
            "legendPosition": "BOTTOM_LEGEND" if len(chart.series) > 1 else "NO_LEGEND",
            "headerCount": 1,
            "domains": [{"domain": _source(DOMAIN, weeks, columns)}],
            "series": [
                {"series": _source(header, weeks, columns), "targetAxis": "LEFT_AXIS", "colorStyle": {"rgbColor": rgb(colour)}}
                | ({} if chart.shape is Shape.COLUMNS else {"pointStyle": {"shape": "CIRCLE", "size": 6}})
                for header, colour in zip(chart.series, COLOURS, strict=False)
            ],
        },
    }


def _source(header: str, weeks: int, columns: Mapping[str, int]) -> Json:
    at = columns[name_key(header)]
    area = {"sheetId": weeks, "startRowIndex": 0, "endRowIndex": ROWS, "startColumnIndex": at, "endColumnIndex": at + 1}
    return {"sourceRange": {"sources": [area]}}
