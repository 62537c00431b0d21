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

from sregistry.layers.entries import Entry, Kind
from sregistry.packs.format import (
    FRAGMENT,
    HEADER,
    HEADER_MAGIC,
    KEY_SIZE,
    NO_KEY,
    NONE,
    RECORD,
    VERSION,
    Trailer,
)
from sregistry.packs.pool import CompressionPool, Squeezed
from sregistry.squashfs.node import encode_device

#: Blocks handed to the pool at once: fewer hand-overs, still small enough to spread a file over cores.
BATCH = 4
#: Batches of a layer that wait for the pool or for their turn to be written: so many that no core waits while one
#: batch takes long.
_IN_FLIGHT = 22


@dataclass(slots=True)
class _Item:
    """An entry and where its content lies, which is known once nothing is `missing`."""

    entry: Entry
    missing: int = 0
    start: int = 0
    words: list[bytes] = field(default_factory=list)
    fragment: int = NONE
    offset: int = 0
    sparse: int = 0
    key: bytes = NO_KEY
    checksums: list[int] = field(default_factory=list)


class PackWriter:
    """Collects the entries of one layer and writes them to `out` (positioned at 0).

    Args:
        out: binary file, written front to back.
        pool: compresses; its codec decides the content of the pack.
        block_size: squashfs block size in bytes.
    """

    def __init__(self, out: BinaryIO, pool: CompressionPool, block_size: int) -> None:
        self._out = out
        self._pool = pool
        self._block_size = block_size
        self._items: deque[_Item] = deque()
        self._index = _IndexWriter()
        self._pending: deque[tuple[Future[Squeezed], _Item | None]] = deque()
        self._in_flight = pool.workers + _IN_FLIGHT
        self._position = out.write(HEADER.pack(HEADER_MAGIC, VERSION, block_size))
        self._fragments: list[tuple[int, int]] = []
        self._fragment_count = 0
        self._tails: list[bytes] = []
        self._tails_size = 0
        self._small: dict[bytes, tuple[int, int]] = {}

    def add(self, entry: Entry) -> None:
        """Add an entry without content."""
        self._items.append(_Item(entry))

    def add_small(self, entry: Entry, content: bytes) -> None:
        """Add a file shorter than a block: it goes into a fragment, once per distinct content."""
        key = hashlib.sha256(content).digest()[:KEY_SIZE]
        place = self._small.get(key)
        if place is None:
            if self._tails_size + len(content) > self._block_size:
                self._flush_fragment()
            place = self._small[key] = (self._fragment_count, self._tails_size)
            self._tails.append(content)
            self._tails_size += len(content)
        self._items.append(_Item(entry, fragment=place[0], offset=place[1], key=key))

    def add_large(self, entry: Entry, blocks: Iterable[bytes | memoryview]) -> None:
        """Add a file of at least one block; `blocks` are full but for the last."""
        item = _Item(entry, missing=1)
        self._items.append(item)
        batch: list[bytes | memoryview] = []
        for block in blocks:
            batch.append(block)
            if len(batch) == BATCH:
                self._submit(batch, item)
                batch = []
        if batch:
            self._submit(batch, item)
        item.missing -= 1

    def _flush_fragment(self) -> None:
        if self._tails:
            self._submit([b"".join(self._tails)], None)
            self._fragment_count += 1
            self._tails, self._tails_size = [], 0

    def _submit(self, blocks: Sequence[bytes | memoryview], item: _Item | None) -> None:
        if item is not None:
            item.missing += 1
        self._pending.append((self._pool.submit(blocks, holes=item is not None), item))
        while self._pending and (len(self._pending) > self._in_flight or self._pending[0][0].done()):
            self._write_next()

    def _write_next(self) -> None:
        future, item = self._pending.popleft()
        squeezed = future.result()
        if item is None:
            self._fragments.append((self._position, struct.unpack("<I", squeezed.words)[0]))
        else:
            if not item.words:
                item.start = self._position
            item.words.append(squeezed.words)
            item.checksums.append(squeezed.checksum)
            item.sparse += squeezed.holes
            item.missing -= 1
        self._out.write(squeezed.payload)
        self._position += len(squeezed.payload)
        while self._items and not self._items[0].missing:
            self._index.add(self._items.popleft())

    def finish(self) -> int:
        """Write what is left, the index and the trailer; return the size of the pack in bytes."""
        self._flush_fragment()
        while self._pending:
            self._write_next()
        for item in self._items:
            self._index.add(item)
        sections = self._index.sections(self._fragments)
        starts = [self._position]
        hasher = hashlib.sha256()
        for section in sections:
            self._out.write(section)
            hasher.update(section)
            starts.append(starts[-1] + len(section))
        trailer = Trailer(tuple(starts), self._index.count, len(self._fragments), hasher.digest()).pack()
        self._out.write(trailer)
        return starts[-1] + len(trailer)


class _IndexWriter:
    """The index of a pack, entry by entry."""

    def __init__(self) -> None:
        self.count = 0
        self._records: list[bytes] = []
        self._words: list[bytes] = []
        self._word_count = 0
        self._heap = _Heap()
        self._xattrs = _XattrSets()

    def add(self, item: _Item) -> None:
        entry = item.entry
        words = b"".join(item.words)
        count = len(words) // 4
        self.count += 1
        self._records.append(
            RECORD.pack(
                entry.kind,
                entry.mode,
                entry.uid,
                entry.gid,
                entry.mtime,
                entry.size,
                self._heap.add(entry.path),
                len(entry.path),
                self._heap.add(entry.target),
                len(entry.target),
                self._xattrs.add(entry.xattrs),
                _device(entry),
                item.start,
                self._word_count,
                count,
                item.fragment,
                item.offset,
                item.sparse,
                _fingerprint(words, item.checksums) if count else item.key,
            )
        )
        self._words.append(words)
        self._word_count += count

    def sections(self, fragments: list[tuple[int, int]]) -> list[bytes]:
        table = b"".join(FRAGMENT.pack(start, word) for start, word in fragments)
        return [b"".join(self._records), b"".join(self._words), table, self._xattrs.dump(), self._heap.dump()]


def _fingerprint(words: bytes, checksums: list[int]) -> bytes:
    """Equal for equal content, and hardly ever for other: who finds two equal ones compares the blocks."""
    return hashlib.sha256(words + struct.pack(f"<{len(checksums)}I", *checksums)).digest()[:KEY_SIZE]


def _device(entry: Entry) -> int:
    if entry.kind in (Kind.CHARACTER, Kind.BLOCK):
        return encode_device(entry.major, entry.minor)
    return 0


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
