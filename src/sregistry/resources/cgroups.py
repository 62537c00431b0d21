"""The limits of control groups, of both versions: this process's own group and those around it.

Source: cgroups(7); Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of Linux.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OCTAL = re.compile(r"\\([0-7]{3})")
#: Resource -> controller of version 1; files of the limit and of the use, version 1 and 2.
_FILES = {
    "memory": ("memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"), ("memory.max", "memory.current")),
    "pids": ("pids", ("pids.max", "pids.current"), ("pids.max", "pids.current")),
}
#: Version 1 writes "no limit" as the largest number of pages.
_UNLIMITED = 1 << 62
#: What the kernel gives back when it is needed, by the names of both versions in ``memory.stat``.
_RECLAIMED = ("inactive_file", "total_inactive_file", "active_file", "total_active_file")


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """The limit of one group: `limit` and `used` in bytes or tasks, and the `file` that has the limit."""

    limit: int
    used: int
    file: Path

    @property
    def room(self) -> int:
        """What is left."""
        return max(self.limit - self.used, 0)


def tightest(resource: str, root: Path = Path("/")) -> GroupLimit | None:
    """The group with the least room for ``memory`` or ``pids``; None without limits.

    Args:
        resource: one of the two.
        root: where ``proc`` and the mount points are.
    """
    found = [limit for folder, files in _groups(resource, root) if (limit := _read(folder, *files))]
    return min(found, key=lambda limit: limit.room, default=None)


def _groups(resource: str, root: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Folder and files of every group that this process is in, from its own to the outermost that can be seen."""
    controller, old, new = _FILES[resource]
    own = _own_groups(root)
    for mount, inside, kind, options in _mounts(root):
        if kind == "cgroup2":
            group, files = own.get(""), new
        elif kind == "cgroup" and controller in options:
            group, files = own.get(controller), old
        else:
            continue
        if group is None:
            continue
        # A container may see its own group as the root of the mount.
        below = Path(group).relative_to(inside) if Path(group).is_relative_to(inside) else Path()
        for part in (below, *below.parents):
            yield mount / part, files


def _own_groups(root: Path) -> dict[str, str]:
    """Controller ("" for version 2) -> path of the group."""
    found = {}
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _mounts(root: Path) -> Iterator[tuple[Path, str, str, list[str]]]:
    """Mount point, its root, type and options of each mount, see proc(5)."""
    for line in _text(root / "proc/self/mountinfo").splitlines():
        fields, _, described = line.partition(" - ")
        words, rest = fields.split(), described.split()
        if len(words) > 4 and len(rest) > 2:
            point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), words[4])
            yield root / point.lstrip("/"), words[3], rest[0], rest[2].split(",")


def _read(folder: Path, limit_file: str, used_file: str) -> GroupLimit | None:
    limit, used = _text(folder / limit_file).strip(), _text(folder / used_file).strip()
    if not limit.isdigit() or int(limit) >= _UNLIMITED:
        return None
    reclaimed = _reclaimed(folder) if limit_file.startswith("memory") else 0
    return GroupLimit(int(limit), max(int(used) - reclaimed, 0) if used.isdigit() else 0, folder / limit_file)


def _reclaimed(folder: Path) -> int:
    """Bytes of files that are only kept as long as there is room."""
    counts = dict(line.split(" ", 1) for line in _text(folder / "memory.stat").splitlines() if " " in line)
    total = "total_" if "total_inactive_file" in counts else ""
    return sum(int(counts[name]) for name in _RECLAIMED if name.startswith("total_") == bool(total) and name in counts)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
