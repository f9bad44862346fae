"""One worksheet part as bytes, in which rows and cells are found without reading the rest; it is never changed here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from adapters.workbooks.excel.markup import attributes
from adapters.workbooks.excel.reference import Area, cell_of

_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")


class Unpatchable(Exception):
    """The part is written in a way that cannot be changed safely; the message is the clause after "because"."""


@dataclass(frozen=True, slots=True)
class RowSpan:
    """Where one row stands: `data[start:body]` is its opening tag, `data[body:end]` the rest; alike when it is self-closed."""

    number: int
    start: int
    body: int
    end: int

    @property
    def self_closed(self) -> bool:
        """Whether it is `<row …/>`, without cells."""
        return self.body == self.end


@dataclass(frozen=True, slots=True)
class CellSpan:
    """Where one cell stands, its attributes, and what is inside its tag."""

    column: int
    start: int
    end: int
    attributes: dict[str, bytes]
    inner: bytes

    @property
    def style(self) -> int:
        """Index of its format in the workbook's list."""
        return int(self.attributes.get("s", b"0"))


class SheetXml:
    """Rows and cells of a worksheet part by number. Raises `Unpatchable` for the few spellings that bytes cannot be trusted in."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.prefix = _prefix(data)
        opening = self.pattern(rb"<{p}sheetData\b[^>]*?(/?)>").search(data)
        if opening is None:
            raise Unpatchable("its inside is not that of a worksheet")
        self.opening, self.self_closed = opening.span(), bool(opening[1])
        self.start = opening.end()
        self.end = self.start if self.self_closed else data.rfind(b"</%ssheetData" % self.prefix)
        if self.end < self.start:
            raise Unpatchable("its inside is cut short")
        self._row_tag = self.pattern(rb"<{p}row(?=[\s/>])([^>]*?)(/?)>")
        self._cell = self.pattern(rb"<{p}c(?=[\s/>])([^>]*?)(?:/>|>(.*?)</{p}c\s*>)")
        self._value = self.pattern(rb"<{p}is[\s>]|<{p}v(?:\s[^>]*)?>(?!</)")
        self._formula = self.pattern(rb"<{p}f(?=[\s/>])([^>]*?)/?>")

    def pattern(self, source: bytes) -> re.Pattern[bytes]:
        """A regular expression in which `{p}` stands for the part's name-space prefix."""
        return re.compile(source.replace(b"{p}", re.escape(self.prefix)), re.DOTALL)

    @cached_property
    def index(self) -> dict[int, RowSpan]:
        """Every row by number; one pass over the sheet, made when it is first needed."""
        index, number = {}, 0
        for match in self._row_tag.finditer(self.data, self.start, self.end):
            said = attributes(match[1]).get("r")
            number = int(said) if said else number + 1
            index[number] = self._span(number, match.start())
        return index

    @cached_property
    def last_row(self) -> int:
        """The highest row that has a tag, with values or without; 0 when there is none."""
        at = self.data.rfind(b"<%srow" % self.prefix, self.start, self.end)
        if at < 0:
            return 0
        said = attributes(self.data[at : self.data.index(b">", at)]).get("r")
        return int(said) if said else max(self.index)

    def row(self, number: int) -> RowSpan | None:
        """Where the row stands; None when it has no tag."""
        if number > self.last_row:
            return None
        return self._search(number) or self.index.get(number)

    def cells(self, row: RowSpan) -> Iterator[CellSpan]:
        """The row's cells, left to right."""
        column = -1
        for match in self._cell.finditer(self.data, row.body, row.end):
            known = attributes(match[1])
            column = cell_of(known["r"].decode())[1] if "r" in known else column + 1
            yield CellSpan(column, match.start(), match.end(), known, match[2] or b"")

    def has_value(self, cell: CellSpan) -> bool:
        """Whether the cell shows something; a format, or a formula whose result is nothing, does not."""
        return self._value.search(cell.inner) is not None

    def formula(self, cell: CellSpan) -> dict[str, bytes] | None:
        """The attributes of the cell's formula; None when it has none."""
        match = self._formula.search(cell.inner)
        return None if match is None else attributes(match[1])

    def area_formulas(self) -> list[Area]:
        """The areas of array formulas and data tables: their cells belong to one formula."""
        if b"array" not in self.data and b"dataTable" not in self.data:
            return []
        areas = []
        for match in self._formula.finditer(self.data, self.start, self.end):
            known = attributes(match[1])
            if known.get("t") in (b"array", b"dataTable") and "ref" in known:
                areas.append(_area(known["ref"]))
        return areas

    def merged(self) -> list[Area]:
        """The merged ranges."""
        tags = self.pattern(rb"<{p}mergeCell\b[^>]*>").findall(self.data, self.end)
        return [_area(known["ref"]) for known in map(attributes, tags) if "ref" in known]

    def _search(self, number: int) -> RowSpan | None:
        """By halving; misses rows that say no number or are out of order, which only the index finds."""
        low, high = self.start, self.end
        while low < high:
            middle = (low + high) // 2
            at = self.data.find(b"<%srow" % self.prefix, middle, high)
            if at < 0:
                high = middle
                continue
            said = attributes(self.data[at : self.data.index(b">", at)]).get("r")
            if said is None:
                return None
            if int(said) == number:
                return self._span(number, at)
            if int(said) < number:
                low = at + 1
            else:
                high = middle
        return None

    def _span(self, number: int, at: int) -> RowSpan:
        body = self.data.index(b">", at) + 1
        if self.data[body - 2 : body - 1] == b"/":
            return RowSpan(number, at, body, body)
        closing = b"</%srow>" % self.prefix
        end = self.data.find(closing, body)
        if end < 0:
            raise Unpatchable("its inside is cut short")
        return RowSpan(number, at, body, end + len(closing))


def _area(reference: bytes) -> Area:
    try:
        return Area.parse(reference.decode())
    except ValueError as error:
        raise Unpatchable("it holds a reference that no spreadsheet program writes") from error


def _prefix(data: bytes) -> bytes:
    """The name-space prefix with its colon, mostly nothing."""
    encoding = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (encoding and encoding[1].lower() not in (b"utf-8", b"utf8")):
        raise Unpatchable("it is stored in another encoding than UTF-8")
    if b"<!--" in data or b"<![CDATA[" in data:
        raise Unpatchable("it holds XML comments, which no spreadsheet program writes")
    root = re.search(rb"<((?:[\w.-]+:)?)worksheet\b", data)
    if root is None:
        raise Unpatchable("its inside is not that of a worksheet")
    return root[1]
