"""``docker://`` keeps the contract of all endpoints, at Debian's docker-registry."""

from __future__ import annotations

import pytest

from tests.endpoints.suite import ClosedRegistry, EndpointSuite, Place, RegistryPlace, docker_image
from tests.support.line import Line
from tests.support.registry import DockerRegistry


class DockerPlace(RegistryPlace):
    """Images in layers."""

    def put(self, name: str, text: str, size: int = 0) -> str:
        made = docker_image(text, size)
        self.registry.push(self.repository, name, made)
        self.layer = made.layers[0].blob.digest
        return self.vacant(name)

    def spoil(self, reference: str) -> None:
        self.spoil_blob(self.layer)


class TestDocker(EndpointSuite):
    @pytest.fixture
    def place(self, open_registry: DockerRegistry, closed_registry: ClosedRegistry, line: Line) -> Place:
        return DockerPlace("docker", open_registry, closed_registry, line)
