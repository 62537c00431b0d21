"""What one repository of the sick registry holds, and the small images that scenarios spoil."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.layers import blocks
from tests.support import images
from tests.support.images import Blob, Image, Layer

#: The larger layer has noise of this size, so that there is a middle to break off in.
NOISE = 256 << 10


class Repository:
    """Manifests by tag and digest, blobs by digest."""

    def __init__(self) -> None:
        self.manifests: dict[str, Blob] = {}
        self.blobs: dict[str, bytes] = {}

    def add(self, image: Image, *tags: str) -> Repository:
        """Store an image under tags."""
        for blob in image.blobs:
            self.blobs[blob.digest] = blob.data
        return self.put(image.manifest, *tags)

    def put(self, manifest: Blob, *tags: str) -> Repository:
        """Store a manifest of any kind."""
        for key in (manifest.digest, *tags):
            self.manifests[key] = manifest
        return self

    def keep(self, blob: Blob) -> Blob:
        """Store a blob and return it."""
        self.blobs[blob.digest] = blob.data
        return blob

    @property
    def tags(self) -> list[str]:
        return sorted(key for key in self.manifests if ":" not in key)

    @property
    def layer(self) -> str:
        """Digest of the largest blob: the layer to which faults happen."""
        return max(self.blobs, key=lambda digest: len(self.blobs[digest]))

    @property
    def config(self) -> str:
        """Digest of the config of `latest`."""
        digest: str = json.loads(self.manifests["latest"].data)["config"]["digest"]
        return digest


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def base_layer(name: str) -> bytes:
    """The tar of a root file system in which a shell would be."""
    folders = [
        blocks.directory(folder) for folder in (b"bin/", b"dev/", b"etc/", b"proc/", b"sys/", b"tmp/", b"usr/", b"var/")
    ]
    shell = blocks.file(b"bin/sh", b"#!/bin/true\n", mode=0o755)
    return blocks.archive(*folders, shell, blocks.file(b"etc/scenario", name.encode() + b"\n"))


def data_layer(name: str) -> bytes:
    """The tar of the layer to which faults happen; differs between scenarios, so that no cache can help."""
    return blocks.archive(blocks.directory(b"opt/"), blocks.file(b"opt/data", blocks.noise(name.encode(), NOISE)))


def image(name: str, layers: Iterable[bytes | Layer] | None = None, **options: Any) -> Image:
    """A small image; `options` are those of `tests.support.images.image`."""
    return images.image([base_layer(name), data_layer(name)] if layers is None else layers, **options)


def healthy(name: str) -> Repository:
    """One image for Linux on amd64 and arm64, in Docker's format, under `latest`."""
    return Repository().add(image(name, docker=True, platform=THIS_PLATFORM), "latest")


def _this_platform() -> str:
    import platform

    return "linux/" + {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


#: Scenarios are about faults, so their images are for the machine that runs the tests.
THIS_PLATFORM = _this_platform()

Maker = Callable[[str], Repository]


def of_layers(*tars: bytes, compress: Callable[[bytes], bytes] | None = None) -> Maker:
    """A maker of an image with the base layer and others on it, stored by `compress` under gzip's media type."""

    def make(name: str) -> Repository:
        made: list[bytes | Layer] = [base_layer(name)]
        for tar in tars:
            stored = compress(tar) if compress else None
            made.append(Layer(Blob(images.OCI_LAYERS["gzip"], stored), digest(tar)) if stored is not None else tar)
        return Repository().add(image(name, made, platform=THIS_PLATFORM), "latest")

    return make


def of_manifest(change: Callable[[dict[str, Any]], object], *, docker: bool = False) -> Maker:
    """A maker of an image whose manifest was changed: `change` edits it in place, or returns something else."""

    def make(name: str) -> Repository:
        made = image(name, docker=docker, platform=THIS_PLATFORM)
        manifest = json.loads(made.manifest.data)
        changed = change(manifest)
        encoded = changed if isinstance(changed, bytes) else images.encode(manifest if changed is None else changed)
        return Repository().add(made).put(Blob(made.manifest.media_type, encoded), "latest")

    return make


def of_config(change: Callable[[dict[str, Any]], object], *, docker: bool = False) -> Maker:
    """A maker of an image whose config was changed, with a manifest that names the changed one."""

    def make(name: str) -> Repository:
        made = image(name, docker=docker, platform=THIS_PLATFORM)
        config = json.loads(made.config.data)
        changed = change(config)
        encoded = changed if isinstance(changed, bytes) else images.encode(config if changed is None else changed)
        blob = Blob(made.config.media_type, encoded)
        manifest = {**json.loads(made.manifest.data), "config": blob.descriptor}
        repository = Repository().add(made)
        repository.keep(blob)
        return repository.put(Blob(made.manifest.media_type, images.encode(manifest)), "latest")

    return make


def of_index(*platforms: str, edit: Callable[[dict[str, Any]], object] | None = None, docker: bool = False) -> Maker:
    """A maker of an index of images for platforms, changed in place by `edit`."""

    def make(name: str) -> Repository:
        repository = Repository()
        made = [image(f"{name} {platform}", platform=platform, docker=docker) for platform in platforms]
        for one in made:
            repository.add(one)
        listed = images.index(made, docker=docker)
        document = json.loads(listed.data)
        if edit:
            edit(document)
        return repository.put(Blob(listed.media_type, images.encode(document)), "latest")

    return make


def artifact(
    config: tuple[str, bytes],
    layers: Sequence[tuple[str, bytes]],
    more: Mapping[str, Any] | None = None,
    tag: str = "latest",
) -> Maker:
    """A maker of something that is stored like an image but is none: (media type, bytes) of config and layers."""

    def make(name: str) -> Repository:
        repository = Repository()
        head = repository.keep(Blob(*config))
        parts = [repository.keep(Blob(media_type, data)) for media_type, data in layers]
        document = {"schemaVersion": 2, "mediaType": images.OCI_MANIFEST, "config": head.descriptor, **(more or {})}
        document["layers"] = [part.descriptor for part in parts]
        return repository.put(Blob(images.OCI_MANIFEST, images.encode(document)), tag)

    return make
