"""Endpoints of folders and archives as a test wants them: with the settings of somebody with an empty home."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sregistry.digests import Digest
from sregistry.endpoints.base import Layered, Writable
from sregistry.endpoints.catalog import open_endpoint
from sregistry.endpoints.layouts.endpoint import OnThisMachine
from sregistry.endpoints.layouts.place import Place
from sregistry.errors import SregistryError
from sregistry.oci import manifests
from sregistry.oci.descriptors import Descriptor
from sregistry.operations.context import Context
from sregistry.references import Platform, parse
from sregistry.settings import load
from tests.support.images import Blob, Image

AMD64 = Platform.parse("linux/amd64")


def context(home: Path, **given: Any) -> Context:
    """With `given` settings, as on the command line."""
    return Context(load({"HOME": str(home)}, command_line=given), {"HOME": str(home)})


@contextmanager
def endpoint(reference: str, home: Path, **given: Any) -> Iterator[OnThisMachine]:
    """The endpoint of a reference."""
    with closing(open_endpoint(parse(reference).scheme, context(home, **given))) as opened:
        assert isinstance(opened, OnThisMachine)
        yield opened


@contextmanager
def place(reference: str, home: Path, **given: Any) -> Iterator[Place]:
    """The repository of a reference."""
    with endpoint(reference, home, **given) as opened:
        yield opened.repository(parse(reference))


def found(reference: str, home: Path, platform: Platform = AMD64, **given: Any) -> Layered:
    """What a reference means; its blobs can be had no more."""
    with endpoint(reference, home, **given) as opened:
        return opened.find(parse(reference), platform)


def layers(reference: str, home: Path, **given: Any) -> list[bytes]:
    """The bytes of the layers of an image, verified."""
    with endpoint(reference, home, **given) as opened:
        image = opened.find(parse(reference), AMD64)
        return [read(image.repository, layer.descriptor) for layer in image.image.layers]


def read(repository: Any, descriptor: Descriptor) -> bytes:
    """The bytes of a blob."""
    with repository.blob(descriptor) as stream:
        return b"".join(iter(lambda: stream.read(1 << 16), b""))


def refused(reference: str, home: Path, **given: Any) -> SregistryError:
    """The error that a reference meets when it is found and read, after a second look."""
    with endpoint(reference, home, **given) as opened, pytest.raises(SregistryError) as caught:
        image = opened.find(parse(reference), AMD64)
        for layer in image.image.layers:
            read(image.repository, layer.descriptor)
    with endpoint(reference, home, **given) as opened:
        return opened.explain(caught.value.with_facts(reference=reference))


def code(reference: str, home: Path, **given: Any) -> str:
    """The code of that."""
    return refused(reference, home, **given).code


class Stream(io.BytesIO):
    """Bytes as a source gives them."""


def descriptor(blob: Blob) -> Descriptor:
    """Of a blob."""
    return Descriptor(blob.media_type, Digest.parse(blob.digest), len(blob.data))


def put(target: Any, image: Image, name: str = "") -> None:
    """Put an image into a repository, as a copy does it."""
    assert isinstance(target, Writable)
    for blob in image.blobs:
        if not target.has(descriptor(blob)):
            target.put_blob(descriptor(blob), Stream(blob.data))
    target.put_manifest(name, manifests.parse(image.manifest.data))
