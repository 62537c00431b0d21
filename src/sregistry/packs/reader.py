"""Reads the index of a pack; block data is only ever copied by range.

Nothing is believed that was not verified after it was read: the index by its digest, data by its checksums.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import BinaryIO

from sregistry.packs.errors import PackError, reading, unusable
from sregistry.packs.format import (
    FRAGMENT,
    HEADER,
    HEADER_MAGIC,
    RECORD,
    RUN,
    TRAILER,
    TRAILER_COVERED,
    VERSION,
    Trailer,
)

Xattrs = tuple[tuple[bytes, bytes], ...]
#: Bytes that are verified at once.
_PIECE = 4 << 20
#: Packs that are open at once, of however many.
_OPEN = 4


class Checksums:
    """The checksums of a pack's data, by the places where its runs meet."""

    def __init__(self, runs: bytes | memoryview) -> None:
        table: list[tuple[int, int]] = list(RUN.iter_unpack(runs))
        self._places: list[int] = list(accumulate((size for size, _ in table), initial=HEADER.size))
        self._values: list[int] = [0, *(value for _, value in table)]

    @property
    def end(self) -> int:
        """Where the data ends."""
        return self._places[-1]

    def at(self, place: int) -> int | None:
        """The checksum of all data before `place` in the pack; None where no run begins or ends."""
        number = bisect_left(self._places, place)
        if number == len(self._places) or self._places[number] != place:
            return None
        return self._values[number]


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a pack, sections as bytes; `records` are iterated with RECORD.iter_unpack."""

    records: memoryview
    words: bytes
    fragments: list[tuple[int, int]]
    checksums: Checksums
    xattrs: list[Xattrs]
    heap: bytes


class Pack:
    """A pack, by its name. It holds no descriptor, however many there are: each use opens it.

    Args:
        path: of the pack.
        file: the pack as an open file, for one without a name; `close` closes it.
        label: what the pack must be of, as its writer was told; None takes any.
        opener: gives a descriptor of the pack, for who does not take every file of that name. Raises PackError,
            OSError.

    Raises PackError ``pack-unusable`` if the file is not a complete pack of this version and label, and OSError for
    what the machine lacks.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO | None = None,
        *,
        label: bytes | None = None,
        opener: Callable[[], int] | None = None,
    ) -> None:
        self.path = path
        self._file = file
        self._label = label
        self._opener = opener
        with self.opened() as descriptor:
            self.status: os.stat_result = os.fstat(descriptor)
            self.size: int = self.status.st_size
            self._header = self._read(descriptor, 0, min(HEADER.size, self.size))
            self.block_size: int = self._parse_header()
            self._end = self._read(descriptor, self.size - TRAILER.size, TRAILER.size)
            self._trailer = self._parse_trailer()
            self._check_label(descriptor)

    def _parse_header(self) -> int:
        if self.size < HEADER.size + TRAILER.size:
            raise unusable(self.path, "it is too short")
        magic, version, block_size = HEADER.unpack(self._header)
        if magic != HEADER_MAGIC:
            raise unusable(self.path, "its beginning is damaged")
        if version != VERSION:
            raise unusable(self.path, "it is of another version")
        return int(block_size)

    def _parse_trailer(self) -> Trailer:
        trailer = Trailer.unpack(self._end)
        if trailer is None or trailer.places[-1] != self.size - TRAILER.size or trailer.places[0] < HEADER.size:
            raise unusable(self.path, "its end is damaged")
        return trailer

    def _check_label(self, descriptor: int) -> None:
        start, end = self._trailer.places[-2:]
        if self._label is None:
            return
        if end - start != len(self._label) or self._read(descriptor, start, end - start) != self._label:
            raise other_layer(self.path)

    def label(self) -> bytes:
        """What the pack says that it is of, unverified; raises PackError, OSError."""
        start, end = self._trailer.places[-2:]
        with self.opened() as descriptor:
            return self._read(descriptor, start, end - start)

    @property
    def entries(self) -> int:
        """Number of entries of the layer, whiteouts included."""
        return self._trailer.record_count

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of the pack; raises PackError, OSError."""
        descriptor = self.open()
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def open(self) -> int:
        """Return a descriptor of the pack, for the caller to close; raises PackError, OSError."""
        with reading(self.path):
            if self._file is not None:
                return os.dup(self._file.fileno())
            descriptor = self._opener() if self._opener else open_file(self.path)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise unusable(self.path, "it is not a file")

    def index(self) -> Index:
        """Read and verify the index."""
        with self.opened() as descriptor:
            return self._index(descriptor)

    def _index(self, descriptor: int) -> Index:
        places = self._trailer.places
        data = self._read(descriptor, places[0], places[-1] - places[0])
        hasher = hashlib.sha256(self._header)
        hasher.update(data)
        hasher.update(self._end[:TRAILER_COVERED])
        if hasher.digest() != self._trailer.digest:
            raise unusable(self.path, "its index is damaged")
        view = memoryview(data)
        records, words, fragments, runs, xattrs, heap, _ = (
            view[begin - places[0] : end - places[0]] for begin, end in pairwise(places)
        )
        table = list(FRAGMENT.iter_unpack(fragments))
        checksums = Checksums(runs)
        fits = len(records) == self._trailer.record_count * RECORD.size and len(table) == self._trailer.fragment_count
        if not fits or checksums.end != places[0]:
            raise unusable(self.path, "its index does not fit its trailer")
        return Index(records, bytes(words), table, checksums, list(_xattr_sets(bytes(xattrs))), bytes(heap))

    def verify(self, on_bytes: Callable[[int], None] | None = None) -> None:
        """Read all of the pack: the index must have its digest, the data their checksum.

        `on_bytes` is told of bytes read, and may raise to end it. Raises PackError ``pack-unusable``, OSError.
        """
        from isal.isal_zlib import crc32

        with self.opened() as descriptor:
            checksums = self._index(descriptor).checksums
            place, value = HEADER.size, 0
            while place < checksums.end:
                piece = self._read(descriptor, place, min(_PIECE, checksums.end - place))
                value = crc32(piece, value)
                place += len(piece)
                if on_bytes:
                    on_bytes(len(piece))
        if value != checksums.at(checksums.end):
            raise damaged_data(self.path)

    def _read(self, descriptor: int, start: int, size: int) -> bytes:
        pieces = []
        while size > 0:
            with reading(self.path):
                piece = os.pread(descriptor, min(size, 1 << 24), start)
            if not piece:
                raise unusable(self.path, "it is too short")
            pieces.append(piece)
            start += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Close the file that was given."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class OpenPacks:
    """Descriptors of many packs, of which only the last few in use are open. Use as a context manager."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = packs
        self._open: dict[int, int] = {}

    def descriptor(self, number: int) -> int:
        """A descriptor of pack `number`, good until the next few calls; raises PackError, OSError."""
        found = self._open.pop(number, None)
        if found is None:
            if len(self._open) == _OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            found = self._packs[number].open()
        self._open[number] = found
        return found

    def read(self, number: int, size: int, start: int) -> bytes:
        """Up to `size` bytes at `start` in pack `number`, unverified; raises PackError, OSError."""
        descriptor = self.descriptor(number)
        with reading(self._packs[number].path):
            return os.pread(descriptor, size, start)

    def __enter__(self) -> OpenPacks:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


def open_file(path: Path) -> int:
    """Open what is at `path` for reading: no symbolic link is followed, and no pipe waited for. Raises OSError."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def other_layer(path: Path) -> PackError:
    """The error for a pack that says that it is of something else."""
    return unusable(path, "it is of another layer")


def damaged_data(path: Path) -> PackError:
    """The error for a pack whose data are not what was written."""
    return unusable(path, "its data are damaged")


def _xattr_sets(data: bytes) -> Iterator[Xattrs]:
    (count,) = struct.unpack_from("<I", data, 0)
    position = 4
    for _ in range(count):
        (pairs,) = struct.unpack_from("<H", data, position)
        position += 2
        found = []
        for _ in range(pairs):
            (size,) = struct.unpack_from("<H", data, position)
            name = data[position + 2 : position + 2 + size]
            position += 2 + size
            (size,) = struct.unpack_from("<I", data, position)
            found.append((name, data[position + 4 : position + 4 + size]))
            position += 4 + size
        yield tuple(found)
