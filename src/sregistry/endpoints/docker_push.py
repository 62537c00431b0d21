"""A SIF file -> an image of one layer for Docker, podman and all others, in any place that takes blobs and manifests.

The digest of the layer must be known before it is sent, so its bytes lie in a nameless file beside the cache for that
long. Nothing is sent before the whole SIF has been read.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from sregistry.digests import Digest
from sregistry.endpoints.base import About, OnBytes, Writable
from sregistry.endpoints.sending import Held, changed, put
from sregistry.errors import Cancelled, DiskError, SregistryError
from sregistry.oci import manifests, media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.resources.plan import make_plan
from sregistry.store.errors import disk_error

if TYPE_CHECKING:
    from sregistry.layers.blob import Blob
    from sregistry.settings import Settings

_LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, slots=True)
class _Scratch:
    """The file for a layer's bytes. What goes wrong in writing it is an error of its folder, not of the SIF."""

    file: BinaryIO
    folder: Path
    setting: str
    on_bytes: OnBytes | None

    def write(self, data: bytes | bytearray, /) -> int:
        if self.on_bytes is not None:
            self.on_bytes(0)
        try:
            return self.file.write(data)
        except OSError as error:
            raise disk_error(error, self.folder, "write in", setting=self.setting, needed=len(data)) from error


def push_image(
    target: Writable, name: str, sif: Path, about: About, settings: Settings, on_bytes: OnBytes | None = None
) -> Digest:
    """Store the image in the SIF file `sif` under `name`; return the digest of its manifest.

    Args:
        target: takes it.
        name: a tag, or as `base.Writable.put_manifest` takes it.
        sif: any SIF file.
        about: annotations of the manifest; the platform, where it is another than the file says.
        settings: ``compression`` is that of the layer, ``max_unpacked_size`` its limit.
        on_bytes: told of bytes that are sent; of none while the layer is made. What it raises ends the push.

    Raises:
        SifError: ``sif-encrypted``, ``sif-filesystem`` and others: what cannot be read, before anything is sent.
        SquashfsError, AssemblyError: likewise.
        LayerError: ``layer-name-whiteout``, ``layer-too-large``: likewise.
        DiskError: there is no room for the layer, or the file cannot be read; ``disk-file-changed``.
        RegistryError: what `target` raises.
    """
    with _scratch(settings, on_bytes) as scratch:
        blob, config = _read(sif, lambda file: _disassemble(file, scratch, about, settings))
        layer = Descriptor(_LAYER + blob.suffix, blob.digest, blob.size)
        described = Descriptor(media_types.OCI_CONFIG, Digest.of(config), len(config))
        put(target, layer, lambda: _Kept(scratch.file), on_bytes)
    put(target, described, lambda: Held(config), on_bytes)
    return target.put_manifest(name, manifests.parse(_manifest(described, layer, about)))


class _Kept:
    """A file read from its beginning; it is not closed with the stream."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@contextmanager
def _scratch(settings: Settings, on_bytes: OnBytes | None) -> Iterator[_Scratch]:
    """A nameless file beside the cache, or for temporary files where nothing is cached."""
    setting = "cache_dir" if settings.use_cache else "tmpdir"
    folder: Path = getattr(settings, setting)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below
    except OSError as error:
        raise disk_error(error, folder, "write in", setting=setting) from error
    with file:
        yield _Scratch(file, folder, setting, on_bytes)


def _disassemble(file: BinaryIO, scratch: _Scratch, about: About, settings: Settings) -> tuple[Blob, bytes]:
    """Write the layer into `scratch`; return what it is, and the config of the image."""
    from sregistry.disassembly.sif import read_parts

    parts = read_parts(file)
    # The file itself knows the variant, too.
    if about.platform is not None and not about.platform.alike(parts.platform):
        parts = replace(parts, platform=about.platform)
    compression, workers = settings.compression, make_plan(settings.jobs).workers
    blob = parts.write(scratch, compression.codec, compression.level, workers=workers, limit=settings.max_unpacked_size)
    scratch.file.flush()
    return blob, parts.document(blob)


def _read(sif: Path, read: Callable[[BinaryIO], tuple[Blob, bytes]]) -> tuple[Blob, bytes]:
    """What `read` makes of the file, if it is the same from beginning to end; every error names it."""
    try:
        with sif.open("rb") as file:
            before = _state(file)
            try:
                return read(file)
            finally:
                if _state(file) != before:
                    raise changed(sif)
    except OSError as error:
        raise disk_error(error, sif, "read") from error
    except (DiskError, Cancelled):
        raise
    except SregistryError as error:
        raise error.with_facts(file=str(sif)) from error.__cause__


def _state(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def _manifest(config: Descriptor, layer: Descriptor, about: About) -> bytes:
    """Source: OCI Image Specification, "manifest.md"."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": _written(config),
        "layers": [_written(layer)],
    }
    if about.annotations:
        document["annotations"] = dict(sorted(about.annotations.items()))
    return json.dumps(document, separators=(",", ":")).encode()


def _written(descriptor: Descriptor) -> dict[str, Any]:
    return {"mediaType": descriptor.media_type, "digest": str(descriptor.digest), "size": descriptor.size}
