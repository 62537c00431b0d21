"""What all references have in common, whatever they name."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from sregistry.digests import Digest
from sregistry.references import PathReference, Reference, RegistryReference, WebReference

DIGEST = Digest.of(b"content")

#: A reference, its canonical text, and what is asked for at its place.
KINDS: list[tuple[Reference, str, str]] = [
    (RegistryReference("docker", "docker.io", "library/tool", "1", None), "docker://docker.io/library/tool:1", "1"),
    (RegistryReference("oras", "ghcr.io", "a/b", None, DIGEST), f"oras://ghcr.io/a/b@{DIGEST}", str(DIGEST)),
    (RegistryReference("docker", "ghcr.io", "a/b", "1", DIGEST), f"docker://ghcr.io/a/b:1@{DIGEST}", str(DIGEST)),
    (PathReference("oci", "/data/layout"), "oci:/data/layout", ""),
    (PathReference("oci-archive", "a.tar", "team/tool:1"), "oci-archive:a.tar:team/tool:1", "team/tool:1"),
    (PathReference("oci", "d", "1", DIGEST), f"oci:d:1@{DIGEST}", str(DIGEST)),
    (WebReference("https", "https://h.example.org/a.sif"), "https://h.example.org/a.sif", ""),
    (
        WebReference("https", "https://h.example.org/a.sif", DIGEST),
        f"https://h.example.org/a.sif#sha256={DIGEST.hex}",
        str(DIGEST),
    ),
]
REFERENCES = [reference for reference, _, _ in KINDS]


def uri_of(value: object) -> str:
    return value.uri if isinstance(value, (RegistryReference, PathReference, WebReference)) else ""


@pytest.mark.parametrize(("reference", "uri", "identifier"), KINDS, ids=uri_of)
def test_texts(reference: Reference, uri: str, identifier: str) -> None:
    assert (reference.uri, reference.identifier) == (uri, identifier)
    assert str(reference) == (uri.removeprefix("docker://"))


@pytest.mark.parametrize("reference", REFERENCES, ids=uri_of)
def test_the_same_place_pinned_to_a_digest(reference: Reference) -> None:
    other = Digest.of(b"other")
    pinned = reference.at(other)
    assert (pinned.digest, pinned.identifier) == (other, str(other))
    assert replace(pinned, digest=reference.digest) == reference


@pytest.mark.parametrize("reference", REFERENCES, ids=uri_of)
def test_how_it_was_written_is_no_part_of_it(reference: Reference) -> None:
    written = replace(reference, source="as given", notes=("it was read so",))
    assert written == reference
    assert hash(written) == hash(reference)
    assert pickle.loads(pickle.dumps(written)).source == "as given"


def test_only_those_in_registries_have_a_registry() -> None:
    assert {type(reference) for reference in REFERENCES if reference.registry} == {RegistryReference}


def test_references_of_different_kinds_are_never_the_same() -> None:
    assert len(set(REFERENCES)) == len(REFERENCES)
