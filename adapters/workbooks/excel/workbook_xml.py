"""The workbook part: which worksheet is which part, and the few marks in it that a write has to set."""

import posixpath
import re
from dataclasses import dataclass

from adapters.workbooks.excel.markup import escape, parse, with_attribute
from adapters.workbooks.excel.package import DAMAGED, BadPackage, Package
from adapters.workbooks.excel.relations import CONTENT_TYPES, declare, relate, relations, relations_part

_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEntry:
    """One worksheet of the workbook's list; chart sheets have none."""

    name: str
    part: str
    #: Place in the list, chart sheets counted: what `localSheetId` means.
    index: int


class WorkbookXml:
    """What the workbook part says. Raises `BadPackage` when there is none."""

    def __init__(self, package: Package) -> None:
        self._package = package
        root = next((relation for relation in relations(package, "") if relation.is_a("officeDocument")), None)
        if root is None or not package.has(root.target):
            raise BadPackage("it holds no workbook")
        self.part = root.target
        self.relations = relations(package, self.part)
        tree = parse(package.read(self.part))
        if not tree.tag.endswith("}workbook"):
            raise BadPackage("it holds no workbook")
        #: The name space of all its parts: two exist, transitional and strict.
        self.namespace = tree.tag[1:].partition("}")[0]
        self.relation_types = _STRICT if "purl.oclc.org" in self.namespace else _TRANSITIONAL
        properties = tree.find("{*}workbookPr")
        self.counts_from_1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
        parts = {relation.id: relation.target for relation in self.relations if relation.is_a("worksheet")}
        self.all_names: list[str] = []
        self.sheets: list[SheetEntry] = []
        for index, element in enumerate(tree.findall("{*}sheets/{*}sheet")):
            name = element.get("name", "")
            self.all_names.append(name)
            part = parts.get(next((value for key, value in element.items() if key.endswith("}id")), ""))
            if part is not None:
                self.sheets.append(SheetEntry(name=name, part=part, index=index))

    @property
    def is_transitional(self) -> bool:
        """Whether it is written as Excel writes by itself; the strict form has other names for everything."""
        return self.relation_types == _TRANSITIONAL

    def related(self, kind: str) -> str:
        """The part of this kind that the workbook points to; "" when there is none."""
        return next((relation.target for relation in self.relations if relation.is_a(kind)), "")

    def add_sheet(self, name: str) -> SheetEntry:
        """Enter a new worksheet at the end of the list; its part must still be put into the package."""
        folder = posixpath.dirname(self.part)
        number = 1
        while self._package.has(part := posixpath.join(folder, "worksheets", f"sheet{number}.xml")):
            number += 1
        relation = relate(self._package, self.part, f"{self.relation_types}/worksheet", part)
        declare(self._package, part, "worksheet")
        data = self._package.read(self.part)
        end = re.search(rb"</((?:[\w.-]+:)?)sheets\s*>", data)
        if end is None:
            raise BadPackage(DAMAGED)
        identity = 1 + max(map(int, re.findall(rb"\bsheetId\s*=\s*[\"'](\d+)", data)), default=0)
        tag = b'<%ssheet name="%s" sheetId="%d" xmlns:r="%s" r:id="%s"/>'
        facts = (end[1], escape(name), identity, self.relation_types.encode(), relation.encode())
        self._package.put(self.part, [data[: end.start()], tag % facts, data[end.start() :]])
        entry = SheetEntry(name=name, part=part, index=len(self.all_names))
        self.all_names.append(name)
        self.sheets.append(entry)
        return entry

    def recalculate_on_load(self) -> None:
        """Have Excel compute every formula when it opens the file.

        Results that formulas had are kept, in every case: the next read needs them, and a formula without its result reads
        as a blank cell. LibreOffice ignores the mark: there the owner sees the kept results until a cell that they depend on is
        typed into, or at once if "Recalculation on File Load" in its options is "Always".
        """
        data = self._package.read(self.part)
        found = re.search(rb"<(?:[\w.-]+:)?calcPr\b[^>]*>", data)
        if found and b'fullCalcOnLoad="1"' in found[0]:
            return
        if found:
            start, end, tag = found.start(), found.end(), with_attribute(found[0], "fullCalcOnLoad", b"1")
        else:
            # CT_Workbook is a sequence: calcPr comes right after these
            before = list(re.finditer(rb"</((?:[\w.-]+:)?)(?:sheets|functionGroups|externalReferences|definedNames)\s*>", data))[-1]
            start = end = before.end()
            tag = b'<%scalcPr fullCalcOnLoad="1"/>' % before[1]
        self._package.put(self.part, [data[:start], tag, data[end:]])

    def forget_calculation_chain(self) -> None:
        """Drop the list of formula cells, which is wrong once one is gone; Excel makes a new one."""
        chain = self.related("calcChain")
        if not chain or not self._package.has(chain):
            return
        self._package.drop(chain)
        for part, mark in ((relations_part(self.part), b"calcChain"), (CONTENT_TYPES, b"calcChain")):
            data = self._package.read(part)
            self._package.put(part, [re.sub(rb"<(?:[\w.-]+:)?(?:Relationship|Override)\b[^>]*%s[^>]*/>" % mark, b"", data)])

    def move_filter(self, index: int, last: int, new_last: int) -> None:
        """The hidden name beside a sheet's filter ends at its last row too."""
        data = self._package.read(self.part)
        pattern = (
            rb'(<(?:[\w.-]+:)?definedName\b(?=[^>]*name="_xlnm\._FilterDatabase")(?=[^>]*localSheetId="%d")[^>]*>[^<]*\$)%d(</)'
        )
        moved = re.sub(pattern % (index, last), rb"\g<1>%d\g<2>" % new_last, data)
        if moved != data:
            self._package.put(self.part, [moved])
