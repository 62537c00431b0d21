"""Archives as ``docker save`` of several ages and ``nerdctl save`` write them, made by their documented shapes.

Sources: moby, "image/spec/spec.md" and "image/tarexport/save.go" (before and since 25.0); containerd,
"core/images/archive/exporter.go".
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import zstandard

from tests.support import tars
from tests.support.images import OCI_INDEX, Blob, Image, encode, index

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


def layer_tar(data: bytes) -> bytes:
    """A layer without its compression."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().decompress(data)
    return data


def before_25(named: Mapping[str, Image]) -> list[tars.Member]:
    """Docker 1.10 to 24: a folder for each layer; what two images share is a link in the second one."""
    members: list[tars.Member] = []
    entries, repositories, seen = [], {}, dict[str, str]()
    for name, image in named.items():
        layers, parent = [], ""
        for layer in image.layers:
            parent = hashlib.sha256((parent + layer.diff_id).encode()).hexdigest()
            layers.append(f"{parent}/layer.tar")
            if any(member[0].name == f"{parent}/" for member in members):
                continue
            members += [tars.directory(f"{parent}/"), tars.file(f"{parent}/VERSION", b"1.0")]
            members.append(tars.file(f"{parent}/json", encode({"id": parent})))
            if layer.diff_id in seen:
                members.append(tars.symlink(layers[-1], f"../{seen[layer.diff_id]}"))
            else:
                seen[layer.diff_id] = layers[-1]
                members.append(tars.file(layers[-1], layer_tar(layer.blob.data)))
        config = f"{image.config.digest.partition(':')[2]}.json"
        members.append(tars.file(config, image.config.data))
        entries.append({"Config": config, "RepoTags": [name] if name else None, "Layers": layers})
        repositories[name.rpartition(":")[0]] = {name.rpartition(":")[2]: parent}
    members += [tars.file("manifest.json", encode(entries)), tars.file("repositories", encode(repositories))]
    return members


def since_25(named: Mapping[str, Image]) -> list[tars.Member]:
    """Docker 25 and later: an OCI layout whose layers are not compressed, and ``manifest.json`` beside it."""
    blobs: dict[str, bytes] = {}
    listed, entries = [], []
    for name, image in named.items():
        plain = {layer.diff_id: layer_tar(layer.blob.data) for layer in image.layers}
        layers = [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest, "size": len(data)}
            for digest, data in plain.items()
        ]
        config = {**image.config.descriptor, "mediaType": "application/vnd.oci.image.config.v1+json"}
        media_type = "application/vnd.oci.image.manifest.v1+json"
        document = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers}
        manifest = Blob(media_type, encode(document))
        blobs |= {**plain, image.config.digest: image.config.data, manifest.digest: manifest.data}
        annotations = {IMAGE_NAME: name, REF_NAME: name.rpartition(":")[2]}
        listed.append({**manifest.descriptor, "annotations": annotations})
        entries.append(_entry(name, image.config.digest, list(plain)))
    return _with_layout(blobs, listed, entries)


def by_containerd(name: str, images: Sequence[Image], kept: Sequence[Image]) -> list[tars.Member]:
    """``nerdctl save`` of an image for several platforms: an index within the index, and `kept` of its images."""
    inner = index(images)
    blobs = {inner.digest: inner.data}
    for image in kept:
        blobs |= {blob.digest: blob.data for blob in (*image.blobs, image.manifest)}
    listed = [{**inner.descriptor, "annotations": {IMAGE_NAME: name, REF_NAME: name.rpartition(":")[2]}}]
    first = kept[0]
    entry = _entry(name, first.config.digest, [layer.blob.digest for layer in first.layers])
    return _with_layout(blobs, listed, [entry])


def _entry(name: str, config: str, layers: list[str]) -> dict[str, Any]:
    return {"Config": _path(config), "RepoTags": [name], "Layers": [_path(digest) for digest in layers]}


def _with_layout(blobs: Mapping[str, bytes], listed: list[Any], entries: list[Any]) -> list[tars.Member]:
    members = [tars.directory("blobs/"), tars.directory("blobs/sha256/")]
    members += [tars.file(_path(digest), data) for digest, data in blobs.items()]
    members.append(tars.file("index.json", encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed})))
    return [*members, tars.file("manifest.json", encode(entries)), tars.file("oci-layout", LAYOUT)]


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def layout(named: Mapping[str, Image]) -> dict[str, bytes]:
    """The files of an OCI layout with images by their names; of one called "" the entry has none."""
    files, listed = {"oci-layout": LAYOUT}, []
    for name, image in named.items():
        files |= {_path(blob.digest): blob.data for blob in (*image.blobs, image.manifest)}
        listed.append({**image.manifest.descriptor, **({"annotations": {REF_NAME: name}} if name else {})})
    return {**files, "index.json": encode({"schemaVersion": 2, "manifests": listed})}


def directory(image: Image) -> dict[str, bytes]:
    """The files of what ``skopeo copy … dir:`` writes."""
    files = {blob.digest.partition(":")[2]: blob.data for blob in image.blobs}
    return {**files, "manifest.json": image.manifest.data, "version": b"Directory Transport Version: 1.1\n"}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder; return it."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def archive(path: Path, files: Mapping[str, bytes] | Sequence[tars.Member]) -> Path:
    """Write a tar archive of files or members; return its path."""
    members = [tars.file(name, data) for name, data in files.items()] if isinstance(files, Mapping) else files
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tars.archive(*members, dialect=tarfile.PAX_FORMAT))
    return path
