"""Names of Docker Hub that were probably meant to be official images."""

import pytest

from sregistry.diagnosis import explain
from sregistry.diagnosis.official import meant
from sregistry.errors import SregistryError


@pytest.mark.parametrize(
    ("repository", "name"),
    [
        ("library/ubunutu", "ubuntu"),
        ("library/debain", "debian"),
        ("debian/stable-slim", "debian:stable-slim"),
        ("library/ubuntu", ""),
        ("library/bids-validator", ""),
        ("acme/ubunutu", ""),
    ],
)
def test_the_official_image_that_is_near(repository: str, name: str) -> None:
    assert meant("docker.io", repository)[0] == name
    assert meant("ghcr.io", repository) == ("", "")


@pytest.mark.parametrize("code", ["auth-required", "repository-unknown"])
def test_it_is_proposed_with_the_tag_that_was_asked_for(code: str) -> None:
    error = SregistryError(
        code,
        "the message",
        registry="docker.io",
        repository="library/ubunutu",
        identifier="22.04",
        reference="docker.io/library/ubunutu:22.04",
        credential_source=None,
    )
    diagnosis = explain(error)
    assert 'The name is misspelt: "ubuntu" is an official image.' in [cause.text for cause in diagnosis.why]
    assert diagnosis.steps[0].command == "sregistry pull docker://ubuntu:22.04"
    assert diagnosis.steps[0].comment == "did you mean ubuntu?"


def test_a_name_without_owner_that_is_near_nothing_is_explained() -> None:
    error = SregistryError(
        "auth-required", "m", registry="docker.io", repository="library/bids-validator", identifier="latest"
    )
    assert any("others are OWNER/bids-validator" in cause.text for cause in explain(error).why)
