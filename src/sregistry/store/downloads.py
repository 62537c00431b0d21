"""The beginnings of files that are fetched as they are, kept when a download is broken off, killed even.

A file's name says what it is the beginning of: ``KEY-VERSION.part``. KEY stands for the place that it comes from,
VERSION for the very content there, so that what belongs to another version is never gone on with. Who writes to one
holds a lock on the file itself; where there are no locks, nothing is kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sregistry.digests import Digest
from sregistry.store.errors import disk_error
from sregistry.store.files import PartialFile, make_folder
from sregistry.store.trust import doubt

#: So many are kept, and so long (seconds).
MOST = 8
LONGEST = 7 * 86400.0
#: What is smaller is fetched again as quickly.
LEAST = 1 << 20
_SUFFIX = ".part"
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Begun:
    """A download that is under way; `file` is open at its end, and has the bytes that came so far."""

    path: Path
    file: BinaryIO

    @property
    def size(self) -> int:
        """How many these are."""
        return self.file.seek(0, os.SEEK_END)

    @property
    def is_older_than_uptime(self) -> bool:
        """Whether it was last written to before this machine was started."""
        return time.time() - os.fstat(self.file.fileno()).st_mtime > time.clock_gettime(time.CLOCK_BOOTTIME)

    def discard(self) -> None:
        """Begin anew: what came is not what it should be, or there is no room for it. Raises OSError."""
        os.ftruncate(self.file.fileno(), 0)  # makes room for what is still to be written
        self.file.seek(0)
        self.file.truncate()

    def move_to(self, partial: PartialFile) -> None:
        """Give all that came to the file that it is for; raises DiskError."""
        try:
            self.file.flush()
        except OSError as error:
            raise disk_error(error, self.path, "write") from error
        partial.take(self.path)
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """A beginning that is kept: its file, bytes, and when it was last written to, in seconds since 1970."""

    path: Path
    size: int
    used: float


def _end(file: BinaryIO, path: Path) -> None:
    """Keep what came; nothing where there is nothing of it."""
    with suppress(OSError), file:
        file.flush()
        status = os.fstat(file.fileno())
        if status.st_size == 0 and os.path.samestat(status, path.lstat()):
            path.unlink()


class Downloads:
    """What was begun, in `folder`, which is made when it is needed.

    Args:
        folder: of the files.
        mode: permission bits that the settings give to new files; None for those of their owner alone.
        setting: name of the setting that moves the folder, for messages.
    """

    def __init__(self, folder: Path, mode: int | None, *, setting: str) -> None:
        self.folder = folder
        self.setting = setting
        self._mode = mode
        self._bits = 0o600 if mode is None else mode

    @contextmanager
    def begin(self, place: str, version: Digest, *, verified: bool = False) -> Iterator[Begun | None]:
        """Open what there is of the content `version` of `place`, to go on with it.

        None where somebody else is at it, or where it cannot be kept; it goes without then.

        Args:
            place: where the file comes from.
            version: of the file there.
            verified: the whole is verified by its digest in the end. If not, nothing is taken that was written before
                this machine was started: after a power cut it may be longer than what was written.
        """
        key = hashlib.sha256(place.encode()).hexdigest()[:_DIGITS]
        path = self.folder / f"{key}-{version.hex[:_DIGITS]}{_SUFFIX}"
        self.sweep(but=path, instead=f"{key}-")
        file = self._open(path)
        try:
            begun = Begun(path, file) if file else None
            if begun and not verified and begun.is_older_than_uptime:
                begun.discard()
            yield begun
        finally:
            if file:
                _end(file, path)

    def _open(self, path: Path) -> BinaryIO | None:
        """The file at `path`, locked; None where that cannot be, or where it is not only ours."""
        try:
            make_folder(self.folder, self._bits)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            file = os.fdopen(os.open(path, flags, self._bits), "r+b")
        except OSError:
            return None
        if not self._is_ours(file, path):
            file.close()
            return None
        return file

    def _is_ours(self, file: BinaryIO, path: Path) -> bool:
        """Whether the file could be locked, is still the one at `path`, and of nobody else."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            status = os.fstat(file.fileno())
            # Who had the lock before may have made an image of it.
            return os.path.samestat(status, path.lstat()) and status.st_nlink == 1 and self._is_trusted(status)
        except OSError:
            return False

    def _is_trusted(self, status: os.stat_result) -> bool:
        way = doubt(self.folder.stat(), self._mode)
        return stat.S_ISREG(status.st_mode) and way is None and doubt(status, self._mode) is None

    def kept(self) -> list[Kept]:
        """What there is, the newest first."""
        return [Kept(path, status.st_size, status.st_mtime) for path, status in self._found()]

    def sweep(self, *, most: int = MOST, but: Path | None = None, instead: str = "\0") -> int:
        """Remove what nobody is at: what is old, and all but the newest.

        Args:
            most: so many stay.
            but: is left alone.
            instead: files that begin with this are removed in any case.

        Returns the bytes of what was removed.
        """
        freed, kept = 0, 0
        for path, status in self._found():
            if path == but:
                continue
            old = time.time() - status.st_mtime > LONGEST or path.name.startswith(instead)
            if not old and kept < most:
                kept += 1
            elif self._remove(path):
                freed += status.st_size
        return freed

    def _found(self) -> list[tuple[Path, os.stat_result]]:
        """What there is, the newest first."""
        found = []
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    if path.suffix == _SUFFIX:
                        found.append((path, path.lstat()))
        return sorted(found, key=lambda item: -item[1].st_mtime)

    def _remove(self, path: Path) -> bool:
        try:
            with path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        except OSError:
            return False
        return True
