"""Packs in the cache: what they are called, and which of them can be used. The same for pull, doctor and check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sregistry.digests import Digest
from sregistry.packs import Pack, PackError
from sregistry.packs.errors import unusable
from sregistry.packs.reader import open_file
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
    path = cache.pack_path(codec, digest)

    def opener() -> int:
        descriptor = open_file(path)
        try:
            if doubt := cache.doubt(path, os.fstat(descriptor)):
                raise unusable(path, doubt)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    return Pack(path, label=label_of(digest, codec), opener=opener)


@contextmanager
def reading_from(cache: Cache, path: Path) -> Iterator[None]:
    """Turn the OSError of who reads the pack at `path` into a DiskError or ResourceError."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path, "read", setting=cache.setting) from error


def look(cache: Cache, codec: str, digest: Digest, *, read: bool = False) -> Pack | PackError | None:
    """The pack of layer `digest`, or why it cannot be used; None if there is none. With `read` all of it is verified.

    Raises DiskError, ResourceError.
    """
    path = cache.pack_path(codec, digest)
    try:
        with reading_from(cache, path):
            pack = open_pack(cache, codec, digest)
            if read:
                pack.verify()
    except PackError as error:
        return error if os.path.lexists(path) else None
    return pack


def fault(cache: Cache, entry: CacheEntry, *, read: bool) -> PackError | None:
    """Why an entry of the cache cannot be used; None if it can, or is gone. Raises as `look`."""
    found = look(cache, entry.codec, entry.digest, read=read)
    return found if isinstance(found, PackError) else None


def obstacle(cache: Cache, path: Path) -> DiskError | None:
    """What forbids that the pack at `path` is replaced, as far as that is seen without trying; None if nothing does."""
    for folder in (cache.paths.partial, cache.paths.locks, path.parent):
        try:
            require_writable(folder, setting=cache.setting)
        except DiskError as error:
            if error.code in _CLOSED:
                return error
    return None
