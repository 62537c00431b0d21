"""Places for the suite: registries that run for a whole module; each test has a repository of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endpoints.suite import PASSWORD, USER, ClosedRegistry
from tests.support.line import Line
from tests.support.registry import Certificates, DockerRegistry
from tests.support.tools import Tool


@pytest.fixture(scope="module")
def open_registry(registry_program: Tool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry that asks nobody for anything."""
    with DockerRegistry(registry_program, tmp_path_factory.mktemp("open")).running() as registry:
        yield registry


@pytest.fixture(scope="module")
def closed_registry(
    registry_program: Tool, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[ClosedRegistry]:
    """A registry behind TLS that wants a login."""
    folder = tmp_path_factory.mktemp("closed")
    registry = DockerRegistry(registry_program, folder, users={USER: PASSWORD}, certificates=certificates)
    with registry.running():
        yield ClosedRegistry(registry.address, certificates.authority)


@pytest.fixture
def line(open_registry: DockerRegistry) -> Iterator[Line]:
    """A line to `open_registry`."""
    with Line(open_registry.address) as opened:
        yield opened
