"""A part of a file, read by position."""

from __future__ import annotations

import os
from typing import BinaryIO

from sregistry.squashfs.errors import SquashfsError, corrupt


class Window:
    """Bytes `offset` to `offset + size` of a file; positions count from `offset`.

    Args:
        file: seekable, open for reading; stays the caller's.
        offset: where the image begins in it.
        size: bytes of the image; to the end of the file for None.
    """

    def __init__(self, file: BinaryIO, offset: int = 0, size: int | None = None) -> None:
        there = max(file.seek(0, os.SEEK_END) - offset, 0)
        self._file = file
        self._offset = offset
        self.size: int = there if size is None else min(size, there)

    def read(self, position: int, size: int) -> bytes:
        """Return exactly `size` bytes; raise SquashfsError ``squashfs-corrupt``, ``squashfs-truncated``; OSError."""
        if position < 0 or position + size > self.size:
            raise corrupt("a position lies outside the image")
        self._file.seek(self._offset + position)
        data = self._file.read(size)
        while len(data) < size:
            more = self._file.read(size - len(data))
            if not more:
                raise truncated(self.size, position + len(data))
            data += more
        return data


def truncated(expected: int, actual: int) -> SquashfsError:
    """Return the error for an image that is shorter than it should be."""
    return SquashfsError(
        "squashfs-truncated", "the squashfs image ends too early", expected_size=expected, actual_size=actual
    )
