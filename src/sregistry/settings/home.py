"""The user's home folder, and what takes its place where there is none.

Containers run as users without an entry in passwd, batch systems and services without HOME, and ``sudo -u`` keeps
the HOME of somebody else. A program that keeps a cache has to live there, too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

#: Nothing is there, and nothing can be made there.
_NOWHERE = Path("/dev/null/home")
_PRIVATE = 0o700
_OTHERS = 0o077
_OTHERS_WRITE = 0o022


def home_folder(environ: Mapping[str, str]) -> Path:
    """HOME, the home folder in passwd, or a private folder among the temporary files; always absolute.

    A HOME that is relative would mean another folder after each ``cd``, and counts as unset.
    """
    return known_home(environ) or private_folder(environ) or _NOWHERE


def known_home(environ: Mapping[str, str]) -> Path | None:
    """HOME or the home folder in passwd, the first that this user may enter or that is not there; None without one."""
    named = environ.get("HOME", "")
    if named.startswith("/") and _may_be_entered(named):
        return Path(named)
    import pwd

    try:
        entry = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None
    return Path(entry) if entry.startswith("/") and _may_be_entered(entry) else None


def _may_be_entered(home: str) -> bool:
    try:
        os.stat(home)  # noqa: PTH116 - the start of every command goes through here
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return os.access(home, os.X_OK)


def private_folder(environ: Mapping[str, str]) -> Path | None:
    """This user's own folder among the temporary files, made if need be; None where none can be had.

    Anybody may make a folder of that name first: it is used only if it is this user's and closed to all others.
    """
    for base in (environ.get("TMPDIR", ""), "/tmp", "/var/tmp"):  # noqa: S108 - what is taken there is private
        if base.startswith("/"):
            folder = Path(base, f"sregistry-{os.geteuid()}")
            try:
                if _make_private(folder):
                    return folder
            except OSError:
                continue
    return None


def _make_private(folder: Path) -> bool:
    """Make `folder` if it is not there; return whether it is ours alone. Raises OSError."""
    try:
        folder.mkdir(_PRIVATE)
    except FileExistsError:
        status = folder.lstat()
        ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
        return ours and not status.st_mode & _OTHERS and os.access(folder, os.W_OK | os.X_OK)
    # The umask may have taken from the owner, too.
    folder.chmod(_PRIVATE)
    return True


def own_folder(folder: Path, mode: int | None) -> Path:
    """`folder`, or one beside it named for this user where `folder` is somebody else's and not open to this user.

    Args:
        folder: that any user of the folder it is in may have made first; need not exist.
        mode: permission bits of new files, by which users share what is in it; None where they do not.
    """
    try:
        status = folder.lstat()
        if stat.S_ISLNK(status.st_mode) and status.st_uid in {os.geteuid(), 0}:
            status = folder.stat()
    except OSError:
        return folder
    if status.st_uid == os.geteuid() or _is_open(folder, status, mode or 0):
        return folder
    return folder.with_name(f"{folder.name}-{os.geteuid()}")


def _is_open(folder: Path, status: os.stat_result, mode: int) -> bool:
    """Whether the folder of another user, and all folders in it, are meant to be written to by this user, too."""
    everybody = status.st_mode & 0o002 & ~mode and status.st_uid != 0
    # Root may write to all: that alone does not make it everybody's.
    if not stat.S_ISDIR(status.st_mode) or everybody or not (status.st_mode | mode) & _OTHERS_WRITE:
        return False
    try:
        with os.scandir(folder) as found:
            places = [folder, *(folder / entry.name for entry in found if entry.is_dir(follow_symlinks=False))]
    except OSError:
        return False
    return all(os.access(place, os.R_OK | os.W_OK | os.X_OK) for place in places)


def can_be_used(folder: Path) -> bool:
    """Whether files can be written in `folder`, or the folder be made; nothing is made to find out."""
    for place in (folder, *folder.parents):
        if os.path.isdir(place):  # noqa: PTH112 - Path.is_dir raises for what may not be looked at
            return os.access(place, os.W_OK | os.X_OK)
        if os.path.lexists(place):
            return False  # a file, a link that leads nowhere
    return False
