"""What this process may have, and how much of it is in use.

Each function returns the limit that leaves the least room, or None where nothing is limited.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sregistry.resources.cgroups import tightest

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        name: ``RLIMIT_…`` of setrlimit(2), or ``memory.max`` or ``pids.max`` of a control group.
        value: what is allowed, in bytes or pieces.
        used: what was in use when it was read.
        most: what this process may allow itself; None for any amount. For a control group that is its value.
        file: of a control group's limit, else "".
    """

    name: str
    value: int
    used: int
    most: int | None = None
    file: str = ""

    @property
    def room(self) -> int:
        """What is left."""
        return max(self.value - self.used, 0)

    def facts(self) -> dict[str, str | int | None]:
        """As facts of an error."""
        group = {"control_group": self.file} if self.file else {}
        return {"limit_name": self.name, "limit": self.value, "used": self.used, "limit_most": self.most, **group}


def address_space() -> Limit | None:
    """What may be mapped: RLIMIT_AS (``ulimit -v``) or RLIMIT_DATA (``ulimit -d``)."""
    found = [
        limit
        for name, used in (("RLIMIT_AS", "VmSize"), ("RLIMIT_DATA", "VmData"))
        if (limit := _of_process(name, lambda used=used: _status(used) << 10))
    ]
    return min(found, key=lambda limit: limit.room, default=None)


def group_memory() -> Limit | None:
    """The memory of this process's control groups."""
    found = tightest("memory")
    return Limit("memory.max", found.limit, found.used, found.limit, str(found.file)) if found else None


def files() -> Limit | None:
    """Open files: RLIMIT_NOFILE (``ulimit -n``)."""
    return _of_process("RLIMIT_NOFILE", _open_files)


def group_tasks() -> Limit | None:
    """Threads and processes of this process's control groups."""
    found = tightest("pids")
    return Limit("pids.max", found.limit, found.used, found.limit, str(found.file)) if found else None


def user_tasks() -> Limit | None:
    """Threads and processes of this user: RLIMIT_NPROC (``ulimit -u``), which does not bind root."""
    if os.geteuid() == 0:
        return None
    return _of_process("RLIMIT_NPROC", lambda: sum(_tasks_of(os.getuid())))


def _of_process(name: str, used: object) -> Limit | None:
    soft, hard = resource.getrlimit(getattr(resource, name))
    if soft == resource.RLIM_INFINITY:
        return None
    assert callable(used)
    return Limit(name, soft, used(), None if hard == resource.RLIM_INFINITY else hard)


def _status(name: str) -> int:
    """A number of /proc/self/status; 0 where there is none."""
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    words = next((line.split() for line in lines if line.startswith(f"{name}:")), [])
    return int(words[1]) if len(words) > 1 else 0


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - that is one call, and there may be no more files
    except OSError:
        return 0


def _tasks_of(user: int) -> Iterator[int]:
    """The number of threads of each process of a user."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == user:
                yield len(os.listdir(process / "task"))  # noqa: PTH208
        except OSError:
            continue
