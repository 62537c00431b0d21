"""The contract of every endpoint, which is shipped as `sregistry.testing.endpoints`, and places of our own.

Each `tests/endpoints/test_SCHEME.py` has a class that inherits `EndpointSuite` and gives the fixture `place`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sregistry.testing.endpoints import LARGE, EndpointSuite
from sregistry.testing.images import PLATFORM, make_sif, make_tar, text_in
from sregistry.testing.place import Place
from tests.support.images import Image, image
from tests.support.line import Line
from tests.support.registry import DockerRegistry

__all__ = [
    "LARGE",
    "PLATFORM",
    "EndpointSuite",
    "LinePlace",
    "Place",
    "docker_image",
    "make_sif",
    "make_tar",
    "text_in",
]

USER, PASSWORD = "reader", "correct horse"
WRONG = "a wrong battery/staple"


class LinePlace(Place):
    """A place behind a line that can be cut."""

    line: Line

    def cut(self, after: int) -> bool:
        self.line.cut(after)
        return True

    def carried(self) -> int:
        return self.line.carried


@dataclass(frozen=True)
class ClosedRegistry:
    """A registry that wants `USER` and `PASSWORD`, and the authority of its certificate."""

    address: str
    authority: Path


_numbers = count(1)


class RegistryPlace(LinePlace):
    """A new repository of a real registry, and another registry that refuses the login which is sent.

    Subclasses say what an image is there.
    """

    login = (USER, WRONG)

    def __init__(self, scheme: str, registry: DockerRegistry, closed: ClosedRegistry, line: Line) -> None:
        self.scheme = scheme
        self.registry = registry
        self.repository = f"team/tool-{next(_numbers)}"
        self.line = line
        self.secrets = {"password": WRONG}
        self._closed = closed
        self.environ = {"SREGISTRY_CACERT": str(closed.authority)}

    def vacant(self, name: str) -> str:
        return f"{self.scheme}://{self.line.address}/{self.repository}:{name}"

    def absent(self) -> str:
        return self.vacant("absent")

    def refused(self) -> str:
        return f"{self.scheme}://{self._closed.address}/team/tool:one"

    def spoil_blob(self, digest: str) -> None:
        """Change the last byte of a blob in the registry's own folder."""
        algorithm, _, digits = digest.partition(":")
        path = self.registry.folder / "data/docker/registry/v2/blobs" / algorithm / digits[:2] / digits / "data"
        flip(path, -1)


def docker_image(text: str, size: int = 0) -> Image:
    """A Docker image with the contents of `make_tar`."""
    return image([make_tar(text, size)], {"Env": ["TEXT=1"]})


def flip(path: Path, at: int) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
