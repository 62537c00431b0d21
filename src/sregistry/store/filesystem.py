"""What a filesystem is and how much it has left; for messages and checks, so unknown is None and never an error."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


def filesystem_type(path: Path) -> str | None:
    """Name the type of the filesystem that `path` is or would be on, e.g. ``nfs4``; None where nobody can tell.

    Source: proc(5), mountinfo: field 5 is the mount point, the type follows the lone hyphen.
    """
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        place = existing_parent(path).resolve()
    except OSError:
        return None
    best, kind = Path(), None
    for line in lines:
        fields, _, described = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields.split(" ")[4]))
        if place.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, described.split(" ")[0]
    return kind


def free_bytes(path: Path) -> int | None:
    """Bytes this user may still write where `path` is or would be; None where nobody can tell."""
    try:
        status = os.statvfs(existing_parent(path))
    except OSError:
        return None
    if not status.f_blocks:  # a filesystem without a size of its own, as /proc has none
        return None
    return status.f_bavail * status.f_frsize


def free_inodes(path: Path) -> int | None:
    """Files this user may still make where `path` is or would be; None where nobody can tell or it has no limit."""
    try:
        status = os.statvfs(existing_parent(path))
    except OSError:
        return None
    return status.f_favail if status.f_files else None


def existing_parent(path: Path) -> Path:
    """Return `path` or its nearest parent that exists."""
    for place in (path, *path.parents):
        if place.exists():
            return place
    return Path.cwd()
