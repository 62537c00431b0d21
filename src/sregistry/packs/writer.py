"""Writes a pack: cuts file content into blocks and fragments, keeps the index, writes in order.

Blocks are compressed by the pool out of order and written in the order of the layer, so the bytes of
a pack do not depend on timing.
"""

from __future__ import annotations

import hashlib
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import BinaryIO

from sregistry.layers.entries import Entry
from sregistry.packs.format import (
    FRAGMENT,
    HEADER,
    HEADER_MAGIC,
    KEY_SIZE,
    NO_KEY,
    NONE,
    RECORD,
    RUN,
    TRAILER,
    TRAILER_COVERED,
    VERSION,
    Trailer,
)
from sregistry.packs.pool import CompressionPool, Squeezed
from sregistry.resources.memory import require
from sregistry.squashfs.node import encode_device

#: Blocks handed to the pool at once: fewer hand-overs, still small enough to spread a file over cores.
BATCH = 4


#: Bytes of the index for an entry: its record, its path.
_INDEXED = 2 * RECORD.size


@dataclass(slots=True)
class _Content:
    """Where the blocks of a large file lie, which is known once none is `missing`."""

    missing: int = 1
    start: int = 0
    words: list[bytes] = field(default_factory=list)
    sparse: int = 0
    checksums: list[int] = field(default_factory=list)

    def fingerprint(self, words: bytes) -> bytes:
        """Equal for equal content, and hardly ever for other: who finds two equal ones compares the blocks."""
        checksums = struct.pack(f"<{len(self.checksums)}I", *self.checksums)
        return hashlib.sha256(words + checksums).digest()[:KEY_SIZE]


#: An entry; its content if that is in blocks; else its fragment, the place in it, and the key of the content.
_Waiting = tuple[Entry, _Content | None, int, int, bytes]


class PackWriter:
    """Collects the entries of one layer and writes them to `out` (positioned at 0).

    Args:
        out: binary file, written front to back.
        pool: compresses; its codec decides the content of the pack.
        block_size: squashfs block size in bytes.
        label: says which layer this is, and which codec makes its blocks.
    """

    def __init__(self, out: BinaryIO, pool: CompressionPool, block_size: int, label: bytes = b"") -> None:
        from isal.isal_zlib import crc32

        self._crc32 = crc32
        self._out = out
        self._pool = pool
        self._block_size = block_size
        self._waiting: deque[_Waiting] = deque()
        self._index = _IndexWriter()
        self._pending: deque[tuple[Future[Squeezed], _Content | None]] = deque()
        self._in_flight = pool.workers + pool.plan.in_flight
        self._header = HEADER.pack(HEADER_MAGIC, VERSION, block_size)
        self._label = label
        self._position = out.write(self._header)
        self._checksum = 0
        self._runs: list[bytes] = []
        self._fragments: list[tuple[int, int]] = []
        self._fragment_count = 0
        self._tails: list[bytes | memoryview] = []
        self._tails_size = 0
        self._small: dict[bytes, tuple[int, int]] = {}

    def add(self, entry: Entry) -> None:
        """Add an entry without content."""
        self._waiting.append((entry, None, NONE, 0, NO_KEY))

    def add_small(self, entry: Entry, content: bytes | memoryview) -> None:
        """Add a file shorter than a block: it goes into a fragment, once per distinct content."""
        key = hashlib.sha256(content).digest()[:KEY_SIZE]
        place = self._small.get(key)
        if place is None:
            if self._tails_size + len(content) > self._block_size:
                self._flush_fragment()
            place = self._small[key] = (self._fragment_count, self._tails_size)
            self._tails.append(content)
            self._tails_size += len(content)
        self._waiting.append((entry, None, *place, key))

    def add_large(self, entry: Entry, blocks: Iterable[bytes | memoryview]) -> None:
        """Add a file of at least one block; `blocks` are full but for the last."""
        content = _Content()
        self._waiting.append((entry, content, NONE, 0, NO_KEY))
        batch: list[bytes | memoryview] = []
        for block in blocks:
            batch.append(block)
            if len(batch) == BATCH:
                self._submit(batch, content)
                batch = []
        if batch:
            self._submit(batch, content)
        content.missing -= 1

    def _flush_fragment(self) -> None:
        if self._tails:
            self._submit([b"".join(self._tails)], None)
            self._fragment_count += 1
            self._tails, self._tails_size = [], 0

    def _submit(self, blocks: Sequence[bytes | memoryview], content: _Content | None) -> None:
        if content is not None:
            content.missing += 1
        self._pending.append((self._pool.submit(blocks, holes=content is not None), content))
        while self._pending and (len(self._pending) > self._in_flight or self._pending[0][0].done()):
            self._write_next()

    def _write_next(self) -> None:
        future, content = self._pending.popleft()
        squeezed = future.result()
        if content is None:
            self._fragments.append((self._position, struct.unpack("<I", squeezed.words)[0]))
        else:
            if not content.words:
                content.start = self._position
            content.words.append(squeezed.words)
            content.checksums.append(squeezed.checksum)
            content.sparse += squeezed.holes
            content.missing -= 1
        if size := len(squeezed.payload):
            self._checksum = self._crc32(squeezed.payload, self._checksum)
            self._runs.append(RUN.pack(size, self._checksum))
            self._out.write(squeezed.payload)
            self._position += size
        self._add_to_index()

    def _add_to_index(self) -> None:
        """Add what has waited until the place of all that comes before it was known."""
        waiting, add = self._waiting, self._index.add
        while waiting and not ((content := waiting[0][1]) and content.missing):
            add(*waiting.popleft())

    def finish(self) -> int:
        """Write what is left, the index and the trailer; return the size of the pack in bytes."""
        self._flush_fragment()
        while self._pending:
            self._write_next()
        self._add_to_index()
        # Put together, the index is in memory twice.
        require(self._index.count * _INDEXED)
        sections = [*self._index.sections(self._fragments, self._runs), self._label]
        places = [self._position]
        hasher = hashlib.sha256(self._header)
        for section in sections:
            self._out.write(section)
            hasher.update(section)
            places.append(places[-1] + len(section))
        trailer = Trailer(tuple(places), self._index.count, len(self._fragments)).pack()[:TRAILER_COVERED]
        hasher.update(trailer)
        self._out.write(trailer + hasher.digest())
        return places[-1] + TRAILER.size


class _IndexWriter:
    """The index of a pack, entry by entry."""

    def __init__(self) -> None:
        self.count = 0
        self._records: list[bytes] = []
        self._words: list[bytes] = []
        self._word_count = 0
        self._heap = _Heap()
        self._xattrs = _XattrSets()

    def add(self, entry: Entry, content: _Content | None, fragment: int, offset: int, key: bytes) -> None:
        """Add an entry whose content is in blocks, in a fragment or nowhere; `key` is that of a fragment's piece."""
        start = sparse = count = 0
        if content is not None:
            words = b"".join(content.words)
            start, sparse, count, key = content.start, content.sparse, len(words) // 4, content.fingerprint(words)
            self._words.append(words)
        self.count += 1
        heap = self._heap
        self._records.append(
            RECORD.pack(
                entry.kind,
                entry.mode,
                entry.uid,
                entry.gid,
                entry.mtime,
                entry.size,
                heap.add(entry.path),
                len(entry.path),
                heap.add(entry.target),
                len(entry.target),
                self._xattrs.add(entry.xattrs),
                encode_device(entry.major, entry.minor) if entry.major or entry.minor else 0,
                start,
                self._word_count,
                count,
                fragment,
                offset,
                sparse,
                key,
            )
        )
        self._word_count += count

    def sections(self, fragments: list[tuple[int, int]], runs: list[bytes]) -> list[bytes]:
        table = b"".join(FRAGMENT.pack(start, word) for start, word in fragments)
        texts = self._xattrs.dump(), self._heap.dump()
        return [b"".join(self._records), b"".join(self._words), table, b"".join(runs), *texts]


class _Heap:
    """Texts one after the other."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, text: bytes) -> int:
        start = self._size
        if text:
            self._parts.append(text)
            self._size += len(text)
        return start

    def dump(self) -> bytes:
        return b"".join(self._parts)


class _XattrSets:
    """Distinct sets of extended attributes, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[bytes, bytes], ...], int] = {}

    def add(self, xattrs: tuple[tuple[bytes, bytes], ...]) -> int:
        if not xattrs:
            return NONE
        return self._numbers.setdefault(xattrs, len(self._numbers))

    def dump(self) -> bytes:
        parts = [struct.pack("<I", len(self._numbers))]
        for pairs in self._numbers:
            parts.append(struct.pack("<H", len(pairs)))
            for name, value in pairs:
                parts.append(struct.pack("<H", len(name)) + name + struct.pack("<I", len(value)) + value)
        return b"".join(parts)
