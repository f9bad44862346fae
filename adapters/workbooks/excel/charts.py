"""The charts of the tab KPIs as Excel's own: a drawing on the worksheet, and a part for each chart.

Invariant: only a worksheet that was made a moment ago gets them. They point at columns by place; Excel moves what they point at
along with the columns, wherever the owner puts them.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from adapters.workbooks.excel.chart_xml import chart_xml, drawing_xml
from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.relations import begin_relations, declare, relate
from sheet_templates.charts import drawable

#: CT_Worksheet is a sequence: a drawing comes before these.
_LATER = re.compile(rb"<(?:legacyDrawing|tableParts|extLst)\b|</worksheet\s*>")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def add_charts(package: Package, sheet: str, columns: Mapping[str, int]) -> None:
    """Put the charts onto the worksheet in the part `sheet`; `columns`: header's key → its column in the tab KPI weeks."""
    wanted = drawable(columns)
    if not wanted:
        return
    drawing, folder = _free(package, "drawings", "drawing"), "charts"
    begin_relations(package, drawing)
    ids = []
    for chart in wanted:
        part = _free(package, folder, "chart")
        package.put(part, [chart_xml(chart, columns)])
        declare(package, part, "drawingml.chart")
        ids.append(relate(package, drawing, f"{_OFFICE}/chart", part))
    package.put(drawing, [drawing_xml(wanted, ids)])
    declare(package, drawing, "drawing")
    begin_relations(package, sheet)
    arrow, data = relate(package, sheet, f"{_OFFICE}/drawing", drawing).encode(), package.read(sheet)
    if end := _LATER.search(data):
        tag = b'<drawing xmlns:r="%s" r:id="%s"/>' % (_OFFICE.encode(), arrow)
        package.put(sheet, [data[: end.start()], tag, data[end.start() :]])


def _free(package: Package, folder: str, name: str) -> str:
    return next(part for part in _parts(folder, name) if not package.has(part))


def _parts(folder: str, name: str) -> Iterator[str]:
    number = 1
    while True:
        yield posixpath.join("xl", folder, f"{name}{number}.xml")
        number += 1
