"""A worksheet that the runner has to create: its header in bold and frozen, sensible widths, drop-downs where it knows the tab."""

from adapters.workbooks.excel.markup import escape
from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.reference import MAX_ROWS
from adapters.workbooks.excel.styles import Styles
from adapters.workbooks.excel.workbook_xml import SheetEntry, WorkbookXml
from runner.model import column_letter
from runner.tabs import STANDARD_TABS, Column, Side, StandardTab
from runner.values import name_key
from sheet_templates.colours import words

#: Characters, of a column nobody described.
DEFAULT_WIDTH = 16
_FORBIDDEN = set("[]:*?/\\")
_MAX_NAME, _MAX_HINT = 31, 255


def name_refusal(name: str, taken: list[str]) -> str:
    """Why Excel would not take this as a tab's name, as a sentence; "" when it would."""
    if not name.strip() or len(name) > _MAX_NAME:
        return f"A tab's name has 1 to {_MAX_NAME} characters; this one has {len(name.strip())}."
    if wrong := sorted(_FORBIDDEN & set(name)):
        return f"A tab's name must not hold any of these: {' '.join(wrong)}"
    if name[0] == "'" or name[-1] == "'" or name.casefold() == "history":
        return "Excel does not allow this name for a tab."
    if name.casefold() in (other.casefold() for other in taken):
        return "A chart has this name already."
    return ""


def add_tab(package: Package, workbook: WorkbookXml, styles: Styles, name: str, headers: tuple[str, ...]) -> SheetEntry:
    """Add an empty worksheet with room for these headers, which are then written like any other cells."""
    entry = workbook.add_sheet(name)
    known = STANDARD_TABS.get(name_key(name))
    columns = [(known.column(header) if known else None) or Column(header, "", width=DEFAULT_WIDTH) for header in headers]
    bold, wrapping = styles.bold(), styles.wrapping()
    widths = b"".join(
        b'<col min="%d" max="%d" width="%d" style="%d" customWidth="1"/>'
        % (number, number, column.width, wrapping if column.format == "wrap" else 0)
        for number, column in enumerate(columns, 1)
    )
    package.put(
        entry.part,
        [
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s"><dimension ref="A1"/>'
            b'<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            b'<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
            b'<sheetFormatPr defaultRowHeight="15"/>' % workbook.namespace.encode(),
            b"<cols>%s</cols>" % widths if widths else b"",
            b'<sheetData><row r="1" s="%d" customFormat="1"></row></sheetData>' % bold,
            _colours(known, styles) + _drop_downs(columns) + b"</worksheet>",
        ],
    )
    return entry


def _colours(known: StandardTab | None, styles: Styles) -> bytes:
    """What a column of words says by its colour."""
    rules = words(known) if known else ()
    return b"".join(
        b'<conditionalFormatting sqref="%s2:%s%d"><cfRule type="expression" dxfId="%d" priority="%d" stopIfTrue="1">'
        b"<formula>%s</formula></cfRule></conditionalFormatting>"
        % (letter, letter, MAX_ROWS, styles.toned(tone.fill, tone.ink), number, escape(formula))
        for number, (at, formula, tone) in enumerate(rules, 1)
        for letter in (column_letter(at).encode(),)
    )


def _drop_downs(columns: list[Column]) -> bytes:
    """Choices for the owner's cells; another text is warned about, not refused."""
    lists = [
        b'<dataValidation type="list" errorStyle="warning" allowBlank="1" showInputMessage="1" showErrorMessage="1" '
        b'prompt="%s" sqref="%s2:%s%d"><formula1>"%s"</formula1></dataValidation>'
        % (escape(column.hint[:_MAX_HINT]), letter, letter, MAX_ROWS, escape(",".join(column.choices)))
        for letter, column in ((column_letter(index).encode(), column) for index, column in enumerate(columns))
        if column.choices and column.side is not Side.RUNNER
    ]
    return b'<dataValidations count="%d">%s</dataValidations>' % (len(lists), b"".join(lists)) if lists else b""
