from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry import references
from sregistry.digests import Digest
from sregistry.store.errors import StoreError
from sregistry.store.names import ImageName, read_file_name

_PARTS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,30}", fullmatch=True)
NAMES = st.builds(ImageName, st.lists(_PARTS, min_size=1, max_size=3).map("/".join), _PARTS, _PARTS)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ubuntu", "library/ubuntu:latest"),
        ("gcr.io/deepvariant-docker/deepvariant:1.6", "deepvariant-docker/deepvariant:1.6"),
        ("quay.io/a/b/c/tool:1", "a/b/c/tool:1"),
        ("localhost:5000/tool", "library/tool:latest"),
        ("gcr.io/team/tool@sha256:" + "0" * 64, "team/tool"),
    ],
)
def test_an_image_is_named_after_its_repository(reference: str, name: str) -> None:
    assert str(ImageName.of(references.parse(reference))) == name


@given(NAMES)
def test_a_name_reads_back(name: ImageName) -> None:
    assert ImageName.parse(str(name)) == name


@given(NAMES, st.binary())
def test_a_file_name_says_which_image_it_is_and_fits_every_filesystem(name: ImageName, content: bytes) -> None:
    path = name.file_name(Digest.of(content))
    assert read_file_name(path) == (name, Digest.of(content).hex[:12])
    assert set(path) <= set(string.ascii_letters + string.digits + "._+-@/")


def test_an_image_without_tag_has_a_file_name_too() -> None:
    name = ImageName("team", "tool", "")
    assert read_file_name(name.file_name(Digest.of(b""))) == (name, Digest.of(b"").hex[:12])


@pytest.mark.parametrize("path", ["team/tool/1.sif", "tool/1@0123456789ab.sif", "notes.txt", "a/b/1@0123456789AB.sif"])
def test_files_of_other_names_are_not_ours(path: str) -> None:
    assert read_file_name(path) is None


@pytest.mark.parametrize(
    "text", ["", "a/", "/a", "a//b", "../a", "a/../b", ".hidden", "a:", "a b", "a@b", "-x", "x" * 600]
)
def test_names_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        ImageName.parse(text)
    assert caught.value.code == "store-name-malformed"
