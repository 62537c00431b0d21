from __future__ import annotations

import json

import pytest

from sregistry.digests import Digest
from sregistry.oci import attachments, manifests
from sregistry.oci.descriptors import Descriptor
from tests.registry.scripted import tiny

SUBJECT = manifests.parse(tiny().manifest.data)
FILE = Descriptor("application/spdx+json", Digest.of(b"{ }"), 3)


def test_the_same_file_makes_the_same_manifest() -> None:
    made = attachments.make(SUBJECT, FILE, "sbom.json", {"b": "2", "a": "1"})
    assert made.raw == attachments.make(SUBJECT, FILE, "sbom.json", {"a": "1", "b": "2"}).raw
    assert made.document["subject"] == {
        "mediaType": SUBJECT.media_type,
        "digest": str(SUBJECT.digest),
        "size": len(SUBJECT.raw),
    }
    assert made.document["artifactType"] == FILE.media_type
    assert list(made.document["annotations"]) == ["a", "b", attachments.TITLE]
    assert json.loads(made.raw) == made.document
    assert Digest.of(attachments.EMPTY) == attachments.EMPTY_CONFIG.digest


@pytest.mark.parametrize(
    "text, is_one",
    [
        ("application/spdx+json", True),
        ("application/vnd.cyclonedx+xml", True),
        ("", False),
        ("spdx", False),
        ("a/b/c", False),
        ("text/plain; charset=utf-8", False),
        ("text/ plain", False),
        ("/json", False),
    ],
)
def test_media_types(text: str, is_one: bool) -> None:
    assert attachments.is_media_type(text) is is_one
