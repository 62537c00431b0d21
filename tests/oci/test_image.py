"""From a manifest to an image: the config is checked against it, and what is no image is called by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sregistry.http.options import Limits
from sregistry.oci import media_types
from sregistry.references import Platform
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, fails, pulled, session
from tests.support import images, tars
from tests.support.images import Blob

IMAGE = tiny()
DIGEST = "sha256:" + "a" * 64


def changed(manifest: dict[str, Any] | None = None, config: dict[str, Any] | None = None) -> Contents:
    """`IMAGE` under the tag 1, with some fields of manifest and config replaced."""
    held = Contents().add(IMAGE)
    settings = Blob(images.OCI_CONFIG, images.encode({**json.loads(IMAGE.config.data), **(config or {})}))
    held.blobs[settings.digest] = settings.data
    document = {**json.loads(IMAGE.manifest.data), "config": settings.descriptor, **(manifest or {})}
    return held.add_manifest(images.encode(document), images.OCI_MANIFEST, "1")


def refused(code: str, held: Contents, tag: str = "1", platform: Platform = AMD64, **more: Any) -> dict[str, Any]:
    """The facts of the error, which must have `code`."""
    with Server(contents=held) as server, session(**more) as one:
        return fails(code, lambda: one.resolve(server.reference(f"team/tool:{tag}"), platform)).facts


def test_the_platform_of_a_single_manifest_is_that_of_its_config() -> None:
    facts = refused("image-other-platform", changed(config={"architecture": "arm64"}))
    assert (facts["actual"], facts["platform"]) == ("linux/arm64", "linux/amd64")
    refused("image-not-linux", changed(config={"os": "windows"}))
    refused("image-other-platform", changed(config={"architecture": "386"}))


@pytest.mark.parametrize(
    ("fields", "platform", "warning"),
    [
        ({"architecture": "x86_64", "os": "Linux"}, "linux/amd64", ""),
        ({"architecture": "AMD64", "os": ""}, "linux/amd64", ""),
        ({"variant": "v8"}, "linux/amd64", ""),
        ({"variant": "v3"}, "linux/amd64/v3", "newer processors than linux/amd64"),
        ({"variant": "v1"}, "linux/amd64", ""),
        ({"architecture": "", "os": ""}, "linux/amd64", ""),
        ({"architecture": None}, "linux/amd64", ""),
        ({"os.features": ["win32k"]}, "linux/amd64", "win32k"),
        ({"os.features": None, "os.version": None}, "linux/amd64", ""),
    ],
)
def test_a_single_image_is_taken_by_os_and_architecture(fields: dict[str, Any], platform: str, warning: str) -> None:
    with Server(contents=changed(config=fields)) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert str(image.platform) == platform
    assert warning in "".join(image.warnings)
    assert bool(image.warnings) == bool(warning)


@pytest.mark.parametrize(
    "rootfs", [None, {}, {"diff_ids": None}, {"diff_ids": ["x", "y"]}, {"diff_ids": [1, 2]}, {"type": "layers"}, []]
)
def test_a_config_without_digests_of_its_layers(rootfs: Any) -> None:
    assert refused("image-config-invalid", changed(config={"rootfs": rootfs}))["field"].startswith("rootfs")


def test_a_config_of_another_number_of_layers() -> None:
    refused("image-config-mismatch", changed(config={"rootfs": {"type": "layers", "diff_ids": [DIGEST]}}))


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b'{"config": 1}'])
def test_a_config_that_is_none(raw: bytes) -> None:
    held = Contents(blobs={Blob("", raw).digest: raw})
    document = {**json.loads(IMAGE.manifest.data), "config": Blob(images.OCI_CONFIG, raw).descriptor}
    refused("image-config-invalid", held.add_manifest(images.encode(document), images.OCI_MANIFEST, "1"))


def test_a_config_larger_than_allowed_is_not_downloaded() -> None:
    with Server(contents=changed()) as server, session(limits=Limits(config=100)) as one:
        error = fails("manifest-too-large", lambda: one.resolve(server.reference(), AMD64))
        assert server.paths("blob") == []
    assert error.facts["setting"] == "max_config_size"


def test_a_manifest_larger_than_allowed_is_not_downloaded() -> None:
    facts = refused("manifest-too-large", changed(), limits=Limits(manifest=100))
    assert (facts["limit"], facts["setting"]) == (100, "max_manifest_size")


def test_no_layers() -> None:
    refused("image-no-layers", changed({"layers": []}, {"rootfs": {"type": "layers", "diff_ids": []}}))


def test_encrypted_layers() -> None:
    layers = [
        {**layer.blob.descriptor, "mediaType": images.OCI_LAYERS["gzip"] + "+encrypted"} for layer in IMAGE.layers
    ]
    refused("image-encrypted", changed({"layers": layers}))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"config": "application/vnd.cncf.helm.config.v1+json"}, "helm"),
        ({"layers": "application/vnd.dev.cosign.simplesigning.v1+json"}, "cosign"),
        ({"layers": "application/vnd.in-toto+json"}, "attestation"),
        ({"layers": "application/vnd.sylabs.sif.layer.v1.sif"}, "sif"),
        ({"artifactType": "application/spdx+json", "config": media_types.OCI_EMPTY}, "sbom"),
        ({"config": "application/vnd.wasm.config.v0+json"}, "wasm"),
        ({"config": "application/vnd.docker.plugin.v1+json"}, "docker-plugin"),
        ({"artifactType": "application/x-anything", "config": media_types.OCI_EMPTY}, "unknown"),
        ({"layers": "text/plain"}, "unknown"),
        ({"layers": "application/vnd.sylabs.image.layer.v1.squashfs"}, "squashfs"),
        ({"layers": "application/vnd.stacker.image.layer.squashfs+zstd+verity"}, "stacker"),
        ({"layers": "application/vnd.erofs.layer.v1"}, "erofs"),
        ({"layers": "application/vnd.oci.image.layer.nydus.blob.v1"}, "nydus"),
    ],
)
def test_what_is_no_image_is_called_by_its_name(fields: dict[str, str], kind: str) -> None:
    document = json.loads(IMAGE.manifest.data)
    if "config" in fields:
        document["config"]["mediaType"] = fields["config"]
    if "layers" in fields:
        document["layers"] = [{**layer, "mediaType": fields["layers"]} for layer in document["layers"]]
    if "artifactType" in fields:
        document["artifactType"] = fields["artifactType"]
    held = Contents().add(IMAGE).add_manifest(images.encode(document), images.OCI_MANIFEST, "1")
    facts = refused("image-artifact", held)
    assert (facts["artifact"], facts["artifact_type"] in fields.values()) == (kind, True)


@pytest.mark.parametrize("name", ["containerd.io/snapshot/nydus-blob", "containerd.io/snapshot/overlaybd/blob-digest"])
def test_layers_that_are_no_archives_are_known_by_their_annotations(name: str) -> None:
    layers = [{**layer.blob.descriptor, "annotations": {name: "true"}} for layer in IMAGE.layers]
    assert refused("image-artifact", changed({"layers": layers}))["artifact_type"] == name


@pytest.mark.parametrize("media_type", [*sorted(media_types.LOOSE_CONFIGS), media_types.OCI_CONFIG + "; charset=utf-8"])
def test_a_config_is_known_by_other_types_too(media_type: str) -> None:
    document = json.loads(IMAGE.manifest.data)
    document["config"]["mediaType"] = media_type
    held = Contents().add(IMAGE).add_manifest(images.encode(document), images.OCI_MANIFEST, "1")
    with Server(contents=held) as server, session() as one:
        assert len(one.resolve(server.reference(), AMD64).layers) == len(IMAGE.layers)


def test_a_signature_tells_what_it_signs() -> None:
    document = json.loads(IMAGE.manifest.data)
    signature = "application/vnd.dev.cosign.simplesigning.v1+json"
    document["layers"] = [{**layer, "mediaType": signature} for layer in document["layers"]]
    tag = f"sha256-{'b' * 64}.sig"
    held = Contents().add(IMAGE).add_manifest(images.encode(document), images.OCI_MANIFEST, tag)
    assert refused("image-artifact", held, tag)["subject"] == f"sha256:{'b' * 64}"
    held.add_manifest(images.encode({**document, "subject": {"digest": DIGEST}}), images.OCI_MANIFEST, tag)
    assert refused("image-artifact", held, tag)["subject"] == DIGEST


def test_the_word_of_a_layers_media_type_does_not_matter() -> None:
    """Compression is found in the bytes, so gzip, zstd and plain may be called anything that is a layer."""
    document = json.loads(IMAGE.manifest.data)
    for word in ("tar", "tar+gzip", "tar+zstd", "tar+anything"):
        document["layers"] = [
            {**layer, "mediaType": f"application/vnd.oci.image.layer.v1.{word}"} for layer in document["layers"]
        ]
        held = Contents().add(IMAGE).add_manifest(images.encode(document), images.OCI_MANIFEST, "1")
        with Server(contents=held) as server, session() as one:
            assert pulled(one, server.reference()) == [layer.blob.data for layer in IMAGE.layers]


def test_a_schema_1_image_is_an_image() -> None:
    tar = images.layer(tars.archive(tars.file("a", b"a")), docker=True)
    history = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/a"]}})
    old = {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": tar.blob.digest}],
        "history": [{"v1Compatibility": history}],
    }
    held = Contents(blobs={tar.blob.digest: tar.blob.data})
    held.add_manifest(images.encode(old), media_types.SCHEMA1, "1")
    with Server(contents=held) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
        assert [layer.descriptor.size for layer in image.layers] == [len(tar.blob.data)]
        assert image.config["config"] == {"Cmd": ["/a"]}
        assert (image.config_digest, image.layers[0].diff_id) == (None, None)
        assert pulled(one, server.reference()) == [tar.blob.data]


def test_a_schema_1_layer_that_is_not_there() -> None:
    old = {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": DIGEST}],
        "history": [{"v1Compatibility": json.dumps({"architecture": "amd64", "os": "linux"})}],
    }
    held = Contents().add_manifest(images.encode(old), media_types.SCHEMA1, "1")
    assert refused("blob-unknown", held)["layer"] == DIGEST


def test_a_bare_404_may_mean_that_there_is_no_registry() -> None:
    def nothing(request: Request) -> bool:
        return request.reply(404, b"404 page not found", "text/plain")

    with Server(nothing) as server, session() as one:
        fails("registry-not-a-registry", lambda: one.resolve(server.reference(), AMD64))
