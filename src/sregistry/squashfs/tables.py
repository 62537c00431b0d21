"""Tables with an index: entries of equal size in metadata pieces, found by number.

The index holds the position of each piece, u64 each. Fragments, ids and sets of extended attributes are
kept so.
"""

from __future__ import annotations

import struct

from sregistry.squashfs.compressors import Compressor
from sregistry.squashfs.errors import corrupt
from sregistry.squashfs.metadata import PIECE, MetadataReader, MetadataWriter
from sregistry.squashfs.window import Window

#: A fragment block: position, block word, zero.
FRAGMENT = struct.Struct("<QII")


def write_table(out: bytearray, base: int, data: bytes, compressor: Compressor) -> int:
    """Append `data` as pieces and the index of their positions; return the position of the index.

    `base` is the position in the image of the first byte of `out`.
    """
    starts = write_pieces(out, base, data, compressor)
    position = base + len(out)
    out += pack_index(starts)
    return position


def write_pieces(out: bytearray, base: int, data: bytes, compressor: Compressor) -> list[int]:
    """Append `data` as pieces; return their positions in the image."""
    starts = []
    for at in range(0, len(data), PIECE):
        starts.append(base + len(out))
        writer = MetadataWriter(compressor)
        writer.write(data[at : at + PIECE])
        out += writer.finish()
    return starts


def pack_index(starts: list[int]) -> bytes:
    """Return the index of pieces at `starts`."""
    return struct.pack(f"<{len(starts)}Q", *starts)


class Table:
    """One table; nothing is read before an entry is asked for.

    Args:
        window: the image.
        pieces: unpacks the pieces.
        index: position of the index.
        count: number of entries.
        width: bytes of an entry, a divisor of 8192.
    """

    def __init__(self, window: Window, pieces: MetadataReader, index: int, count: int, width: int) -> None:
        self._window = window
        self._pieces = pieces
        self._index = index
        self._count = count
        self._width = width

    def entry(self, number: int) -> bytes:
        """Return the bytes of an entry; raise SquashfsError ``squashfs-corrupt`` if there is none."""
        if not 0 <= number < self._count:
            raise corrupt("an entry of a table does not exist")
        piece, offset = divmod(number * self._width, PIECE)
        position = int.from_bytes(self._window.read(self._index + 8 * piece, 8), "little")
        data, _ = self._pieces.piece(position)
        if offset + self._width > len(data):
            raise corrupt("a table ends too early")
        return data[offset : offset + self._width]
