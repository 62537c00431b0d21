"""The content-addressed cache of converted layers, safe for many processes at once.

An entry is a pack, named by the digest of the layer it was made from, so it is never changed, only added
and removed. Its modification time is the time of its last use.

It is its owner's alone, whatever the umask, unless the setting `mode` opens it; an entry that somebody else may have
written is not used, see `doubt`.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sregistry.digests import HEX_LENGTH, Digest, DigestError
from sregistry.store.downloads import Downloads
from sregistry.store.errors import StoreError, disk_error
from sregistry.store.files import PartialFile, partial_file, sweep
from sregistry.store.locks import OnWait, locked, remove_abandoned
from sregistry.store.paths import CachePaths
from sregistry.store.trust import closed, doubt, doubt_of_the_way

SETTING = "cache_dir"
#: `prune` spares what was used in the last seconds: a running pull is about to open it.
GRACE = 600.0
_OWN = 0o600
#: A pack is called by the digits of its layer's digest, whose number tells the algorithm.
_ALGORITHMS = {length: algorithm for algorithm, length in HEX_LENGTH.items()}


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One pack: `digest` of its layer, `codec` the folder it is in, `used` in seconds since 1970."""

    digest: Digest
    codec: str
    size: int
    used: float
    path: Path


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, what it freed, and the size of what was kept."""

    entries: list[CacheEntry]
    freed: int
    kept: int


class Cache:
    """The cache below `root`, whose folders are made when something is put there.

    Args:
        root: folder of the cache.
        mode: permission bits of new files; None for those of their owner alone, whatever the umask.
        lock_timeout: seconds to wait for another process at the same work; None waits for ever.
        setting: name of the setting that moves `root`, for messages.
    """

    def __init__(
        self, root: Path, *, mode: int | None = None, lock_timeout: float | None = None, setting: str = SETTING
    ) -> None:
        self.paths: CachePaths = CachePaths(root)
        self.setting = setting
        self._mode = mode
        self._bits = _OWN if mode is None else mode
        self._lock_timeout = lock_timeout

    def pack_path(self, codec_identity: str, digest: Digest) -> Path:
        """Where the pack of layer `digest` is or will be, by the identity of the codec."""
        return self.paths.pack(codec_identity, digest)

    def use(self, path: Path) -> bool:
        """Note that the entry at `path` is used now; return whether it exists."""
        try:
            os.utime(path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError:
            return os.path.lexists(path)
        return True

    def doubt(self, path: Path, status: os.stat_result) -> str | None:
        """Why the entry at `path`, a file of that status, cannot be trusted, a clause about "it"; None if it can.

        Who may not be trusted is who could have written it, or put it there. Raises OSError.
        """
        if found := doubt(status, self._mode):
            return f"it {found}"
        for folder in (path.parent, self.paths.packs):
            if found := doubt(folder.stat(), self._mode):
                return f"its folder {found}"
        way = doubt_of_the_way(self.paths.root)
        if way and way.owner is not None:
            return f"the way to it goes by {way.place}, a link of another user"
        if way and not (self._mode or 0) & stat.S_IWOTH:
            return f"it is below {way.place}, which every user can change"
        return None

    def require_usable(self) -> None:
        """Raise what keeps this user from the cache, whatever it holds; that it may not be there is not asked.

        Raises StoreError ``store-cache-link`` (facts: link, uid), DiskError.
        """
        way = doubt_of_the_way(self.paths.root)
        if way and way.owner is not None:
            raise StoreError(
                "store-cache-link",
                f"the way to the cache goes by {way.place}, a link of another user",
                path=str(self.paths.root),
                link=way.place,
                uid=way.owner,
                setting=self.setting,
            )
        for folder in (self.paths.root, self.paths.packs):
            self._require_open(folder)
        for folder in self._children(self.paths.packs):
            self._require_open(folder)

    def _require_open(self, folder: Path) -> None:
        try:
            os.stat(f"{folder}/.")  # noqa: PTH116 - a Path drops the dot
        except PermissionError as error:
            raise disk_error(error, folder, "write in", setting=self.setting) from error
        except OSError:
            pass  # it is not there, or is no folder: it is said when something is to be put there

    def _children(self, folder: Path) -> list[Path]:
        """The content of `folder`, none if it does not exist; raises DiskError."""
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise disk_error(error, folder, "read", setting=self.setting) from error

    def drop(self, path: Path, status: os.stat_result | None = None) -> OSError | None:
        """Remove what is at `path`; with a status, only the very file that had it. Return why it is still there."""
        try:
            if status is None or os.path.samestat(status, path.lstat()):
                _remove(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            return error
        return None

    def lock(self, key: str, purpose: str, *, on_wait: OnWait | None = None) -> AbstractContextManager[None]:
        """Hold the lock `key` during the context: who makes a pack holds the lock of its codec and digest.

        `purpose` completes "waiting for …"; `on_wait` is called while waiting.
        Raises LockError ``lock-timeout``, ``lock-unsupported``; DiskError.
        """
        return locked(
            self.paths.lock(key),
            purpose,
            timeout=self._lock_timeout,
            on_wait=on_wait,
            setting=self.setting,
            mode=self._bits,
        )

    def temporary(self) -> AbstractContextManager[PartialFile]:
        """Open a file of the cache's filesystem; its ``commit(path)`` makes it an entry. Raises DiskError."""
        self._close()
        return partial_file(self.paths.partial, mode=self._bits, setting=self.setting)

    def _close(self) -> None:
        """Let nobody into our folders who should not be there: they were made under another umask, or opened."""
        for folder in (self.paths.packs, *self._children(self.paths.packs), self.paths.partial, self.paths.locks):
            with suppress(OSError):
                status = folder.lstat()
                bits = closed(status, self._mode) if stat.S_ISDIR(status.st_mode) else None
                if bits is not None:
                    folder.chmod(bits)

    @property
    def downloads(self) -> Downloads:
        """Downloads that were broken off, for the next pull to go on with."""
        return Downloads(self.paths.downloads, self._mode, setting=self.setting)

    def sweep(self) -> list[Path]:
        """Remove what killed processes left half-written, and their lock files; return what was half-written.

        Downloads that can be gone on with stay as long as they are few and new.
        """
        remove_abandoned(self.paths.locks)
        self.downloads.sweep()
        return sweep(self.paths.partial)

    def entries(self) -> list[CacheEntry]:
        """Return every entry, the one used last first; raise as `require_usable` does."""
        self.require_usable()
        return sorted(self._packs(), key=lambda entry: (-entry.used, str(entry.path)))

    def clean(self) -> Removed:
        """Remove every entry and what killed processes left; raise as `require_usable` does."""
        self.require_usable()
        self.sweep()
        shutil.rmtree(self.paths.uploads, ignore_errors=True)
        begun = self.downloads.sweep(most=0)
        removed = self._remove(self.entries(), kept=0)
        return replace(removed, freed=removed.freed + begun)

    def prune(self, *, max_size: int | None = None, older_than: float | None = None) -> Removed:
        """Remove entries not used for `older_than` seconds, then the least recently used until `max_size` bytes remain.

        Entries used in the last `GRACE` seconds stay. Raises as `require_usable` does.
        """
        self.require_usable()
        self.sweep()
        now = time.time()
        kept_size, doomed = 0, []
        for entry in self.entries():
            age = now - entry.used
            fits = max_size is None or kept_size + entry.size <= max_size
            fresh = older_than is None or age <= older_than
            if age < GRACE or (fits and fresh):
                kept_size += entry.size
            else:
                doomed.append(entry)
        return self._remove(doomed, kept=kept_size)

    def _packs(self) -> Iterator[CacheEntry]:
        for folder in self._children(self.paths.packs):
            for path in self._children(folder):
                if path.suffix == ".pack":
                    algorithm = _ALGORITHMS.get(len(path.stem), "sha256")
                    yield from _entry(f"{algorithm}:{path.stem}", folder.name, path)

    def _remove(self, entries: list[CacheEntry], *, kept: int) -> Removed:
        for entry in entries:
            try:
                _remove(entry.path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise disk_error(error, entry.path, "remove", setting=self.setting) from error
        return Removed(entries, sum(entry.size for entry in entries), kept)


def _remove(path: Path) -> None:
    """Remove a pack, or whatever else has its name; raise OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _entry(digest: str, codec: str, path: Path) -> Iterator[CacheEntry]:
    """The entry at `path`; nothing if it is foreign to the cache or has gone meanwhile."""
    with suppress(DigestError, FileNotFoundError):
        status = path.lstat()
        yield CacheEntry(Digest.parse(digest), codec, status.st_size, status.st_mtime, path)
