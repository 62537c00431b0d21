"""OCI layouts in folders and archives: names, platforms, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import terminal
from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.oci.descriptors import Descriptor
from sregistry.references import Platform, parse
from tests.endpoints.layouts.here import code, endpoint, found, layers, place, read, refused
from tests.endpoints.suite import flip
from tests.support import saved
from tests.support.images import Blob, Image, encode, image, index
from tests.support.tars import archive, file


def made(text: str, platform: str = "linux/amd64") -> Image:
    return image([archive(file("etc/text", text.encode()))], platform=platform)


ONE, TWO = made("one"), made("two")
ARM = made("one", "linux/arm64")


def layout(path: Path, named: dict[str, Image], **changes: Any) -> str:
    """A layout, some of whose files are other ones; the reference of the folder."""
    saved.write(path, saved.layout(named))
    for name, data in changes.items():
        (path / {"index": "index.json", "mark": "oci-layout"}[name]).write_bytes(data)
    return f"oci:{path}"


def listed(*entries: dict[str, Any], **fields: Any) -> bytes:
    return encode({"schemaVersion": 2, "manifests": list(entries), **fields})


def entry(one: Image, ref: str = "", full: str = "", **fields: Any) -> dict[str, Any]:
    annotations = {saved.REF_NAME: ref, saved.IMAGE_NAME: full}
    return {
        **one.manifest.descriptor,
        "annotations": {key: text for key, text in annotations.items() if text},
        **fields,
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("1.0", ONE), ("ghcr.io/acme/tool:2", TWO), ("acme/tool:1", ONE), ("docker.io/acme/tool:1", ONE),
        ("@0", ONE), ("@1", TWO),
    ],
)  # fmt: skip
def test_a_name_is_one_of_the_layout_or_one_in_full(tmp_path: Path, name: str, meant: Image) -> None:
    entries = listed(entry(ONE, "1.0", "docker.io/acme/tool:1"), entry(TWO, "ghcr.io/acme/tool:2"))
    reference = layout(tmp_path / "x", {"1.0": ONE, "2": TWO}, index=entries)
    assert found(f"{reference}:{name}", tmp_path).image.manifest_digest == meant.manifest.digest


def test_without_a_name_the_only_image_is_meant(tmp_path: Path) -> None:
    for name in ("", "latest"):
        reference = layout(tmp_path / f"x{name}", {name: ONE})
        assert found(reference, tmp_path).image.manifest.raw == ONE.manifest.data
        assert layers(reference, tmp_path) == [ONE.layers[0].blob.data]


def test_two_names_of_one_image_are_one_image(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE}, index=listed(entry(ONE, "1"), entry(ONE, "latest")))
    assert found(reference, tmp_path).image.manifest_digest == ONE.manifest.digest


def test_without_a_name_several_are_named(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE, "": TWO})
    error = refused(reference, tmp_path)
    assert (error.code, error.facts["known"]) == ("layout-several", ["1", "@1"])
    commands = [step.command for step in explain(error).steps if step.command]
    assert commands == [f"sregistry pull {reference}:1", f"sregistry pull {reference}:@1"]


def test_one_name_of_two_images_is_no_name(tmp_path: Path) -> None:
    entries = listed(entry(ONE, "latest", "docker.io/a/one:latest"), entry(TWO, "latest", "docker.io/a/two:latest"))
    reference = layout(tmp_path / "x", {"1": ONE, "2": TWO}, index=entries)
    error = refused(f"{reference}:latest", tmp_path)
    assert (error.code, error.facts["known"]) == (
        "layout-several",
        ["docker.io/a/one:latest", "docker.io/a/two:latest"],
    )
    assert found(f"{reference}:a/two", tmp_path).image.manifest_digest == TWO.manifest.digest


def test_an_unknown_name_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1.0": ONE, "1.1": TWO})
    error = refused(f"{reference}:1.2", tmp_path)
    assert (error.code, error.facts["known"]) == ("layout-name-unknown", ["1.0", "1.1"])
    assert f"sregistry pull {reference}:1.1" in [step.command for step in explain(error).steps]
    assert code(f"{reference}:@7", tmp_path) == "layout-name-unknown"


def test_an_index_is_an_image_for_several_platforms(tmp_path: Path) -> None:
    inner = index([ONE, ARM])
    reference = layout(tmp_path / "x", {"": ONE, "a": ARM}, index=listed({**inner.descriptor}))
    saved.write(tmp_path / "x", {f"blobs/{inner.digest.replace(':', '/')}": inner.data})
    for platform, one in (("linux/amd64", ONE), ("linux/arm64", ARM)):
        image_ = found(reference, tmp_path, Platform.parse(platform)).image
        assert (image_.manifest_digest, image_.index_digest) == (one.manifest.digest, inner.digest)
    with endpoint(reference, tmp_path) as opened:
        assert opened.version(parse(reference)) == inner.digest
    with pytest.raises(SregistryError) as caught:
        found(reference, tmp_path, Platform.parse("linux/s390x"))
    assert (caught.value.code, caught.value.facts["layout"]) == ("image-no-platform", str(tmp_path / "x"))


def test_platforms_side_by_side_are_one_image(tmp_path: Path) -> None:
    entries = listed(*(entry(one, platform=one.platform) for one in (ONE, ARM)))
    reference = layout(tmp_path / "x", {"": ONE, "a": ARM}, index=entries)
    image_ = found(reference, tmp_path, Platform.parse("linux/arm64")).image
    assert (image_.manifest_digest, image_.index_digest) == (ARM.manifest.digest, Digest.of(entries))
    with endpoint(reference, tmp_path) as opened:
        assert opened.version(parse(reference)) == Digest.of(entries)
        assert opened.repository(parse(reference)).manifest("").raw == entries


def test_a_digest_names_any_manifest(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE, "2": TWO})
    assert found(f"{reference}@{TWO.manifest.digest}", tmp_path).image.manifest_digest == TWO.manifest.digest
    assert code(f"{reference}@sha256:{'0' * 64}", tmp_path) == "layout-content-missing"


def test_what_is_attached_is_no_image(tmp_path: Path) -> None:
    sbom = {**TWO.manifest.descriptor, "artifactType": "application/vnd.example.sbom"}
    reference = layout(tmp_path / "x", {"1": ONE, "2": TWO}, index=listed(entry(ONE), sbom))
    assert found(reference, tmp_path).image.manifest_digest == ONE.manifest.digest
    with place(reference, tmp_path) as repository:
        assert repository.images() == ["@0"]


BROKEN = [
    ("mark", b"{}", "layout-invalid", "imageLayoutVersion"),
    ("mark", b"not JSON", "layout-invalid", "not JSON"),
    ("mark", b'{"imageLayoutVersion": "2.0.0"}', "layout-version", "2.0.0"),
    ("mark", b"{" + b" " * 70_000, "layout-too-large", "oci-layout"),
    ("index", b"", "layout-invalid", "it is empty"),
    ("index", b"not JSON", "layout-invalid", "not JSON"),
    ("index", b'{"schemaVersion": 2, "manifests": [', "layout-invalid", "ends too early"),
    ("index", b"<html><body>login</body></html>", "layout-invalid", "web page"),
    ("index", b"[1, 2]", "layout-invalid", "not an object"),
    ("index", b'{"schemaVersion": 2, "manifests": {}}', "layout-invalid", "list"),
    ("index", b'{"schemaVersion": 2, "manifests": [{"digest": "x"}]}', "layout-invalid", "digest"),
    ("index", b'{"schemaVersion": 2, "manifests": []}', "layout-content-missing", "no image"),
    ("index", ONE.manifest.data, "layout-invalid", "does not list manifests"),
    ("index", b" " * (5 << 20), "layout-too-large", "index.json"),
]


@pytest.mark.parametrize(("which", "data", "expected", "words"), BROKEN)
def test_documents_that_cannot_be_used(tmp_path: Path, which: str, data: bytes, expected: str, words: str) -> None:
    error = refused(layout(tmp_path / "x", {"1": ONE}, **{which: data}), tmp_path)
    assert (error.code, error.facts["layout"]) == (expected, str(tmp_path / "x"))
    assert words in error.message
    assert_speaks_of_no_registry(error)


def assert_speaks_of_no_registry(error: SregistryError) -> None:
    """Nothing here was asked of a registry, a proxy or anybody."""
    text = terminal.render(explain(error), width=100).replace("sregistry", "")
    for word in ("registry", "proxy", "mirror", "network", "push", "download", "pulled again"):
        assert word not in text, text


def manifest_with(**fields: Any) -> Blob:
    document = {**json.loads(ONE.manifest.data), **fields}
    return Blob(ONE.manifest.media_type, encode(document))


MANIFESTS = [
    (b"", "layout-invalid"),
    (b"{", "layout-invalid"),
    (b"\x1f\x8b compressed", "layout-invalid"),
    (b"<!doctype html><title>x</title>", "layout-invalid"),
    (b'{"errors": [{"code": "DENIED", "message": "no"}]}', "layout-invalid"),
    (b'{"schemaVersion": 2}', "layout-invalid"),
    (b'{"schemaVersion": 3, "config": {}, "layers": []}', "layout-invalid"),
    (manifest_with(layers=[{"digest": "sha256:1"}]).data, "layout-invalid"),
    (manifest_with(config={"size": -1}).data, "layout-invalid"),
    (manifest_with(layers=[{"digest": f"sha256:{'0' * 64}", "size": 3}]).data, "layout-content-missing"),
    (manifest_with(config={"digest": f"sha256:{'0' * 64}", "size": 3}).data, "layout-content-missing"),
    (manifest_with(config={**ONE.config.descriptor, "size": 9 << 20}).data, "layout-too-large"),
    (manifest_with(config={**ONE.config.descriptor, "size": 3}).data, "size-long"),
    (manifest_with(config={**ONE.config.descriptor, "size": 999}).data, "size-short"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), MANIFESTS)
def test_manifests_that_cannot_be_used(tmp_path: Path, data: bytes, expected: str) -> None:
    blob = Blob(ONE.manifest.media_type, data)
    reference = layout(tmp_path / "x", {"1": ONE}, index=listed(blob.descriptor))
    saved.write(tmp_path / "x", {f"blobs/{blob.digest.replace(':', '/')}": data})
    error = refused(reference, tmp_path)
    assert (error.code, error.facts["layout"]) == (expected, str(tmp_path / "x"))
    assert error.exit_code in (7, 9)
    assert_speaks_of_no_registry(error)


def test_what_is_damaged_is_said_to_be(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE})
    for blob, what in ((ONE.layers[0].blob, "layer"), (ONE.config, "config"), (ONE.manifest, "manifest")):
        member = f"blobs/{blob.digest.replace(':', '/')}"
        flip(tmp_path / "x" / member, -1)
        error = refused(reference, tmp_path)
        assert (error.code, error.facts["what"], error.facts["member"]) == ("digest-mismatch", what, member)
        assert_speaks_of_no_registry(error)


def test_a_layer_of_another_size_is_no_matter_of_a_network(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE})
    blob = ONE.layers[0].blob
    (tmp_path / "x/blobs" / blob.digest.replace(":", "/")).write_bytes(blob.data[:-1])
    error = refused(reference, tmp_path)
    assert (error.code, error.exit_code) == ("size-short", 9)
    assert_speaks_of_no_registry(error)


def test_errors_of_an_image_that_cannot_be_used_speak_of_no_registry(tmp_path: Path) -> None:
    inner = index([ARM])
    nested = Blob(inner.media_type, encode({"schemaVersion": 2, "manifests": [inner.descriptor]}))
    cases: list[tuple[list[Blob], Blob, str]] = [
        ([], ARM.manifest, "image-other-platform"),
        ([inner], inner, "image-no-platform"),
        ([inner, nested], nested, "image-no-platform"),
        ([], manifest_with(layers=[]), "image-no-layers"),
        (
            [],
            manifest_with(artifactType="application/vnd.example.thing", layers=[], config=ONE.config.descriptor),
            "image-",
        ),
    ]
    for number, (blobs, root, expected) in enumerate(cases):
        reference = layout(tmp_path / str(number), {"1": ONE, "2": ARM}, index=listed(root.descriptor))
        files = {f"blobs/{blob.digest.replace(':', '/')}": blob.data for blob in (*blobs, root)}
        saved.write(tmp_path / str(number), files)
        error = refused(reference, tmp_path)
        assert error.code.startswith(expected), error
        assert "registry" not in terminal.render(explain(error), width=100).replace("sregistry", ""), error


def test_layouts_with_digests_of_sha512(tmp_path: Path) -> None:
    import hashlib

    digest = f"sha512:{hashlib.sha512(ONE.manifest.data).hexdigest()}"
    reference = layout(tmp_path / "x", {"1": ONE}, index=listed({**ONE.manifest.descriptor, "digest": digest}))
    saved.write(tmp_path / "x", {f"blobs/{digest.replace(':', '/')}": ONE.manifest.data})
    assert found(reference, tmp_path).image.manifest_digest == digest
    assert found(f"{reference}@{digest}", tmp_path).image.manifest_digest == digest


def test_blobs_are_shared_by_links(tmp_path: Path) -> None:
    reference = layout(tmp_path / "x", {"1": ONE})
    (tmp_path / "x/blobs").rename(tmp_path / "shared")
    (tmp_path / "x/blobs").symlink_to(tmp_path / "shared")
    assert layers(reference, tmp_path) == [ONE.layers[0].blob.data]


def test_a_blob_that_only_its_digest_is_known_of(tmp_path: Path) -> None:
    with place(layout(tmp_path / "x", {"1": ONE}), tmp_path) as repository:
        blob = ONE.layers[0].blob
        assert repository.size(Digest.parse(blob.digest)) == len(blob.data)
        assert read(repository, Descriptor("", Digest.parse(blob.digest), 0)) == blob.data


WORDS = st.sampled_from(["schemaVersion", "manifests", "digest", "size", "mediaType", "annotations", saved.REF_NAME])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 1 << 60) | st.text(max_size=5) | st.just(ONE.manifest.digest),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(document=VALUES, name=st.sampled_from(["", ":1", ":@0"]))
def test_any_index_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, document: Any, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    layout(path, {"1": ONE}, index=encode(document))
    try:
        found(f"oci:{path}{name}", path)
    except SregistryError as error:
        terminal.render(explain(error))
