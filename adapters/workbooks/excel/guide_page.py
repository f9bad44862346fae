"""Sets the guide as the first tab of a new workbook.

Invariant: no merged cells and no table, so that the tab stays the owner's to change or delete.
"""

from typing import TYPE_CHECKING, cast

from sheet_templates.guide import NAME, GuideLine, Kind, guide
from sheet_templates.look import FONT, HEADERS, INK, QUIET_INK
from sheet_templates.template import Group, Template

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_ACCENT = HEADERS[Group.DATA].fill
#: Kind of line → size, bold, ink, height of the row in points.
_TYPE = {
    Kind.TITLE: (24, True, _ACCENT, 40),
    Kind.LEAD: (12, False, QUIET_INK, 22),
    Kind.HEADING: (13, True, _ACCENT, 24),
    Kind.LINE: (11, False, INK, 19),
    Kind.SPACE: (11, False, INK, 10),
}


def fill(page: "Worksheet", template: Template) -> None:
    """Turn the empty sheet into the guide."""
    from openpyxl.worksheet.properties import PageSetupProperties

    page.title = NAME
    page.sheet_properties.tabColor = _ACCENT
    page.sheet_view.showGridLines = False
    for letter, width in (("A", 3), ("B", 17), ("C", 112)):
        page.column_dimensions[letter].width = width
    for number, line in enumerate(guide(template), 1):
        page.row_dimensions[number].height = _TYPE[line.kind][3]
        mark, text = cast("list[Cell]", [page.cell(number, column) for column in (2, 3)])
        _set(mark, text, line)
    page.page_setup.orientation, page.page_setup.paperSize = "portrait", 9
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _set(mark: "Cell", text: "Cell", line: GuideLine) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    size, bold, ink, _ = _TYPE[line.kind]
    for cell, content in ((mark, line.mark), (text, line.text)):
        cell.value = content or None
        cell.font = Font(name=FONT, size=size, bold=bold, color=ink)
        cell.alignment = Alignment(vertical="center", horizontal="left", indent=1)
    if line.tone:
        mark.fill = PatternFill("solid", fgColor=line.tone.fill)
        mark.font = Font(name=FONT, size=size, color=line.tone.ink)
    if line.link:
        _link(mark, line.mark)


def _link(cell: "Cell", tab: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{tab}'!A1", tooltip=f"Go to {tab}")
    cell.font = Font(name=FONT, size=11, color="1D4E89", underline="single")
