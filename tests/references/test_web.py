"""Addresses of files are told from names of images; what a query may hide is never written anywhere."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.references import InvalidReference, RegistryReference, WebReference, parse
from tests.references.test_parse import HEX, PIECES

SIGNED = "https://files.example.org/a/tool.sif?X-Amz-Signature=canary&X-Amz-Expires=60"


def web(text: str) -> WebReference:
    reference = parse(text)
    assert isinstance(reference, WebReference)
    return reference


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("https://files.example.org/a/tool.sif", "https://files.example.org/a/tool.sif"),
        ("HTTPS://Files.Example.org:443/A/Tool.SIF", "https://files.example.org/A/Tool.SIF"),
        ("http://127.0.0.1:8080/tool.simg", "http://127.0.0.1:8080/tool.simg"),
        ("https://[::1]:5000/tool.img", "https://[::1]:5000/tool.img"),
        ("https://files.example.org/my tool.sif", "https://files.example.org/my%20tool.sif"),
        ("https://files.example.org/é.sif", "https://files.example.org/%C3%A9.sif"),
        ("https://bücher.example/tool.sif", "https://xn--bcher-kva.example/tool.sif"),
        (
            "https://depot.galaxyproject.org/singularity/samtools:1.9--h91753b0_8",
            "https://depot.galaxyproject.org/singularity/samtools:1.9--h91753b0_8",
        ),
        ("https://github.com/acme/tool/releases/download/v1/t.sif", "https://github.com/acme/tool/releases/download/v1/t.sif"),
        ("https://zenodo.org/records/1/files/t.sif?download=1", "https://zenodo.org/records/1/files/t.sif?download=1"),
        ("https://box.example.org/s/xyz?download=1", "https://box.example.org/s/xyz?download=1"),
        (f"https://files.example.org/latest#sha256={HEX}", f"https://files.example.org/latest#sha256={HEX}"),
        (f"https://files.example.org/latest#sha256:{HEX.upper()}", f"https://files.example.org/latest#sha256={HEX}"),
        ("https://files.example.org/latest#sif", "https://files.example.org/latest#sif"),
        ("https://files.example.org/tool.sif#sif", "https://files.example.org/tool.sif"),
        ("https://files.example.org/tool.sif#", "https://files.example.org/tool.sif"),
        ("http://files.example.org:80#sif", "http://files.example.org/#sif"),
    ],
)  # fmt: skip
def test_is_read_as_a_file(text: str, uri: str) -> None:
    reference = web(text)
    assert reference.uri == str(reference) == uri
    assert parse(reference.uri) == reference
    assert reference.address == uri.partition("#")[0]


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("https://ghcr.io/team/tool:1.2", "docker://ghcr.io/team/tool:1.2"),
        ("https://files.example.org/lab/tool", "docker://files.example.org/lab/tool:latest"),
        ("https://files.example.org/lab/tool#readme", "docker://files.example.org/lab/tool:latest"),
        ("https://quay.io/repository/a/b?tab=tags&tag=1&sig=canary", "docker://quay.io/a/b:1"),
        ("https://hub.docker.com/r/a/b?download=1", "docker://docker.io/a/b:latest"),
        ("https://ghcr.io/a/b?token=canary", "docker://ghcr.io/a/b:latest"),
    ],
)
def test_what_looks_like_an_image_of_a_registry_is_one(text: str, uri: str) -> None:
    reference = parse(text)
    assert isinstance(reference, RegistryReference)
    assert reference.uri == uri
    assert "canary" not in repr(reference)


def test_a_signature_is_in_nothing_that_is_written() -> None:
    reference = web(SIGNED)
    assert reference.address == SIGNED
    written = [reference.uri, str(reference), repr(reference), reference.source, reference.url, reference.identifier]
    assert "canary" not in "".join(written)
    assert "X-Amz-Signature=…" in reference.uri


def test_what_is_left_of_a_signed_address_is_the_same_reference_and_cannot_fetch() -> None:
    again = web(web(SIGNED).uri)
    assert again == web(SIGNED)
    assert hash(again) == hash(web(SIGNED))
    assert again.address == ""
    assert web("https://files.example.org/tool.sif?sig=***").address == ""


def test_a_part_of_the_query_without_a_name_may_be_a_secret() -> None:
    reference = web("https://files.example.org/tool.sif?canary-canary&raw")
    assert "canary" not in reference.uri + reference.source
    assert reference.uri.endswith("tool.sif?…&raw")


def test_keeps_its_address_when_it_is_copied() -> None:
    assert pickle.loads(pickle.dumps(web(SIGNED))).address == copy.deepcopy(web(SIGNED)).address == SIGNED


def test_a_digest_can_be_given_later() -> None:
    pinned = web("https://files.example.org/latest#sif").at(Digest("sha256", HEX))
    assert pinned.uri == f"https://files.example.org/latest#sha256={HEX}"
    assert pinned.identifier == f"sha256:{HEX}"
    assert pinned.address


@pytest.mark.parametrize(
    ("text", "code", "pointed_at", "suggestion"),
    [
        ("https://h.example/a.sif#md5=0123", "reference-fragment", "md5=…", "https://h.example/a.sif"),
        ("https://h.example/a.sif#sha256=0123", "reference-fragment", "sha256=0123", "https://h.example/a.sif"),
        ("https://h.example/a.sif#part-2", "reference-fragment", "part-2", "https://h.example/a.sif"),
        ("https://h.example/a.sif?sig=abcdefgh#x", "reference-fragment", "x", "https://h.example/a.sif?sig=…"),
        ("https://-h/a.sif", "name-host", "-h", None),
        ("https:///a.sif", "name-host", "", None),
        ("https://h.example:99999/a.sif", "name-port", "h.example:99999", None),
        ("https://h.example:/a.sif", "name-port", "h.example:", None),
        ("https://h.example/a\x00.sif", "reference-character", "\x00", None),
    ],
)
def test_refuses_with_code_place_and_correction(text: str, code: str, pointed_at: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    facts = caught.value.facts
    start, end = facts["span"]
    assert (caught.value.code, facts["source"][start:end]) == (code, pointed_at)
    assert facts.get("suggestion") == suggestion


@pytest.mark.parametrize("text", ["https://ada:canary@h.example/a.sif", "https://canary@h.example/a.sif#sif"])
def test_user_info_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    assert caught.value.code == "reference-credentials"
    assert "ada" not in text or "canary" not in repr(caught.value.facts) + str(caught.value)


@settings(max_examples=300, deadline=5000)
@given(st.lists(PIECES, max_size=9).map("".join), st.sampled_from(["", ".sif", "#sif", "?sig=x", f"#sha256={HEX}"]))
@example("docker.io?sig=#&docker://", "")
def test_any_address_is_read_or_refused(text: str, end: str) -> None:
    try:
        reference = parse(f"https://{text}{end}")
    except InvalidReference as refused:
        start, stop = refused.facts.get("span", (0, 0))
        assert 0 <= start <= stop <= len(refused.facts["source"])
        return
    assert parse(reference.uri) == reference
