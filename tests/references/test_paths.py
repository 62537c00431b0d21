"""Names of images in folders and archives: read as skopeo reads them, and never mistaken for one in a registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.references import InvalidReference, PathReference, RegistryReference, has_scheme, parse, parse_registry

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
DIGEST = Digest("sha256", HEX)


@pytest.mark.parametrize(
    ("text", "scheme", "path", "name", "digest"),
    [
        ("oci:./layout", "oci", "./layout", None, None),
        ("oci:/srv/layout:1.2", "oci", "/srv/layout", "1.2", None),
        ("oci:layout:latest", "oci", "./layout", "latest", None),
        ("oci:images/layout", "oci", "./images/layout", None, None),
        ("oci:layout/", "oci", "./layout", None, None),
        ("oci:/", "oci", "/", None, None),
        ("oci:../layout:ghcr.io/acme/tool:1.2", "oci", "../layout", "ghcr.io/acme/tool:1.2", None),
        ("oci://layout", "oci", "./layout", None, None),
        ("oci:///srv/layout:1", "oci", "/srv/layout", "1", None),
        ("oci-archive:///srv/x.tar", "oci-archive", "/srv/x.tar", None, None),
        ("oci-archive:x.tar", "oci-archive", "x.tar", None, None),
        ("oci-archive:x.tar:", "oci-archive", "x.tar", None, None),
        ("oci-archive:/home/me@lab/x.tar:a", "oci-archive", "/home/me@lab/x.tar", "a", None),
        ("docker-archive:x.tar:busybox", "docker-archive", "x.tar", "busybox", None),
        ("docker-archive:x.tar:@1", "docker-archive", "x.tar", "@1", None),
        ("docker-archive:/dev/stdin", "docker-archive", "/dev/stdin", None, None),
        ("dir:/srv/a:b", "dir", "/srv/a:b", None, None),
        ("dir:folder/x", "dir", "./folder/x", None, None),
        ("oci:layout", "oci", "./layout", None, None),
        ("oci:5000", "oci", "./5000", None, None),
        ("dir:1.0", "dir", "./1.0", None, None),
        (f"oci:1.0@sha256:{HEX}", "oci", "./1.0", None, DIGEST),
        (f"oci:./layout@sha256:{HEX}", "oci", "./layout", None, DIGEST),
        (f"oci:./layout:1.2@sha256:{HEX}", "oci", "./layout", "1.2", DIGEST),
        (f"dir:/srv/a@sha256:{HEX}", "dir", "/srv/a", None, DIGEST),
        (" oci-archive:with blank.tar ", "oci-archive", "with blank.tar", None, None),
    ],
)
def test_the_first_colon_ends_the_path(
    text: str, scheme: str, path: str, name: str | None, digest: Digest | None
) -> None:
    found = parse(text)
    assert found == PathReference(scheme, path, name, digest)
    assert parse(found.uri) == parse(str(found)) == found
    assert has_scheme(found.uri)


@pytest.mark.parametrize("text", ["oci:5000/x", "dir:5000/x:1", "oci", "dir", "docker://oci:1.0", "docker://dir:x"])
def test_an_image_or_host_that_is_called_like_a_scheme_can_be_named(text: str) -> None:
    assert isinstance(parse(text), RegistryReference)


@pytest.mark.parametrize(
    ("text", "code", "pointed_at"),
    [
        ("oci-archive:", "reference-empty", ""),
        ("oci-archive::name", "reference-empty", ""),
        ("oci://", "reference-empty", ""),
        ("oci:./a\x00b", "reference-character", "\x00"),
        ("oci-archive:a.tar:b\nc", "reference-character", "\n"),
        ("oci:./a\udcff", "reference-character", "\udcff"),
        ("oci:./layout@sha256:123", "reference-digest", "sha256:123"),
        (f"oci:./layout@SHA256:{HEX}", "reference-digest", f"SHA256:{HEX}"),
    ],
)
def test_what_is_no_path_is_pointed_at(text: str, code: str, pointed_at: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    start, end = caught.value.facts["span"]
    assert (caught.value.code, text[start:end]) == (code, pointed_at)


def test_where_a_registry_is_needed_a_path_is_refused() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_registry("oci:./layout")
    assert caught.value.code == "reference-scheme"


def test_a_digest_pins_the_same_place() -> None:
    assert str(parse("oci:./layout:1").at(DIGEST)) == f"oci:./layout:1@sha256:{HEX}"


PARTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)


@given(st.sampled_from(["oci", "oci-archive", "docker-archive", "dir"]), PARTS, st.none() | PARTS, st.booleans())
def test_law_reading_what_was_written(scheme: str, path: str, name: str | None, pinned: bool) -> None:
    text = f"{scheme}://{path}" + (f":{name}" if name else "") + (f"@{DIGEST}" if pinned else "")
    try:
        found = parse(text)
    except InvalidReference as refused:
        assert refused.code in ("reference-empty", "reference-digest")
        return
    assert isinstance(found, PathReference)
    assert parse(found.uri) == found
