"""Manifests: what they are is read from their content, whatever is said about them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.oci import manifests, media_types, schema1
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, fails, session
from tests.support import images

IMAGE = tiny()
RAW = IMAGE.manifest.data
DOCKER = tiny(docker=True)
HISTORY = json.dumps({"architecture": "amd64", "os": "linux"})
OLD = {"schemaVersion": 1, "fsLayers": [{"blobSum": "sha256:" + "a" * 64}], "history": [{"v1Compatibility": HISTORY}]}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers", "history", "subject"]
)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (RAW, media_types.OCI_MANIFEST),
        (DOCKER.manifest.data, media_types.DOCKER_MANIFEST),
        (images.index([IMAGE]).data, media_types.OCI_INDEX),
        (images.index([IMAGE], docker=True).data, media_types.DOCKER_LIST),
        (images.encode(OLD), media_types.SCHEMA1),
        (images.encode({**OLD, "signatures": []}), media_types.SCHEMA1_SIGNED),
        (images.encode({"mediaType": media_types.OCI_ARTIFACT, "blobs": []}), media_types.OCI_ARTIFACT),
    ],
)
@pytest.mark.parametrize(
    "declared", [None, "", "text/plain", "application/json; charset=utf-8", "application/octet-stream"]
)
def test_the_kind_is_in_the_content(raw: bytes, kind: str, declared: str | None) -> None:
    found = manifests.parse(raw, declared)
    assert (found.media_type, found.warnings) == (kind, ())
    assert found.digest == Digest.of(raw)


@pytest.mark.parametrize("parameters", ["; charset=utf-8", ";charset=UTF-8", " ; q=1"])
def test_parameters_of_the_type_do_not_matter(parameters: str) -> None:
    assert manifests.parse(RAW, media_types.OCI_MANIFEST.upper() + parameters).warnings == ()


def test_a_type_that_contradicts_the_content_is_mentioned() -> None:
    found = manifests.parse(images.index([IMAGE]).data, media_types.DOCKER_MANIFEST)
    assert found.media_type == media_types.OCI_INDEX
    assert media_types.DOCKER_MANIFEST in found.warnings[0]


def test_without_a_media_type_the_config_tells() -> None:
    for image, kind in ((IMAGE, media_types.OCI_MANIFEST), (DOCKER, media_types.DOCKER_MANIFEST)):
        document = json.loads(image.manifest.data)
        del document["mediaType"]
        assert manifests.parse(images.encode(document)).media_type == kind


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "manifest-empty"),
        (b" \n", "manifest-empty"),
        (RAW[:-7], "manifest-truncated"),
        (RAW[:1], "manifest-truncated"),
        (b"Not found", "manifest-malformed"),
        (b"[1]", "manifest-malformed"),
        (b"\xff\xfe", "manifest-malformed"),
        (b"[" * 100_000, "manifest-truncated manifest-malformed"),
        (b'{"errors": [{"code": "DENIED"}]}', "manifest-malformed"),
        (IMAGE.config.data, "manifest-malformed"),
        (b'{"schemaVersion": 3}', "manifest-unsupported"),
        (b'{"schemaVersion": true}', "manifest-unsupported"),
        (b'{"schemaVersion": 2}', "manifest-unsupported"),
        (b'{"schemaVersion": 2, "manifests": [], "layers": []}', "manifest-unsupported"),
        (b'{"schemaVersion": 2, "manifests": [{}], "layers": [{}]}', "manifest-contradiction"),
        (b"<!DOCTYPE html><title>Sign in</title>", "registry-web-page"),
    ],
)
def test_what_is_no_manifest_is_called_by_its_name(raw: bytes, code: str) -> None:
    with pytest.raises(SregistryError) as caught:
        manifests.parse(raw)
    assert caught.value.code in code.split()


@given(st.dictionaries(KEYS | st.text(max_size=8), JSON, max_size=6), st.sampled_from((None, *media_types.ALL)))
def test_any_document_is_read_or_refused(document: dict[str, Any], declared: str | None) -> None:
    try:
        found = manifests.parse(json.dumps(document).encode(), declared)
        for name in ("layers", "manifests"):
            found.descriptors(name)
    except SregistryError as error:
        assert error.code.startswith(("manifest-", "registry-web-page"))


def test_a_digest_is_kept_to() -> None:
    def other(request: Request) -> bool:
        return request.kind == "manifest" and request.reply(200, RAW + b" ", media_types.OCI_MANIFEST)

    with Server(other) as server, session() as one:
        wanted = server.reference(f"team/tool@{IMAGE.manifest.digest}")
        error = fails("manifest-digest-mismatch", lambda: one.resolve(wanted, AMD64))
    assert error.facts["expected"] == IMAGE.manifest.digest
    assert error.facts["actual"] == str(Digest.of(RAW + b" "))


def test_a_digest_of_another_algorithm_is_kept_to() -> None:
    import hashlib

    sha512 = f"sha512:{hashlib.sha512(RAW).hexdigest()}"
    held = Contents().add(IMAGE)
    held.manifests[sha512] = (media_types.OCI_MANIFEST, RAW)
    with Server(contents=held) as server, session() as one:
        assert str(one.resolve(server.reference(f"team/tool@{sha512}"), AMD64).manifest_digest) == sha512


def test_a_header_that_names_another_digest_is_a_warning() -> None:
    wrong = "sha256:" + "0" * 64

    def script(request: Request) -> bool:
        return request.kind == "manifest" and request.reply(
            200, RAW, media_types.OCI_MANIFEST, Docker_Content_Digest=wrong
        )

    with Server(script, Contents().add(IMAGE)) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert str(image.manifest_digest) == IMAGE.manifest.digest
    assert any(wrong in warning for warning in image.warnings)


def test_all_types_are_asked_for_in_one_header_and_each_alone_where_one_is_wanted() -> None:
    with Server(contents=Contents().add(IMAGE, "1")) as server, session() as one:
        one.get_manifest(server.reference())
        one.get_manifest(server.reference(), [media_types.DOCKER_LIST])
    accepted = [seen.headers.get_all("Accept") for seen in server.seen if seen.kind == "manifest"]
    assert accepted == [[", ".join(media_types.ALL)], [media_types.DOCKER_LIST]]


# ---------------------------------------------------------------- schema 1


def signed(document: dict[str, Any]) -> tuple[bytes, bytes]:
    """A document with a signature as Docker put it in, and the bytes that were signed."""
    plain = json.dumps(document, indent=3).encode()
    tail = b"\n}"
    length = len(plain) - len(tail)
    protected = {"formatLength": length, "formatTail": base64.urlsafe_b64encode(tail).decode().rstrip("=")}
    packed = base64.urlsafe_b64encode(json.dumps(protected).encode()).decode().rstrip("=")
    signature = json.dumps([{"header": {}, "signature": "x", "protected": packed}]).encode()
    return plain[:length] + b',\n   "signatures": ' + signature + tail, plain


def test_the_digest_of_a_signed_manifest_is_that_of_its_payload() -> None:
    raw, plain = signed(OLD)
    assert schema1.payload(raw) == plain
    assert manifests.parse(raw).digest == Digest.of(plain)


@given(st.binary(max_size=60))
def test_a_broken_signature_signs_nothing(protected: bytes) -> None:
    raw = images.encode({**OLD, "signatures": [{"protected": protected.decode("latin-1")}]})
    assert schema1.payload(raw) == raw or len(schema1.payload(raw)) <= len(raw) + len(protected)


def test_layers_are_turned_round_empty_ones_left_out_and_the_config_rebuilt() -> None:
    newest = {"id": "c", "architecture": "arm64", "os": "linux", "config": {"Cmd": ["/x"]}, "created": "2015"}
    middle = {"throwaway": True, "container_config": {"Cmd": ["/bin/sh", "-c", "#(nop) ENV a=b"]}}
    sums = ["sha256:" + letter * 64 for letter in "cba"]
    document = {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": text} for text in (sums[0], sums[1], schema1.EMPTY_LAYER, sums[2])],
        "history": [{"v1Compatibility": json.dumps(one)} for one in (newest, middle, {}, {"author": "me"})],
    }
    content = schema1.read(document)
    assert [str(digest) for digest in content.layers] == [sums[2], sums[0]]
    assert content.config["config"] == {"Cmd": ["/x"]}
    assert (content.config["architecture"], "id" in content.config) == ("arm64", False)
    assert [step.get("empty_layer", False) for step in content.config["history"]] == [False, True, True, False]
    assert content.config["history"][2]["created_by"] == "/bin/sh -c #(nop) ENV a=b"


@pytest.mark.parametrize(
    "change",
    [
        {"history": []},
        {"history": None},
        {"fsLayers": []},
        {"fsLayers": [{"blobSum": "x"}]},
        {"fsLayers": [None]},
        {"history": [{"v1Compatibility": "{"}]},
        {"history": [{"v1Compatibility": "[]"}]},
        {"history": [{}]},
    ],
)
def test_a_broken_schema_1_manifest(change: dict[str, Any]) -> None:
    fails("manifest-malformed", lambda: schema1.read({**OLD, **change}))
