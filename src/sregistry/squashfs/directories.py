"""Directory listings: entries sorted by name, in runs that share a piece of the inode table.

A run is a header (entries - 1, piece, base inode number) and up to 256 entries. A listing that spans
pieces gets an index of its runs, so that a kernel finds a name without reading all of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sregistry.squashfs.errors import corrupt
from sregistry.squashfs.metadata import PIECE, Cursor, MetadataWriter

MAX_RUN = 256
MAX_NAME = 256
RUN = struct.Struct("<III")
ENTRY = struct.Struct("<HhHH")
INDEX = struct.Struct("<III")

#: (name, basic type, inode number, piece, offset in the piece)
Name = tuple[bytes, int, int, int, int]


def write_listing(table: MetadataWriter, names: Iterable[Name]) -> tuple[int, int, int, bytes]:
    """Append a listing of `names` (sorted); return (piece, offset, length, packed index)."""
    block, offset = table.block, table.offset
    length = 0
    indexed = block
    index = bytearray()
    for first, header, body in _runs(names, offset):
        if table.block != indexed and length:
            indexed = table.block
            index += INDEX.pack(length, indexed, len(first) - 1) + first
        table.write(header)
        table.write(body)
        length += len(header) + len(body)
    return block, offset, length, bytes(index)


def _runs(names: Iterable[Name], offset: int) -> Iterable[tuple[bytes, bytes, bytes]]:
    """Yield (first name, header, entries) of each run; `offset` is where in a piece the listing begins."""
    parts: list[bytes] = []
    count, piece, base, first, size = 0, -1, 0, b"", offset
    for name, kind, number, block, place in names:
        delta = number - base
        if block != piece or count == MAX_RUN or not -32768 <= delta <= 32767 or size + 8 + len(name) > PIECE:
            if parts:
                yield first, RUN.pack(count - 1, piece, base), b"".join(parts)
                size %= PIECE
            parts, count, piece, base, first, delta = [], 0, block, number, name, 0
            size += RUN.size
        parts.append(ENTRY.pack(place, delta, kind, len(name) - 1) + name)
        size += 8 + len(name)
        count += 1
    if parts:
        yield first, RUN.pack(count - 1, piece, base), b"".join(parts)


class Entry(NamedTuple):
    """A name in a listing: its basic type, and number and reference of its inode."""

    name: bytes
    kind: int
    number: int
    reference: int


def read_listing(cursor: Cursor, length: int) -> Iterator[Entry]:
    """Yield the entries of the listing at `cursor`, `length` bytes long.

    Raises SquashfsError ``squashfs-corrupt``, also for names that no directory can hold or that are not
    sorted: kernels do not find those.
    """
    last = b""
    while length > 0:
        count, block, base = RUN.unpack(cursor.read(RUN.size))
        length -= RUN.size
        if count >= MAX_RUN:
            raise corrupt("a directory has a run of more than 256 names")
        for _ in range(count + 1):
            offset, delta, kind, size = ENTRY.unpack(cursor.read(ENTRY.size))
            if size >= MAX_NAME:
                raise corrupt("a name is too long")
            name = cursor.read(size + 1)
            _check_name(name, last)
            yield Entry(name, kind, base + delta, block << 16 | offset)
            length -= ENTRY.size + size + 1
            last = name
    if length < 0:
        raise corrupt("a directory is longer than it says")


def _check_name(name: bytes, last: bytes) -> None:
    if name <= last:
        raise corrupt("the names in a directory are not sorted")
    if b"/" in name or b"\0" in name or name in (b".", b".."):
        raise corrupt("a directory holds an impossible name")
