"""Where an image came from, as a reference that stays true."""

from __future__ import annotations

import pytest

from sregistry.assembly.deffile import deffile
from sregistry.assembly.origin import Origin
from sregistry.references.platform import Platform

DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("docker.io/library/python:3.12", "docker.io/library/python"),
        ("localhost:5000/a/b:c", "localhost:5000/a/b"),
        ("localhost:5000/a/b", "localhost:5000/a/b"),
        (f"localhost:5000/a/b:c@{OTHER}", "localhost:5000/a/b"),
        (f"localhost:5000/a/b@{OTHER}", "localhost:5000/a/b"),
    ],
)
def test_the_pinned_reference_is_name_and_manifest_digest(reference: str, name: str) -> None:
    assert Origin(reference, DIGEST, Platform("linux", "amd64")).pinned == f"{name}@{DIGEST}"


def test_the_deffile_builds_the_same_image_and_names_what_was_asked_for() -> None:
    text = deffile(Origin("docker.io/library/python:3.12", DIGEST, Platform("linux", "arm", "v7")))
    assert text.splitlines() == [
        "bootstrap: docker",
        f"from: docker.io/library/python@{DIGEST}",
        "",
        "# docker.io/library/python:3.12 for linux/arm/v7, as it was when it was pulled.",
    ]
