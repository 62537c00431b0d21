"""The tar of a layer -> its blob: compressed on all cores, both digests counted on the way.

The tar is cut into pieces of equal length, each of which becomes a gzip member or a zstd frame of its own; one after
the other they are one gzip file (RFC 1952, 2.2) or zstd file (RFC 8878, 3.1), and the same tar gives the same bytes
however many threads there are.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from sregistry.digests import Digest
from sregistry.resources.memory import require
from sregistry.resources.threads import Share

#: As gzip and Docker compress; zstd's own default.
DEFAULT_LEVELS: Mapping[str, int] = {"gzip": 6, "zstd": 3}
#: Compression -> the ending of the media type.
SUFFIXES: Mapping[str, str] = {"gzip": "+gzip", "zstd": "+zstd", "none": ""}
#: Of the tar; so large that cutting costs no size worth mentioning.
PIECE = 4 << 20
#: What a compressor takes besides the piece and its result.
_TABLES = 12 << 20


class Writes(Protocol):
    """The part of a binary file that the writer here needs."""

    def write(self, data: bytes | bytearray, /) -> object:
        """Take all of `data`."""
        ...


@dataclass(frozen=True, slots=True)
class Blob:
    """A layer's blob.

    Attributes:
        digest, size: of the blob.
        diff_id: digest of the tar.
        tar_size: bytes of the tar.
        suffix: of its media type, such as ``+gzip``.
    """

    digest: Digest
    size: int
    diff_id: Digest
    tar_size: int
    suffix: str


class BlobWriter:
    """Takes a tar by `write` and puts its blob into `out`; use as a context manager.

    Args:
        out: takes the blob, in order.
        codec: gzip, zstd or none.
        level: of the codec; None for its default.
        workers: threads that compress.
    """

    def __init__(self, out: Writes, codec: str, level: int | None, workers: int) -> None:
        self._out = out
        self._suffix = SUFFIXES[codec]
        self._compress = _compressor(codec, DEFAULT_LEVELS.get(codec, 0) if level is None else level)
        self._threads = Share(workers, "compress")
        self._ahead = workers + 1
        self._queue: deque[Future[bytes | bytearray]] = deque()
        self._piece = bytearray()
        self._diff_id, self._digest = hashlib.sha256(), hashlib.sha256()
        self._tar_size = self._size = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes of the tar; raises what `out` raises."""
        self._diff_id.update(data)
        self._tar_size += len(data)
        self._piece += data
        while len(self._piece) >= PIECE:
            self._send(bytes(self._piece[:PIECE]))
            del self._piece[:PIECE]

    def finish(self) -> Blob:
        """End the tar, and say what has become of it."""
        if self._piece:
            self._send(bytes(self._piece))
            self._piece.clear()
        while self._queue:
            self._take()
        digest, diff_id = (Digest("sha256", one.hexdigest()) for one in (self._digest, self._diff_id))
        return Blob(digest, self._size, diff_id, self._tar_size, self._suffix)

    def _send(self, piece: bytes) -> None:
        if len(self._queue) >= self._ahead:
            self._take()
        self._queue.append(self._threads.submit(self._compress, piece))

    def _take(self) -> None:
        packed = self._queue.popleft().result()
        self._digest.update(packed)
        self._size += len(packed)
        self._out.write(packed)

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.close()


def _compressor(codec: str, level: int) -> Callable[[bytes], bytes | bytearray]:
    """What compresses a piece; may be called by many threads."""
    if codec == "none":
        return bytes
    return _gzip(level) if codec == "gzip" else _zstd(level)


def _gzip(level: int) -> Callable[[bytes], bytes | bytearray]:
    # libdeflate's bytes do not depend on the processor, as isal's do.
    import deflate

    def compress(piece: bytes) -> bytes | bytearray:
        require(_TABLES)
        packed: bytearray = deflate.gzip_compress(piece, level)
        return packed

    return compress


def _zstd(level: int) -> Callable[[bytes], bytes | bytearray]:
    import zstandard

    local = threading.local()

    def compress(piece: bytes) -> bytes | bytearray:
        compressor = getattr(local, "compressor", None)
        if compressor is None:
            compressor = local.compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)
        packed: bytes = compressor.compress(piece)
        return packed

    return compress
