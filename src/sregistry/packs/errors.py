"""The error of this room: a pack file that cannot be used (it is then made anew)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sregistry.errors import SregistryError

#: What the system answers when it is the file that cannot be had, and not the machine that lacks something.
_ITS_OWN = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV),
        *(errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EBADMSG, errno.EUCLEAN),
    }
)


class PackError(SregistryError):
    """A pack is damaged, incomplete, of another version, or not to be trusted.

    Facts: ``file``, ``detail``, ``errno`` where it cannot be read.
    """

    @property
    def is_gone(self) -> bool:
        """Whether there is no pack of that name any more."""
        return self.facts.get("errno") == errno.ENOENT


def unusable(path: Path, detail: str) -> PackError:
    """The error for the pack at `path`; `detail` is a clause about "it"."""
    return PackError("pack-unusable", f"a cached pack cannot be used: {detail}", file=str(path), detail=detail)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says about the pack at `path` into a PackError; what the machine lacks stays an OSError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _ITS_OWN:
            raise
        words = {errno.ENOENT: "it has been removed", errno.ELOOP: "it is a symbolic link"}
        detail = words.get(error.errno or 0, f"it cannot be read ({error.strerror})")
        raise unusable(path, detail).with_facts(errno=error.errno) from error
