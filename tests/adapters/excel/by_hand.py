"""Workbooks made by hand, part by part, in spellings that no library writes; and workbooks taken apart again."""

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DEFAULT_TYPES = (
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" ContentType="application/octet-stream"/>'
)
#: Three formats: plain; a date of the owner's own; two decimals, grey, at the right.
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="170" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="2" fontId="0" fillId="1" borderId="0" xfId="0" applyNumberFormat="1"><alignment horizontal="right"/></xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class PatientClock:
    """A clock that says how long it was asked to sleep, and may be told to do something then."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.meanwhile()

    @property
    def stopped(self) -> bool:
        return False

    def stop(self) -> None:
        raise NotImplementedError


def worksheet(rows: str, *, before: str = "", after: str = "") -> str:
    """A sheet part with these rows between its other elements."""
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def plain_parts(sheet: str, workbook: str, *, styles: bool) -> dict[str, str]:
    """The fewest parts that make a workbook. `workbook`: what follows its list of sheets."""
    kinds = {"xl/workbook.xml": "sheet.main", "xl/worksheets/sheet1.xml": "worksheet"} | (
        {"xl/styles.xml": "styles"} if styles else {}
    )
    types = "".join(
        f'<Override PartName="/{part}" ContentType="{OFFICE}.spreadsheetml.{kind}+xml"/>' for part, kind in kinds.items()
    )
    arrows = f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    if styles:
        arrows += f'<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    sheets = '<sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">{DEFAULT_TYPES}{types}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{sheets}{workbook}</workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{arrows}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet if sheet.startswith("<?xml") else HEAD + sheet,
    }
    return parts | ({"xl/styles.xml": STYLES} if styles else {})


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part of a workbook, unpacked; the zip is checked on the way."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheet_of(path: Path, part: str = "xl/worksheets/sheet1.xml") -> str:
    return parts_of(path)[part].decode()


def cell_in(sheet: str, reference: str) -> str:
    """The XML of one cell; "" when it is not there."""
    found = re.search(rf'<(\w+:)?c r="{reference}"[^>]*?(/>|>.*?</(\w+:)?c>)', sheet)
    return found[0] if found else ""
