"""``oras://`` keeps the contract of all endpoints, at Debian's docker-registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endpoints.suite import ClosedRegistry, EndpointSuite, Place, RegistryPlace, make_sif
from tests.support.images import OCI_MANIFEST, Blob, encode
from tests.support.line import Line
from tests.support.registry import DockerRegistry

CONFIG, LAYER = "application/vnd.sylabs.sif.config.v1+json", "application/vnd.sylabs.sif.layer.v1.sif"


def put_sif(registry: DockerRegistry, repository: str, tag: str, sif: Path, media_type: str = LAYER) -> str:
    """Store a file as Apptainer 1.4 does; return the digest of its layer."""
    pusher = registry.pusher(repository)
    config, layer = Blob(CONFIG, b"{}"), Blob(media_type, sif.read_bytes())
    for blob in (config, layer):
        pusher.push_blob(repository, blob)
    listed = {**layer.descriptor, "annotations": {"org.opencontainers.image.title": sif.name}}
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config.descriptor, "layers": [listed]}
    pusher.push_manifest(repository, tag, Blob(OCI_MANIFEST, encode(document)))
    return layer.digest


class OrasPlace(RegistryPlace):
    """SIF files."""

    def __init__(self, folder: Path, registry: DockerRegistry, closed: ClosedRegistry, line: Line) -> None:
        super().__init__("oras", registry, closed, line)
        self._folder = folder

    def put(self, name: str, text: str, size: int = 0) -> str:
        sif = make_sif(self._folder / f"{name}.sif", text, size)
        self._layer = put_sif(self.registry, self.repository, name, sif)
        return self.vacant(name)

    def spoil(self, reference: str) -> None:
        self.spoil_blob(self._layer)


class TestOras(EndpointSuite):
    @pytest.fixture
    def place(
        self, tmp_path: Path, open_registry: DockerRegistry, closed_registry: ClosedRegistry, line: Line
    ) -> Place:
        (tmp_path / "sifs").mkdir()
        return OrasPlace(tmp_path / "sifs", open_registry, closed_registry, line)
