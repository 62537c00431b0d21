"""Metadata: a stream cut into pieces of 8192 bytes, each compressed if that makes it smaller.

On disk a piece is a u16 header (length; bit 15 set = stored raw) and the payload. A reference is the
position of a piece's header, relative to its table, shifted left by 16, plus the place in the piece.
"""

from __future__ import annotations

import struct

from sregistry.squashfs.compressors import Compressor

PIECE = 8192
RAW = 0x8000


class MetadataWriter:
    """Collects one table; `block` and `offset` are where the next byte will lie."""

    __slots__ = ("_compress", "_open", "_packed")

    def __init__(self, compressor: Compressor) -> None:
        self._compress = compressor.compress
        self._packed = bytearray()
        self._open = bytearray()

    @property
    def block(self) -> int:
        """Position of the open piece, in bytes from the start of the table."""
        return len(self._packed)

    @property
    def offset(self) -> int:
        """Place inside the open piece."""
        return len(self._open)

    def write(self, data: bytes) -> None:
        """Append `data`."""
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

    def finish(self) -> bytes:
        """Return the whole table."""
        if self._open:
            self._emit(bytes(self._open))
            self._open.clear()
        return bytes(self._packed)


def write_table(out: bytearray, base: int, data: bytes, compressor: Compressor) -> int:
    """Append `data` as pieces and the index of their positions; return the position of the index.

    `base` is the position in the image of the first byte of `out`.
    """
    starts = write_pieces(out, base, data, compressor)
    position = base + len(out)
    out += struct.pack(f"<{len(starts)}Q", *starts)
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
