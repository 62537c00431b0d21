"""The path of a layer's bytes: stored bytes -> tar bytes -> entries -> blocks -> pack.

Two threads per layer and the shared pool: one reads, inflates and hashes ahead; the caller's parses,
cuts and writes; the pool compresses. Everything between them is bounded, so memory does not depend
on the size of a layer.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sregistry.digests import Digest, Hasher, Readable
from sregistry.layers.compression import CHUNK, TarBytes
from sregistry.layers.entries import Entry, Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tarstream import TarReader
from sregistry.packs.pool import CompressionPool
from sregistry.packs.writer import PackWriter
from sregistry.resources import threads
from sregistry.resources.memory import require

_FILE = Kind.FILE
#: Entries between two looks at the memory that is left; each takes less than 1 KB.
_LOOK_EVERY = 2048
#: After a fault, so many more bytes are read to learn whether the layer arrived as it was pushed.
_BLAME = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What a layer may ask for; real layers stay far below (see the settings of the same names).

    Attributes:
        max_expansion_ratio: unpacked to stored bytes, once more than `unquestioned` bytes are unpacked.
        max_layer_entries: members of one tar.
        max_unpacked_size: bytes of all files of a layer, holes included.
    """

    max_expansion_ratio: int = 200
    max_layer_entries: int = 20_000_000
    max_unpacked_size: int = 1 << 40
    unquestioned: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Converted:
    """What was seen while converting a layer.

    Attributes:
        compression: form of the stored layer ("gzip", "zstd", "none", ...).
        entries: members of the tar that mean something.
        pack_size: bytes of the pack.
    """

    compression: str
    entries: int
    pack_size: int


class _ReadAhead:
    """Inflates and hashes in a thread of its own, if there can be one; `read` gives its chunks in order."""

    def __init__(self, tar: TarBytes, hasher: Hasher, on_progress: Callable[[int], None] | None, chunks: int) -> None:
        self._tar = tar
        self._hasher = hasher
        self._on_progress = on_progress
        self._queue: queue.Queue[bytes | BaseException] = queue.Queue(chunks)
        self._stopped = threading.Event()
        self._thread = threads.start(self._run, "inflate")

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                chunk = self._next()
                self._put(chunk)
                if not chunk:
                    return
        except BaseException as error:  # noqa: BLE001 - carried to the reading thread and raised there
            self._put(error)

    def _next(self) -> bytes:
        chunk = self._tar.read(CHUNK)
        if chunk:
            self._hasher.update(chunk)
            if self._on_progress:
                self._on_progress(self._tar.compressed_position)
        else:
            self._tar.drain()
        return chunk

    def _put(self, item: bytes | BaseException) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
            return

    def read(self, size: int) -> bytes:
        """Return the next chunk (whatever its size), b"" for ever at the end."""
        if self._thread is None:
            return self._next()
        item = self._queue.get()
        if isinstance(item, BaseException):
            raise item
        if not item:
            self._queue.put(b"")
        return item

    def close(self) -> None:
        """Stop reading; a thread that waits for the network ends with its stream."""
        self._stopped.set()
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        if self._thread is not None:
            self._thread.join(timeout=1)


def convert(  # noqa: PLR0913 - as many things meet in a conversion
    stream: Readable,
    out: BinaryIO,
    pool: CompressionPool,
    *,
    block_size: int,
    label: bytes = b"",
    diff_id: Digest | None,
    limits: Limits,
    on_progress: Callable[[int], None] | None = None,
) -> Converted:
    """Read a layer from `stream` to its end and write its pack to `out`.

    Args:
        stream: the layer as stored; verifies itself and raises at its end if it is not as promised.
        out: binary file for the pack, empty.
        pool: compresses blocks.
        block_size: squashfs block size in bytes.
        label: says which layer and codec this is; who opens the pack asks for it.
        diff_id: digest of the unpacked tar, from the image's config; None if it has none (schema 1).
        limits: see Limits.
        on_progress: called with the number of stored bytes read so far, from another thread.

    Raises LayerError for what is wrong with the layer, ``layer-diff-id-mismatch`` among it, and whatever
    `stream` and `out` raise. Unless this returns, `out` is not a pack.
    """
    tar = TarBytes(stream, max_ratio=limits.max_expansion_ratio, free=limits.unquestioned)
    hasher = (diff_id or Digest("sha256", "")).hasher()
    ahead = _ReadAhead(tar, hasher, on_progress, pool.plan.ahead)
    try:
        reader = TarReader(ahead.read, max_entries=limits.max_layer_entries)
        writer = PackWriter(out, pool, block_size, label)
        _add_all(writer, reader, block_size, limits)
        size = writer.finish()
    except LayerError:
        ahead.close()
        _blame_the_stream(stream)
        raise
    finally:
        ahead.close()
    if diff_id and hasher.hexdigest() != diff_id.hex:
        message = "the unpacked layer is not the one that the image's config names"
        actual = f"{diff_id.algorithm}:{hasher.hexdigest()}"
        raise LayerError(
            "layer-diff-id-mismatch", message, expected=str(diff_id), actual=actual, actual_size=tar.position
        )
    return Converted(tar.compression, reader.count, size)


def _add_all(writer: PackWriter, reader: TarReader, block_size: int, limits: Limits) -> None:
    """Add the entries of a layer to its pack, as long as they keep to the limits."""
    total = 0
    for entry in reader:
        total += entry.size
        if total > limits.max_unpacked_size:
            raise LayerError(
                "layer-too-large",
                f"the files of the layer are larger than {limits.max_unpacked_size} bytes",
                limit=limits.max_unpacked_size,
                setting="max_unpacked_size",
                actual_size=total,
                claimed=entry.size,
                path=entry.path.decode("utf-8", "surrogateescape"),
            )
        if not reader.count % _LOOK_EVERY:
            require()
        _add(writer, entry, reader, block_size)


def _blame_the_stream(stream: Readable) -> None:
    """Read on to the end: bytes that were damaged on the way fail the stream's own verification, which tells more."""
    read = 0
    while read < _BLAME and (data := stream.read(CHUNK)):
        read += len(data)


def _add(writer: PackWriter, entry: Entry, reader: TarReader, block_size: int) -> None:
    if entry.kind is not _FILE or entry.size == 0:
        writer.add(entry)
    elif entry.segments is not None:
        blocks = _sparse_blocks(entry, reader, block_size)
        if entry.size < block_size:
            writer.add_small(entry, b"".join(blocks))
        else:
            writer.add_large(entry, blocks)
    elif entry.size < block_size:
        writer.add_small(entry, reader.view(entry.size))
    else:
        writer.add_large(entry, reader.content(block_size))


def _sparse_blocks(entry: Entry, reader: TarReader, block_size: int) -> Iterator[bytes]:
    """Yield the blocks of a sparse file, holes filled with zeros."""
    hole = bytes(block_size)
    block = bytearray()
    position = 0

    def grow(data: bytes) -> Iterator[bytes]:
        nonlocal block
        block += data
        if len(block) == block_size:
            yield bytes(block)
            block = bytearray()

    for offset, length in (*(entry.segments or ()), (entry.size, 0)):
        while position < offset:
            step = min(offset - position, block_size - len(block))
            if step == block_size:
                yield hole
            else:
                yield from grow(bytes(step))
            position += step
        while length:
            step = min(length, block_size - len(block))
            yield from grow(reader.take(step))
            position += step
            length -= step
    if block:
        yield bytes(block)
