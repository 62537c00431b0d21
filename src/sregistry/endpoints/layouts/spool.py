"""A compressed archive, or one from a pipe ─► an unnamed file, in which members can be found by their offsets."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.errors import SregistryError
from sregistry.layers.compression import CHUNK, TarBytes, compression_of
from sregistry.packs import Limits
from sregistry.store.errors import disk_error
from sregistry.store.files import make_folder
from sregistry.store.waiting import telling

if TYPE_CHECKING:
    from sregistry.settings import Settings

_ZEROS = bytes(CHUNK)


def is_packed(descriptor: int, path: Path) -> bool:
    """Whether members cannot be found by offsets: a pipe, or compressed data. Raises DiskError."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return True
    try:
        return compression_of(os.pread(descriptor, 6, 0)) != "none"
    except OSError as error:
        raise disk_error(error, path, "read") from error


def unpacked(descriptor: int, path: Path, settings: Settings, check: Callable[[], None]) -> int:
    """The descriptor of a file with the unpacked content of the archive, whose own is closed.

    `check` is called again and again; what it raises ends this.

    Raises:
        LayoutError: ``layout-archive-invalid`` for data that cannot be decompressed, ``layout-too-large`` for what
            expands beyond the settings ``max_expansion_ratio`` and ``max_unpacked_size``.
        DiskError: the archive cannot be read, or the file not be written.
    """
    folder, setting = (settings.cache_dir, "cache_dir") if settings.use_cache else (settings.tmpdir, "tmpdir")
    with os.fdopen(descriptor, "rb", buffering=0) as stored:
        try:
            make_folder(folder, 0o600)
            target = tempfile.TemporaryFile(dir=folder, prefix="sregistry-", buffering=0)  # noqa: SIM115 - is returned
        except OSError as error:
            raise disk_error(error, folder, "write in", setting=setting) from error
        with target, telling(lambda: f"{path} cannot be read where it lies; it is being unpacked beside the cache"):
            try:
                _copy(_Stored(stored.fileno(), path, check), target.fileno(), settings)
                return os.dup(target.fileno())
            except OSError as error:
                raise disk_error(error, folder, "unpack an archive in", setting=setting) from error


class _Stored:
    """The archive as it is; its errors are told from those of writing."""

    def __init__(self, descriptor: int, path: Path, check: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._path = path
        self._check = check

    def read(self, size: int = -1, /) -> bytes:
        self._check()
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            raise disk_error(error, self._path, "read") from error


def _copy(stored: _Stored, target: int, settings: Settings) -> None:
    """Write what `stored` unpacks to; long runs of zeros become holes."""
    limit, position = settings.max_unpacked_size, 0
    try:
        tar = TarBytes(stored, max_ratio=settings.max_expansion_ratio, free=Limits().unquestioned)
        while data := tar.read(CHUNK):
            if position + len(data) > limit:
                message = f"the archive unpacks to more than {limit} bytes"
                raise LayoutError("layout-too-large", message, limit=limit, setting="max_unpacked_size")
            if data != _ZEROS[: len(data)]:
                _write(target, data, position)
            position += len(data)
    except LayoutError:
        raise
    except SregistryError as error:
        if not error.code.startswith("layer-"):
            raise
        raise _as_archive(error) from error
    os.ftruncate(target, position)


def _write(target: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(target, view, position)
        view = view[written:]
        position += written


def _as_archive(error: SregistryError) -> LayoutError:
    """An error about the compressed data of a layer, as one about the archive."""
    message = error.message.replace("layer", "archive")
    kept = {name: value for name, value in error.facts.items() if name not in ("layer", "layer_index")}
    if error.code == "layer-expands-too-far":
        return LayoutError("layout-too-large", message, **kept)
    if error.code == "layer-compression-truncated":
        kept["fault"] = "truncated"
    return LayoutError("layout-archive-invalid", message, **kept)
