"""Uploads that were broken off: where each goes on in its registry, for the process that comes next.

A registry names an upload by an address that may hold a key to it, so the files are their owner's alone, and what
somebody else may have written is not used.

::

    CACHE/uploads/KEY.json    {"location": …}; KEY is the SHA-256 of registry, repository and digest
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sregistry.digests import Digest
from sregistry.store.errors import DiskError, LockError
from sregistry.store.files import partial_file, sweep
from sregistry.store.locks import locked
from sregistry.store.paths import CachePaths

#: Registries forget an upload after a week (distribution, ``uploadpurging``).
_OLD = 7 * 86400.0
_OWN = 0o600


class KeptUpload:
    """The upload of one blob; what cannot be written down is forgotten: it only costs time.

    Attributes:
        location: where a former process has left off; None where there is nothing to go on with.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.location: str | None = _read(path)

    def keep(self, location: str) -> None:
        """Remember where the upload goes on."""
        with suppress(DiskError, OSError), partial_file(self._path.parent, mode=_OWN) as partial:
            partial.file.write(json.dumps({"location": location}).encode())
            partial.commit(self._path, wait=False)

    def drop(self) -> None:
        """Forget it: it is complete, or lost."""
        self.location = None
        with suppress(OSError):
            self._path.unlink()


class UploadSessions:
    """The uploads of the cache at `root`; `lock_timeout` is the longest wait for another process at the same one."""

    def __init__(self, root: Path, lock_timeout: float | None = None) -> None:
        self._paths = CachePaths(root)
        self._lock_timeout = lock_timeout

    @contextmanager
    def upload(self, registry: str, repository: str, digest: Digest) -> Iterator[KeptUpload | None]:
        """The upload of a blob, for this process alone while the context lasts.

        None where files cannot be locked or written. Raises LockError ``lock-timeout``.
        """
        key = hashlib.sha256("\n".join((registry, repository, str(digest))).encode()).hexdigest()
        purpose = f"the upload of {str(digest)[:19]} to {registry}/{repository}"
        lock = locked(self._paths.lock(f"upload-{key}"), purpose, timeout=self._lock_timeout, mode=_OWN)
        try:
            lock.__enter__()
        except (LockError, DiskError) as error:
            if error.code == "lock-timeout":
                raise
            yield None
            return
        try:
            self._tidy()
            yield KeptUpload(self._paths.uploads / f"{key}.json")
        finally:
            lock.__exit__(None, None, None)

    def _tidy(self) -> None:
        """Remove what no registry knows any more."""
        sweep(self._paths.uploads)
        with suppress(OSError):
            for path in self._paths.uploads.glob("*.json"):
                if time.time() - path.stat().st_mtime > _OLD:
                    path.unlink()


def _read(path: Path) -> str | None:
    """What is kept in a file of ours; None for that of another user, an old one, or none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
            if not own or time.time() - status.st_mtime > _OLD:
                return None
            found = json.loads(file.read(1 << 16))["location"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
