"""Download the layers of an image as they are stored: verified files, nothing unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.operations.damaged import until_sound
from sregistry.operations.stopping import Stop, unless
from sregistry.references import Platform, RegistryReference
from sregistry.resources.threads import Workers
from sregistry.store.errors import disk_error
from sregistry.store.files import partial_file

if TYPE_CHECKING:
    from sregistry.oci.image import Layer
    from sregistry.registry.session import Session

PARALLEL = 4
_CHUNK = 1 << 20
_ENDINGS = {"zstd": ".tar.zst", "gzip": ".tar.gz"}


def download_layers(
    session: Session, reference: RegistryReference, platform: Platform | None, folder: Path, *, stop: Stop | None = None
) -> list[Path]:
    """Put every layer of an image into `folder`, which is made if need be; return the files, bottom layer first.

    A file that is there already with the right content is kept. A layer that occurs twice is one file.

    Raises:
        SregistryError: what of names, registries and disks can go wrong.
    """
    image = unless(stop, lambda: session.resolve(reference, platform))
    files = {layer.descriptor.digest: folder / file_name(layer) for layer in image.layers}
    layers = {layer.descriptor.digest: layer for layer in image.layers}
    executor = Workers(PARALLEL, "layer")
    try:
        fetching = [executor.submit(_fetch, session, reference, layers[name], files[name], stop) for name in files]
        unless(stop, lambda: [fetched.result() for fetched in fetching])
    finally:
        # One that waits for a silent registry is not waited for, and leaves nothing behind.
        executor.close(wait=False, cancel=True)
    return [files[layer.descriptor.digest] for layer in image.layers]


def file_name(layer: Layer) -> str:
    """Digest and compression, such as ``sha256-8178….tar.gz``."""
    descriptor = layer.descriptor
    ending = next((end for word, end in _ENDINGS.items() if descriptor.media_type.endswith(word)), ".tar")
    return f"{descriptor.digest.algorithm}-{descriptor.digest.hex}{ending}"


def _fetch(session: Session, reference: RegistryReference, layer: Layer, file: Path, stop: Stop | None) -> None:
    try:
        if not file.is_file() or _content(file, layer) != layer.descriptor.digest.hex:
            until_sound(
                lambda: _download(session, reference, layer, file, stop),
                len(session.places(reference)),
                on_damaged=lambda error: None,
            )
    except OSError as error:
        raise disk_error(error, file, "write", needed=layer.descriptor.size) from error


def _download(session: Session, reference: RegistryReference, layer: Layer, file: Path, stop: Stop | None) -> None:
    with partial_file(file.parent) as partial, session.open_blob(reference, layer.descriptor) as blob:
        while data := blob.read(_CHUNK):
            if stop:
                stop.check()
            partial.file.write(data)
        partial.commit(file)


def _content(file: Path, layer: Layer) -> str:
    """The hex digest of a file, by the algorithm of the layer's."""
    hasher = layer.descriptor.digest.hasher()
    with file.open("rb") as opened:
        while data := opened.read(_CHUNK):
            hasher.update(data)
    return hasher.hexdigest()
