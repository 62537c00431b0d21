"""Directory listings: entries sorted by name, in runs that share a piece of the inode table.

A run is a header (entries - 1, position of the piece, base inode number) and up to 256 entries (offset
in the piece, inode number - base, basic type, length of the name - 1, name). A listing that goes on into
further pieces of the directory table gets an index, one entry per piece: a kernel then finds a name
without reading the whole listing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sregistry.squashfs.errors import corrupt
from sregistry.squashfs.inodes import Listing
from sregistry.squashfs.metadata import PIECE, Cursor, MetadataWriter, Place

MAX_RUN = 256
MAX_NAME = 256
MAX_INDEX = 65535
RUN = struct.Struct("<III")
ENTRY = struct.Struct("<HhHH")
INDEX = struct.Struct("<III")
EMPTY = Listing((0, 0), 0, b"", 0)

#: (name, basic type, inode number, place of the inode)
Name = tuple[bytes, int, int, Place]


def write_listing(table: MetadataWriter, names: Iterable[Name]) -> Listing:
    """Append the listing of `names`, sorted, to the directory table."""
    place = table.place
    length = indexed = 0
    piece = place[0]
    index = bytearray()
    for first, run in _runs(names, PIECE - place[1]):
        here = table.place[0]
        if here != piece and indexed < MAX_INDEX:
            piece = here
            indexed += 1
            index += INDEX.pack(length, piece, len(first) - 1) + first
        table.write(run)
        length += len(run)
    return Listing(place, length, bytes(index), indexed) if length else EMPTY


def _runs(names: Iterable[Name], room: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield (first name, bytes) of each run.

    A run ends where a name's inode lies in another piece or has too distant a number, and where a new
    piece of the directory table begins; `room` is how far that is from the start of the listing.
    """
    parts: list[bytes] = []
    piece, base, first, length = -1, 0, b"", 0
    pack = ENTRY.pack
    for name, kind, number, (block, offset) in names:
        delta = number - base
        if block != piece or length >= room or len(parts) == MAX_RUN or not -32768 <= delta <= 32767:
            if parts:
                yield first, RUN.pack(len(parts) - 1, piece, base) + b"".join(parts)
            parts, piece, base, first, delta = [], block, number, name, 0
            while length >= room:
                room += PIECE
            length += RUN.size
        parts.append(pack(offset, delta, kind, len(name) - 1) + name)
        length += ENTRY.size + len(name)
    if parts:
        yield first, RUN.pack(len(parts) - 1, piece, base) + b"".join(parts)


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
