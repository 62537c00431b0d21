"""Directory listings: entries sorted by name, in runs that share a piece of the inode table.

A run is a header (entries - 1, piece, base inode number) and up to 256 entries. A listing that spans
pieces gets an index of its runs, so that a kernel finds a name without reading all of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from sregistry.squashfs.metadata import PIECE, MetadataWriter

MAX_RUN = 256
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
        if (
            block != piece
            or count == MAX_RUN
            or not -32768 <= delta <= 32767
            or size + 8 + len(name) > PIECE
        ):
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
