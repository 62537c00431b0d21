"""What does not fit between the image folder and the database, found without changing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sregistry.digests import Digest
from sregistry.store.errors import disk_error
from sregistry.store.files import is_temporary
from sregistry.store.names import ImageName, read_file_name
from sregistry.store.records import ImageRow
from sregistry.store.store import SETTING, Store


class State(Enum):
    """How the file of an image is."""

    GOOD = "good"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Stray:
    """A file in the image folder that no image has: what its name says, or None if we did not name it."""

    path: Path
    name: ImageName | None
    digits: str


def file_state(row: ImageRow, *, read: bool) -> State:
    """Look at the file of an image; with `read`, compare its content with the digest. Raises DiskError."""
    try:
        size = row.path.stat().st_size
    except FileNotFoundError:
        return State.MISSING
    except OSError as error:
        raise disk_error(error, row.path, "read", setting=SETTING) from error
    if size != row.size or (read and digest_of(row.path) != row.file_digest):
        return State.DAMAGED
    return State.GOOD


def digest_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> Digest:
    """Return the sha256 digest of a file; `on_bytes` is told of bytes read. Raises DiskError."""
    hasher = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(1 << 20):
                hasher.update(piece)
                if on_bytes:
                    on_bytes(len(piece))
    except OSError as error:
        raise disk_error(error, path, "read") from error
    return Digest("sha256", hasher.hexdigest())


def strays(store: Store) -> Iterator[Stray]:
    """Yield the files of the image folder that no image has, sorted by path; unfinished files are not among them.

    The file of an image that is being kept at this moment may be among them, unless all is `Store.quiet`.
    """
    storage = store.paths.storage
    found = sorted(
        path for path in _files(storage, store.paths.partial) if path.parent != storage or not is_temporary(path)
    )
    known = {str(row.path) for row in store.reads.all()}
    known.update(str(store.paths.storage / path) for path in store.reads.removals())
    by_any_case = {path.casefold(): path for path in known}
    for path in found:
        if str(path) not in known and not _is_same(path, by_any_case.get(str(path).casefold())):
            meaning = read_file_name(str(path.relative_to(store.paths.storage)))
            yield Stray(path, *meaning) if meaning else Stray(path, None, "")


def _is_same(path: Path, other: str | None) -> bool:
    """Whether two paths that differ in case are one file: some filesystems have only one for both."""
    try:
        return other is not None and path.samefile(other)
    except OSError:
        return False


def _files(folder: Path, left_out: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path != left_out:
                yield from _files(path, left_out)
        else:
            yield path
