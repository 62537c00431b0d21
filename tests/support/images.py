"""Container images made in memory: layers, config, manifest and index; written as an OCI layout or pushed."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zstandard

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYERS = {
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
    "none": "application/vnd.oci.image.layer.v1.tar",
}


@dataclass(frozen=True)
class Blob:
    """Bytes with a media type."""

    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.data)}


@dataclass(frozen=True)
class Layer:
    """A compressed tar archive and the digest of the archive itself."""

    blob: Blob
    diff_id: str


@dataclass(frozen=True)
class Image:
    """A manifest with the blobs that it names."""

    manifest: Blob
    config: Blob
    layers: tuple[Layer, ...]
    platform: dict[str, str] = field(default_factory=dict)

    @property
    def blobs(self) -> list[Blob]:
        """Everything but the manifest, each once."""
        return list({blob.digest: blob for blob in (self.config, *(layer.blob for layer in self.layers))}.values())


def layer(tar: bytes, compression: str = "gzip", *, docker: bool = False) -> Layer:
    """A layer of a tar archive, compressed by gzip, zstd or not at all."""
    packed = {
        "gzip": lambda: gzip.compress(tar, 6, mtime=0),
        "zstd": lambda: zstandard.ZstdCompressor(3).compress(tar),
        "none": lambda: tar,
    }[compression]()
    media_type = DOCKER_LAYER if docker else OCI_LAYERS[compression]
    return Layer(Blob(media_type, packed), "sha256:" + hashlib.sha256(tar).hexdigest())


def image(
    layers: Iterable[Layer | bytes],
    config: Mapping[str, Any] | None = None,
    *,
    docker: bool = False,
    platform: str = "linux/amd64",
    created: str = "2018-03-02T00:00:00Z",
) -> Image:
    """An image of layers (a plain tar archive becomes a gzip layer) with an inner `config` as Docker writes it."""
    made = tuple(one if isinstance(one, Layer) else layer(one, docker=docker) for one in layers)
    names = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    document = {
        **names,
        "created": created,
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in made]},
        "history": [{"created": created, "created_by": f"step {number}"} for number in range(len(made))],
    }
    settings = Blob(DOCKER_CONFIG if docker else OCI_CONFIG, encode(document))
    media_type = DOCKER_MANIFEST if docker else OCI_MANIFEST
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": settings.descriptor,
            "layers": [one.blob.descriptor for one in made],
        }
    )
    return Image(Blob(media_type, manifest), settings, made, names)


def index(images: Sequence[Image], *, docker: bool = False) -> Blob:
    """A list of images, one for each platform."""
    media_type = DOCKER_LIST if docker else OCI_INDEX
    entries = [{**one.manifest.descriptor, "platform": one.platform} for one in images]
    return Blob(media_type, encode({"schemaVersion": 2, "mediaType": media_type, "manifests": entries}))


def encode(document: object) -> bytes:
    """JSON as the tools of the trade write it."""
    return json.dumps(document, separators=(",", ":")).encode()


def write_layout(folder: Path, made: Image, tag: str = "latest") -> Path:
    """Write an OCI layout folder that holds one image under a tag; return the folder."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for blob in (*made.blobs, made.manifest):
        (blobs / blob.digest.removeprefix("sha256:")).write_bytes(blob.data)
    named = {**made.manifest.descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "index.json").write_bytes(encode({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


@dataclass
class Pusher:
    """Uploads to one registry: `http://host:port` or `https://…`, with headers for every request."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None

    def push(self, repository: str, tag: str, made: Image) -> str:
        """Upload an image under a tag; return the digest of its manifest."""
        for blob in made.blobs:
            self.push_blob(repository, blob)
        return self.push_manifest(repository, tag, made.manifest)

    def push_index(self, repository: str, tag: str, images: Sequence[Image], *, docker: bool = False) -> str:
        """Upload images and a list of them under a tag; return the digest of the list."""
        for one in images:
            self.push(repository, one.manifest.digest, one)
        return self.push_manifest(repository, tag, index(images, docker=docker))

    def push_blob(self, repository: str, blob: Blob) -> None:
        """Upload one blob in one piece."""
        place = self.send("POST", f"/v2/{repository}/blobs/uploads/", b"", {}, 202)["Location"]
        parts = urlsplit(place)
        query = f"{parts.query}&digest={blob.digest}".lstrip("&")
        self.send("PUT", f"{parts.path}?{query}", blob.data, {"Content-Type": "application/octet-stream"}, 201)

    def push_manifest(self, repository: str, tag: str, manifest: Blob) -> str:
        """Upload a manifest whose blobs are already there."""
        path = f"/v2/{repository}/manifests/{tag}"
        self.send("PUT", path, manifest.data, {"Content-Type": manifest.media_type}, 201)
        return manifest.digest

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str], expected: int) -> dict[str, str]:
        """Send one request and return the headers of the reply, which must have the expected status."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        connection = (
            http.client.HTTPSConnection(parts.netloc, timeout=60, context=self.context)
            if secure
            else http.client.HTTPConnection(parts.netloc, timeout=60)
        )
        try:
            connection.request(method, path, body, {**self.headers, **headers})
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        assert reply.status == expected, f"{method} {path}: {reply.status} {text[:400]!r}"
        return dict(reply.headers)
