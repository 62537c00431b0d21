"""The errors of this room, and the one place where the operating system's errors become ours."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Any

from sregistry.errors import DiskError, SregistryError
from sregistry.resources.errors import translate
from sregistry.store.filesystem import filesystem_type, free_bytes, free_inodes

__all__ = ["DiskError", "LockError", "StoreError", "disk_error", "in_the_way"]


class StoreError(SregistryError):
    """The local registry cannot do what it was asked: an image, its file or the database."""


class LockError(SregistryError):
    """Another process holds a lock for too long, or the filesystem has no locks."""


#: Actions whose path is a folder.
_ABOUT_FOLDERS = frozenset({"write in", "make"})


def _room(error: OSError, path: Path, action: str, setting: str | None) -> dict[str, Any]:
    """What tells one lack of room, or one missing path, from another."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return {"free_inodes": free_inodes(path), "cached": _has_packs(path) if setting == "cache_dir" else None}
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST):
        if action in _ABOUT_FOLDERS and os.path.lexists(path) and not path.is_dir():
            return {"in_the_way": str(path)}
        return {"in_the_way": in_the_way(path)}
    return {}


def _folder(error: OSError, folder: Path) -> Path:
    """The folder that the fault is about: one that could not be made was to be in another, which is there."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return folder
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)


def in_the_way(path: Path) -> str | None:
    """What is no folder, though `path` would be in it; None if its folders can be made."""
    place = next((place for place in path.absolute().parents if os.path.lexists(place)), None)
    return str(place) if place is not None and not place.is_dir() else None


def _has_packs(path: Path) -> bool:
    """Whether the cache that `path` belongs to has anything that could be removed."""
    with contextlib.suppress(OSError):
        return any(next(folder.glob("packs/*/*.pack"), None) for folder in (path, *path.parents[:3]))
    return False


def disk_error(
    error: OSError, path: Path, action: str, *, setting: str | None = None, needed: int | None = None
) -> SregistryError:
    """Return the DiskError, or for what this machine lacks the ResourceError,
    for `error`, met when trying to `action` (e.g. ``write``) the file or folder `path`.
    """
    if lack := translate(error):
        return lack
    facts: dict[str, Any] = {
        "path": str(path),
        "action": action,
        "folder": str(_folder(error, path if action in _ABOUT_FOLDERS else path.parent)),
        "errno": error.errno,
        "detail": error.strerror,
        "filesystem": filesystem_type(path),
        "free": free_bytes(path),
        **_room(error, path, action, setting),
        **({"setting": setting} if setting else {}),
        **({"needed": needed} if needed is not None else {}),
    }
    match error.errno:
        case errno.ENOSPC:
            return DiskError("disk-full", f"there is no space left to {action} {path}", **facts)
        case errno.EDQUOT:
            return DiskError("disk-quota", f"the disk quota is used up: cannot {action} {path}", **facts)
        case errno.EACCES | errno.EPERM:
            return DiskError("disk-permission", f"there is no permission to {action} {path}", **facts)
        case errno.EROFS:
            return DiskError("disk-read-only", f"the filesystem is read-only: cannot {action} {path}", **facts)
        case errno.ENOENT | errno.ENOTDIR | errno.EEXIST | errno.EISDIR | errno.ENAMETOOLONG | errno.ELOOP:
            return DiskError("disk-no-such-path", f"there is no such path: cannot {action} {path}", **facts)
    return DiskError("disk-failed", f"the operating system could not {action} {path}: {error.strerror}", **facts)
