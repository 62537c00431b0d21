"""Reads the index of a pack; block data is only ever copied by range."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from sregistry.packs.errors import PackError
from sregistry.packs.format import FRAGMENT, HEADER, HEADER_MAGIC, RECORD, TRAILER, VERSION, Trailer

Xattrs = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a pack, sections as bytes; `records` are iterated with RECORD.iter_unpack."""

    records: memoryview
    words: bytes
    fragments: list[tuple[int, int]]
    xattrs: list[Xattrs]
    heap: bytes


class Pack:
    """An open pack. Close it, or use it as a context manager.

    Args:
        path: of the pack.
        file: the pack as an open file, for one without a name; it is closed with the pack.

    Raises PackError ``pack-unusable`` if the file is not a complete pack of this version, and OSError.
    """

    def __init__(self, path: Path, file: BinaryIO | None = None) -> None:
        self.path = path
        self._file: BinaryIO = file or path.open("rb", buffering=0)
        try:
            self.size: int = os.fstat(self._file.fileno()).st_size
            self.block_size: int = self._read_header()
            self._trailer = self._read_trailer()
        except BaseException:
            self._file.close()
            raise

    def _unusable(self, detail: str) -> PackError:
        return PackError("pack-unusable", f"a cached pack cannot be used: {detail}", file=str(self.path), detail=detail)

    def _read_header(self) -> int:
        data = os.pread(self.fileno(), HEADER.size, 0)
        if len(data) < HEADER.size or self.size < HEADER.size + TRAILER.size:
            raise self._unusable("it is too short")
        magic, version, block_size = HEADER.unpack(data)
        if magic != HEADER_MAGIC or version != VERSION:
            raise self._unusable("it is of another version")
        return int(block_size)

    def _read_trailer(self) -> Trailer:
        trailer = Trailer.unpack(os.pread(self.fileno(), TRAILER.size, self.size - TRAILER.size))
        if trailer is None or trailer.places[-1] != self.size - TRAILER.size or trailer.places[0] < HEADER.size:
            raise self._unusable("its end is damaged")
        return trailer

    @property
    def data_size(self) -> int:
        """Bytes of compressed content."""
        return self._trailer.places[0] - HEADER.size

    @property
    def entries(self) -> int:
        """Number of entries of the layer, whiteouts included."""
        return self._trailer.record_count

    def fileno(self) -> int:
        """The file descriptor, for copying ranges."""
        return self._file.fileno()

    def index(self) -> Index:
        """Read and verify the index."""
        trailer = self._trailer
        start, end = trailer.places[0], trailer.places[-1]
        data = self._read(start, end - start)
        if hashlib.sha256(data).digest() != trailer.digest:
            raise self._unusable("its index is damaged")
        view = memoryview(data)
        records, words, fragments, xattrs, heap = (
            view[begin - start : stop - start] for begin, stop in pairwise(trailer.places)
        )
        table = list(FRAGMENT.iter_unpack(fragments))
        if len(records) != trailer.record_count * RECORD.size or len(table) != trailer.fragment_count:
            raise self._unusable("its index does not fit its trailer")
        return Index(records, bytes(words), table, list(_xattr_sets(bytes(xattrs))), bytes(heap))

    def _read(self, start: int, size: int) -> bytes:
        pieces = []
        while size:
            piece = os.pread(self.fileno(), min(size, 1 << 24), start)
            if not piece:
                raise self._unusable("it is too short")
            pieces.append(piece)
            start += len(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
