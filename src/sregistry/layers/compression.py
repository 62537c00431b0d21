"""Compressed layer bytes -> tar bytes, whatever the media type said.

The form is found by magic bytes: gzip (RFC 1952, any number of members), zstd (RFC 8878, several and
skippable frames, so zstd:chunked too), xz, bzip2, or none. Every foreign exception is mapped here,
while reading, not only on opening.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol

from sregistry.digests import Readable
from sregistry.layers.errors import LayerError
from sregistry.layers.zstdframes import MAX_WINDOW, PIECE, ZstdFrames
from sregistry.resources.errors import translate

CHUNK = 1 << 20

#: Longer than a header of gzip, names and comments included.
_HEADER = CHUNK // 8
#: So much is taken at once that isal fills a whole chunk from it: smaller pieces cost a tenth of a pull.
_PIECE = CHUNK // 2

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    # pzstd begins with a skippable frame.
    *((bytes((first,)) + b"\x2a\x4d\x18", "zstd") for first in range(0x50, 0x60)),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
)

#: A zero costs the time to inflate and hash it and nothing else: it becomes a hole. So it weighs little when it is
#: asked how far a layer expands: gzip's zeros (1032 to 1) are never too many.
_ZEROS_PER_BYTE = 64
#: Zeros are looked for in pieces of this size.
_ZEROS = bytes(64 << 10)


def compression_of(head: bytes) -> str:
    """How data is compressed that begins with `head` (6 bytes): gzip, zstd, xz, bzip2 or none."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "none")


class _Source(io.RawIOBase):
    """The layer as a raw stream: remembers a peeked head, counts bytes, keeps our own errors apart."""

    def __init__(self, stream: Readable, head: bytes) -> None:
        self._stream = stream
        self._head = head
        self.count = 0
        self.error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self.take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def take(self, size: int) -> bytes:
        """Like `read`, without its copy."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
        else:
            try:
                data = self._stream.read(size)
            except BaseException as error:
                self.error = error
                raise
        self.count += len(data)
        return data


class TarBytes:
    """Reads the unpacked bytes of one layer.

    Args:
        stream: the layer as stored, verified by its reader.
        max_ratio: highest accepted ratio of unpacked to stored bytes, tested once `free` bytes are out; long runs
            of zeros count for a small part of their length.
        free: unpacked bytes that are never questioned.

    Raises LayerError ``layer-compression-corrupt``, ``layer-compression-truncated``, ``layer-trailing-bytes``,
    ``layer-window-too-large``,
    ``layer-expands-too-far``; errors of `stream` pass through unchanged.
    """

    def __init__(self, stream: Readable, *, max_ratio: int, free: int) -> None:
        head = b""
        while len(head) < 6 and (more := stream.read(6 - len(head))):
            head += more
        self._source = _Source(stream, head)
        self.compression: str = compression_of(head)
        self._read = _OPENERS[self.compression](self._source)
        self._max_ratio = max_ratio
        self._free = free
        self.position: int = 0
        self._weight = 0

    @property
    def compressed_position(self) -> int:
        """Stored bytes taken so far."""
        return self._source.count

    def read(self, size: int = CHUNK, /) -> bytes:
        """Return 1 to `size` unpacked bytes, b"" at the end."""
        try:
            data = self._read(size)
        except LayerError:
            raise
        except Exception as error:
            if self._source.error is not None:
                raise self._source.error from None
            # What this machine lacks says nothing about the layer.
            raise translate(error) or self._corrupt(error) from error
        self.position += len(data)
        self._weight += len(data) - _in_holes(data) * (_ZEROS_PER_BYTE - 1) // _ZEROS_PER_BYTE
        if self._weight > self._free and self._weight > self._max_ratio * max(self._source.count, 1):
            raise LayerError(
                "layer-expands-too-far",
                f"the layer unpacks to more than {self._max_ratio} times its size",
                limit=self._max_ratio,
                setting="max_expansion_ratio",
                actual_size=self.position,
                size=self._source.count,
            )
        return data

    def drain(self) -> None:
        """Read the stored bytes that the decoder left, so that the stream's own verification completes."""
        while self._source.take(CHUNK):
            pass

    def _corrupt(self, error: Exception) -> LayerError:
        truncated = isinstance(error, EOFError) or "truncated" in str(error).lower() or "ended before" in str(error)
        word = "ends in the middle" if truncated else "is corrupt"
        return LayerError(
            "layer-compression-truncated" if truncated else "layer-compression-corrupt",
            f"the {self.compression} data of the layer {word}",
            compression=self.compression,
            detail=str(error),
            offset=self.position,
        )


def _in_holes(data: bytes) -> int:
    """How many bytes of `data` lie in long runs of zeros. Costs nothing where there are none."""
    size = len(_ZEROS)
    return size * sum(data.startswith(_ZEROS, start) for start in range(0, len(data) - size + 1, size))


def _open_plain(source: _Source) -> Callable[[int], bytes]:
    return source.take


def _open_gzip(source: _Source) -> Callable[[int], bytes]:
    from isal import igzip_lib

    return _bounded(source, "gzip", lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _open_zstd(source: _Source) -> Callable[[int], bytes]:
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    stream: Any = ZstdFrames(source)
    return decoder.stream_reader(stream, read_size=PIECE, read_across_frames=True, closefd=False).read


class _Decoder(Protocol):
    """What the decompressors of isal, lzma and bz2 have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _bounded(source: _Source, name: str, make: Callable[[], _Decoder]) -> Callable[[int], bytes]:
    """Read through decoders made by `make`, one per stream of a concatenation; zeros after a stream are padding.

    Anything else after it is an error, as it is to Go's readers, which all runtimes use.
    """
    decoder: _Decoder | None = None

    def read(size: int) -> bytes:
        nonlocal decoder
        while True:
            if decoder is None or decoder.eof:
                rest = _next_stream(source, name, decoder.unused_data if decoder else b"")
                if not rest:
                    return b""
                decoder = make()
                data = decoder.decompress(rest, size)
            elif decoder.needs_input:
                rest = source.take(_PIECE)
                if not rest:
                    raise EOFError("stream ended before the end marker")
                data = decoder.decompress(rest, size)
            else:
                data = decoder.decompress(b"", size)
            if data:
                return data

    return read


def _next_stream(source: _Source, name: str, rest: bytes) -> bytes:
    """The beginning of the next stream, of which `rest` has been read; b"" where there is none.

    Its header is there as a whole, as isal does not understand one that comes in pieces.
    """
    magic = next(bytes_ for bytes_, one in _MAGIC if one == name)
    rest = rest.lstrip(b"\0")
    while len(rest) < _HEADER and (more := source.take(_PIECE)):
        rest = (rest + more).lstrip(b"\0")
    if rest and not rest.startswith(magic):
        message = f"there are bytes after the end of the {name} data of the layer"
        raise LayerError("layer-trailing-bytes", message, compression=name)
    return rest


def _open_xz(source: _Source) -> Callable[[int], bytes]:
    import lzma

    return _bounded(source, "xz", lzma.LZMADecompressor)


def _open_bzip2(source: _Source) -> Callable[[int], bytes]:
    import bz2

    return _bounded(source, "bzip2", bz2.BZ2Decompressor)


_OPENERS: dict[str, Callable[[_Source], Callable[[int], bytes]]] = {
    "gzip": _open_gzip,
    "zstd": _open_zstd,
    "xz": _open_xz,
    "bzip2": _open_bzip2,
    "none": _open_plain,
}
