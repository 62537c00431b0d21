"""Names in pieces: what is not in the text is filled in, and nothing is refused that names an image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.references import DOCKER_HUB, InvalidReference
from sregistry.shell.names import LastNames, get_uri, parse_image_name, remove_uri


@pytest.mark.parametrize(
    ("text", "scheme", "rest"),
    [
        ("docker://ubuntu", "docker", "ubuntu"),
        ("SHUB://a/b", "hub", "a/b"),
        ("ubuntu:24.04", None, "ubuntu:24.04"),
    ],
)
def test_schemes(text: str, scheme: str | None, rest: str) -> None:
    assert (get_uri(text), remove_uri(text)) == (scheme, rest)
    assert get_uri(None) is None


@pytest.mark.parametrize(
    ("text", "registry", "uri"),
    [
        ("ubuntu", None, "library/ubuntu:latest"),
        ("Team/Tool:V1", None, "team/tool:v1"),
        ("ghcr.io/team/part/tool:1", "ghcr.io", "ghcr.io/team/part/tool:1"),
        ("localhost/tool", "localhost", "localhost/library/tool:latest"),
        ("team/tool:1@sha256:abc", None, "team/tool:1@sha256:abc"),
        ("team/tool.sif", None, "team/tool:latest"),
    ],
)
def test_pieces(text: str, registry: str | None, uri: str) -> None:
    pieces = parse_image_name(text)
    assert (pieces["original"], pieces["registry"], pieces["uri"]) == (text, registry, uri)
    assert pieces["storage"] == f"{uri}.sif"


def test_what_is_given_beside_the_name_wins() -> None:
    pieces = parse_image_name("team/tool:1@a", tag="2", version="b", ext="img")
    assert (pieces["tag"], pieces["version"], pieces["storage"]) == ("2", "b", "team/tool:2@b.img")


def test_nothing_is_filled_in_where_that_is_not_wanted() -> None:
    pieces = parse_image_name("Tool", defaults=False, lowercase=False)
    assert (pieces["collection"], pieces["image"], pieces["tag"], pieces["uri"]) == ("", "Tool", None, "Tool")


@pytest.mark.parametrize("text", ["docker.io/team/tool", "index.docker.io/team/tool", "team/tool"])
def test_the_registry_of_the_client_is_no_piece(text: str) -> None:
    assert parse_image_name(text, base=DOCKER_HUB)["uri"] == "team/tool:latest"


@pytest.mark.parametrize("text", ["", "  ", "team/", "a:b:c", ".sif"])
def test_a_text_that_names_no_image(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_image_name(text)
    assert caught.value.code == "name-missing"


@given(st.text(alphabet="ab/:@.-A \n", max_size=30))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        pieces = parse_image_name(text)
    except InvalidReference:
        return
    assert pieces["image"]


def test_the_last_names_are_those_of_the_image_at_hand() -> None:
    names = LastNames()
    assert (dict(names), len(names)) == ({}, 0)
    names.set("docker://docker.io/team/tool:1", DOCKER_HUB)
    assert (names["version"] or names["tag"], names["collection"]) == ("1", "team")
    assert repr(names) == repr(dict(names))
