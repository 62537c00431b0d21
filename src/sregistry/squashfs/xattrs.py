"""Extended attributes: distinct sets, numbered; each inode holds a number or NONE."""

from __future__ import annotations

import struct

from sregistry.squashfs.compressors import Compressor
from sregistry.squashfs.errors import SquashfsError, corrupt
from sregistry.squashfs.metadata import Cursor, MetadataReader, MetadataWriter
from sregistry.squashfs.tables import Table, pack_index, write_pieces
from sregistry.squashfs.window import Window

NONE = 0xFFFFFFFF
PREFIXES = (b"user.", b"trusted.", b"security.")
MAX_NAME = 255
MAX_VALUE = 65536
#: Of the prefix number: the value lies elsewhere, here is its reference.
ELSEWHERE = 0x100
#: More than this in one set is not believed; Linux lists at most 64 KiB of names.
MAX_SET = 1 << 22
_SET = struct.Struct("<QII")
_NAME = struct.Struct("<HH")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")

Xattrs = tuple[tuple[bytes, bytes], ...]


class XattrWriter:
    """Collects the sets of an image.

    Attributes:
        dropped: names that the format cannot hold (other prefixes, such as POSIX ACLs).
    """

    def __init__(self, compressor: Compressor) -> None:
        self._compressor = compressor
        self._numbers: dict[Xattrs, int] = {}
        self._pairs = MetadataWriter(compressor)
        self._sets = bytearray()
        self.dropped: set[bytes] = set()

    def number(self, xattrs: Xattrs) -> int:
        """Return the number of this set; NONE if nothing of it can be stored.

        Raises SquashfsError ``squashfs-xattr-too-long``, ``squashfs-too-large``.
        """
        found = self._numbers.get(xattrs)
        if found is None:
            kept = tuple(sorted((name, value) for name, value in xattrs if self._fits(name, value)))
            found = self._numbers.get(kept) if kept else NONE
            if found is None:
                found = self._numbers[kept] = self._add(kept)
            self._numbers[xattrs] = found
        return found

    def _fits(self, name: bytes, value: bytes) -> bool:
        if not any(name.startswith(prefix) and name != prefix for prefix in PREFIXES):
            self.dropped.add(name)
            return False
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise SquashfsError(
                "squashfs-xattr-too-long",
                "an extended attribute is longer than Linux allows",
                name=name[:MAX_NAME].decode("utf-8", "surrogateescape"),
                size=len(value),
                limit=MAX_VALUE,
            )
        return True

    def _add(self, xattrs: Xattrs) -> int:
        block, offset = self._pairs.place
        data = b"".join(_pack(name, value) for name, value in xattrs)
        self._pairs.write(data)
        self._sets += _SET.pack(block << 16 | offset, len(xattrs), len(data))
        return len(self._sets) // _SET.size - 1

    def write(self, out: bytearray, base: int) -> int | None:
        """Append the tables; return the position that the superblock names, None if there are no sets."""
        if not self._sets:
            return None
        first = base + len(out)
        out += self._pairs.finish()
        starts = write_pieces(out, base, bytes(self._sets), self._compressor)
        position = base + len(out)
        out += _SET.pack(first, len(self._sets) // _SET.size, 0)
        out += pack_index(starts)
        return position


def _pack(name: bytes, value: bytes) -> bytes:
    number = next(number for number, prefix in enumerate(PREFIXES) if name.startswith(prefix))
    rest = name[len(PREFIXES[number]) :]
    return _NAME.pack(number, len(rest)) + rest + _U32.pack(len(value)) + value


class XattrReader:
    """Reads sets by their number.

    Args:
        window: the image.
        pieces: unpacks metadata.
        header: the position that the superblock names.
    """

    def __init__(self, window: Window, pieces: MetadataReader, header: int) -> None:
        self._first, count, _ = _SET.unpack(window.read(header, _SET.size))
        self._pieces = pieces
        self._end = header
        self._sets = Table(window, pieces, header + _SET.size, count, _SET.size)

    def read(self, number: int) -> Xattrs:
        """Return the (full name, value) pairs of a set, in the order of the image.

        Raises SquashfsError ``squashfs-corrupt``, ``squashfs-truncated``; OSError.
        """
        reference, count, _ = _SET.unpack(self._sets.entry(number))
        cursor = self._cursor(reference)
        pairs = []
        size = 0
        for _ in range(count):
            name, value = self._pair(cursor)
            pairs.append((name, value))
            size += len(name) + len(value) + _NAME.size + _U32.size
            if size > MAX_SET:
                raise corrupt("a set of extended attributes is too long")
        return tuple(pairs)

    def _cursor(self, reference: int) -> Cursor:
        return self._pieces.cursor(self._first, self._end, reference)

    def _pair(self, cursor: Cursor) -> tuple[bytes, bytes]:
        prefix, length = _NAME.unpack(cursor.read(_NAME.size))
        if prefix & ~ELSEWHERE >= len(PREFIXES):
            raise corrupt("an extended attribute has an unknown prefix")
        name = PREFIXES[prefix & ~ELSEWHERE] + cursor.read(length)
        value = self._value(cursor)
        if prefix & ELSEWHERE:
            if len(value) != _U64.size:
                raise corrupt("an extended attribute has no value")
            value = self._value(self._cursor(_U64.unpack(value)[0]))
        return name, value

    def _value(self, cursor: Cursor) -> bytes:
        (length,) = _U32.unpack(cursor.read(_U32.size))
        if length > MAX_VALUE:
            raise corrupt("the value of an extended attribute is too long")
        return cursor.read(length)
