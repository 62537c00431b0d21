"""One process at a time: file locks that say who holds them, and that go away with their holder.

The lock is flock(2) on a small file, so a killed process leaves no lock behind (at most the file); on
NFS the kernel turns it into a lock of the server. The content says who holds it, only for messages.
The ``filelock`` package was weighed: where flock is missing it silently falls back to lock files
that outlive a killed process, it tells neither holder nor errno, and it costs 50 ms of start-up.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sregistry.store import holders, waiting
from sregistry.store.errors import DiskError, LockError, disk_error
from sregistry.store.files import machine, make_folder
from sregistry.store.filesystem import filesystem_type

#: What the operating system answers where there are no locks: NFS without lockd, Lustre without -o flock.
UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})
_CONTENDED = frozenset({errno.EAGAIN, errno.EACCES})
_POLL_FIRST = 0.01
_POLL_LONGEST = 0.25


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: `machine` and `pid`, what for, and since when (seconds since 1970)."""

    machine: str
    pid: int
    purpose: str
    since: float

    def facts(self) -> dict[str, Any]:
        """All that is known, also of the process where it is one of this machine: ``command``, ``stopped``."""
        return {**asdict(self), **(holders.process(self.pid) if self.machine == machine() else {})}

    def __str__(self) -> str:
        return f"{holders.words(self.facts())} on {self.machine.rpartition('-')[0]}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a process waits for, for the callback: the purpose of its own lock and, where known, the holder."""

    purpose: str
    holder: Holder | None
    waited: float


OnWait = Callable[[Waiting], None]


@contextmanager
def locked(
    path: Path,
    purpose: str,
    *,
    timeout: float | None = None,
    on_wait: OnWait | None = None,
    setting: str | None = None,
    mode: int | None = None,
) -> Iterator[None]:
    """Hold the lock file `path` during the context.

    Args:
        path: lock file, made if need be; it exists only while the lock is held.
        purpose: what the lock is for, in words that complete "waiting for …".
        timeout: seconds to wait at most; None waits for ever, 0 does not wait.
        on_wait: called when the wait begins and about every second of it; without it, what is waited for is told as
            `waiting` says.
        setting: name of the setting that moves the folder of `path`, for messages.
        mode: permission bits of a lock file that is made; None follows the umask.

    Raises:
        LockError: ``lock-timeout`` (facts: holder, elapsed) or ``lock-unsupported`` (facts: filesystem, setting).
        DiskError: the lock file cannot be made.
    """
    descriptor = _acquire(_LockFile(path, setting, mode), purpose, timeout, on_wait)
    try:
        _write_holder(descriptor, Holder(machine(), os.getpid(), purpose, time.time()))
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def remove_abandoned(folder: Path) -> None:
    """Remove the lock files of killed processes from `folder`; they lock nothing, and only lie about."""
    for path in folder.glob("*.lock"):
        with suppress(LockError, DiskError), locked(path, "tidying up", timeout=0):
            pass


def holder_of(path: Path) -> Holder | None:
    """Return who says to hold the lock file `path`; None if nobody does or it cannot be read."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class _LockFile:
    """One lock file and how to make it."""

    path: Path
    setting: str | None
    mode: int | None

    def take(self) -> int | None:
        """Return a descriptor that holds the lock, or None if somebody else does; raise LockError, DiskError."""
        descriptor = self._open()
        try:
            if self._lock(descriptor) and self._is_still_named(descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def _open(self) -> int:
        try:
            make_folder(self.path.parent, self.mode)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            return os.open(self.path, flags, 0o666 if self.mode is None else self.mode | 0o600)
        except OSError as error:
            raise disk_error(error, self.path, "write", setting=self.setting) from error

    def _lock(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _CONTENDED:
                return False
            if error.errno in UNSUPPORTED:
                raise unsupported(error, self.path, self.setting) from error
            raise disk_error(error, self.path, "lock", setting=self.setting) from error
        return True

    def _is_still_named(self, descriptor: int) -> bool:
        """Whether the locked file is the one of that name: a holder removes it before letting go."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        return False


def _acquire(lock: _LockFile, purpose: str, timeout: float | None, on_wait: OnWait | None) -> int:
    start = time.monotonic()
    pause, told = _POLL_FIRST, -1.0
    while (descriptor := lock.take()) is None:
        waited = time.monotonic() - start
        if timeout is not None and waited >= timeout:
            raise _timed_out(lock.path, purpose, waited, timeout)
        if on_wait is not None and (told < 0 or waited - told >= 1):
            on_wait(Waiting(purpose, holder_of(lock.path), waited))
            told = waited
        elif on_wait is None and told < 0 and waited >= waiting.TELL_AFTER:
            waiting.tell(f"waiting for {purpose}, which {holder_of(lock.path) or 'another process'} holds")
            told = waited
        time.sleep(pause)
        pause = min(pause * 1.5, _POLL_LONGEST)
    return descriptor


def unsupported(error: OSError, path: Path, setting: str | None) -> LockError:
    """The error for a filesystem whose locks do not work, naming it and the setting that moves the folder."""
    kind = filesystem_type(path)
    return LockError(
        "lock-unsupported",
        f"file locks do not work in {path.parent}" + (f" (a filesystem of type {kind})" if kind else ""),
        path=str(path),
        errno=error.errno,
        detail=error.strerror,
        filesystem=kind,
        setting=setting,
    )


def _timed_out(path: Path, purpose: str, waited: float, timeout: float) -> LockError:
    holder = holder_of(path)
    who = f" held by {holder}" if holder else ""
    return LockError(
        "lock-timeout",
        f"waited {waited:.0f} s for {purpose}{who}",
        retryable=True,
        path=str(path),
        purpose=purpose,
        holder=holder.facts() if holder else None,
        elapsed=round(waited, 1),
        timeout=timeout,
        setting="lock_timeout",
    )


def _write_holder(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def record_locks_error(folder: Path) -> OSError | None:
    """Try the kind of lock that SQLite uses, fcntl(2), on a file in `folder`; return why it cannot be had."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error if error.errno in UNSUPPORTED else None
    return None
