"""Copies ranges of packs into the image, inside the kernel where it can."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence

from sregistry.assembly.placement import Copy
from sregistry.packs.errors import PackError
from sregistry.packs.reader import Pack

#: Each return from the kernel waits for the interpreter lock, which the thread that writes the tables holds.
_PIECE = 1 << 26
#: The kernel or the file systems can't copy between these two files; reading and writing can.
_NOT_HERE = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


def copy_ranges(
    packs: Sequence[Pack], copies: Sequence[Copy], fd: int, base: int, on_bytes: Callable[[int], None] | None = None
) -> None:
    """Copy every run to `base` + its target in `fd`; raise PackError if a pack is too short, OSError."""
    in_kernel = True
    for copy in copies:
        source, target, left = copy.source, base + copy.target, copy.size
        descriptor = packs[copy.pack].fileno()
        while left:
            step = min(left, _PIECE)
            done = _in_kernel(descriptor, fd, step, source, target) if in_kernel else None
            if done is None:
                in_kernel = False
                done = _by_hand(descriptor, fd, step, source, target)
            if not done:
                path = packs[copy.pack].path
                raise PackError(
                    "pack-unusable", "a cached pack cannot be used: it is too short", file=str(path), detail="short"
                )
            source, target, left = source + done, target + done, left - done
            if on_bytes:
                on_bytes(done)


def _in_kernel(source_fd: int, target_fd: int, size: int, source: int, target: int) -> int | None:
    try:
        return os.copy_file_range(source_fd, target_fd, size, source, target)
    except OSError as error:
        if error.errno in _NOT_HERE:
            return None
        raise


def _by_hand(source_fd: int, target_fd: int, size: int, source: int, target: int) -> int:
    data = os.pread(source_fd, min(size, 1 << 20), source)
    view = memoryview(data)
    while view:
        written = os.pwrite(target_fd, view, target)
        view, target = view[written:], target + written
    return len(data)
