"""A zstd stream, passed on as it is, but for an end where none may be.

The decoder takes a stream that is cut inside a frame for one that ends there. So the headers of frames and blocks are
followed here; nothing is unpacked. Source: RFC 8878, section 3.1.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from sregistry.layers.errors import LayerError

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_REPEATED_BYTE = 1
_CHECKSUM = 4
#: Lengths of fields of the header, by the bits of its first byte that tell them.
_CONTENT_SIZE = (0, 2, 4, 8)
_DICTIONARY = (0, 1, 2, 4)
#: What the library's decoder can be told to keep in memory; the `zstd` command writes no larger ones.
MAX_WINDOW = 1 << 31
#: No piece is longer; a block may be as long.
PIECE = 128 << 10


class ZstdFrames:
    """Readable in pieces of at most `PIECE` bytes.

    Raises EOFError where the stream ends inside a frame, LayerError ``layer-trailing-bytes`` where something follows
    that is no frame and ``layer-window-too-large`` where a frame cannot be decoded, and whatever `source` raises.
    """

    def __init__(self, source: io.RawIOBase) -> None:
        self._pieces = _frames(io.BufferedReader(source, PIECE))

    def read(self, size: int = -1, /) -> bytes:
        """The next piece, whatever `size`; b"" at the end."""
        return next(self._pieces, b"")


def _frames(stream: io.BufferedReader) -> Iterator[bytes]:
    while magic := stream.read(len(_MAGIC)):
        if int.from_bytes(magic, "little") in _SKIPPABLE:
            length = _exactly(stream, 4)
            yield magic + length
            yield from _passed(stream, int.from_bytes(length, "little"))
        elif magic == _MAGIC:
            yield magic
            yield from _frame(stream)
        else:
            message = "there are bytes after the end of the zstd data of the layer"
            raise LayerError("layer-trailing-bytes", message, compression="zstd")


def _frame(stream: io.BufferedReader) -> Iterator[bytes]:
    """A frame after its magic number."""
    descriptor = _exactly(stream, 1)
    flags = descriptor[0]
    single_segment = flags >> 5 & 1
    content_size = _CONTENT_SIZE[flags >> 6] or single_segment
    dictionary = _DICTIONARY[flags & 3]
    rest = _exactly(stream, 1 - single_segment + dictionary + content_size)
    _check_window(int.from_bytes(rest[dictionary:], "little") if single_segment else _window(rest[0]))
    yield descriptor + rest
    last = False
    while not last:
        header = _exactly(stream, 3)
        yield header
        number = int.from_bytes(header, "little")
        last, kind, length = bool(number & 1), number >> 1 & 3, number >> 3
        yield from _passed(stream, 1 if kind == _REPEATED_BYTE else length)
    if flags & _CHECKSUM:
        yield _exactly(stream, 4)


def _window(descriptor: int) -> int:
    """The size of the window that a byte of the header stands for."""
    base = 1 << 10 + (descriptor >> 3)
    return base + base // 8 * (descriptor & 7)


def _check_window(size: int) -> None:
    """The format allows windows of up to 3.75 TB, which the decoder takes for a fault of the data."""
    if size > MAX_WINDOW:
        message = "a zstd frame of the layer can be unpacked with a window of more than 2 GiB only"
        raise LayerError("layer-window-too-large", message, claimed=size, limit=MAX_WINDOW, compression="zstd")


def _passed(stream: io.BufferedReader, length: int) -> Iterator[bytes]:
    while length:
        piece = _exactly(stream, min(length, PIECE))
        length -= len(piece)
        yield piece


def _exactly(stream: io.BufferedReader, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("stream ended before the end of a frame")
    return data
