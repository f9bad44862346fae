"""The zip file that a workbook is. Parts that nobody replaces are copied as the bytes they are, header and all, never unpacked."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

#: Bytes: the largest worksheets that people make are near 500 MB unpacked.
MAX_PART, MAX_TOTAL = 1 << 30, 2 << 30
#: Real sheets pack 5 to 30 times smaller; deflate reaches 1,032 on nothing but zeros.
MAX_RATIO, RATIO_MATTERS_FROM = 200, 16 << 20

#: The clause for everything that only another program, or a copy, can mend.
DAMAGED = "it is damaged. Open it in Excel, which can often mend it, or put a backup copy in its place"

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_CHUNK = 1 << 18
_DEFLATED, _STORED = 8, 0
_ENCRYPTED, _UTF8 = 1, 0x800
# 1 January 1980, the beginning of time for a zip file: new parts are the same bytes whenever they are made
_NO_TIME, _NO_DATE = 0, 0x21

Pieces = Sequence[bytes | memoryview]


class BadPackage(Exception):
    """The file is not a workbook that can be read; the message is the clause after "because".

    `may_settle`: it may only be half written, so looking again shortly makes sense.
    """

    def __init__(self, reason: str, *, may_settle: bool = False) -> None:
        super().__init__(reason)
        self.may_settle = may_settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One part as it lies in the file."""

    name: str
    #: Where its local header begins, and where the next thing begins.
    start: int
    end: int
    method: int
    encrypted: bool
    crc: int
    packed: int
    size: int
    #: Its record of the central directory.
    record: bytes


class Package:
    """The parts of one workbook file by name, and the new ones that shall take their place."""

    def __init__(self, file: BinaryIO) -> None:
        """From a file open for reading, which must stay open as long as the package is used. Raises `BadPackage`."""
        self._file = file
        try:
            entries = _directory(file)
        except (BadZipFile, struct.error, EOFError, ValueError, NotImplementedError) as error:
            raise BadPackage(f"it is only half there, or {DAMAGED}", may_settle=True) from error
        _refuse_bombs(entries)
        self._entries = {entry.name: entry for entry in entries}
        self._names = {_key(entry.name): entry.name for entry in entries}
        if len(self._names) != len(entries):
            raise BadPackage("it holds two parts of the same name")
        self._new: dict[str, Pieces] = {}
        self._dropped: set[str] = set()

    @property
    def names(self) -> set[str]:
        """The names of the parts as they lie in the file."""
        return set(self._entries)

    @property
    def changed(self) -> bool:
        """Whether anything would be written differently."""
        return bool(self._new or self._dropped)

    def has(self, name: str) -> bool:
        """Whether there is such a part; case does not matter in part names."""
        return self._name(name) in self._new or (self._name(name) in self._entries and self._name(name) not in self._dropped)

    def read(self, name: str) -> bytes:
        """The part's bytes, unpacked and checked. Raises `BadPackage` when it is missing or not what its header says."""
        name = self._name(name)
        if name in self._new:
            return b"".join(self._new[name])
        if name not in self._entries or name in self._dropped:
            raise BadPackage(DAMAGED, may_settle=True)
        return self._unpack(self._entries[name])

    def put(self, name: str, pieces: Pieces) -> None:
        """Replace a part, or add one."""
        self._new[self._name(name)] = pieces

    def drop(self, name: str) -> None:
        """Leave a part out."""
        self._new.pop(self._name(name), None)
        self._dropped.add(self._name(name))

    def copy_to(self, out: BinaryIO) -> None:
        """Write the whole workbook: old parts in their old order, replaced ones in place, new ones last."""
        records = []
        for name, entry in self._entries.items():
            if name not in self._dropped:
                records.append(self._pack(out, name, self._new[name], entry) if name in self._new else self._copy(out, entry))
        records += [self._pack(out, name, pieces, None) for name, pieces in self._new.items() if name not in self._entries]
        start, directory = out.tell(), b"".join(records)
        out.write(directory)
        out.write(_END.pack(b"PK\5\6", 0, 0, len(records), len(records), len(directory), start, 0))

    def _name(self, name: str) -> str:
        return self._names.setdefault(_key(name), name)

    def _unpack(self, entry: Entry) -> bytes:
        # Not ZipFile.read: it stops at the size that the header claims, and a header can lie
        if entry.encrypted or entry.method not in (_DEFLATED, _STORED):
            raise BadPackage("it is packed in a way that no spreadsheet program uses")
        try:
            data = _stretch(self._file, entry)
        except (zlib.error, struct.error) as error:
            raise BadPackage(DAMAGED, may_settle=True) from error
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise BadPackage(DAMAGED, may_settle=True)
        return data

    def _copy(self, out: BinaryIO, entry: Entry) -> bytes:
        offset, left = out.tell(), entry.end - entry.start
        self._file.seek(entry.start)
        while left > 0:
            chunk = self._file.read(min(left, _CHUNK))
            if not chunk:
                raise BadPackage("it was cut short while it was being copied", may_settle=True)
            out.write(chunk)
            left -= len(chunk)
        return entry.record[:42] + struct.pack("<I", offset) + entry.record[46:]

    def _pack(self, out: BinaryIO, name: str, pieces: Pieces, old: Entry | None) -> bytes:
        offset, raw_name = out.tell(), name.encode()
        begin = offset + _LOCAL.size + len(raw_name)
        deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
        crc = size = 0
        out.seek(begin)
        for piece in pieces:
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            # what comes out of a long piece at once would be held at once
            out.writelines(deflate.compress(piece[start : start + _CHUNK]) for start in range(0, len(piece), _CHUNK))
        out.write(deflate.flush())
        end, flags = out.tell(), 0 if raw_name.isascii() else _UTF8
        facts = (20, flags, _DEFLATED, _NO_TIME, _NO_DATE, crc, end - begin, size, len(raw_name), 0)
        out.seek(offset)
        out.write(_LOCAL.pack(b"PK\3\4", *facts) + raw_name)
        out.seek(end)
        outside = _CENTRAL.unpack(old.record[: _CENTRAL.size])[15] if old else 0
        return _CENTRAL.pack(b"PK\1\2", 20, *facts, 0, 0, 0, outside, offset) + raw_name


def _stretch(file: BinaryIO, entry: Entry) -> bytes:
    """The part unpacked; stops soon after the size that the header claims."""
    file.seek(entry.start)
    head = _LOCAL.unpack(file.read(_LOCAL.size))
    file.seek(head[9] + head[10], 1)
    out, left = BytesIO(), entry.packed
    if entry.size:  # all the room at once: a buffer that grows is held twice
        out.seek(entry.size - 1)
        out.write(b"\0")
        out.seek(0)
    inflate = zlib.decompressobj(-15)
    while left > 0 and out.tell() <= entry.size and (chunk := file.read(min(left, _CHUNK >> 2))):
        left -= len(chunk)
        out.write(chunk if entry.method == _STORED else inflate.decompress(chunk))
    return out.getvalue()


def _key(name: str) -> str:
    # Some .NET writers put backslashes into part names
    return name.replace("\\", "/").casefold()


def _directory(file: BinaryIO) -> list[Entry]:
    """Every entry in the order of the file."""
    with ZipFile(file) as archive:
        infos, position = archive.infolist(), archive.start_dir
    following = dict(pairwise([*sorted(info.header_offset for info in infos), position]))
    entries = []
    for info in infos:
        file.seek(position)
        fixed = file.read(_CENTRAL.size)
        lengths = _CENTRAL.unpack(fixed)[10:13]
        record = fixed + file.read(sum(lengths))
        position += len(record)
        entries.append(
            Entry(
                name=info.filename,
                start=info.header_offset,
                end=following[info.header_offset],
                method=info.compress_type,
                encrypted=bool(info.flag_bits & _ENCRYPTED),
                crc=info.CRC,
                packed=info.compress_size,
                size=info.file_size,
                record=record,
            )
        )
    return sorted(entries, key=lambda entry: entry.start)


def _refuse_bombs(entries: Sequence[Entry]) -> None:
    """Before anything is unpacked: sizes as claimed; `_unpack` sees to it that they are true."""
    for entry in entries:
        if entry.size > MAX_PART or (entry.size > RATIO_MATTERS_FROM and entry.size > entry.packed * MAX_RATIO):
            raise BadPackage(f"it would unpack to {entry.size // (1 << 20):,} MB from almost nothing, which no real workbook does")
    if sum(entry.size for entry in entries) > MAX_TOTAL:
        raise BadPackage("it would unpack to more than 2,000 MB")
