"""Packs in the cache: what they are called, and which of them can be used. The same for pull, doctor and check."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sregistry.digests import Digest
from sregistry.packs import Pack, PackError
from sregistry.packs.errors import unusable
from sregistry.packs.reader import open_file, other_layer
from sregistry.squashfs.compressors import Compressor
from sregistry.store.cache import Cache, CacheEntry
from sregistry.store.errors import DiskError, disk_error
from sregistry.store.files import require_writable

BLOCK_SIZE = 1 << 17
#: Codes of what nobody changes by removing a file.
_CLOSED = frozenset({"disk-permission", "disk-read-only"})


def codec_of(compressor: Compressor) -> str:
    """The name under which the cache keeps packs whose blocks `compressor` made."""
    return f"{compressor.identity}-{BLOCK_SIZE >> 10}k"


def label_of(digest: Digest, codec: str) -> bytes:
    """What a pack says that it is of: the layer's digest, and the codec by its name in the cache."""
    return f"{digest} {codec}".encode()


def open_pack(cache: Cache, codec: str, digest: Digest) -> Pack:
    """Open the pack of layer `digest`; header, trailer and label are verified, and who may have written it.

    Raises PackError ``pack-unusable``, and OSError for what the machine lacks.
    """
    return _open(cache, cache.pack_path(codec, digest), label_of(digest, codec))


def _open(cache: Cache, path: Path, label: bytes | None) -> Pack:
    def opener() -> int:
        descriptor = open_file(path)
        try:
            if doubt := cache.doubt(path, os.fstat(descriptor)):
                raise unusable(path, doubt)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    return Pack(path, label=label, opener=opener)


@contextmanager
def reading_from(cache: Cache, path: Path) -> Iterator[None]:
    """Turn the OSError of who reads the pack at `path` into a DiskError or ResourceError."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path, "read", setting=cache.setting) from error


def look(cache: Cache, codec: str, digest: Digest) -> Pack | PackError | None:
    """The pack of layer `digest`, or why it cannot be used; None if there is none. All but its data is verified.

    Raises DiskError, ResourceError.
    """

    def use() -> Pack:
        pack = open_pack(cache, codec, digest)
        pack.index()
        return pack

    return _look(cache, cache.pack_path(codec, digest), use)


def fault(cache: Cache, entry: CacheEntry, *, read: bool) -> PackError | None:
    """Why an entry cannot be used; None if it can, or is gone. Without `read` its data is not verified.

    Raises as `look`.
    """

    def use() -> Pack:
        pack = _open(cache, entry.path, None)
        # The folder does not tell the codec letter by letter; the label does.
        digest, _, codec = pack.label().decode(errors="replace").partition(" ")
        if digest != str(entry.digest) or cache.pack_path(codec, entry.digest) != entry.path:
            raise other_layer(entry.path)
        if read:
            pack.verify()
        else:
            pack.index()
        return pack

    found = _look(cache, entry.path, use)
    return found if isinstance(found, PackError) else None


def _look(cache: Cache, path: Path, use: Callable[[], Pack]) -> Pack | PackError | None:
    try:
        with reading_from(cache, path):
            return use()
    except PackError as error:
        # A file in the place of one of its folders is no pack either.
        return error if os.path.lexists(path) else None


def obstacle(cache: Cache, path: Path) -> DiskError | None:
    """What forbids that the pack at `path` is replaced, as far as that is seen without trying; None if nothing does."""
    for folder in (cache.paths.partial, cache.paths.locks, path.parent):
        try:
            require_writable(folder, setting=cache.setting)
        except DiskError as error:
            if error.code in _CLOSED:
                return error
    return None
