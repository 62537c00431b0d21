"""``oci:``, ``oci-archive:``, ``docker-archive:`` and ``dir:`` keep the contract of all endpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endpoints.suite import EndpointSuite, Place, docker_image, flip
from tests.support import saved
from tests.support.images import Image


class FilesPlace(Place):
    """A folder or archive of its own for each test, written anew with each image."""

    def __init__(self, scheme: str, folder: Path) -> None:
        self.scheme = scheme
        self.path = folder / "place"
        self.images: dict[str, Image] = {}

    def put(self, name: str, text: str, size: int = 0) -> str:
        self.images[self.named(name)] = docker_image(text, size)
        self.last = self.images[self.named(name)].layers[0]
        self.write()
        return self.vacant(name)

    def named(self, name: str) -> str:
        """What the image is called there."""
        return name

    def write(self) -> None:
        """Write all images."""
        raise NotImplementedError

    def vacant(self, name: str) -> str:
        return f"{self.scheme}:{self.path}:{self.named(name)}"

    def absent(self) -> str:
        return self.vacant("absent")


class LayoutPlace(FilesPlace):
    def write(self) -> None:
        saved.write(self.path, saved.layout(self.images))

    def spoil(self, reference: str) -> None:
        flip(self.path / "blobs" / self.last.blob.digest.replace(":", "/"), -1)


class ArchivePlace(FilesPlace):
    def write(self) -> None:
        saved.archive(self.path, saved.layout(self.images))

    def spoil(self, reference: str) -> None:
        flip(self.path, self.path.read_bytes().index(self.last.blob.data) + len(self.last.blob.data) - 1)


class SavedPlace(FilesPlace):
    def named(self, name: str) -> str:
        return f"registry.example.org/team/{name}:1"

    def write(self) -> None:
        saved.archive(self.path, saved.before_25(self.images))

    def spoil(self, reference: str) -> None:
        data = saved.layer_tar(self.last.blob.data)
        flip(self.path, self.path.read_bytes().index(data) + len(data) - 1)


class SavedSince25Place(SavedPlace):
    def write(self) -> None:
        saved.archive(self.path, saved.since_25(self.images))


class DirPlace(FilesPlace):
    """A folder for each image."""

    def write(self) -> None:
        for name, image in self.images.items():
            saved.write(self.path / name, saved.directory(image))

    def vacant(self, name: str) -> str:
        return f"dir:{self.path / name}"

    def spoil(self, reference: str) -> None:
        flip(self.path / "one" / self.last.blob.digest.partition(":")[2], -1)


class TestOci(EndpointSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return LayoutPlace("oci", tmp_path)


class TestOciArchive(EndpointSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return ArchivePlace("oci-archive", tmp_path)


class TestDockerArchive(EndpointSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return SavedPlace("docker-archive", tmp_path)


class TestDockerArchiveSince25(EndpointSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return SavedSince25Place("docker-archive", tmp_path)


class TestDir(EndpointSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return DirPlace("dir", tmp_path)
