"""A finished file is judged by its first bytes, before the others are fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.first_look import HEAD, first_look
from sregistry.references import Platform
from sregistry.sif.header import Header
from sregistry.testing.images import make_sif

AMD = Platform("linux", "amd64")


@pytest.fixture
def head(tmp_path: Path) -> bytes:
    return make_sif(tmp_path / "a.sif", "text").read_bytes()[:HEAD]


def code_of(data: bytes, platform: Platform = AMD, *, size: int | None = None, trusted: bool = False) -> str:
    try:
        first_look(data, size, platform, trusted=trusted)
    except SregistryError as error:
        return error.code
    return ""


def test_a_sif_file_for_the_platform_is_taken(head: bytes) -> None:
    assert code_of(head) == ""
    assert code_of(head, Platform("linux", "amd64", "v3")) == ""


def test_one_for_another_is_not_even_where_its_digest_is_known(head: bytes) -> None:
    other = Platform("linux", "arm64")
    assert code_of(head, other) == "image-other-platform"
    assert code_of(head, other, trusted=True) == "image-other-platform"
    with pytest.raises(SregistryError, match="the image is built for linux/amd64, not for linux/arm64"):
        first_look(head, None, other, trusted=False)


def test_an_architecture_without_a_number_will_do(head: bytes) -> None:
    place = head.index(b"02\0", Header.unpack(head).pack().index(b"01\0"))
    assert code_of(head[:place] + b"00\0" + head[place + 3 :], Platform("linux", "arm64")) == ""


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "sif-not-an-image"),
        (b"<!DOCTYPE html>", "sif-not-an-image"),
        (b"hsqs" + bytes(200), "sif-legacy-format"),
        (b"#!/usr/bin/env run-singularity\nhsqs", "sif-legacy-format"),
    ],
)
def test_what_is_no_sif_file_is_not_fetched_unless_its_digest_has_to_judge(data: bytes, code: str) -> None:
    assert code_of(data) == code
    assert code_of(data, trusted=True) == ""


def test_a_version_that_is_not_known(head: bytes) -> None:
    assert code_of(head.replace(b"SIF_MAGIC\x0001", b"SIF_MAGIC\x0099")) == "sif-version"


def test_a_file_that_is_too_short_for_its_header_is_not_fetched(head: bytes) -> None:
    end = Header.unpack(head).end
    assert code_of(head, size=end) == ""
    assert code_of(head, size=end - 1) == "sif-truncated"
    assert code_of(head, size=end - 1, trusted=True) == ""
