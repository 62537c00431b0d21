"""Writing files so that a name exists only for a complete file, whatever interrupts the writing.

A file is written under a temporary name on the same filesystem, synced, and renamed. The temporary
name says which process writes it, so that what a killed process left can be told and removed.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from sregistry.store.errors import DiskError, disk_error
from sregistry.store.filesystem import filesystem_type, free_bytes

#: A file of another machine that nobody wrote to for so long belongs to a process that is gone.
FOREIGN_AGE = 3 * 86400.0
_NAME = re.compile(r"\.sregistry-(?P<machine>.+)-(?P<pid>\d+)-[0-9a-f]{8}\.(?:partial|link)")


@cache
def machine() -> str:
    """Name what process ids here are unique in: the host and, on Linux, the process id namespace."""
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:64]
    return f"{host}-{namespace:x}"


class PartialFile:
    """A file under its temporary name; `commit` gives it its own.

    Attributes:
        path: the temporary name.
        file: open for reading and writing; closed by `commit` and at the end of the context.
    """

    def __init__(self, path: Path, file: BinaryIO, mode: int | None, setting: str | None) -> None:
        self.path = path
        self.file = file
        self._mode = mode
        self._setting = setting

    def commit(self, target: Path, *, wait: bool = True) -> Path:
        """Sync the file, rename it to `target` (replacing what was there) and return `target`.

        With `wait` false the kernel is not waited for: after a power cut within the next seconds the file may be
        incomplete. What is written over a network is complete either way, as closing it waits for the server.

        Raises DiskError; the file then keeps its temporary name and is removed at the end of the context.
        """
        try:
            self.file.flush()
            if wait:
                os.fsync(self.file.fileno())
            self.file.close()
            make_folder(target.parent, self._mode)
            self.path.replace(target)
            if wait:
                sync_folder(target.parent)
        except OSError as error:
            raise disk_error(error, target, "write", setting=self._setting) from error
        return target

    def take(self, source: Path) -> None:
        """Have the content of `source`, which is to be removed then: at no cost on the same filesystem.

        Raises DiskError.
        """
        link = self.path.with_suffix(".link")
        try:
            mode = self.path.stat().st_mode & 0o7777
            link.hardlink_to(source)
            link.chmod(mode)
            link.replace(self.path)
            self.file.close()
            self.file = self.path.open("r+b")
        except OSError:
            link.unlink(missing_ok=True)
            self.file.seek(0)
            self.file.truncate()
            copy_into(source, self)
            self.file.flush()

    def sync(self) -> Path:
        """Sync and close the file, and return its temporary name, for a caller that renames it itself."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
        except OSError as error:
            raise disk_error(error, self.path, "write", setting=self._setting) from error
        return self.path


@contextmanager
def partial_file(folder: Path, *, mode: int | None = None, setting: str | None = None) -> Iterator[PartialFile]:
    """Open a file under a temporary name in `folder` (made if need be); remove it at the end unless committed.

    Args:
        folder: must be on the filesystem of the final name; the final name's own folder is best.
        mode: permission bits of the file; None follows the umask.
        setting: name of the setting that moves `folder`, for messages.

    Raises DiskError if the file cannot be made.
    """
    path = folder / f".sregistry-{machine()}-{os.getpid()}-{secrets.token_hex(4)}.partial"
    try:
        make_folder(folder, mode)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else mode)
        if mode is not None:
            os.fchmod(descriptor, mode)
    except OSError as error:
        raise disk_error(error, folder, "write in", setting=setting) from error
    partial = PartialFile(path, os.fdopen(descriptor, "w+b"), mode, setting)
    try:
        yield partial
    finally:
        with suppress(OSError):
            partial.file.close()
        path.unlink(missing_ok=True)


def is_there(path: Path) -> bool:
    """Whether there is a file at `path`, or where a symbolic link there leads.

    Raises DiskError ``disk-output-special`` if it is a folder, a device or a pipe: none of them is replaced, for what a
    program expects under its name is not a file.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise disk_error(error, path, "write") from error
    if found := other_kind(mode):
        raise DiskError("disk-output-special", f"{path} is {found}, not a file", path=str(path))
    return True


def other_kind(mode: int) -> str:
    """What something with this mode is that is no regular file; empty if it is one."""
    if stat.S_ISREG(mode):
        return ""
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((words for is_kind, words in kinds if is_kind(mode)), "a device")


def write_file(target: Path, data: bytes, *, mode: int | None = None) -> Path:
    """Write `data` to `target` in one step, replacing what was there; raise DiskError."""
    with partial_file(target.parent, mode=mode) as partial:
        try:
            partial.file.write(data)
        except OSError as error:
            raise disk_error(error, target, "write", needed=len(data)) from error
        return partial.commit(target)


def copy_into(source: Path, partial: PartialFile) -> None:
    """Copy the content of `source`, sharing its blocks where the filesystem can; raise DiskError."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise disk_error(error, source, "read") from error
    with file:
        try:
            _copy(file, partial.file)
        except OSError as error:
            needed = os.fstat(file.fileno()).st_size
            raise disk_error(error, partial.path, f"copy {source} to", needed=needed) from error


def link_or_copy(source: Path, partial: PartialFile, mode: int) -> None:
    """Give `partial` the content of `source` and `mode`, at no cost where one file may have two names.

    Raises DiskError.
    """
    link = partial.path.with_suffix(".link")
    try:
        link.hardlink_to(source.resolve())
        link.chmod(mode)
        link.replace(partial.path)
    except OSError:
        link.unlink(missing_ok=True)
        copy_into(source, partial)
        partial.path.chmod(mode)


def permissions(path: Path) -> int:
    """The permission bits of a file; raise DiskError."""
    try:
        return path.stat().st_mode & 0o7777
    except OSError as error:
        raise disk_error(error, path, "read") from error


def sync_file(path: Path) -> None:
    """Make the content of a complete file survive a power cut; raise DiskError."""
    try:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise disk_error(error, path, "write") from error


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):
            while os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
                pass
    # From where that stopped: at the end, or at once where the kernel cannot copy between these two.
    shutil.copyfileobj(source, target, 1 << 20)


def make_folder(folder: Path, mode: int | None = None) -> None:
    """Make `folder` and its parents; with `mode`, whoever may read its files may enter, who may write may add.

    Raises OSError.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(0o777 if mode is None else 0o700, exist_ok=True)
        if mode is not None:
            place.chmod(place.stat().st_mode & 0o7000 | mode | (mode & 0o444) >> 2)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut; where folders cannot be synced, do nothing."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files in `folder` whose processes are gone; return what was removed.

    Files of this machine go when their process is gone, those of others when nobody wrote to them for
    `FOREIGN_AGE`. A folder that does not exist or may not be changed has nothing to remove.
    """
    removed = []
    for path in leftovers(folder):
        with suppress(OSError):
            path.unlink()
            removed.append(path)
    return removed


def leftovers(folder: Path) -> list[Path]:
    """Return the temporary files in `folder` whose processes are gone, sorted."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match and _is_left_over(path, match["machine"], int(match["pid"])):
                found.append(path)
    return sorted(found)


def is_temporary(path: Path) -> bool:
    """Whether a file has the name of one that is being written, or was to be."""
    return _NAME.fullmatch(path.name) is not None


def _is_left_over(path: Path, where: str, pid: int) -> bool:
    if where == machine():
        return not _is_running(pid)
    try:
        return time.time() - path.stat().st_mtime > FOREIGN_AGE
    except OSError:
        return False


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_writable(folder: Path, *, setting: str | None = None) -> None:
    """Raise the DiskError that a file in `folder` would meet: nothing there may be changed, no space, no inode.

    A folder that does not exist stays so: it can be made where a file can, in the nearest one above it.
    """
    import tempfile

    place = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    try:
        # Nameless where the filesystem can: whoever is killed here leaves nothing behind.
        with tempfile.TemporaryFile(dir=place, prefix=".sregistry-", buffering=0) as file:
            file.write(b"\0")
    except OSError as error:
        raise disk_error(error, folder, "write in", setting=setting) from error


def require_space(folder: Path, needed: int, *, setting: str | None = None) -> None:
    """Raise DiskError ``disk-full`` if fewer than `needed` bytes are free where `folder` is or will be."""
    free = free_bytes(folder)
    if free is not None and free < needed:
        facts: dict[str, Any] = {"setting": setting} if setting else {}
        raise DiskError(
            "disk-full",
            f"there is not enough space in {folder}",
            path=str(folder),
            folder=str(folder),
            free=free,
            needed=needed,
            filesystem=filesystem_type(folder),
            **facts,
        )
