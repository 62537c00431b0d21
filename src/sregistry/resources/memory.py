"""Keeping clear of the point where there is no more memory.

Python survives that; libraries written in C may not: libdeflate's binding uses what it got without a look at it, and
a stack that cannot grow ends the process. So memory is asked for before such a library is called, where there is a
limit at all. What a control group allows is never refused: the process is killed. There the same question is
answered by counting.
"""

from __future__ import annotations

import mmap
import resource
import threading
import time
from functools import cache

#: Left free always: more than all threads may take between a look and the call after it.
MARGIN = 16 << 20
#: How long others are given to return memory, in seconds, and how often that is looked at.
_PATIENCE = 2.0
_INTERVAL = 0.05
#: A group with more room than this is not watched.
_AMPLE = 4 << 30
_STACK = 1 << 20
_ARENA_MAX = -8  # M_ARENA_MAX of mallopt(3)
_lock = threading.Lock()


@cache
def mapping_is_limited() -> bool:
    """Whether the kernel may refuse memory to this process: by a limit of its own, or as nothing is overcommitted."""
    names = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    if any(resource.getrlimit(name)[0] != resource.RLIM_INFINITY for name in names):
        return True
    try:
        with open("/proc/sys/vm/overcommit_memory") as file:  # noqa: PTH123 - this is imported by every command
            return file.read().strip() == "2"
    except OSError:
        return False


@cache
def group_is_limited() -> bool:
    """Whether a control group allows this process so little that it has to be counted."""
    from sregistry.resources import limits

    found = limits.group_memory()
    return found is not None and found.room < _AMPLE


def has_room(size: int) -> bool:
    """Whether `size` bytes beside the margin can be mapped now."""
    return not mapping_is_limited() or _can_map(size + MARGIN // 2)


def require(size: int = 0) -> None:
    """Return once `size` bytes and the margin can be had; raise MemoryError if that does not come about."""
    if not mapping_is_limited() and not group_is_limited():
        return
    until = time.monotonic() + _PATIENCE
    while not _is_there(size):
        if time.monotonic() > until:
            raise MemoryError
        time.sleep(_INTERVAL)


def _is_there(size: int) -> bool:
    with _lock:
        if mapping_is_limited() and not _can_map(size + MARGIN):
            return False
        return not group_is_limited() or _group_has(size)


def _group_has(size: int) -> bool:
    from sregistry.resources import limits

    found = limits.group_memory()
    # A group that allows little is not to be refused for the margin alone.
    return found is None or found.room >= size + min(MARGIN, found.value // 8)


def _can_map(size: int) -> bool:
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, MemoryError):
        return False
    return True


def be_frugal() -> None:
    """Take less address space for each thread of this process, where that is limited; for programs, not libraries.

    A thread's stack has 8 MiB otherwise, and its part of the C library's heap 64 MiB, of which hardly any is used.
    """
    if not mapping_is_limited():
        return
    import ctypes

    threading.stack_size(_STACK)
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(_ARENA_MAX, 1)
