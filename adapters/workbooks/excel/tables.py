"""Excel Tables (ListObjects) of a worksheet: found, and grown with the rows and columns that are written beside them."""

import re
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from adapters.workbooks.excel.markup import escape, parse, with_attribute
from adapters.workbooks.excel.package import DAMAGED, BadPackage, Package
from adapters.workbooks.excel.reference import Area
from adapters.workbooks.excel.relations import relations
from runner.values import Value

#: A cell reference that means another row when it stands in another row: `B2`, `$B2`, but not `$B$2`, `LOG10(` or `Q1!`.
_BY_PLACE = re.compile(r"(?<![\w.$])\$?[A-Z]{1,3}\d+(?![\w(.!])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table as it stands, or as it shall become."""

    part: str
    name: str
    area: Area
    #: Rows of totals under the body.
    totals: int
    #: Zero-based column of the sheet → formula that Excel fills into every row, without `=`.
    calculated: dict[int, str]
    #: Filled from a database or a web query: its columns belong to that query.
    queried: bool

    @property
    def body_end(self) -> int:
        """The last row of the body."""
        return self.area.bottom - self.totals

    def with_row(self, row: int) -> "Table":
        """Grown down to this row."""
        return replace(self, area=self.area.grown(row, self.area.left))

    def with_column(self, column: int) -> "Table":
        """Grown right to this column."""
        return replace(self, area=self.area.grown(self.area.top, column))


def tables_of(package: Package, sheet_part: str) -> list[Table]:
    """The sheet's tables that have a header row; others have no columns by name."""
    parts = [relation.target for relation in relations(package, sheet_part) if relation.is_a("table")]
    found = [_table(part, parse(package.read(part))) for part in parts]
    return [table for table in found if table is not None]


def _table(part: str, tree: ET.Element) -> Table | None:
    if tree.get("headerRowCount") == "0":
        return None
    try:
        area = Area.parse(tree.get("ref", ""))
    except ValueError as error:
        raise BadPackage(DAMAGED) from error
    formulas = {
        area.left + index: text
        for index, column in enumerate(tree.findall("{*}tableColumns/{*}tableColumn"))
        if (text := column.findtext("{*}calculatedColumnFormula"))
    }
    return Table(
        part=part,
        name=tree.get("displayName") or tree.get("name") or "",
        area=area,
        totals=int(tree.get("totalsRowCount", "0")),
        calculated=formulas,
        queried=tree.get("tableType") == "queryTable",
    )


def can_be_filled(formula: str) -> bool:
    """Whether the formula says the same in every row: by column names, not by cells' places.

    >>> can_be_filled("Leads[[#This Row],[Hours]]*2"), can_be_filled("B2*2")
    (True, False)
    """
    outside = re.sub(r'"[^"]*"', "", formula)
    while outside != (fewer := re.sub(r"\[[^\[\]]*\]", "", outside)):
        outside = fewer
    return _BY_PLACE.search(outside) is None


def resize(package: Package, old: Table, new: Table) -> None:
    """Let the table's part say the new area; its filter, which covers header and body, follows."""
    filtered = str(replace(old.area, bottom=old.body_end)), str(replace(new.area, bottom=new.body_end))
    data = package.read(old.part)
    data = _resized(data, rb"<(?:[\w.-]+:)?table\b[^>]*>", str(old.area), str(new.area))
    package.put(old.part, [_resized(data, rb"<(?:[\w.-]+:)?autoFilter\b[^>]*>", *filtered)])


def add_column(package: Package, table: Table, header: Value) -> None:
    """Enter a column at the right end of the table's list."""
    data = package.read(table.part)
    tag = re.search(rb"<((?:[\w.-]+:)?)tableColumns\b[^>]*>", data)
    end = re.search(rb"</(?:[\w.-]+:)?tableColumns\s*>", data)
    if tag is None or end is None:
        raise BadPackage(DAMAGED)
    identities = [int(text) for text in re.findall(rb"<(?:[\w.-]+:)?tableColumn\s[^>]*?\bid=\"(\d+)\"", data)]
    # A line break in a column's name stands there as _x000a_
    name = escape(str(header)).replace(b"\r", b"").replace(b"\n", b"_x000a_")
    column = b'<%stableColumn id="%d" name="%s"/>' % (tag[1], max(identities, default=0) + 1, name)
    counted = with_attribute(tag[0], "count", b"%d" % (len(identities) + 1))
    package.put(table.part, [data[: tag.start()], counted, data[tag.end() : end.start()], column, data[end.start() :]])


def _resized(data: bytes, tag: bytes, old: str, new: str) -> bytes:
    found = re.search(tag, data)
    if found is None or b'ref="%s"' % old.encode() not in found[0]:
        return data
    return data[: found.start()] + found[0].replace(b'ref="%s"' % old.encode(), b'ref="%s"' % new.encode(), 1) + data[found.end() :]
