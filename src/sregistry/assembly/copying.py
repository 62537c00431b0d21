"""Copies ranges of packs into the image, and verifies the very bytes that it writes.

Reading, summing and writing through a buffer that the processor's cache holds takes no longer than a copy inside the
kernel, whose bytes nobody has seen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from sregistry.assembly.merge import Merged
from sregistry.assembly.placement import Copy
from sregistry.packs.errors import reading, unusable
from sregistry.packs.reader import OpenPacks, damaged_data

#: Small enough for the cache. Each call waits for the interpreter lock, which the thread that writes the tables holds.
_PIECE = 4 << 20


def copy_ranges(
    merged: Merged, copies: Sequence[Copy], fd: int, base: int, on_bytes: Callable[[int], None] | None = None
) -> None:
    """Copy every run to `base` + its target in `fd`; raise PackError if a pack is damaged, OSError."""
    from isal.isal_zlib import crc32

    buffer = memoryview(bytearray(min(_PIECE, max((copy.size for copy in copies), default=0))))
    with OpenPacks(merged.packs) as packs:
        for copy in copies:
            path = merged.packs[copy.pack].path
            checksums = merged.indexes[copy.pack].checksums
            value, expected = checksums.at(copy.source), checksums.at(copy.source + copy.size)
            if value is None or expected is None:
                raise unusable(path, "its index does not fit its data")
            descriptor = packs.descriptor(copy.pack)
            done = 0
            while done < copy.size:
                piece = buffer[: copy.size - done]
                with reading(path):
                    size = os.preadv(descriptor, [piece], copy.source + done)
                if not size:
                    raise unusable(path, "it is too short")
                value = crc32(piece[:size], value)
                _write(fd, piece[:size], base + copy.target + done)
                done += size
                if on_bytes:
                    on_bytes(size)
            if value != expected:
                raise damaged_data(path)


def _write(fd: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(fd, data, offset)
        data, offset = data[written:], offset + written
