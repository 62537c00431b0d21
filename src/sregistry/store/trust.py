"""Whose files are believed: one's own and root's, unless the setting `mode` lets others write too.

The way to a folder is looked at, too: who can replace a folder or a link on it decides what is found at its end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OTHERS_WRITE = 0o022
#: Links on one way, at which Linux gives up: path_resolution(7).
_MOST_LINKS = 40


def doubt(status: os.stat_result, mode: int | None) -> str | None:
    """Why a file or folder of that status may hold what somebody else wrote; None if only those may who are trusted.

    Args:
        status: of the file or folder.
        mode: permission bits that the settings give to new files; None for those of their owner alone.
    """
    shared = (mode or 0) & _OTHERS_WRITE
    if not shared and status.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user"
    if status.st_mode & _OTHERS_WRITE & ~shared and not stat.S_ISLNK(status.st_mode):
        return "can be changed by other users"
    return None


def closed(status: os.stat_result, mode: int | None) -> int | None:
    """The permission bits that a folder of ours should have instead of its own; None if nothing is to be changed."""
    bits = stat.S_IMODE(status.st_mode)
    fitting = bits & ~(0o077 if mode is None else _OTHERS_WRITE & ~mode)
    return fitting if fitting != bits and status.st_uid == os.geteuid() else None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A place on the way to a folder at which somebody else decides where it leads.

    Attributes:
        place: path of a symbolic link of another user, or of a folder in which every user can replace what is there.
        owner: user id of the link's owner; None for a folder.
    """

    place: str
    owner: int | None = None


def doubt_of_the_way(path: Path) -> Doubt | None:
    """What on the way to `path` makes it doubtful, a link before a folder; None if nothing does.

    A link is trusted if it is ours, root's, or of the owner of the folder it is in, who could put anything there; so
    has Linux it with the links in /tmp (proc(5), protected_symlinks). A folder is doubted if all may write to it (and
    reach it) without the sticky bit, by which each of them could rename what others have there.
    """
    folder = None
    for step in _steps(path):
        mode, owner = step.status.st_mode, step.status.st_uid
        if stat.S_ISLNK(mode):
            if owner not in {os.geteuid(), 0, step.folder_owner}:
                return Doubt(step.place, owner)
        elif folder is None and step.reachable and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            folder = Doubt(step.place)
    return folder


@dataclass(frozen=True, slots=True)
class _Step:
    """One folder or link on a way; `reachable` says whether any user may come there."""

    place: str
    status: os.stat_result
    folder_owner: int
    reachable: bool

    def into(self, name: str) -> _Step:
        """The step to `name` in this folder; raises OSError."""
        place = os.path.join(self.place, name)  # noqa: PTH118 - the start of every pull goes through here
        reachable = self.reachable and bool(self.status.st_mode & stat.S_IXOTH)
        return _Step(place, os.lstat(place), self.status.st_uid, reachable)


def _steps(path: Path) -> Iterator[_Step]:
    """All that the system goes through to reach `path`, as path_resolution(7) has it, as far as it is there."""
    status = os.lstat("/")
    taken = [_Step("/", status, status.st_uid, reachable=True)]
    ahead = [*reversed(path.absolute().parts[1:])]
    links = 0
    yield taken[0]
    while ahead and links <= _MOST_LINKS:
        name = ahead.pop()
        if name == "..":
            taken = taken[:-1] or taken
            continue
        try:
            step = taken[-1].into(name)
            target = str(Path(step.place).readlink()) if stat.S_ISLNK(step.status.st_mode) else None
        except OSError:
            return
        yield step
        if target is None:
            taken.append(step)
            continue
        links += 1
        if target.startswith("/"):
            taken = taken[:1]
        ahead += [part for part in reversed(target.split("/")) if part not in {"", "."}]
