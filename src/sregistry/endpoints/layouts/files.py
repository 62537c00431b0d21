"""Bytes by name: from a folder, or from an archive that stays packed.

An uncompressed archive is read where it lies. Of a compressed one (or a pipe) no part can be found without reading all
that comes before it, and layers are read several at a time: so it is unpacked once into an unnamed file beside the
cache, which goes away with this process, whatever ends it. Reading the archive anew for each layer would cost the time
of as many passes, and would need none of that room; the room is what the layers' packs need there anyway.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from sregistry.endpoints.layouts import spool
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.tarindex import TarIndex, inside, leaves, scan
from sregistry.store.errors import disk_error

if TYPE_CHECKING:
    from sregistry.settings import Settings

_PIECE = 1 << 20
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})


class Window:
    """A part of an open file, as a stream; it has a descriptor of its own, which `close` closes."""

    def __init__(self, descriptor: int, offset: int, size: int, path: Path) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._left = size
        self._path = path
        self.size: int = size

    @property
    def place(self) -> tuple[int, int]:
        """The descriptor, and the offset of what has not been read."""
        return self._descriptor, self._offset

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes (all for -1); b"" at the end, also where the file is shorter. Raises DiskError."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        try:
            data = os.pread(self._descriptor, min(size, self._left), self._offset)
        except OSError as error:
            raise disk_error(error, self._path, "read") from error
        self._offset += len(data)
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close its descriptor; may be called more than once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Files(Protocol):
    """Files by name; names are relative, with slashes."""

    @property
    def path(self) -> Path:
        """Of the folder or archive."""
        ...

    def open(self, name: str) -> Window | None:
        """The bytes of a file; None if there is none of that name. Raises LayoutError, DiskError."""
        ...

    def close(self) -> None:
        """Close what is open, but not the streams."""
        ...


class Folder:
    """The files below a folder; symbolic links are followed, as those who share blobs between layouts want it."""

    def __init__(self, path: Path) -> None:
        self.path: Path = path

    def open(self, name: str) -> Window | None:
        """See `Files`."""
        path = self.path / name
        try:
            # A pipe in the place of a file is not waited for.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise disk_error(error, path, "read") from error
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            return Window(descriptor, 0, status.st_size, path)
        os.close(descriptor)
        raise LayoutError("layout-invalid", f"{name} is no plain file", member=name, detail="no plain file")

    def close(self) -> None:
        """Nothing is open."""


def no_folder(path: Path) -> LayoutError:
    """The error for a path where a folder should be, and something else is."""
    return LayoutError("layout-other", f"what is at {path} is a file, not a folder", looks_like="a file")


def _nothing() -> None:
    """Nobody wants it to end."""


class Archive:
    """The members of a tar archive, compressed or not, found by an index of where they lie.

    Args:
        path: of the archive, or of a pipe that it comes from.
        settings: in force; its limits and the folder of the cache.
        check: called again and again while the archive is unpacked; what it raises ends that.

    Raises:
        LayoutError: ``layout-no-such-path``, ``layout-other`` (no tar archive), ``layout-archive-invalid``,
            ``layout-too-large``.
        DiskError: it cannot be read, or not be unpacked beside the cache.
    """

    def __init__(self, path: Path, settings: Settings, check: Callable[[], None] = _nothing) -> None:
        self.path: Path = path
        self._descriptor = _opened(path)
        self._found = _identity(os.fstat(self._descriptor))
        try:
            if spool.is_packed(self._descriptor, path):
                packed, self._descriptor = self._descriptor, -1
                self._descriptor = spool.unpacked(packed, path, settings, check)
            size = os.fstat(self._descriptor).st_size
            self.index: TarIndex = scan(self._at, size, settings.max_archive_members)
        except BaseException:
            self.close()
            raise

    @property
    def is_replaced(self) -> bool:
        """Whether another archive is at the path by now, or the same one was written to."""
        if self._found is None:
            return False
        try:
            return _identity(self.path.stat()) != self._found
        except OSError:
            return True

    def _at(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise disk_error(error, self.path, "read") from error

    def open(self, name: str) -> Window | None:
        """See `Files`; a name that leads out of the archive raises LayoutError ``layout-escape``."""
        if leaves(name):
            message = f"{name!r} leads out of the archive"
            raise LayoutError("layout-escape", message, member=name, target=name)
        member = self.index.find(inside(name))
        if member is None:
            return None
        return Window(os.dup(self._descriptor), member.offset, member.size, self.path)

    def close(self) -> None:
        """See `Files`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _identity(status: os.stat_result) -> tuple[int, ...] | None:
    """What tells one content of a path from another; None for a pipe, which can be read once."""
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _opened(path: Path) -> int:
    """A descriptor of a file or pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _ABSENT:
            message = f"there is nothing at {path}"
            raise LayoutError("layout-no-such-path", message, layout=str(path)) from error
        raise disk_error(error, path, "read") from error
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LayoutError("layout-other", f"what is at {path} is a folder, not an archive", looks_like="a folder")
    return descriptor
