"""The workbook's list of cell formats. Formats are only ever added at its end, each once: what cells point to never changes."""

import posixpath
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from adapters.workbooks.excel.markup import attributes, unescape, with_attribute
from adapters.workbooks.excel.package import DAMAGED, BadPackage, Package
from adapters.workbooks.excel.relations import declare, relate
from adapters.workbooks.excel.workbook_xml import WorkbookXml
from runner.values import Value

# Built-in number formats (ECMA-376 part 1, 18.8.30); 14 and 22 follow the reader's own country
_GENERAL, _DATE, _CLOCK, _MOMENT, _SPAN = 0, 14, 21, 22, 46

_EMPTY = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%s">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    b'<cellXfs count="1"><xf xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Shows(StrEnum):
    """What a number format makes of a number."""

    NUMBER = "number"
    DATE = "date"
    CLOCK = "clock"
    SPAN = "span"


class Styles:
    """The formats of one workbook; `flush` puts the grown list into the package."""

    def __init__(self, package: Package, workbook: WorkbookXml) -> None:
        self._package, self._workbook = package, workbook
        self._part = workbook.related("styles")
        data = package.read(self._part) if self._part else _EMPTY % workbook.namespace.encode()
        data = _completed(data)
        self._formats = _Section(data, b"cellXfs", b"xf")
        self._fonts = _Section(data, b"fonts", b"font")
        self._data, self._tones = data, list[bytes]()
        self._toned = sum(1 for _ in re.finditer(rb"<(?:[\w.-]+:)?dxf\b", data))
        codes = (attributes(tag) for tag in re.findall(rb"<(?:[\w.-]+:)?numFmt\b[^>]*>", data))
        self._codes = {int(code["numFmtId"]): unescape(code.get("formatCode", b"")) for code in codes if "numFmtId" in code}

    def fit(self, style: int, value: Value) -> int:
        """The style, or one like it in which the value reads back as what it is.

        Text that a person's re-typing would turn into a formula gets the mark that the apostrophe sets in Excel.
        """
        match value:
            case None | bool():
                return style
            case str():
                return self._alike(style, "quotePrefix", b"1") if value[0] in "=+-@" else style
            case datetime():
                return self._showing(style, Shows.DATE, _MOMENT)
            case date():
                return self._showing(style, Shows.DATE, _DATE)
            case time():
                return self._showing(style, Shows.CLOCK, _CLOCK)
            case timedelta():
                return self._showing(style, Shows.SPAN, _SPAN)
            case int() | float() | Decimal():
                return self._showing(style, Shows.NUMBER, _GENERAL)
        return style

    def bold(self) -> int:
        """The default format in bold, for headers."""
        font = self._fonts.items[0]
        opening = re.match(rb"<((?:[\w.-]+:)?)font\b[^>]*>", font)
        if opening is None or re.search(rb"<(?:[\w.-]+:)?b\s*/>", font):
            return 0
        prefix, tag = opening[1], opening[0]
        if tag.endswith(b"/>"):
            heavy = tag[:-2].rstrip() + b"><%sb/></%sfont>" % (prefix, prefix)
        else:
            heavy = tag + b"<%sb/>" % prefix + font[len(tag) :]
        number = b"%d" % self._fonts.add(heavy)
        return self._changed(0, lambda tag: with_attribute(with_attribute(tag, "fontId", number), "applyFont", b"1"))

    def wrapping(self) -> int:
        """The default format with text over several lines."""
        whole = self._formats.items[0]
        opening = re.match(rb"<((?:[\w.-]+:)?)xf\b[^>]*/>$", whole)
        if opening is None:
            return 0
        tag = with_attribute(whole, "applyAlignment", b"1")
        return self._formats.add(
            tag[:-2].rstrip() + b'><%salignment vertical="top" wrapText="1"/></%sxf>' % (opening[1], opening[1])
        )

    def toned(self, fill: str, ink: str) -> int:
        """The number of a format for conditions: a fill and the ink on it, both RRGGBB."""
        tone = (b'<dxf><font><color rgb="FF%s"/></font><fill><patternFill><bgColor rgb="FF%s"/></patternFill></fill></dxf>') % (
            ink.encode(),
            fill.encode(),
        )
        if tone not in self._tones:
            self._tones.append(tone)
        return self._toned + self._tones.index(tone)

    def flush(self) -> None:
        """Put the list into the package if it grew; a workbook without one gets one."""
        if not (self._formats.added or self._fonts.added or self._tones):
            return
        if not self._part:
            self._part = posixpath.join(posixpath.dirname(self._workbook.part), "styles.xml")
            relate(self._package, self._workbook.part, f"{self._workbook.relation_types}/styles", self._part)
            declare(self._package, self._part, "styles")
        data = self._data
        for section in sorted((self._formats, self._fonts), key=lambda section: -section.start):
            data = data[: section.start] + section.whole() + data[section.end :]
        self._package.put(self._part, [_with_tones(data, self._tones) if self._tones else data])

    def _showing(self, style: int, wanted: Shows, number_format: int) -> int:
        if self._shows(style) is wanted:
            return style
        number = b"%d" % number_format
        return self._changed(style, lambda tag: with_attribute(with_attribute(tag, "numFmtId", number), "applyNumberFormat", b"1"))

    def _shows(self, style: int) -> Shows:
        number = int(self._opening(style).get("numFmtId", b"0"))
        if number in _BUILT_IN:
            return _BUILT_IN[number]
        return shows(self._codes.get(number, ""))

    def _alike(self, style: int, name: str, value: bytes) -> int:
        if self._opening(style).get(name) == value:
            return style
        return self._changed(style, lambda tag: with_attribute(tag, name, value))

    def _opening(self, style: int) -> dict[str, bytes]:
        whole = self._formats.items[style if style < len(self._formats.items) else 0]
        return attributes(whole[: whole.index(b">")])

    def _changed(self, style: int, change: Callable[[bytes], bytes]) -> int:
        whole = self._formats.items[style if style < len(self._formats.items) else 0]
        end = whole.index(b">") + 1
        return self._formats.add(change(whole[:end]) + whole[end:])


class _Section:
    """One counted list of the styles part: its items as they stand, and those that were added."""

    def __init__(self, data: bytes, section: bytes, item: bytes) -> None:
        found = re.search(rb"<((?:[\w.-]+:)?)%s\b[^>]*(?<!/)>(.*?)</\1%s\s*>" % (section, section), data, re.DOTALL)
        if found is None:
            raise BadPackage(DAMAGED)
        self.start, self.end = found.span()
        self._tag, self._close = found[0][: found.start(2) - self.start], found[0][found.end(2) - self.start :]
        pattern = rb"<(?:[\w.-]+:)?%s(?=[\s/>])(?:[^>]*/>|[^>]*>.*?</(?:[\w.-]+:)?%s\s*>)" % (item, item)
        self._inside = found[2]
        self.items = re.findall(pattern, found[2], re.DOTALL)
        if not self.items:
            raise BadPackage(DAMAGED)
        self.added: list[bytes] = []

    def add(self, item: bytes) -> int:
        """The item's number: its old one when the list has it already, so the list does not grow with every write."""
        if item not in self.items:
            self.items.append(item)
            self.added.append(item)
        return self.items.index(item)

    def whole(self) -> bytes:
        """The section with what was added."""
        tag = with_attribute(self._tag, "count", b"%d" % len(self.items))
        return tag + self._inside + b"".join(self.added) + self._close


def _completed(data: bytes) -> bytes:
    """With the two lists that we add to, where a sparing program left them out; both stand after others (CT_Stylesheet)."""
    for name, item, earlier in ((b"fonts", b"font", b"numFmts"), (b"cellXfs", b"xf", b"numFmts|fonts|fills|borders|cellStyleXfs")):
        if not re.search(rb"<(?:[\w.-]+:)?%s\b" % name, data):
            places = list(re.finditer(rb"<((?:[\w.-]+:)?)styleSheet\b[^>]*>|</((?:[\w.-]+:)?)(?:%s)\s*>" % earlier, data))
            if not places:
                raise BadPackage(DAMAGED)
            at, prefix = places[-1].end(), places[0][1]
            section = b'<%s%s count="1"><%s%s/></%s%s>' % (prefix, name, prefix, item, prefix, name)
            data = data[:at] + section + data[at:]
    return data


def _with_tones(data: bytes, tones: list[bytes]) -> bytes:
    """With these formats for conditions at the end of their list, which many workbooks have empty, or not at all."""
    found = re.search(rb"<((?:[\w.-]+:)?)dxfs\b[^>]*?(?:/>|>(.*?)</\1dxfs\s*>)", data, re.DOTALL)
    before = list(re.finditer(rb"</((?:[\w.-]+:)?)(?:cellXfs|cellStyles)\s*>|<((?:[\w.-]+:)?)cellStyles\b[^>]*/>", data))[-1]
    start, end = found.span() if found else (before.end(), before.end())
    prefix, inside = (found[1], found[2] or b"") if found else (before[1] or before[2] or b"", b"")
    count = len(re.findall(rb"<(?:[\w.-]+:)?dxf\b", inside)) + len(tones)
    mine = b"".join(re.sub(rb"<(/?)(?=\w)", rb"<\g<1>" + prefix, tone) for tone in tones)
    return data[:start] + b'<%sdxfs count="%d">' % (prefix, count) + inside + mine + b"</%sdxfs>" % prefix + data[end:]


_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58), Shows.DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), Shows.CLOCK),
    46: Shows.SPAN,
}


def shows(code: str) -> Shows:
    """What a number format code makes of a number, by its first section.

    >>> shows("yyyy-mm-dd hh:mm").value, shows("[h]:mm").value, shows("mm:ss").value, shows('0.00 "days"').value
    ('date', 'span', 'clock', 'number')
    """
    code = re.sub(r'"[^"]*"|\\.|_.|\*.', "", code.partition(";")[0]).lower()
    if re.search(r"\[[hms]+\]", code):
        return Shows.SPAN
    code = re.sub(r"\[[^\]]*\]", "", code).replace("general", "")
    if re.search(r"[yd]", code) or ("m" in code and not re.search(r"[hs]", code)):
        return Shows.DATE
    return Shows.CLOCK if re.search(r"[hs]", code) else Shows.NUMBER
