from __future__ import annotations

import pytest

from sregistry.assembly.origin import Origin
from sregistry.digests import Digest
from sregistry.references import Platform, parse

DIGEST = str(Digest.of(b"manifest"))


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("docker.io/library/python:3.12", "docker.io/library/python"),
        ("localhost:5000/team/tool:1", "localhost:5000/team/tool"),
        ("localhost:5000/team/tool", "localhost:5000/team/tool"),
        (f"ghcr.io/team/tool:1@{Digest.of(b'index')}", "ghcr.io/team/tool"),
    ],
)
def test_the_same_image_for_ever_is_the_name_with_the_digest_of_the_manifest(reference: str, name: str) -> None:
    pinned = Origin(reference, DIGEST, Platform("linux", "amd64")).pinned
    assert pinned == f"{name}@{DIGEST}"
    assert str(parse(pinned)) == pinned
