"""Metadata: a stream cut into pieces of 8192 bytes, each compressed if that makes it smaller.

On disk a piece is a u16 header (length; bit 15 set = stored raw) and the payload. A reference is the
position of a piece's header, relative to its table, shifted left by 16, plus the place in the piece.
"""

from __future__ import annotations

from collections import OrderedDict

from sregistry.squashfs.compressors import Compressor, decompress
from sregistry.squashfs.errors import SquashfsError, corrupt
from sregistry.squashfs.window import Window

PIECE = 8192
RAW = 0x8000
#: Unpacked pieces that a reader keeps (1 MiB): neighbours in a directory share a few.
KEPT = 128
#: References to inodes and listings have 32 bits for the position of the piece.
MAX_TABLE = 1 << 32

#: A place in a table: position of the piece from the start of the table, offset in the piece.
Place = tuple[int, int]


class MetadataWriter:
    """Collects one table. `place` is where the next byte will lie."""

    __slots__ = ("_compress", "_open", "_packed")

    def __init__(self, compressor: Compressor) -> None:
        self._compress = compressor.compress
        self._packed = bytearray()
        self._open = bytearray()

    @property
    def place(self) -> Place:
        """Position of the open piece from the start of the table, and the offset in it."""
        return len(self._packed), len(self._open)

    def write(self, data: bytes) -> None:
        """Append `data`; raise SquashfsError ``squashfs-too-large`` for a table that references cannot span."""
        self._open += data
        while len(self._open) >= PIECE:
            self._emit(bytes(self._open[:PIECE]))
            del self._open[:PIECE]

    def _emit(self, piece: bytes) -> None:
        payload = self._compress(piece)
        if len(payload) < len(piece):
            self._packed += len(payload).to_bytes(2, "little")
        else:
            payload = piece
            self._packed += (len(piece) | RAW).to_bytes(2, "little")
        self._packed += payload
        if len(self._packed) >= MAX_TABLE:
            raise SquashfsError(
                "squashfs-too-large", "the image has more files than squashfs can hold", limit=MAX_TABLE
            )

    def finish(self) -> bytes:
        """Return the whole table."""
        if self._open:
            self._emit(bytes(self._open))
            self._open.clear()
        return bytes(self._packed)


class MetadataReader:
    """Unpacks pieces, and keeps those used last."""

    def __init__(self, window: Window, compressor: int) -> None:
        self._window = window
        self._compressor = compressor
        self._kept: OrderedDict[int, tuple[bytes, int]] = OrderedDict()

    def piece(self, position: int) -> tuple[bytes, int]:
        """Return the unpacked piece at `position` of the image, and the position behind it."""
        found = self._kept.get(position)
        if found is None:
            found = self._kept[position] = self._read(position)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(position)
        return found

    def _read(self, position: int) -> tuple[bytes, int]:
        header, start, end = self.span(position)
        payload = self._window.read(start, end - start)
        return payload if header & RAW else decompress(self._compressor, payload, PIECE), end

    def span(self, position: int) -> tuple[int, int, int]:
        """Return header, start and end of the payload of the piece at `position`."""
        header = int.from_bytes(self._window.read(position, 2), "little")
        length = header & (RAW - 1)
        if not 0 < length <= PIECE:
            raise corrupt("a piece of metadata has an impossible length")
        return header, position + 2, position + 2 + length

    def cursor(self, start: int, end: int, reference: int) -> Cursor:
        """Return a cursor at `reference` of the table that lies from `start` to `end` in the image."""
        position = start + (reference >> 16)
        if not start <= position < end:
            raise corrupt("a reference leads out of its table")
        return Cursor(self, position, reference & 0xFFFF, end)


class Cursor:
    """Reads a table from some place on, across pieces."""

    __slots__ = ("_at", "_data", "_end", "_next", "_position", "_reader")

    def __init__(self, reader: MetadataReader, position: int, offset: int, end: int) -> None:
        self._reader = reader
        self._end = end
        self._position = position
        self._data, self._next = reader.piece(position)
        self._at = offset
        if offset > len(self._data):
            raise corrupt("a reference leads out of its piece")

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; raise SquashfsError ``squashfs-corrupt`` if the table ends before."""
        at = self._at
        end = at + size
        if end > len(self._data):
            return self._read_across(size)
        self._at = end
        return self._data[at:end]

    def _read_across(self, size: int) -> bytes:
        parts = [self._data[self._at :]]
        missing = size - len(parts[0])
        while missing > 0:
            if self._next >= self._end:
                raise corrupt("a table ends too early")
            self._position = self._next
            self._data, self._next = self._reader.piece(self._position)
            parts.append(self._data[:missing])
            self._at = len(parts[-1])
            missing -= self._at
        return b"".join(parts)

    def place(self) -> tuple[int, int]:
        """Return where the next byte lies: position of its piece in the image, offset in the piece."""
        return self._position, self._at
