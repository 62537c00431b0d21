"""Whose files are believed: one's own and root's, unless the setting `mode` lets others write too."""

from __future__ import annotations

import os
import stat

_OTHERS_WRITE = 0o022


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
