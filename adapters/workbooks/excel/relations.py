"""How the parts of a workbook point to each other, and what each is said to be."""

import posixpath
import re
from dataclasses import dataclass

from adapters.workbooks.excel.markup import escape, parse
from adapters.workbooks.excel.package import DAMAGED, BadPackage, Package

CONTENT_TYPES = "[Content_Types].xml"
_RELATIONS_END = re.compile(rb"</(?:[\w.-]+:)?Relationships\s*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One arrow from a part to another."""

    id: str
    #: The full type address; its last word says what it is.
    type: str
    target: str

    def is_a(self, kind: str) -> bool:
        """Whether the type's last word is this: `worksheet`, `table`, `styles`."""
        return self.type.endswith(f"/{kind}")


def relations_part(part: str) -> str:
    """`xl/workbook.xml` → `xl/_rels/workbook.xml.rels`."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations(package: Package, part: str) -> list[Relation]:
    """The arrows that leave the part ("" for the package itself); those that leave the file are not followed."""
    where = relations_part(part)
    if not package.has(where):
        return []
    folder = posixpath.dirname(part)
    return [
        Relation(
            id=element.get("Id", ""),
            type=element.get("Type", ""),
            target=posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/"),
        )
        for element in parse(package.read(where))
        if element.get("TargetMode") != "External"
    ]


def begin_relations(package: Package, part: str) -> None:
    """Give the part a list of arrows, if it has none yet."""
    if not package.has(where := relations_part(part)):
        empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        package.put(where, [b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', empty])


def relate(package: Package, part: str, kind: str, target: str) -> str:
    """Draw an arrow of this kind (its whole type address) from the part to a new one; returns the arrow's id."""
    where = relations_part(part)
    data = package.read(where)
    taken = set(re.findall(rb"\bId\s*=\s*[\"']([^\"']*)", data))
    name = next(name for number in range(1, len(taken) + 2) if (name := f"rId{number}").encode() not in taken)
    end = _RELATIONS_END.search(data)
    if end is None:
        raise BadPackage(DAMAGED)
    prefix = end[0][2:].partition(b"Relationships")[0]
    tag = b'<%sRelationship Id="%s" Type="%s" Target="/%s"/>' % (prefix, name.encode(), kind.encode(), escape(target))
    package.put(where, [data[: end.start()], tag, data[end.start() :]])
    return name


def declare(package: Package, part: str, kind: str) -> None:
    """Name a new part's content type: `worksheet`, `styles`; of drawings `drawing`, `drawingml.chart`."""
    family = "" if kind.startswith("drawing") else "spreadsheetml."
    data = package.read(CONTENT_TYPES)
    end = re.search(rb"</((?:[\w.-]+:)?)Types\s*>", data)
    if end is None:
        raise BadPackage(DAMAGED)
    tag = b'<%sOverride PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.%s%s+xml"/>'
    package.put(
        CONTENT_TYPES, [data[: end.start()], tag % (end[1], escape(part), family.encode(), kind.encode()), data[end.start() :]]
    )
