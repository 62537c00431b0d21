"""Do something as another user, who can read this Python and this checkout wherever they are.

Both may lie in a home folder that is closed to others, root's own for example. The child that becomes the other user
has its own view of the file system, in which an open folder with nothing else in it is in such a folder's place.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_NEW_MOUNTS = 0x00020000
_BIND, _PRIVATE_RECURSIVE = 0x1000 | 0x4000, 0x40000 | 0x4000


def as_user(user: int, act: Callable[[], object], *, group: int, umask: int = 0o077) -> None:
    """Do `act` in a child process with these ids; fail as it fails. Only root can."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            open_the_way()
            become(user, group)
            os.umask(umask)
            act()
        except BaseException:  # noqa: BLE001 - told to the parent
            os.write(writer, traceback.format_exc().encode()[-4000:])
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    assert not said, said


def become(user: int, group: int) -> None:
    """Give up all rights but those of the user, who is in this group and in one of the same number."""
    os.setgroups([group])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def open_the_way() -> None:
    """Let everybody reach this Python and this checkout, in this process's own view of the file system only."""
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), REPOSITORY}
    closed = {place: gate for place in needed if (gate := _gate(place))}
    if not closed:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.unshare(_NEW_MOUNTS), "unshare")
    _mount(libc, "none", Path("/"), None, _PRIVATE_RECURSIVE)
    held = {place: os.open(place, os.O_PATH | os.O_DIRECTORY) for place in sorted(closed)}
    for gate in sorted(set(closed.values())):
        _mount(libc, "tmpfs", gate, "tmpfs", 0, "mode=755")
    for place, folder in held.items():
        if not place.is_dir():  # one inside another is there already
            place.mkdir(parents=True)
            _mount(libc, f"/proc/self/fd/{folder}", place, None, _BIND)
        os.close(folder)


def _gate(place: Path) -> Path | None:
    """The uppermost folder on the way to `place` that others may not enter."""
    way = [*reversed(place.parents), place]
    return next((folder for folder in way if not folder.stat().st_mode & 0o001), None)


def _mount(libc: ctypes.CDLL, source: str, target: Path, kind: str | None, flags: int, options: str = "") -> None:
    words = (source.encode(), os.fsencode(target), kind.encode() if kind else None)
    _checked(libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None), f"mount at {target}")


def _checked(status: int, what: str) -> None:
    if status:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
