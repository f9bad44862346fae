"""XML as bytes: attributes read, values escaped, pieces spliced. Nothing is parsed and written anew, so nothing can get lost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from adapters.workbooks.excel.package import DAMAGED, BadPackage

_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(r"&(lt|gt|amp|quot|apos|#\d+|#[xX][0-9A-Fa-f]+);")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def attributes(tag: bytes) -> dict[str, bytes]:
    """The attributes of one opening tag, as they stand there."""
    return {name.decode(): double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def parse(data: bytes) -> ET.Element:
    """A small part as a tree, for looking things up. Raises `BadPackage`, for document type definitions too: they can be bombs."""
    if b"<!DOCTYPE" in data:
        raise BadPackage("it holds a document type definition, which no spreadsheet program writes")
    try:
        return ET.fromstring(data)  # noqa: S314 - no DTD, so no entity can grow
    except ET.ParseError as error:
        raise BadPackage(DAMAGED, may_settle=True) from error


def escape(text: str) -> bytes:
    """Text for an element or a double-quoted attribute; every character comes back."""
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").encode()


def unescape(data: bytes) -> str:
    """The text of an element without children, or of an attribute."""
    return _REFERENCE.sub(_referred, data.decode())


def _referred(match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith("#"):
        return chr(int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:]))
    return _NAMED[name]


def escape_cell(text: str) -> bytes:
    """Text of a cell: what XML cannot hold becomes `_xHHHH_` (ECMA-376 part 1, 22.9.2.19), and text that looks so is kept."""
    text = _ESCAPE_LIKE.sub("_x005F_", text)
    return escape(_NOT_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text))


def with_attribute(tag: bytes, name: str, value: bytes) -> bytes:
    """The opening (or self-closed) tag with this attribute set."""
    tag = without_attribute(tag, name)
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + b' %s="%s"' % (name.encode(), value) + tag[end:]


def without_attribute(tag: bytes, name: str) -> bytes:
    """The tag without this attribute."""
    return re.sub(rb"""\s%s\s*=\s*(?:"[^"]*"|'[^']*')""" % re.escape(name.encode()), b"", tag)


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes that take the place of `data[start:end]`."""

    start: int
    end: int
    data: bytes


def spliced(data: bytes, splices: Sequence[Splice]) -> list[bytes | memoryview]:
    """The pieces of the new text; untouched stretches are views, not copies. Splices at one place keep their order."""
    view, position = memoryview(data), 0
    pieces: list[bytes | memoryview] = []
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        pieces += [view[position : splice.start], splice.data]
        position = splice.end
    return [*pieces, view[position:]]
